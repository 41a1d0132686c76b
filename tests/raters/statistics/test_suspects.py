"""Questions to look at by hand."""

import pytest

from raters.statistics import suspect_questions


def test_each_reason_is_said_and_the_most_suspect_stands_first():
    found = suspect_questions(
        ["fine", "flagged", "preferred", "all of it", "too few"],
        flags=[0, 2, 0, 1, 0],
        model_above=[1, 0, 4, 3, 2],
        compared=[3, 3, 4, 3, 2],
        answers_differ=[False, False, False, True, False],
    )
    assert [one.question for one in found] == ["all of it", "flagged", "preferred"]
    assert found[0].reasons == (
        "its texts state different answers",
        "all 3 ratings put a model above the human",
        "flagged by 1 rater",
    )
    assert found[1].reasons == ("flagged by 2 raters",)


def test_no_questions():
    assert suspect_questions([], flags=[], model_above=[], compared=[], answers_differ=[]) == ()


def test_rows_that_differ_are_refused():
    with pytest.raises(ValueError, match="1 questions"):
        suspect_questions(["a"], flags=[1, 2], model_above=[1], compared=[1], answers_differ=[0])
