"""What leaves a study that still runs: as it stood when it was asked for."""

from datetime import timedelta

import pytest

from raters.exports import EXPORTS, Task
from tests.factories import NOW, claim, make_raters, make_study, submit

pytestmark = pytest.mark.django_db


def test_a_revision_that_came_later_leaves_the_first_word_in():
    study = make_study(questions=1, raters_per_triple=1)
    (rater,) = make_raters(study, 1)
    assignment = claim(rater)
    submit(rater, assignment, slot=0)
    submit(rater, assignment, outcome="none", revise=True, now=NOW + timedelta(minutes=2))

    def outcomes(minutes):
        until = NOW + timedelta(minutes=minutes)
        found = EXPORTS["ratings"].running.rows(Task(study, until=until, is_snapshot=True))
        return [row["outcome"] for row in found]

    assert outcomes(-1) == []
    assert outcomes(1) == ["pick"]
    assert outcomes(3) == ["none"]
