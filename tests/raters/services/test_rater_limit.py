"""A study's places of raters: how many may come by themselves, also where all come at once."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from raters.models import Assignment, Rater, Study, StudyPath
from raters.services.consent import consent_give, consent_refuse, consent_text_save
from raters.services.crowd import crowd_arrive
from raters.services.people import Full, rater_join, rater_place_regain, rater_places_left
from raters.services.study_states import invitation_switch, raters_add
from raters.services.withdrawing import rater_leave
from tests.factories import NOW, make_study, rate, take
from tests.raters.views.people import client_of
from tests.raters.views.room import begin, entered

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


def limited(places: int, **settings) -> Study:
    study = make_study(**settings)
    StudyPath.objects.create(study=study, rater_limit=places)
    return study


def left(study, now=NOW) -> int | None:
    return rater_places_left(study=study, now=now)


def test_without_a_limit_everybody_comes_in():
    study = make_study()
    assert left(study) is None
    for _ in range(5):
        rater_join(study=study, now=NOW)


def test_as_many_come_in_as_there_are_places_whoever_sends_them():
    study = limited(2)
    rater_join(study=study, now=NOW)
    assert left(study) == 1
    crowd_arrive(study=study, participant="p1", submission="", platform_study="", now=NOW)
    assert left(study) == 0
    with pytest.raises(Full):
        rater_join(study=study, now=NOW)
    with pytest.raises(Full):
        crowd_arrive(study=study, participant="p2", submission="", platform_study="", now=NOW)
    assert crowd_arrive(study=study, participant="p1", submission="", platform_study="", now=NOW)
    assert study.raters.count() == 2


def test_raters_whom_the_researcher_adds_take_no_place():
    study = limited(1)
    raters_add(study=study, count=3, now=NOW)
    assert left(study) == 1


@pytest.mark.parametrize("way", ["returned", "screened-out", "fault"])
def test_who_leaves_without_a_rating_that_counts_gives_the_place_back(way):
    study = limited(1, triples_per_rater=3)
    rater = rater_join(study=study, now=NOW)
    rate(rater)
    assert left(study) == 0
    rater_leave(rater=rater, way_out=way, now=NOW)
    assert left(study) == 1


def test_who_leaves_after_ratings_that_count_keeps_it():
    study = limited(1)
    rater = rater_join(study=study, now=NOW)
    rate(rater)
    rater_leave(rater=rater, way_out="returned", now=NOW)
    assert left(study) == 0


def test_who_stays_away_loses_it_to_whoever_comes():
    study = limited(1, triples_per_rater=3, bundle_hours=2)
    rater = rater_join(study=study, now=NOW)
    take(rater)
    rate(rater)
    assert left(study, NOW + HOUR) == 0
    with pytest.raises(Full):
        rater_join(study=study, now=NOW + HOUR)
    assert rater_join(study=study, now=NOW + 3 * HOUR).pk != rater.pk
    assert left(study, NOW + 3 * HOUR) == 0


def test_who_refuses_gives_the_place_back_and_may_find_it_taken():
    study = limited(1)
    consent_text_save(study=study, text="Agree?", language="en", now=NOW)
    rater = rater_join(study=study, now=NOW)
    consent_refuse(rater=rater, now=NOW)
    other = rater_join(study=study, now=NOW)
    with pytest.raises(Full):
        consent_give(rater=rater, version="1", now=NOW)
    assert not rater.consents.exists()
    rater_leave(rater=other, way_out="returned", now=NOW)
    assert consent_give(rater=rater, version="1", now=NOW)
    assert Rater.objects.get(pk=rater.pk).way_out == ""


SETS = pytest.mark.parametrize("settings", [{}, {"triples_per_rater": 3}], ids=["open", "sets"])


@SETS
def test_who_comes_back_after_somebody_else_has_the_place_finds_it_full(settings):
    study, now = limited(1, **settings), timezone.now()
    first = rater_join(study=study, now=now - 72 * HOUR)
    second = rater_join(study=study, now=now)
    late, early = entered(first), entered(second)
    assert b'name="token"' in begin(early, study).content
    assert "The study is full" in begin(late, study).content.decode()
    unread = late.post(reverse("rate-submit", args=[study.code]), {"token": "7"})
    assert b'name="token"' not in unread.content
    assert not first.assignments.exists()
    rater_leave(rater=second, way_out="returned", now=now)
    assert b'name="token"' in begin(late, study).content
    assert left(study, now) == 0


@SETS
def test_who_comes_back_while_a_place_is_left_goes_on_and_holds_it(settings):
    study, now = limited(1, **settings), timezone.now()
    rater = rater_join(study=study, now=now - 72 * HOUR)
    assert rater_place_regain(rater=rater, now=now)
    assert left(study, now) == 0
    with pytest.raises(Full):
        rater_join(study=study, now=now)


@pytest.mark.django_db(transaction=True)
@SETS
def test_four_who_come_back_at_once_take_the_one_place_that_is_left(settings):
    study, returned = limited(4, raters_per_triple=4, **settings), []
    raters = [rater_join(study=study, now=NOW - 72 * HOUR) for _ in range(4)]
    StudyPath.objects.filter(study=study).update(rater_limit=1)
    start = threading.Barrier(4)

    def come_back(rater: Rater) -> None:
        start.wait(timeout=10)
        try:
            returned.append(rater_place_regain(rater=rater, now=NOW))
        finally:
            connection.close()

    threads = [threading.Thread(target=come_back, args=[rater]) for rater in raters]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert sorted(returned) == [False] * 3 + [True]
    assert Assignment.objects.order_by().values("rater").distinct().count() <= 1
    assert left(study) == 0


@pytest.mark.django_db(transaction=True)
def test_eight_who_come_at_once_fill_the_three_places_and_no_more():
    study = limited(3)
    start, came = threading.Barrier(8), []

    def come() -> None:
        start.wait(timeout=10)
        try:
            came.append(bool(rater_join(study=study, now=NOW)))
        except Full:
            came.append(False)
        finally:
            connection.close()

    threads = [threading.Thread(target=come) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert sorted(came) == [False] * 5 + [True] * 3
    assert study.raters.count() == 3


# --- what is told ---
def test_an_invitation_says_how_many_places_are_left_and_when_there_are_none():
    study = limited(1)
    invitation_switch(study=study, user=study.owner, on=True, now=NOW)
    address, client = reverse("invitation", args=[study.invitation_code]), Client()
    assert "1 place for a rater is left" in client.get(address).content.decode()
    join, form = reverse("rate-join", args=[study.code]), {"invitation": study.invitation_code}
    assert client.post(join, form).status_code == 303
    for response in (Client().get(address), Client().post(join, form)):
        assert "The study is full" in response.content.decode()
        assert reverse("rate", args=[study.code]) in response.content.decode()
    assert client.post(join, form).status_code == 303
    assert study.raters.count() == 1


def test_the_researcher_reads_how_many_are_left():
    study = limited(4)
    invitation_switch(study=study, user=study.owner, on=True, now=NOW)
    rater_join(study=study, now=timezone.now())
    alice = client_of("alice", study)
    for name in ("study", "study-people"):
        page = alice.get(reverse(name, args=[study.code])).content.decode()
        assert "3 places" in page
        assert "left." in page
