"""Practice, being screened out, the end of a visit, and what its researcher sees, in a browser."""

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from generation.models import Source
from raters.models import Guess, PracticeAnswer, Rater, Rating, StudyPath
from raters.services.crowd import crowd_switch
from raters.services.people import sign_in_link_create
from raters.services.practice import practice_import
from raters.services.study_states import study_close
from tests.browser import assert_accessible, follow, press, ready
from tests.factories import make_rater, make_study, take
from tests.flows.test_path_browser import expect_way_out, visit
from tests.raters.services.test_practice import lines

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def study(transactional_db):
    """Two practice triples, both to pass; two triples each for two raters; all endings."""
    now = timezone.now()
    study = make_study(
        questions=2, raters_per_triple=2, triples_per_rater=2, protocol="ranking", now=now
    )
    for source, kind in zip(Source.objects.all(), ("human", "star", "few-shot"), strict=True):
        Source.objects.filter(pk=source.pk).update(kind=kind)
    crowd_switch(study=study, user=study.owner, on=True, now=now)
    practice_import(study=study, user=study.owner, now=now, lines=lines(2))
    StudyPath.objects.filter(study=study).update(
        qualification_percent=100, asks_guesses=True, debrief="# Why\n\nThank you.", reveals=True
    )
    study.refresh_from_db()
    return study


def practise(page, *keys: str) -> None:
    """Rank the two texts by keys, and read what was planted."""
    ready(page)
    for key in keys:
        page.keyboard.press(key)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def test_who_misses_what_was_planted_is_screened_out_with_a_code_of_its_own(
    chromium, live_server, study
):
    with visit(chromium, live_server.url, study, "1") as page:
        follow(page.get_by_role("button", name="Begin"))
        expect(page.get_by_text("Practice 1 of 2")).to_be_visible()
        assert_accessible(page)
        page.keyboard.press("Enter")
        expect(page.get_by_text("Choose an answer first.")).to_be_visible()
        practise(page, "1")
        expect(page.get_by_role("heading", name="Yes: A1 is the one.")).to_be_visible()
        expect(page.get_by_text("A2 says 3 * 4 = 13.")).to_be_visible()
        assert_accessible(page)
        follow(page.get_by_role("button", name="Next"))
        practise(page, "2")
        expect(page.get_by_role("heading", name="A1 would have been the one.")).to_be_visible()
        follow(page.get_by_role("button", name="Go on"))
        expect(page.get_by_text("Thank you for practising.")).to_be_visible()
        expect_way_out(page, study, "screened-out")
    assert Rater.objects.get().way_out == Rater.WayOut.SCREENED_OUT
    assert not study.bundles.filter(state="held").exists()
    assert not Rating.objects.exists()


def test_from_practice_to_the_reveal(chromium, live_server, study):
    with visit(chromium, live_server.url, study, "2") as page:
        follow(page.get_by_role("button", name="Begin"))
        for last in (False, True):
            practise(page, "1")
            follow(page.get_by_role("button", name="Begin rating" if last else "Next"))
        ready(page)
        for _ in range(2):
            press(page, "2", "1", "Enter")
        expect_way_out(page, study, "done")
        follow(page.get_by_role("link", name="How it ends"))
        assert_accessible(page)
        page.get_by_label("A1 was written by").first.select_option("human")
        follow(page.get_by_role("button", name="Send my guesses"))
        expect(page.get_by_role("heading", name="Why")).to_be_visible()
        expect_way_out(page, study, "done")
        assert_accessible(page)
        follow(page.get_by_role("link", name="Look whether it has closed"))
        expect(page.get_by_role("heading", name="Not closed yet")).to_be_visible()
        study_close(study=study, user=study.owner, now=timezone.now())
        page.goto(f"{live_server.url}{reverse('rate-reveal', args=[study.code])}")
        expect(page.get_by_role("row")).to_have_count(4)
        assert_accessible(page)
    assert list(Guess.objects.exclude(kind="").values_list("slot", "kind")) == [(0, "human")]
    assert PracticeAnswer.objects.filter(is_passed=True).count() == 2


def test_what_the_researcher_sees_of_it(page, live_server, study):
    site = live_server.url
    token = sign_in_link_create(user=study.owner, now=timezone.now(), hours=1)
    page.goto(f"{site}/enter/{token}/")
    follow(page.locator("main button").first)
    for name in ("study-people", "study-payments"):
        page.goto(site + reverse(name, args=[study.code]))
        assert_accessible(page)
    page.goto(site + reverse("study-preview", args=[study.code]))
    ready(page)
    assert_accessible(page)
    for key in ("3", "1"):
        page.keyboard.press(key)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.get_by_text("What you sent went nowhere")).to_be_visible()
    page.goto(f"{site}/enter/{token}/")
    expect(page.get_by_role("heading", name="This link is spent")).to_be_visible()
    page.goto(site + reverse("crowd-full", args=[study.path.crowd_code]))
    assert_accessible(page)
    page.goto(site + reverse("crowd-link", args=[study.path.crowd_code]))
    assert_accessible(page)
    assert not Rating.objects.exists()
    assert not Rater.objects.exists()


def test_where_the_rest_is_in_other_hands_the_end_is_the_raters_own_word(
    chromium, live_server, transactional_db
):
    now = timezone.now()
    study = make_study(questions=3, raters_per_triple=1, now=now)
    crowd_switch(study=study, user=study.owner, on=True, now=now)
    StudyPath.objects.filter(study=study).update(debrief="# Why\n\nThank you.")
    take(make_rater(study), now=now)
    with visit(chromium, live_server.url, study, "") as page:
        follow(page.get_by_role("button", name="Begin"))
        ready(page)
        while page.get_by_role("button", name="Pick A1").count():
            press(page, "1")
        expect(page.get_by_text("what remains is for other raters")).to_be_visible()
        follow(page.get_by_role("button", name="How it ends"))
        expect(page.get_by_role("heading", name="Why")).to_be_visible()
        expect_way_out(page, study, "nothing-left")
