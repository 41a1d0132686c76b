"""Estimates as words."""

import pytest

from generation.templatetags.shares import number_with, percent_with, points, points_with, span
from generation.uncertainty import Estimate

MORE = Estimate(0.03, -0.012, 0.072, 40, 20)
NOTHING = Estimate(0.0, None, None, 40, 20)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (percent_with(Estimate(0.75, 0.5, 0.9, 4, 4)), "75.0 % (50.0 to 90.0)"),
        (percent_with(None), ""),
        (points_with(MORE), "+3.0 (-1.2 to +7.2)"),
        (points_with(NOTHING), "+0.0"),
        (number_with(Estimate(24, 20, 28, 4, 4)), "24.0 (20.0 to 28.0)"),
        (points(MORE) + span(MORE), "3.0 points more (-1.2 to +7.2)"),
        (points(Estimate(-0.5, None, None, 4, 4)), "50.0 points less"),
        (points(NOTHING) + span(NOTHING), "as much"),
    ],
)
def test_a_value_comes_with_its_interval_where_it_has_one(said, words):
    assert said == words
