"""Markdown that a researcher writes and raters read, as HTML that can do nothing.

An allow-list: paragraphs, headings, lists, quotes, emphasis, code, rules and links to http(s) and
mailto. No HTML of the writer's own, no image, nothing else that a browser would fetch. Headings
begin one level down, as a page has its own first.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

ALLOWED = (
    "heading", "list", "blockquote", "hr", "emphasis", "backticks", "link", "newline", "escape",
    "entity",
)  # fmt: skip
SCHEMES = ("http", "https", "mailto")
DEEPEST = 6


def prose(text: str) -> SafeString:
    """The text as HTML; whatever is not allowed stands there as it was written."""
    return mark_safe(_markdown().render(text))  # noqa: S308  (html is off and escaped)


class _Renderer(RendererHTML):
    def link_open(self, tokens: Sequence[Token], idx: int, *rest: Any) -> str:
        tokens[idx].attrSet("rel", "noreferrer noopener")
        return self.renderToken(tokens, idx, *rest)

    def heading_open(self, tokens: Sequence[Token], idx: int, *rest: Any) -> str:
        return self._lower(tokens, idx, *rest)

    def heading_close(self, tokens: Sequence[Token], idx: int, *rest: Any) -> str:
        return self._lower(tokens, idx, *rest)

    def _lower(self, tokens: Sequence[Token], idx: int, *rest: Any) -> str:
        token = tokens[idx]
        token.tag = f"h{min(int(token.tag[1]) + 1, DEEPEST)}"
        return self.renderToken(tokens, idx, *rest)


@cache
def _markdown() -> MarkdownIt:
    made = MarkdownIt("zero", {"html": False}, renderer_cls=_Renderer).enable(list(ALLOWED))
    made.validateLink = _is_harmless  # type: ignore[method-assign]
    return made


def _is_harmless(url: str) -> bool:
    try:
        return urlsplit(url.strip().lower()).scheme in SCHEMES
    except ValueError:
        return False
