"""Bundles: a fixed number kept for each rater, freed whole, and never a rater stranded."""

from datetime import timedelta

import pytest

from raters.assignment import balance_counts
from raters.models import Assignment, Bundle, Rater, Study
from raters.services.assigning import (
    Progress,
    assignment_flag,
    assignment_skip,
    assignments_hand,
    assignments_lapse,
    assignments_renew,
    rater_progress,
)
from raters.services.bundles import bundle_reserve, bundle_return, bundles_lapse
from raters.services.study_states import study_close, study_pause, study_resume
from tests.factories import NOW, claim, make_rater, make_raters, make_study, rate, submit, take

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


def bundled(*, questions: int = 6, per_rater: int = 3, **more) -> Study:
    return make_study(
        questions=questions, triples_per_rater=per_rater, **{"raters_per_triple": 2, **more}
    )


def finish(rater: Rater, *, now=NOW) -> list[Assignment]:
    """All that this rater still gets, rated."""
    done = []
    while hand := take(rater, now=now):
        submit(rater, hand[0], now=now)
        rater.refresh_from_db()
        done.append(hand[0])
    return done


def bundle_of(rater: Rater) -> Bundle:
    return Bundle.objects.get(rater=rater)


# --- reserving -----------------------------------------------------------------------------------
def test_a_study_of_a_fixed_number_has_its_places_in_bundles():
    study = bundled()
    assert [bundle.places.count() for bundle in study.bundles.all()] == [3, 3, 3, 3]
    assert not study.places.filter(bundle=None).exists()


def test_beginning_reserves_the_first_open_bundle_and_beginning_again_keeps_it():
    rater = make_rater(bundled())
    assert bundle_reserve(rater=rater, now=NOW)
    assert bundle_reserve(rater=rater, now=NOW + HOUR)
    kept = bundle_of(rater)
    assert (kept.number, kept.state, kept.held_until) == (0, "held", NOW + 25 * HOUR)


def test_a_full_study_has_no_bundle_for_one_rater_more():
    study = bundled()
    raters = make_raters(study, 5)
    assert [bundle_reserve(rater=rater, now=NOW) for rater in raters] == [True] * 4 + [False]
    assert take(raters[4]) == []


def test_nobody_is_handed_anything_without_a_bundle():
    assert assignments_hand(rater=make_rater(bundled()), now=NOW) == []


@pytest.mark.parametrize("stop", [study_close, study_pause])
def test_a_study_that_is_not_open_reserves_nothing(stop):
    study = bundled()
    rater = make_rater(study)
    stop(study=study, user=study.owner, now=NOW)
    assert not bundle_reserve(rater=Rater.objects.get(pk=rater.pk), now=NOW)


# --- going through one ---------------------------------------------------------------------------
def test_a_rater_gets_their_bundle_one_ahead_and_then_nothing():
    rater = make_rater(bundled())
    assert len(take(rater)) == 2
    done = finish(rater)
    assert len({each.triple_id for each in done}) == 3
    assert {each.place.bundle for each in done} == {bundle_of(rater)}
    assert rater_progress(rater=rater) == Progress(done=3, total=3)
    assert bundle_of(rater).held_until is None


def test_every_triple_handed_out_moves_the_end_of_the_bundle_on():
    rater = make_rater(bundled())
    take(rater)
    submit(rater, claim(rater), now=NOW + 5 * HOUR)
    take(rater, now=NOW + 5 * HOUR)
    assert bundle_of(rater).held_until == NOW + 29 * HOUR


def test_what_was_skipped_in_a_bundle_comes_back_at_its_end():
    rater = make_rater(bundled())
    skipped = claim(rater)
    assignment_skip(rater=rater, token=str(skipped.token), now=NOW)
    assert finish(rater)[-1] == skipped


def test_a_lapsed_triple_of_a_bundle_waits_for_its_rater():
    study = bundled()
    rater, other = make_raters(study, 2)
    lost = claim(rater)
    assignments_lapse(study=study, now=NOW + HOUR)
    take(other, now=NOW + HOUR)
    assert claim(rater, now=NOW + 2 * HOUR) == lost


def flag(rater: Rater, assignment: Assignment) -> None:
    assignment_flag(rater=rater, token=str(assignment.token), reason="other", comment="", now=NOW)


def test_a_bundle_is_complete_without_what_its_rater_called_broken():
    rater = make_rater(bundled())
    flag(rater, claim(rater))
    assert rater_progress(rater=rater) == Progress(done=0, total=2)
    assert len(finish(rater)) == 2
    kept = bundle_of(rater)
    assert kept.held_until is None
    assert set(kept.places.values_list("state", flat=True)) == {"filled"}


def test_what_raters_called_broken_waits_in_a_short_bundle_for_others():
    study = bundled(questions=3, raters_per_triple=2)
    raters = make_raters(study, 2)
    broken = [claim(rater) for rater in raters]
    for rater, assignment in zip(raters, broken, strict=True):
        flag(rater, assignment)
        finish(rater)
    later = make_raters(study, 2)
    assert sum(len(finish(rater)) for rater in later) == 2
    assert set(study.places.values_list("state", flat=True)) == {"filled"}


def test_broken_questions_share_a_bundle_that_has_room():
    study = bundled(questions=3, raters_per_triple=1)
    rater = make_rater(study)
    for _ in range(3):
        flag(rater, claim(rater))
    assert bundle_of(rater).held_until is None
    assert len(finish(make_rater(study))) == 3
    assert study.bundles.count() == 2


def test_a_lapsed_triple_that_is_called_broken_leaves_the_bundle_too():
    study = bundled()
    rater = make_rater(study)
    broken = claim(rater)
    assignments_lapse(study=study, now=NOW + HOUR)
    flag(rater, broken)
    assert not bundle_of(rater).places.filter(triple=broken.triple_id).exists()


def test_repeats_ride_along_and_end_with_the_bundle():
    study = bundled(questions=40, per_rater=40, repeat_percent=30, seed=2)
    rater = make_rater(study)
    kinds = [each.kind for each in finish(rater)]
    assert kinds.count("study") == 40
    assert 4 <= kinds.count("repeat") <= 20
    assert kinds[-1] == "study"


# --- giving back ---------------------------------------------------------------------------------
def half_done(**more) -> tuple[Study, Rater]:
    study = bundled(**more)
    rater = make_rater(study)
    rate(rater)
    take(rater)
    return study, rater


def test_a_bundle_that_is_given_back_is_open_whole_and_what_was_rated_is_partial():
    study, rater = half_done()
    bundle_return(rater=rater, now=NOW)
    freed = study.bundles.get(number=0)
    assert (freed.state, freed.rater, freed.held_until) == ("open", None, None)
    assert set(freed.places.values_list("state", flat=True)) == {"open"}
    assert sorted(rater.assignments.values_list("state", flat=True)) == [
        "lapsed",
        "lapsed",
        "partial",
    ]
    rater.refresh_from_db()
    assert (rater.rated_count, rater.returned_at) == (0, NOW)


def test_the_next_rater_gets_all_of_a_bundle_that_was_given_back():
    study, rater = half_done()
    bundle_return(rater=rater, now=NOW)
    other = make_rater(study)
    assert len(finish(other)) == 3
    assert bundle_of(other).number == 0


def test_where_partial_ratings_count_the_next_rater_gets_the_rest():
    study, rater = half_done(counts_partial=True)
    bundle_return(rater=rater, now=NOW)
    rater.refresh_from_db()
    assert (rater.rated_count, study.places.filter(state="filled").count()) == (1, 1)
    other = make_rater(study)
    assert bundle_reserve(rater=other, now=NOW)
    assert rater_progress(rater=other) == Progress(done=0, total=2)
    assert len(finish(other)) == 2


def test_whoever_has_left_gets_nothing_more():
    _, rater = half_done()
    bundle_return(rater=rater, now=NOW)
    assert take(Rater.objects.get(pk=rater.pk)) == []


def test_a_complete_bundle_stays_with_its_rater_who_leaves():
    study = bundled()
    rater = make_rater(study)
    finish(rater)
    bundle_return(rater=rater, now=NOW)
    assert bundle_of(rater).places.filter(state="filled").count() == 3


def test_leaving_a_study_without_bundles_gives_back_what_is_in_hand():
    study = make_study()
    rater = make_rater(study)
    rate(rater)
    take(rater)
    bundle_return(rater=rater, now=NOW)
    assert sorted(study.places.exclude(state="open").values_list("state", flat=True)) == ["filled"]
    assert take(Rater.objects.get(pk=rater.pk)) == []


# --- lapsing -------------------------------------------------------------------------------------
def test_a_bundle_whose_rater_stays_away_lapses_and_one_in_use_does_not():
    study, away = half_done()
    busy = make_rater(study)
    rate(busy, now=NOW + 20 * HOUR)
    take(busy, now=NOW + 20 * HOUR)
    assert bundles_lapse(study=study, now=NOW + 24 * HOUR) == 0
    assert bundles_lapse(study=study, now=NOW + 25 * HOUR) == 1
    assert not Bundle.objects.filter(rater=away).exists()
    assert bundle_of(busy).state == "held"


def test_a_complete_bundle_never_lapses():
    study = bundled()
    rater = make_rater(study)
    for _ in range(2):
        rate(rater)
    submit(rater, claim(rater))  # and the page is closed before it asks for more
    assert bundles_lapse(study=study, now=NOW + 48 * HOUR) == 0
    assert bundle_of(rater).held_until is None


def test_whoever_begins_gets_a_bundle_that_has_lapsed():
    study = bundled(raters_per_triple=1, questions=3)
    away, other = make_raters(study, 2)
    claim(away)
    assert not bundle_reserve(rater=other, now=NOW)
    assert bundle_reserve(rater=other, now=NOW + 25 * HOUR)


def test_whoever_comes_back_before_others_has_their_bundle_again_with_what_they_rated():
    study, rater = half_done()
    other = make_rater(study)
    assert bundle_reserve(rater=other, now=NOW + 24 * HOUR)
    assert bundles_lapse(study=study, now=NOW + 25 * HOUR) == 1
    assert len(finish(Rater.objects.get(pk=rater.pk), now=NOW + 26 * HOUR)) == 2
    kept = bundle_of(rater)
    assert (kept.number, kept.held_until) == (0, None)
    assert set(rater.assignments.values_list("state", flat=True)) == {"rated"}
    rater.refresh_from_db()
    assert rater.rated_count == 3


def test_whoever_comes_back_after_somebody_took_their_bundle_meets_no_triple_twice():
    study, rater = half_done()
    bundles_lapse(study=study, now=NOW + 25 * HOUR)
    other = make_rater(study)
    assert bundle_reserve(rater=other, now=NOW + 25 * HOUR)
    assert bundle_of(other).number == 0
    later = finish(Rater.objects.get(pk=rater.pk), now=NOW + 26 * HOUR)
    met = list(rater.assignments.values_list("triple", flat=True))
    assert len(later) == 3
    assert len(set(met)) == len(met)


def test_a_bundle_lapses_for_nobody_while_another_is_open():
    study, away = half_done()
    assert bundle_reserve(rater=make_rater(study), now=NOW + 48 * HOUR)
    assert bundle_of(away).number == 0


def test_beginning_late_finds_the_raters_own_bundle_first():
    study = bundled(raters_per_triple=1, questions=3)
    rater = make_rater(study)
    rate(rater)
    assert bundle_reserve(rater=rater, now=NOW + 48 * HOUR)
    assert (rater.rated_count, bundle_of(rater).held_until) == (1, NOW + 72 * HOUR)


def test_only_as_many_bundles_lapse_as_somebody_waits_for():
    study = bundled(raters_per_triple=1)
    one, other, late = make_raters(study, 3)
    assert bundle_reserve(rater=one, now=NOW)
    assert bundle_reserve(rater=other, now=NOW + HOUR)
    assert bundle_reserve(rater=late, now=NOW + 48 * HOUR)
    assert bundle_of(late).number == 0
    assert bundle_of(other).number == 1


def test_answers_and_heartbeats_move_the_end_of_a_bundle_on():
    rater = make_rater(bundled())
    first, ahead = take(rater)
    submit(rater, first, now=NOW + 2 * HOUR)
    assert bundle_of(rater).held_until == NOW + 26 * HOUR
    assert assignments_renew(rater=rater, tokens=[str(ahead.token)], now=NOW + 3 * HOUR)
    assert bundle_of(rater).held_until == NOW + 27 * HOUR


def test_a_bundle_with_a_triple_under_a_lease_never_lapses():
    study = bundled(lease_minutes=180, bundle_hours=1)
    rater = make_rater(study)
    take(rater)
    assert bundles_lapse(study=study, now=NOW + 2 * HOUR) == 0
    assert bundles_lapse(study=study, now=NOW + 4 * HOUR) == 1


def test_a_pause_takes_nobodys_bundle():
    study = bundled(raters_per_triple=1, questions=3)
    rater, other = make_raters(study, 2)
    take(rater)
    study_pause(study=study, user=study.owner, now=NOW)
    study_resume(study=study, user=study.owner, now=NOW + 60 * HOUR)
    other.refresh_from_db()
    assert not bundle_reserve(rater=other, now=NOW + 61 * HOUR)
    assert bundle_of(rater).held_until == NOW + 84 * HOUR


def test_an_answer_after_the_bundle_was_given_back_is_late_and_fills_nothing():
    study, rater = half_done()
    held = claim(rater)
    bundles_lapse(study=study, now=NOW + 25 * HOUR)
    assert submit(rater, held, now=NOW + 26 * HOUR).was_late
    assert set(study.places.values_list("state", flat=True)) == {"open"}


# --- balance -------------------------------------------------------------------------------------
def test_whoever_completes_a_bundle_saw_every_source_in_every_slot_alike():
    study = bundled(questions=20, per_rater=10, raters_per_triple=4)
    for rater in make_raters(study, 8):
        orders = [[int(digit) for digit in each.order] for each in finish(rater)]
        cells = [cell for row in balance_counts(orders, 3) for cell in row]
        assert (len(orders), min(cells), max(cells)) == (10, 3, 4)
