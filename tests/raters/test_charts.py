"""Charts are plain SVG: attributes only, names as text, colours that the style sheet knows."""

import random
import re
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree

import pytest
from django.conf import settings

from raters.charts import Bar, NotDrawn, Picture, bars_picture, draw
from raters.charts.marks import (
    INK,
    LETTER,
    LINE,
    MUTED,
    SOURCE_COLOURS,
    counts_svg,
    grid_svg,
    names_apart,
    points_svg,
    ranks_svg,
    scores_svg,
    shares_svg,
)

BARS = [Bar("few-shot", 0.5, 0.4, 0.6), Bar("STaR", 0.3, 0.2, 0.4), Bar("human", 0.2, None, None)]


RANKS = [("few-shot", (3, 1, 0)), ("STaR", (1, 2, 1))]


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


STEPS = (["1", "2"], [[3, 0], [1, 2]])


@pytest.mark.parametrize(
    "drawn",
    [
        shares_svg(BARS),
        scores_svg(BARS),
        ranks_svg(RANKS),
        counts_svg([("imported", 12), ("drawn", 5)]),
        grid_svg(*STEPS, down="human", across="model"),
    ],
)
def test_the_background_is_the_page(drawn):
    first = next(iter(ElementTree.fromstring(drawn)))
    assert first.get("fill") in (None, "none")
    assert set(re.findall(r"#[0-9a-f]{6}", drawn)) <= {INK, MUTED, LINE, *SOURCE_COLOURS}


def test_every_rank_of_every_source_has_its_bar_and_its_share():
    found = texts(ElementTree.fromstring(ranks_svg(RANKS)))
    assert [text for text in found if text in dict(RANKS)] == ["few-shot", "STaR"]
    assert found.count("rank 1") == found.count("rank 3") == 2
    assert {"75\u00a0%", "25\u00a0%", "0\u00a0%", "50\u00a0%"} <= set(found)


def test_scores_have_their_sign():
    found = texts(ElementTree.fromstring(scores_svg([Bar("a", -0.25, -0.5, 0.1)])))
    assert "−0.25" in found


def test_a_bar_may_have_the_colour_of_another_row():
    drawn = shares_svg([Bar("second above third", 0.5, 0.4, 0.6, source=1)])
    assert SOURCE_COLOURS[1] in drawn
    assert SOURCE_COLOURS[0] not in drawn


def test_raters_alike_have_names_that_do_not_lie_on_each_other():
    """Twelve within a few points of each other, two of them in one place."""
    rng = random.Random(3)
    dots = [(f"r{i:03}", rng.uniform(100, 150), rng.uniform(100, 150)) for i in range(11)]
    dots.append(("r999", *dots[0][1:]))
    found = names_apart(dots, 360, 260)
    assert len(found) >= 8
    for (one, x, y), (other, at, down) in combinations(found, 2):
        long = 0.62 * LETTER * len(one)
        assert abs(x - at) >= long or abs(y - down) >= LETTER, (one, other)
    assert not [
        name for name, x, y in found for _, at, down in dots
        if x - 5 < at < x + 0.62 * LETTER * len(name) and abs(y - down) < LETTER / 2
    ]  # fmt: skip


def test_a_few_raters_are_all_named_in_the_chart():
    points = [("r001", 20.0, 0.5), ("r002", 20.0, 0.5), ("r003", 40.0, 1.0)]
    tree = ElementTree.fromstring(points_svg(points, across="seconds", up="the same"))
    assert {"r001", "r002", "r003"} <= set(texts(tree))


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


def test_a_process_of_its_own_draws_the_same_and_a_png():
    drawn = draw([bars_picture("shares", BARS, reference=0.5)])
    assert drawn["shares"].svg == shares_svg(BARS, reference=0.5)
    assert drawn["shares"].png.startswith(b"\x89PNG")


def test_pictures_are_drawn_in_a_forked_child_of_a_process_that_has_drawn():
    import os

    shares_svg(BARS)
    child = os.fork()
    if not child:
        os._exit(0 if draw([bars_picture("shares", BARS)]) else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_a_picture_that_cannot_be_drawn_says_why():
    with pytest.raises(NotDrawn, match="no_such"):
        draw([Picture("x", "no_such", {}, (), ())])
