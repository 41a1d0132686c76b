"""Many raters at once, in two tabs each, with double submits, lapsed leases, skips and a close.

50 threads on PostgreSQL, 8 on SQLite. Nothing is over-filled, nothing accepted is lost or stored
twice, and no request waits for another that waits for it.
"""

import threading
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import timedelta
from random import Random
from uuid import NAMESPACE_OID, uuid4, uuid5

import pytest
from django.db import connection, transaction
from django.db.models import Count, F

from raters.judgement import Judgement
from raters.models import Assignment, Place, Rater, Rating, Study
from raters.services.assigning import assignment_leave, assignment_skip, assignments_hand
from raters.services.bundles import bundle_reserve, bundle_return
from raters.services.people import rater_join
from raters.services.places import raters_per_triple_change
from raters.services.rating import RatingRefused, rating_submit
from raters.services.study_states import study_close
from tests.factories import NOW, claim, make_rater, make_raters, make_study, rate_all

pytestmark = pytest.mark.django_db(transaction=True)

SECONDS = 240  # far more than it takes, on a machine that is busy with something else
LATER = NOW + timedelta(hours=2)


def threads_here() -> int:
    return 50 if connection.vendor == "postgresql" else 8


def at_once(acts: Iterable[Callable[[], object]]) -> list[object]:
    """Run every act in a thread of its own, from one start; what each returned, in order."""
    acts = list(acts)
    start = threading.Barrier(len(acts))
    returned: list[object] = [None] * len(acts)
    problems: list[str] = []

    def run(n: int, act: Callable[[], object]) -> None:
        try:
            start.wait(timeout=SECONDS)
            returned[n] = act()
        except Exception as problem:
            problems.append(repr(problem))
        finally:
            connection.close()

    threads = [
        threading.Thread(target=run, args=(n, act), daemon=True) for n, act in enumerate(acts)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=SECONDS)
    assert not any(thread.is_alive() for thread in threads), "somebody waits for ever"
    assert problems == []
    return returned


class Tab:
    """One of two tabs of a rater, who presses twice and, unless calm, skips and wanders off."""

    def __init__(self, rater: Rater, seed: int, *, calm: bool = False) -> None:
        self.rater, self.rng, self.calm = rater, Random(seed), calm
        self.stored: list[int] = []
        self.repeated: list[int] = []
        self.refused: Counter[int] = Counter()

    def work(self) -> "Tab":
        while True:
            rater = Rater.objects.select_related("study").get(pk=self.rater.pk)
            now = NOW + timedelta(minutes=0 if self.calm else self.rng.choice([0, 0, 0, 0, 25]))
            hand = assignments_hand(rater=rater, now=now)
            if not hand:
                return self
            assignment = hand[0]
            if not self.calm and self.rng.random() < 0.1:
                assignment_leave(rater=rater, ahead=str(hand[-1].token), now=now)
            if not self.calm and self.rng.random() < 0.1:
                assignment_skip(rater=rater, token=str(assignment.token), now=now)
                continue
            # The key that both tabs send is one submit sent twice; the other is a second answer.
            key = uuid5(NAMESPACE_OID, str(assignment.token))
            if self.rng.random() < 0.3:
                key = uuid4()
            for _ in range(self.rng.choice([1, 1, 2])):
                self.submit(assignment, str(key), now)

    def submit(self, assignment: Assignment, key: str, now) -> None:
        try:
            done = rating_submit(
                token=str(assignment.token),
                key=key,
                judgement=Judgement("pick", self.rng.randrange(3)),
                now=now,
                revise=self.rng.random() < 0.05,
            )
        except RatingRefused as refusal:
            self.refused[refusal.status] += 1
        else:
            (self.repeated if done.is_repeat else self.stored).append(done.rating.pk)


def check_that_all_adds_up(study: Study) -> None:
    """Places, assignments, ratings and counters tell the same story."""
    held_or_rated = Counter(
        Assignment.objects.filter(place__study=study).values_list("state", "place__state")
    )
    assert set(held_or_rated) <= {("held", "held"), ("rated", "filled")}
    in_use = Place.objects.filter(study=study).exclude(state="open").count()
    assert in_use == sum(held_or_rated.values())
    per_triple = Counter(
        Assignment.objects.filter(study=study, state="rated").values_list("triple", flat=True)
    )
    places = Counter(study.places.values_list("triple", flat=True))
    assert all(count <= places[triple] for triple, count in per_triple.items())
    met = Assignment.objects.filter(study=study).values_list("rater", "triple")
    assert len(set(met)) == len(met)
    of_place = Assignment.objects.filter(place__study=study)
    assert not of_place.exclude(triple=F("place__triple")).exists()
    assert not of_place.exclude(order=F("place__order")).exists()
    judged = Assignment.objects.filter(study=study, state__in=["rated", "late"])
    current = Rating.objects.filter(assignment__study=study, is_current=True)
    partial = Assignment.objects.filter(study=study, state="partial")
    assert sorted(current.values_list("assignment", flat=True)) == sorted(
        (judged | partial).values_list("pk", flat=True)
    )
    counted = judged.order_by().values("rater").annotate(n=Count("pk")).values_list("rater", "n")
    counts = dict.fromkeys(study.raters.values_list("pk", flat=True), 0) | dict(counted)
    assert dict(study.raters.values_list("pk", "rated_count")) == counts


def test_a_crowd_in_two_tabs_each_fills_a_study_exactly():
    threads = threads_here()
    study = make_study(questions=6, raters_per_triple=threads // 4)
    raters = make_raters(study, threads // 2)
    tabs = at_once(Tab(rater, seed).work for seed, rater in enumerate([*raters, *raters], start=1))
    check_that_all_adds_up(study)
    stored = [pk for tab in tabs for pk in tab.stored]
    repeated = {pk for tab in tabs for pk in tab.repeated}
    assert sorted(stored) == sorted(Rating.objects.values_list("pk", flat=True))
    assert repeated <= set(stored)
    # 409: another answer is stored. 404: the triple came back in another order to the other tab.
    assert set().union(*(tab.refused for tab in tabs)) <= {404, 409}
    assert repeated, "no submit was sent twice: the test shows less than it says"

    rate_all(study, make_raters(study, study.raters_per_triple), now=LATER)
    assert set(study.places.values_list("state", flat=True)) == {"filled"}
    check_that_all_adds_up(study)


def test_one_submit_sent_by_all_at_once_is_one_rating():
    study = make_study(questions=2)
    rater = make_rater(study)
    token, key = str(claim(rater).token), str(uuid4())

    def send():
        return rating_submit(token=token, key=key, judgement=Judgement("pick", 1), now=NOW)

    sent = at_once([send] * threads_here())
    assert Counter(one.is_repeat for one in sent) == {False: 1, True: threads_here() - 1}
    assert {one.rating.pk for one in sent} == {Rating.objects.get().pk}
    assert Rater.objects.get().rated_count == 1


def test_different_answers_sent_at_once_leave_one_and_refuse_the_others():
    study = make_study(questions=2)
    rater = make_rater(study)
    token = str(claim(rater).token)

    def send():
        try:
            rating_submit(token=token, key=str(uuid4()), judgement=Judgement("pick", 1), now=NOW)
        except RatingRefused as refusal:
            return refusal.status
        return 200

    assert Counter(at_once([send] * 8)) == {200: 1, 409: 7}
    check_that_all_adds_up(study)


def test_the_last_place_goes_to_one_of_many():
    study = make_study(questions=1, raters_per_triple=1)
    raters = make_raters(study, threads_here())
    claims = at_once((lambda r=rater: assignments_hand(rater=r, now=NOW)) for rater in raters)
    assert len([claimed for claimed in claims if claimed]) == 1
    assert Assignment.objects.count() == 1


def test_tabs_of_one_rater_get_one_triple():
    study = make_study(questions=30)
    rater = make_rater(study)
    hands = at_once([lambda: assignments_hand(rater=rater, now=NOW)] * 8)
    assert len({tuple(each.token for each in hand) for hand in hands}) == 1
    assert Place.objects.filter(state="held").count() == 2


def test_tabs_of_one_rater_never_go_beyond_their_share():
    study = make_study(questions=30, raters_per_triple=1, most_per_rater=5)
    rater = make_rater(study)
    at_once(Tab(rater, seed, calm=True).work for seed in range(8))
    assert Assignment.objects.filter(state__in=["rated", "late"]).count() == 5
    assert not Assignment.objects.filter(state="held").exists()
    check_that_all_adds_up(study)


def test_bundles_that_are_taken_and_given_back_at_once_are_neither_shared_nor_lost():
    crowd = threads_here()
    study = make_study(questions=10, raters_per_triple=crowd // 2, triples_per_rater=5)
    raters = make_raters(study, crowd)

    def take_part(rater: Rater, seed: int) -> None:
        bundle_reserve(rater=rater, now=NOW)
        tab = Tab(rater, seed, calm=True)
        if seed % 3 == 0:
            if hand := assignments_hand(rater=rater, now=NOW):
                tab.submit(hand[0], str(uuid4()), NOW)
            bundle_return(rater=rater, now=NOW)
        tab.work()

    at_once((lambda r=r, n=n: take_part(r, n)) for n, r in enumerate(raters))
    check_that_all_adds_up(study)
    rate_all(study, make_raters(study, crowd), now=NOW)
    check_that_all_adds_up(study)
    assert set(study.places.values_list("state", flat=True)) == {"filled"}
    for bundle in study.bundles.all():
        assert bundle.rater.rated_count == 5
        assert {
            each.rater for place in bundle.places.all() for each in place.assignments.all()
        } == {bundle.rater}


def test_fewer_raters_a_triple_while_all_are_rating_take_away_open_places_only():
    study = make_study(questions=10, raters_per_triple=10)
    raters = make_raters(study, min(20, threads_here()))

    def lower() -> int:
        while Rating.objects.count() < 20:
            threading.Event().wait(0.01)
        return raters_per_triple_change(study=study, user=study.owner, raters=4, now=NOW)

    *_, removed = at_once([*(Tab(rater, n).work for n, rater in enumerate(raters)), lower])
    assert study.places.count() == 100 - removed
    check_that_all_adds_up(study)


def test_a_bundle_that_is_just_being_reserved_is_not_taken_away():
    study = make_study(questions=4, raters_per_triple=2, triples_per_rater=4)
    one, other = make_raters(study, 2)
    bundle_reserve(rater=one, now=NOW)
    reserved, lowered = threading.Event(), threading.Event()

    def reserve() -> bool:
        with transaction.atomic():
            has_one = bundle_reserve(rater=other, now=NOW)
            reserved.set()
            lowered.wait(1)  # on SQLite, and where it waits for this, in vain
        return has_one

    def lower() -> int:
        reserved.wait(SECONDS)
        try:
            return raters_per_triple_change(study=study, user=study.owner, raters=1, now=NOW)
        finally:
            lowered.set()

    assert at_once([reserve, lower]) == [True, 0]
    assert [bundle.places.count() for bundle in study.bundles.all()] == [4, 4]


def test_a_renewal_a_skip_and_a_submit_of_one_triple_never_wait_for_each_other():
    study = make_study(questions=20, raters_per_triple=2)
    rater = make_rater(study)
    soon = NOW + timedelta(minutes=15)

    def renew() -> None:
        for _ in range(15):
            assignments_hand(rater=rater, now=soon)

    def skip() -> None:
        for _ in range(5):
            if held := Assignment.objects.filter(rater=rater, state="held").first():
                assignment_skip(rater=rater, token=str(held.token), now=soon)

    def lapse() -> None:
        for _ in range(5):
            assignments_hand(rater=other, now=LATER)

    other = make_rater(study)
    at_once([renew, renew, skip, lapse, Tab(rater, 1).work, Tab(rater, 2).work])
    check_that_all_adds_up(study)


def test_a_study_that_closes_under_load_counts_nothing_afterwards():
    study = make_study(questions=20, raters_per_triple=10)
    raters = make_raters(study, min(20, threads_here()))

    def close() -> set[int]:
        while Rating.objects.count() < 20:
            threading.Event().wait(0.01)
        study_close(study=study, user=study.owner, now=NOW)
        return set(Assignment.objects.filter(state="rated").values_list("pk", flat=True))

    *_, counted = at_once([*(Tab(rater, n).work for n, rater in enumerate(raters)), close])
    assert set(Assignment.objects.filter(state="rated").values_list("pk", flat=True)) == counted
    assert Place.objects.filter(state="filled").count() == len(counted)
    late = Rating.objects.filter(assignment__state="late")
    assert not late.filter(is_late=False).exists()


def test_raters_who_join_at_once_get_names_of_their_own():
    study = make_study()
    joined = at_once([lambda: rater_join(study=study, now=NOW)] * threads_here())
    names = {rater.name for rater in joined}
    assert names == {f"Rater {n}" for n in range(1, threads_here() + 1)}
