"""Charts are plain SVG: attributes only, names as text, colours that the style sheet knows."""

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from django.conf import settings

from raters.charts import INK, LINE, MUTED, SOURCE_COLOURS, Bar, shares_svg

BARS = [Bar("few-shot", 0.5, 0.4, 0.6), Bar("STaR", 0.3, 0.2, 0.4), Bar("human", 0.2, None, None)]


def svg(bars=BARS):
    return ElementTree.fromstring(shares_svg(bars, reference=1 / 3))


def texts(tree):
    return [node.text for node in tree.iter("{http://www.w3.org/2000/svg}text")]


def test_every_source_is_named_and_its_share_written_beside_it():
    found = texts(svg())
    for bar in BARS:
        assert bar.name in found
        assert f"{100 * bar.share:.0f}\u00a0%" in found


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", "</svg><img src=x onerror=alert(1)>"]
)
def test_a_name_stays_text(name):
    bars = [Bar(name, 0.5, 0.4, 0.6)]
    assert name in texts(svg(bars))
    assert name not in shares_svg(bars)


def test_nothing_in_it_needs_an_inline_style_or_a_script():
    for node in svg().iter():
        assert node.tag.rpartition("}")[2] in {"svg", "g", "path", "line", "text", "rect", "title"}
        assert not [key for key in node.attrib if key == "style" or key.startswith("on")]
        assert not [value for value in node.attrib.values() if "url(" in value or "://" in value]


def test_the_background_is_the_page():
    first = next(iter(svg()))
    assert first.get("fill") in (None, "none")


def test_every_colour_has_its_token_in_the_style_sheet():
    sheet = (Path(settings.BASE_DIR) / "static" / "research.css").read_text()
    for colour in {INK, MUTED, *SOURCE_COLOURS}:
        assert f'.chart [fill="{colour}"]' in sheet
    for colour in {LINE, MUTED, *SOURCE_COLOURS}:
        assert f'.chart [stroke="{colour}"]' in sheet
    used = set(re.findall(r"#[0-9a-f]{6}", shares_svg(BARS, reference=1 / 3)))
    assert used <= {INK, MUTED, LINE, *SOURCE_COLOURS}


def test_the_same_bars_give_the_same_picture():
    assert shares_svg(BARS) == shares_svg(BARS)


def test_certain_shares_fit_on_the_axis():
    found = texts(svg([Bar("all", 1.0, 0.8, 1.0), Bar("none", 0.0, 0.0, 0.2)]))
    assert "100\u00a0%" in found
    assert "110\u00a0%" not in found
