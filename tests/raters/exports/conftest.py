"""A small closed study with everything in it that an export must tell apart."""

from datetime import timedelta

import pytest

from raters.models import Study
from raters.services.assigning import assignments_lapse
from raters.services.study_states import study_close
from tests.factories import NOW, claim, make_raters, make_study, rate, rate_all, submit


@pytest.fixture
def study(db) -> Study:
    """Six questions, four raters: picks, a tie, a none good, a revised rating and a late one."""
    study = make_study(questions=6, raters_per_triple=3, seed=1)
    raters = make_raters(study, 4)
    rate(raters[0], outcome="tie")
    rate(raters[0], outcome="none")
    assignment = claim(raters[1])
    submit(raters[1], assignment, slot=0)
    submit(raters[1], assignment, slot=2, revise=True, now=NOW + timedelta(minutes=1))
    rate(raters[2], slot=1)
    in_hand = claim(raters[3], now=NOW + timedelta(minutes=2))
    an_hour_later = NOW + timedelta(hours=1)
    assignments_lapse(study=study, now=an_hour_later)
    rate_all(study, raters[:3], slot=0, now=an_hour_later)
    submit(raters[3], in_hand, slot=0, now=an_hour_later)
    study_close(study=study, user=study.owner, now=an_hour_later)
    return study
