"""How a study fills: what its page says of pace, and when it says nothing."""

from datetime import timedelta

import pytest

from raters.models import Place, Study
from raters.services.progress import study_lines, study_progress
from raters.services.study_states import study_close
from tests.factories import NOW, make_raters, make_study, rate

pytestmark = pytest.mark.django_db


def rated(ratings: int) -> Study:
    """24 places, of which so many were filled as soon as the study opened."""
    study = make_study(questions=8, raters_per_triple=3)
    raters = make_raters(study, 3)
    for number in range(ratings):
        rate(raters[number % 3])
    return study


@pytest.mark.parametrize(
    ("ratings", "minutes", "hours_left"),
    [
        (9, 30, None),  # too few ratings to call it a pace
        (12, 4, None),  # too short
        (12, 5, 1 / 12),
        (12, 30, 0.5),  # half an hour for half of them
        (12, 59, 59 / 60),
        (12, 61, None),  # nobody rated in the last hour
        (24, 30, None),  # nothing is left
    ],
)
def test_time_left_is_named_once_the_pace_says_something(ratings, minutes, hours_left):
    progress = study_progress(study=rated(ratings), now=NOW + timedelta(minutes=minutes))
    assert progress.hours_left == (hours_left and pytest.approx(hours_left))


def test_a_paused_study_has_no_time_left():
    study = rated(12)
    Study.objects.update(state="paused")
    study.refresh_from_db()
    assert study_progress(study=study, now=NOW + timedelta(minutes=30)).hours_left is None


def test_the_list_counts_the_places_of_running_studies_alone():
    study = rated(9)
    (line,) = study_lines(user=study.owner)
    assert (line.filled, line.places) == (9, 24)
    study_close(study=study, user=study.owner, now=NOW)
    Place.objects.filter(study=study).update(state=Place.State.OPEN)
    assert [line.filled for line in study_lines(user=study.owner)] == [9]
