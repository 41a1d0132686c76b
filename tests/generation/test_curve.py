"""Numbers for an SVG: where lines, dots and labels stand."""

from generation.curve import LABEL_GAP, Line, curve, spread


def test_nothing_to_draw_is_no_curve():
    assert curve([]) is None
    assert curve([Line("none yet", (None, None))]) is None


def test_a_line_goes_from_the_base_to_the_last_loop_that_is_known():
    drawn = curve([Line("a", (0.0, 50.0, None)), Line("b", (100.0, 100.0, 100.0))])
    assert [line.path for line in drawn.lines] == [
        "M44.0 264.0L227.0 139.0",
        "M44.0 14.0L227.0 14.0L410.0 14.0",
    ]
    assert drawn.lines[0].dots == ((44, 264.0, "0.0"), (227.0, 139.0, "50.0"))
    assert drawn.loops == ((44, 0), (227.0, 1), (410.0, 2))
    assert drawn.levels[0] == (264.0, 0)


def test_labels_of_lines_that_end_together_stand_below_one_another():
    assert spread([50.0, 52.0, 200.0]) == [50.0, 50.0 + LABEL_GAP, 200.0]


def test_labels_at_the_bottom_stay_in_the_picture():
    assert max(spread([290.0, 291.0])) <= 292
