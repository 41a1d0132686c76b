"""Who wrote for a study's source, or has seen who wrote what, cannot rate in it."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from generation.models import Writing
from generation.services.writing import invitation_switch as writers_switch
from generation.services.writing_texts import writer_agree, writer_join, writer_withdraw
from raters.models import Assignment, Flag, Rating
from raters.services.study_states import invitation_switch, study_unblind_note
from tests.factories import NOW, make_rater, make_researcher, make_study
from tests.raters.views.room import FRAGMENT, begin, entered, fields, send

pytestmark = pytest.mark.django_db


@pytest.fixture
def study():
    study = make_study(owner=make_researcher())
    invitation_switch(study=study, user=study.owner, on=True, now=NOW)
    return study


def make_writer(study, source):
    writing = Writing.objects.create(
        owner=study.owner, source=source, question_set=study.question_set, created_at=NOW
    )
    writers_switch(writing=writing, on=True)
    return writer_join(writing=writing, now=NOW)


@pytest.fixture
def writer(study):
    made = make_writer(study, study.study_sources.first().source)
    assert writer_agree(writer=made, digest="", now=NOW)
    return made


def rate_as_rater(client, study):
    client.get(reverse("rater-link", args=[make_rater(study).code]))
    return client.get(f"{reverse('rate', args=[study.code])}?begin")


def join(client, study):
    given = {"invitation": study.invitation_code}
    return client.post(reverse("rate-join", args=[study.code]), given)


def test_who_wrote_for_a_source_of_the_study_can_neither_rate_nor_join(study, writer):
    client = Client()
    client.get(reverse("write", args=[writer.code]))
    before = study.raters.count()
    assert join(client, study).status_code == 403
    assert study.raters.count() == before
    page = rate_as_rater(client, study)
    assert page.status_code == 403
    assert b"You wrote some of the texts" in page.content
    assert not study.assignments.exists()


def test_who_withdrew_from_writing_still_knows_what_they_wrote(study, writer):
    client = Client()
    client.get(reverse("write", args=[writer.code]))
    writer_withdraw(writer=writer, deletes=True, now=NOW)
    assert rate_as_rater(client, study).status_code == 403


def test_who_wrote_for_a_source_that_is_not_in_the_study_may_rate_in_it(study):
    other = make_study(name="other", owner=study.owner, sources=("dora", "emil"))
    writer = make_writer(study, other.study_sources.first().source)
    writer_agree(writer=writer, digest="", now=NOW)
    client = Client()
    client.get(reverse("write", args=[writer.code]))
    assert rate_as_rater(client, study).status_code == 200


def test_who_only_looked_at_what_writing_asks_may_rate(study):
    writer = make_writer(study, study.study_sources.first().source)
    client = Client()
    client.get(reverse("write", args=[writer.code]))
    assert rate_as_rater(client, study).status_code == 200


def test_who_has_seen_who_wrote_what_cannot_rate(study):
    client = Client()
    client.force_login(study.owner)
    assert rate_as_rater(client, study).status_code == 200
    study_unblind_note(study=study, user=study.owner, page="results", now=NOW)
    page = rate_as_rater(client, study)
    assert page.status_code == 403
    assert b"You have seen who wrote" in page.content
    assert join(client, study).status_code in (303, 403)


def test_another_who_is_signed_in_may_rate(study):
    study_unblind_note(study=study, user=study.owner, page="results", now=NOW)
    client = Client()
    client.force_login(make_researcher("bob"))
    assert rate_as_rater(client, study).status_code == 200


def test_a_conflicted_rater_can_still_withdraw(study, writer):
    client = Client()
    client.get(reverse("write", args=[writer.code]))
    rate_as_rater(client, study)
    assert client.get(reverse("rate-withdraw", args=[study.code])).status_code == 200


def test_a_rater_who_never_wrote_costs_no_query_more(study):
    client = Client()
    rate_as_rater(client, study)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        client.get(f"{reverse('rate', args=[study.code])}?begin")
    asked = " ".join(query["sql"] for query in queries)
    assert "generation_writer" not in asked
    assert "raters_auditentry" not in asked


# --- in mid-study ---
def learns_by_results(study, client):
    client.force_login(study.owner)
    study_unblind_note(study=study, user=study.owner, page="results", now=NOW)


def learns_by_writing(study, client):
    made = make_writer(study, study.study_sources.first().source)
    assert writer_agree(writer=made, digest="", now=NOW)
    client.get(reverse("write", args=[made.code]))


LEARNS = pytest.mark.parametrize("learns", [learns_by_results, learns_by_writing])


@LEARNS
@pytest.mark.parametrize("headers", [{}, FRAGMENT], ids=["page", "fragment"])
def test_who_learns_it_in_mid_study_submits_nothing_more(study, learns, headers):
    client = entered(make_rater(study))
    first = fields(begin(client, study))
    second = fields(send(client, study, "submit", first | {"answer": "1"}, **FRAGMENT))
    assert Rating.objects.count() == 1
    learns(study, client)
    page = send(client, study, "submit", second | {"answer": "1"}, **headers)
    assert page.status_code == 403
    assert b"so you cannot" in page.content
    page = send(client, study, "submit", first | {"answer": "2", "revise": ""}, **headers)
    assert page.status_code == 403
    assert Rating.objects.count() == 1


@LEARNS
@pytest.mark.parametrize("name", ["skip", "flag", "beat"])
def test_who_learns_it_in_mid_study_holds_and_is_handed_nothing_more(study, learns, name):
    client = entered(make_rater(study))
    form = fields(begin(client, study)) | {"reason": Flag.Reason.values[0]}
    before = list(Assignment.objects.order_by("pk").values())
    learns(study, client)
    assert send(client, study, name, form, **FRAGMENT).status_code == 403
    assert send(client, study, name, {}, **FRAGMENT).status_code == 403
    assert list(Assignment.objects.order_by("pk").values()) == before
    assert not Flag.objects.exists()


def test_a_triples_token_from_another_studys_address_is_refused_all_the_same(study):
    other = make_study(name="other", owner=study.owner, sources=("dora", "emil"))
    client = entered(make_rater(study))
    form = fields(begin(client, study)) | {"answer": "1"}
    learns_by_results(study, client)
    assert send(client, other, "submit", form).status_code == 403
    assert not Rating.objects.exists()
