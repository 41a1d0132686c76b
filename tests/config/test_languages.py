"""Which language a page speaks, who remembers it, and which pages are English to everybody."""

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from config.languages import SPOKEN
from generation import urls_writing
from raters import urls_rate, urls_research, urls_workshop
from raters.models import StudyPath
from raters.services.consent import consent_text_save
from raters.services.crowd import crowd_switch
from tests.factories import NOW, make_rater, make_researcher, make_study
from tests.flows.test_non_interference import CSRF
from tests.raters.views.room import room

pytestmark = pytest.mark.django_db

COOKIE = settings.LANGUAGE_COOKIE_NAME
GERMAN = {"accept-language": "de-AT,de;q=0.9,en;q=0.5"}


def html_of(response) -> str:
    """The opening tag of the page."""
    return response.content.decode().partition("<html ")[2].partition(">")[0]


@pytest.mark.parametrize(
    ("asked", "spoken"),
    [
        ("", "en"), ("de-CH", "de"), ("es-MX,es;q=0.9", "es"), ("zh-CN", "zh-hans"),
        ("zh", "zh-hans"), ("fr,en;q=0.5", "en"), ("tlh", "en"), ("*;q=nonsense", "en"),
    ],
)  # fmt: skip
def test_a_page_speaks_what_the_browser_asks_for_where_it_can(asked, spoken):
    page = Client().get("/s/unknown/", headers={"accept-language": asked})
    assert html_of(page) == f'lang="{spoken}" dir="ltr"'
    assert page["Content-Language"] == spoken
    assert {"Accept-Language", "Cookie"} <= set(page["Vary"].split(", "))
    assert COOKIE not in page.cookies


def test_what_a_rater_chose_is_kept_and_holds_against_the_browser():
    client = Client(headers=GERMAN)
    chosen = client.get("/?lang=es")
    assert html_of(chosen) == 'lang="es" dir="ltr"'
    cookie = chosen.cookies[COOKIE]
    assert (cookie.value, cookie["samesite"], cookie["path"]) == ("es", "Lax", "/")
    assert cookie["httponly"]
    assert 'lang="es"' in html_of(client.get("/s/unknown/"))
    assert 'lang="en"' in html_of(client.get("/s/unknown/?lang=en"))
    assert 'lang="en"' in html_of(client.get("/"))


@pytest.mark.parametrize("asked", ["fr", "DE", "", "de'><b>", "zh-hant", "../de"])
def test_a_language_that_there_is_not_changes_nothing(asked):
    page = Client(headers=GERMAN).get("/", {"lang": asked})
    assert 'lang="de"' in html_of(page)
    assert COOKIE not in page.cookies


def test_a_page_offers_every_language_by_links_that_lose_nothing_of_its_address():
    page = Client().get("/?begin&lang=de").content.decode()
    for code, name in settings.LANGUAGES:
        assert f'<a href="?begin=&amp;lang={code}" lang="{code}" hreflang="{code}"' in page
        assert f">{name}</a>" in page
    assert page.count('aria-current="true"') == 1


def test_a_page_that_answers_a_form_offers_no_link_to_an_address_that_only_takes_forms():
    study = make_study()
    refused = Client().post(reverse("rate-consent", args=[study.code]), {"answer": "refuse"})
    assert refused.status_code == 200
    assert b"hreflang" not in refused.content


def test_links_of_raters_take_a_language_with_them():
    study = make_study()
    rater = make_rater(study)
    crowd_switch(study=study, user=study.owner, on=True, now=NOW)
    code = StudyPath.objects.get(study=study).crowd_code
    for link in (f"/r/{rater.code}/?lang=de", f"/c/{code}/?PROLIFIC_PID=5f0c&lang=de"):
        client = Client()
        client.get(link)
        assert html_of(client.get(room(study))) == 'lang="de" dir="ltr"'


def test_the_consent_text_says_its_own_language_on_a_page_in_another():
    study = make_study()
    consent_text_save(study=study, text="Do you agree?", language="en", now=NOW)
    client = Client(headers=GERMAN)
    client.get(f"/r/{make_rater(study).code}/")
    page = client.get(room(study))
    assert 'lang="de"' in html_of(page)
    assert b'<div class="agreed" lang="en" dir="auto">' in page.content


def test_every_address_of_raters_writers_and_a_room_speaks_and_of_researchers_two():
    """A new address that speaks needs nothing but its place; a new first part of one, a line."""
    speaks = {
        pattern.name: bool(SPOKEN.match(f"/{pattern.pattern}"))
        for urls in (urls_rate, urls_writing, urls_workshop, urls_research)
        for pattern in urls.urlpatterns
    }
    for name in {each.name for each in urls_rate.urlpatterns} - {"sign-out"}:
        assert speaks.pop(name), name
    spoken = {name for name, does in speaks.items() if does}
    assert spoken == {
        "write-join", "write", "write-agree", "write-withdraw", "workshop-room", "workshop-join",
        "workshop-respond", "workshop-room-now", "workshop-screen", "study-preview",
    }  # fmt: skip


@pytest.mark.parametrize("name", ["studies", "batches", "sources", "workshops", "planner"])
def test_pages_of_researchers_are_english_whatever_was_chosen(name):
    client = Client(headers=GERMAN)
    client.force_login(make_researcher("rita"))
    assert 'lang="de"' in html_of(client.get("/s/unknown/?lang=de"))
    page = client.get(reverse(name) + "?lang=es")
    assert page.status_code == 200
    assert 'lang="en"' in html_of(page)
    assert "es" not in page.cookies.values()


def test_the_api_and_the_admin_are_english():
    for address in ("/admin/login/", "/api/v1/studies/"):
        asked = [Client(headers=headers).get(address) for headers in ({}, GERMAN)]
        english, german = (CSRF.sub(r"\1", page.content.decode()) for page in asked)
        assert english == german
