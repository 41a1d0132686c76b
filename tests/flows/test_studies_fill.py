"""The paper's study, simulated: whoever comes and goes, every triple gets its ratings.

Three sources, 50 questions, 4 ratings each, in 20 bundles of 10; 23 raters, of whom three return
half-way, 5 or 20 of them at once, in an order that the seed decides. A few simulated studies go
through everything a browser would; the slow run is 500 of each kind, with the rating itself cut
down to the rows that it moves.
"""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from random import Random

import pytest
from django.db.models import F

from raters.assignment import balance_counts
from raters.models import Assignment, Bundle, Place, Rater, Study
from raters.services.assigning import (
    assignment_leave,
    assignment_skip,
    assignments_hand,
    assignments_lapse,
)
from raters.services.bundles import bundle_reserve, bundle_return
from raters.services.places import places_design, places_write
from tests.factories import NOW, make_rater, make_raters, make_study, rate_all, submit, take

pytestmark = pytest.mark.django_db

QUESTIONS, RATINGS, EACH, RATERS, RETURNING = 50, 4, 10, 23, 3
HALF = EACH // 2
Rate = Callable[[Rater, Assignment], object]


def paper_study() -> Study:
    return make_study(
        questions=QUESTIONS, raters_per_triple=RATINGS, triples_per_rater=EACH, seed=0
    )


def fill_row(rater: Rater, assignment: Assignment) -> None:
    """What a rating does to the rows that assigning reads."""
    Place.objects.filter(pk=assignment.place_id).update(state="filled")
    Assignment.objects.filter(pk=assignment.pk).update(state="rated", lease_until=None)
    Rater.objects.filter(pk=rater.pk).update(rated_count=F("rated_count") + 1)


def simulate(study: Study, at_once: int, rng: Random, rate: Rate) -> None:
    """Raters come while there is a bundle for them, act in turn by chance, and go."""
    waiting = make_raters(study, RATERS)
    quitters = set(rng.sample([rater.pk for rater in waiting[: RATERS - RETURNING]], RETURNING))
    room: list[Rater] = []
    done: Counter[int] = Counter()
    while room or waiting:
        while waiting and len(room) < at_once and bundle_reserve(rater=waiting[0], now=NOW):
            room.append(waiting.pop(0))
        assert room, "raters wait, and nobody rates"
        rater = rng.choice(room)
        hand = assignments_hand(rater=rater, now=NOW)
        hand = hand or assignments_hand(rater=rater, now=NOW, skipped=True)
        if rater.pk in quitters and done[rater.pk] == HALF:
            bundle_return(rater=rater, now=NOW)
            room.remove(rater)
        elif not hand:
            room.remove(rater)
        elif rng.random() < 0.03:
            assignment_skip(rater=rater, token=str(hand[0].token), now=NOW)
        elif rng.random() < 0.03:
            assignment_leave(rater=rater, ahead=str(hand[-1].token), now=NOW)
        else:
            rate(rater, hand[0])
            done[rater.pk] += 1


def check_that_the_design_holds(study: Study) -> None:
    rated = Assignment.objects.filter(study=study, state="rated")
    per_triple = Counter(rated.values_list("triple", flat=True))
    assert set(per_triple.values()) == {RATINGS}
    assert len(per_triple) == QUESTIONS
    by_rater: dict[int, list[tuple[int, str]]] = {}
    for rater, question, order in rated.values_list("rater", "triple__question", "order"):
        by_rater.setdefault(rater, []).append((question, order))
    assert len(by_rater) == RATERS - RETURNING
    for own in by_rater.values():
        assert len(own) == len({question for question, _ in own}) == EACH
        assert_balanced([order for _, order in own])
    assert_balanced(list(rated.values_list("order", flat=True)))
    assert Assignment.objects.filter(study=study, state="partial").count() == RETURNING * HALF


def assert_balanced(orders: list[str]) -> None:
    counts = balance_counts([tuple(map(int, order)) for order in orders], 3)
    cells = [cell for row in counts for cell in row]
    assert max(cells) - min(cells) <= 1


def begin_anew(study: Study, seed: int) -> None:
    """The same triples with the places of another seed, and nobody there yet."""
    Assignment.objects.filter(study=study).delete()
    Place.objects.filter(study=study).delete()
    Bundle.objects.filter(study=study).delete()
    Rater.objects.filter(study=study).delete()
    study.seed = seed
    study.save(update_fields=["seed"])
    triples = list(study.triples.order_by("number").values_list("pk", flat=True))
    places_write(study=study, triples=triples, plans=places_design(study=study, slots=3))


@pytest.mark.parametrize("at_once", [5, 20])
def test_the_papers_study_fills_exactly_with_raters_who_return(at_once):
    study = paper_study()
    simulate(study, at_once, Random(at_once), submit)
    check_that_the_design_holds(study)


@pytest.mark.parametrize("at_once", [5, 20])
def test_some_simulated_studies_fill_exactly(at_once):
    study = paper_study()
    for seed in range(2):
        begin_anew(study, seed)
        simulate(study, at_once, Random(seed), fill_row)
        check_that_the_design_holds(study)


@pytest.mark.slow
@pytest.mark.parametrize("at_once", [5, 20])
def test_five_hundred_simulated_studies_fill_exactly(at_once):
    study = paper_study()
    for seed in range(500):
        begin_anew(study, seed)
        simulate(study, at_once, Random(seed), fill_row)
        check_that_the_design_holds(study)


def test_a_study_without_bundles_fills_with_shares_skips_and_repeats():
    study = make_study(
        questions=20, raters_per_triple=3, most_per_rater=12, repeat_percent=10, seed=1
    )
    rate_all(study, make_raters(study, 6))
    rate_all(study, [make_rater(study)])
    assert set(study.places.values_list("state", flat=True)) == {"filled"}
    counted = Assignment.objects.filter(study=study, state="rated", kind="study")
    assert max(Counter(counted.values_list("rater", flat=True)).values()) <= 12


@pytest.mark.parametrize("seed", range(8))
def test_as_many_raters_as_ratings_fill_a_study_whatever_they_skip_leave_or_lose(seed):
    study = make_study(questions=6, raters_per_triple=3, seed=seed)
    raters, rng, now = make_raters(study, 3), Random(seed), NOW
    while busy := [rater for rater in raters if take(rater, now=now, skipped=True)]:
        rater = rng.choice(busy)
        hand = take(rater, now=now, skipped=True)
        act = rng.random()
        if act < 0.2:
            assignment_skip(rater=rater, token=str(hand[0].token), now=now)
        elif act < 0.3:
            assignment_leave(rater=rater, ahead=str(hand[-1].token), now=now)
        elif act < 0.4:
            now += timedelta(hours=1)
            assignments_lapse(study=study, now=now)
        else:
            submit(rater, hand[0], now=now)
    assert set(study.places.values_list("state", flat=True)) == {"filled"}
    rated = Assignment.objects.filter(study=study, state="rated")
    assert len(set(rated.values_list("rater", "triple"))) == rated.count() == 18
