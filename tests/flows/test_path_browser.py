"""A visit from a crowd platform in a real browser, every way out once; a phone, then a desktop."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from raters.models import Rater, Study, StudyPath
from raters.services.consent import consent_text_save
from raters.services.crowd import COMPLETE, crowd_switch
from raters.services.study_states import raters_add
from tests.browser import DESKTOP, PHONE, assert_accessible, follow, press, ready
from tests.factories import make_rater, make_study, take

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

CANARY = "5f0cZqcanary0participant"
CONSENT = "# Who asks\n\nA university. You may **stop** at any time.\n\n- No name is kept.\n"


@pytest.fixture
def study(transactional_db) -> Study:
    """Room for three raters, of two triples each."""
    now = timezone.now()
    study = make_study(questions=2, raters_per_triple=3, triples_per_rater=2, now=now)
    crowd_switch(study=study, user=study.owner, on=True, now=now)
    consent_text_save(study=study, text=CONSENT, language="en", now=now)
    return study


@contextmanager
def visit(chromium: Browser, site: str, study: Study, who: str, **device) -> Iterator[Page]:
    """Arrive by the crowd link; whatever the browser asks for afterwards has no id in it."""
    context = chromium.new_context(viewport=DESKTOP, **device)
    page, asked = context.new_page(), []
    page.on("request", lambda request: asked.append((request.url, request.all_headers())))
    query = f"?PROLIFIC_PID={CANARY}{who}&STUDY_ID=s&SESSION_ID=t"
    page.goto(f"{site}/c/{study.path.crowd_code}/{query}")
    yield page
    assert CANARY in asked[0][0]
    assert [each for each in asked[1:] if CANARY in str(each)] == []
    assert CANARY not in page.url
    context.close()


def expect_way_out(page: Page, study: Study, way: str) -> None:
    code = StudyPath.objects.get(study=study).exits[way]
    link = page.get_by_role("link", name="Finish on the platform")
    expect(link).to_have_attribute("href", f"{COMPLETE}?cc={code}")
    expect(page.get_by_text(code)).to_be_visible()


def agree_and_begin(page: Page) -> None:
    follow(page.get_by_role("button", name="I agree"))
    follow(page.get_by_role("button", name="Begin"))
    ready(page)


def test_a_visit_from_a_crowd_platform_by_every_way_out(chromium, live_server, study):
    site = live_server.url
    with visit(chromium, site, study, "1") as page:
        expect(page.get_by_role("heading", name="Who asks")).to_be_visible()
        assert_accessible(page)
        follow(page.get_by_role("button", name="I do not agree"))
        expect_way_out(page, study, "refused")
        assert_accessible(page)
    for who, button, way in (
        ("2", "Stop for good", "returned"),
        ("3", "Stop: something does not work", "fault"),
    ):
        with visit(chromium, site, study, who) as page:
            agree_and_begin(page)
            follow(page.get_by_role("link", name="My ratings"))
            follow(page.get_by_role("link", name="Stop for good"))
            follow(page.get_by_role("button", name=button))
            expect_way_out(page, study, way)
    with visit(chromium, site, study, "4") as page:
        agree_and_begin(page)
        press(page, "1")
        expect(page.get_by_role("link", name="Finish on the platform")).to_have_count(0)
        press(page, "2")
        expect_way_out(page, study, "done")
        assert_accessible(page)
    for rater in raters_add(study=study, count=2, now=timezone.now()):
        take(rater, now=timezone.now())
    with visit(chromium, site, study, "5") as page:
        expect(page.get_by_role("heading", name="The study is full")).to_be_visible()
        expect_way_out(page, study, "full")
    assert study.raters.exclude(crowd_digest="").count() == 4


def test_nothing_left_is_a_way_out(chromium, live_server, transactional_db):
    now = timezone.now()
    study = make_study(questions=3, raters_per_triple=1, now=now)
    crowd_switch(study=study, user=study.owner, on=True, now=now)
    take(make_rater(study), now=now)
    with visit(chromium, live_server.url, study, "") as page:
        follow(page.get_by_role("button", name="Begin"))
        ready(page)
        while page.get_by_role("button", name="Pick A1").count():
            press(page, "1")
        expect_way_out(page, study, "nothing-left")


def test_a_rater_begins_on_a_phone_and_ends_on_a_desktop(chromium, live_server, study):
    phone = {"has_touch": True, "is_mobile": True, "java_script_enabled": False}
    with visit(chromium, live_server.url, study, "", **phone) as page:
        page.set_viewport_size(PHONE)
        follow(page.get_by_role("button", name="I agree"))
        follow(page.get_by_role("button", name="Begin"))
        follow(page.locator('button[name="answer"][value="2"]'))  # "A2" on a phone
        expect(page.locator(".count")).to_have_text("2 of 2")
    with visit(chromium, live_server.url, study, "") as page:
        expect(page.locator(".count")).to_have_text("2 of 2")
        ready(page)
        press(page, "3")
        expect_way_out(page, study, "done")
        follow(page.get_by_role("link", name="Withdraw"))
        assert_accessible(page)
        follow(page.get_by_role("button", name="Withdraw and delete my answers"))
        expect(page.get_by_role("heading", name="You have withdrawn")).to_be_visible()
    rater = Rater.objects.exclude(crowd_digest="").get()
    assert (rater.rated_count, rater.assignments.count()) == (0, 0)
