"""People whom a crowd platform sends: one rater each, a code for every way out, an id nowhere."""

import re

import pytest
from django.apps import apps
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from raters.models import CrowdIdentity, Rater, Study, StudyPath
from raters.services.consent import consent_text_save
from raters.services.crowd import COMPLETE, crowd_switch
from raters.services.study_states import study_close, study_pause, study_unblind_note
from tests.factories import NOW, make_rater, make_study, take
from tests.raters.views.people import client_of
from tests.raters.views.room import answer, begin, room

pytestmark = pytest.mark.django_db

CANARY = "5f0cZqcanary0participant"
QUERY = f"?PROLIFIC_PID={CANARY}&STUDY_ID=Zqplatformstudy&SESSION_ID=Zqsession"


def on_platform(**settings) -> Study:
    study = make_study(**settings)
    crowd_switch(study=study, user=study.owner, on=True, now=NOW)
    return study


def link(study, query=QUERY):
    return reverse("crowd-link", args=[study.path.crowd_code]) + query


def arrived(study) -> Client:
    client = Client()
    assert client.get(link(study)).status_code == 302
    return client


def code_of(study, way) -> str:
    return StudyPath.objects.get(study=study).exits[way]


def shown_code(response) -> str:
    found = re.search(rf'href="{re.escape(COMPLETE)}\?cc=([^"]+)"', response.content.decode())
    return found[1] if found else ""


# --- arriving ---
def test_the_id_is_redirected_away_before_any_page():
    study = on_platform()
    response = Client().get(link(study))
    assert response.status_code == 302
    assert response.url == room(study)
    assert response["Referrer-Policy"] == "no-referrer"
    assert "no-store" in response["Cache-Control"]
    assert response.content == b""


def test_the_same_person_is_the_same_rater_on_every_device():
    study = on_platform()
    phone, desktop = arrived(study), arrived(study)
    answer(phone, study, begin(phone, study))
    assert "2 of 6" in begin(desktop, study).content.decode()
    rater = Rater.objects.get()
    assert re.fullmatch(r"[0-9a-f]{64}", rater.crowd_digest)
    kept = CrowdIdentity.objects.get()
    assert (kept.participant, kept.submission) == (CANARY, "Zqsession")


def test_who_knows_who_wrote_what_takes_no_place_and_reads_why_at_an_address_without_the_id():
    study = on_platform()
    StudyPath.objects.filter(study=study).update(rater_limit=1)
    study_unblind_note(study=study, user=study.owner, page="results", now=NOW)
    response = client_of("alice", study).get(link(study), follow=True)
    assert response.redirect_chain == [(link(study, ""), 302)]
    assert "You have seen who wrote the texts" in response.content.decode()
    assert response.status_code == 403
    assert not study.raters.exists()
    assert not CrowdIdentity.objects.exists()
    assert "begin" in arrived(study).get(room(study)).content.decode().lower()


def test_a_person_has_another_hash_in_every_study():
    one, other = on_platform(), on_platform(name="another")
    arrived(one)
    arrived(other)
    assert one.raters.get().crowd_digest != other.raters.get().crowd_digest


def test_a_person_is_known_again_after_the_ids_were_deleted():
    study = on_platform()
    arrived(study)
    CrowdIdentity.objects.all().delete()
    arrived(study)
    assert study.raters.count() == 1
    assert not CrowdIdentity.objects.exists()


@pytest.mark.parametrize("value", ["", "a b", "%00", "é", "x" * 65, "<script>", "a%0Ab", "' OR 1"])
def test_what_cannot_be_an_id_makes_nobody_and_stands_on_no_page(value):
    study = on_platform()
    response = Client().get(link(study, f"?PROLIFIC_PID={value}"), follow=True)
    assert response.redirect_chain == [(link(study, ""), 302)]
    assert response.status_code == 400
    assert study.raters.count() == 0


def test_a_link_that_is_off_or_unknown_answers_no_page_at_an_address_with_an_id():
    study = on_platform()
    address = link(study)
    crowd_switch(study=study, user=study.owner, on=False, now=NOW)
    for where in (address, f"/c/unknown/{QUERY}"):
        response = Client().get(where)
        assert (response.status_code, response.url) == (302, where.split("?")[0])
        assert Client().get(where, follow=True).status_code == 404
    assert study.raters.count() == 0


def test_who_comes_to_a_paused_or_closed_study_is_told_so():
    study = on_platform()
    study_pause(study=study, user=study.owner, now=NOW)
    assert "paused" in Client().get(link(study), follow=True).content.decode()
    study_close(study=study, user=study.owner, now=NOW)
    assert Client().get(link(study), follow=True).status_code == 410
    assert study.raters.count() == 0


# --- leaving: each way out has its own code ---
def test_done_comes_with_the_last_answer_and_not_before():
    study = on_platform(questions=2)
    client = arrived(study)
    for number in (1, 2):
        page = begin(client, study)
        assert f"{number} of 2" in page.content.decode()
        assert shown_code(page) == ""
        answer(client, study, page)
    assert shown_code(begin(client, study)) == code_of(study, "done")
    study_close(study=study, user=study.owner, now=NOW)
    assert shown_code(client.get(room(study))) == code_of(study, "done")


def test_full_on_arrival_makes_no_rater():
    study = on_platform(raters_per_triple=1, triples_per_rater=6)
    take(make_rater(study), now=timezone.now())
    response = Client().get(link(study), follow=True)
    assert response.redirect_chain == [(reverse("crowd-full", args=[study.path.crowd_code]), 302)]
    assert shown_code(response) == code_of(study, "full")
    assert study.raters.count() == 1


def test_full_before_beginning():
    study = on_platform(raters_per_triple=1, triples_per_rater=6)
    client = arrived(study)
    take(make_rater(study), now=timezone.now())
    assert shown_code(begin(client, study)) == code_of(study, "full")


def test_nothing_left():
    study = on_platform(questions=2, raters_per_triple=1)
    client = arrived(study)
    take(make_rater(study), now=timezone.now())
    answer(client, study, begin(client, study))
    page = begin(client, study)
    assert "nothing left" in page.content.decode()
    assert shown_code(page) == code_of(study, "nothing-left")


def test_consent_refused():
    study = on_platform()
    consent_text_save(study=study, text="Agree?", language="en", now=NOW)
    client = arrived(study)
    client.post(room(study) + "consent/", {"answer": "refuse"})
    assert shown_code(client.get(room(study))) == code_of(study, "refused")


@pytest.mark.parametrize(("form", "way"), [({}, "returned"), ({"fault": ""}, "fault")])
def test_returned_and_fault(form, way):
    study = on_platform()
    client = arrived(study)
    begin(client, study)
    client.post(room(study) + "return/", form)
    assert shown_code(client.get(room(study))) == code_of(study, way)


def test_withdrawn_is_returned_for_the_platform():
    study = on_platform()
    client = arrived(study)
    client.post(room(study) + "withdraw/", {"answers": "delete"})
    assert shown_code(client.get(room(study) + "withdraw/")) == code_of(study, "returned")


def test_every_way_out_has_a_code_of_its_own_and_others_get_none():
    study = on_platform(questions=1)
    codes = list(StudyPath.objects.get(study=study).exits.values())
    assert len(set(codes)) == len(codes) == 7
    rater = make_rater(study)
    client = Client()
    client.get(reverse("rater-link", args=[rater.code]))
    answer(client, study, begin(client, study))
    assert shown_code(begin(client, study)) == ""


# --- the id is nowhere ---
def test_a_canary_id_is_on_no_page_and_in_no_log(caplog, monkeypatch):
    """Every page that a rater and the owner may open, but for the payments page; a page that
    breaks; and what is logged of all that."""
    caplog.set_level("DEBUG")
    study = on_platform(questions=2)
    client, seen = arrived(study), []
    seen += [client.get(room(study) + query) for query in ("", "?begin", "?mine", "?return")]
    answer(client, study, begin(client, study))

    def broken(**_):
        raise RuntimeError("broken")

    with monkeypatch.context() as patch:
        patch.setattr("raters.views.crowd.crowd_arrive", broken)
        fragile = Client(raise_request_exception=False)
        seen.append(fragile.get(link(study)))
        assert seen[-1].status_code == 500
    seen.append(Client(HTTP_HOST="strange.example").get(link(study)))
    owner = client_of("alice", study)
    names = ("study", "study-people", "study-plan", "study-exclusions")
    seen += [owner.get(reverse(name, args=[study.code])) for name in names]
    for response in seen:
        said = f"{response.content.decode()}{response.headers}{response.cookies}"
        assert CANARY not in said
    log = "\n".join(f"{record.getMessage()} {record.exc_text}" for record in caplog.records)
    assert "broken" in log
    assert CANARY not in log


def test_a_canary_id_is_in_one_table_alone():
    study = on_platform()
    arrived(study)
    holding = {
        model.__name__
        for model in apps.get_models()
        for row in model.objects.values()
        if CANARY in str(row)
    }
    assert holding == {"CrowdIdentity"}


def test_the_servers_own_log_never_writes_a_query_or_a_referer():
    from config import web

    assert "%(U)s" in web.access_log_format
    for atom in ("%(r)s", "%(q)s", "%(f)s"):
        assert atom not in web.access_log_format


def test_the_payments_page_names_the_ids_to_the_owner_until_they_are_deleted():
    study = on_platform()
    arrived(study)
    alice = client_of("alice", study)
    page = reverse("study-payments", args=[study.code])
    sheet = reverse("study-payments-file", args=[study.code])
    assert CANARY in alice.get(page).content.decode()
    assert CANARY in alice.get(sheet).content.decode()
    assert alice.get(page)["Referrer-Policy"] == "no-referrer"
    alice.post(reverse("study-forget-ids", args=[study.code]))
    assert CANARY not in alice.get(page).content.decode()
    assert CANARY not in alice.get(sheet).content.decode()
    assert study.raters.count() == 1
