"""Shares with intervals as numbers for an SVG."""

from generation.dots import Dot, dots


def test_a_row_each_from_0_to_100_per_cent_and_nothing_for_what_is_not_known():
    found = dots(
        [Dot("base", 0.0, 0.0, 0.5), Dot("later", None, None, None), Dot("x" * 40, 1, None, None)]
    )
    base, long = found.rows
    assert (base.x, base.low, base.high, base.says) == (190, 190, 345, "0.0 %")
    assert (long.x, long.low, long.high, long.name) == (500, 500, 500, "x" * 25 + "…")
    assert (base.y, long.y, found.height) == (17, 51, 98)
    assert found.levels[-1] == (500, 100)


def test_without_anything_known_there_is_nothing_to_draw():
    assert dots([Dot("later", None, None, None)]) is None
