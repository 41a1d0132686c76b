"""Markdown that a researcher writes can do nothing in a rater's browser."""

import re

import pytest

from raters.prose import prose

TAGS = {
    "p", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "em", "strong", "code", "a",
    "hr", "br",
}  # fmt: skip


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("# Who asks", "<h2>Who asks</h2>\n"),
        ("**one** _two_ `three`", "<p><strong>one</strong> <em>two</em> <code>three</code></p>\n"),
        ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n"),
        (
            "[us](https://example.org)",
            '<p><a href="https://example.org" rel="noreferrer noopener">us</a></p>\n',
        ),
        ("a < b & c", "<p>a &lt; b &amp; c</p>\n"),
    ],
)
def test_what_is_allowed_is_shown(written, shown):
    assert prose(written) == shown


@pytest.mark.parametrize(
    "written",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "![x](http://a.example/x.png)",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "[x](//evil.example)",
        "[x](/rate/mine)",
        "[x](java&#115;cript:alert(1))",
        '[x](https://a.example "on" onclick="x")',
        "<https://a.example>",
        "[x]: javascript:alert(1)\n\n[x]",
        "<a href='javascript:x'>y</a>",
        "```html\n<b onclick=x>\n```",
    ],
)
def test_nothing_else_ever_becomes_markup(written):
    html = str(prose(written))
    assert {tag.lower() for tag in re.findall(r"</?([a-zA-Z0-9]+)", html)} <= TAGS
    attributes = re.findall(r"<\w+([^>]*)>", html)
    for each in attributes:
        assert re.fullmatch(r'( href="(https?|mailto):[^"]*"| rel="[^"]*"| title="[^"]*")*', each)
