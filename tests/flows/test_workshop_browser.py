"""A workshop with a presenter and three phones, each in a browser context of its own."""

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from raters.models import Workshop, WorkshopResponse
from raters.services.people import sign_in_link_create
from tests.browser import DESKTOP, PHONE, assert_accessible, follow
from tests.factories import make_study
from tests.raters.services.workshops.rooms import item_of, join, make_workshop, move, pick_all

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def people(chromium: Browser):
    """Pages of people who share nothing; a script error or a CSP violation fails the test."""
    contexts, problems = [], []

    def come(**settings) -> Page:
        contexts.append(chromium.new_context(**settings))
        contexts[-1].set_default_timeout(30_000)
        page = contexts[-1].new_page()
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on(
            "console",
            lambda said: problems.append(said.text) if "Content Security" in said.text else None,
        )
        return page

    yield come
    for context in contexts:
        context.close()
    assert not problems, f"a browser complained: {problems}"


@pytest.fixture
def workshop(transactional_db):
    sources = ("A few-shot model", "A fine-tuned model", "A person")
    return make_workshop(make_study(questions=2, sources=sources, closed=True))


def sign_in(page: Page, site: str, workshop: Workshop) -> None:
    token = sign_in_link_create(user=workshop.owner, now=timezone.now(), hours=1)
    page.goto(f"{site}/enter/{token}/")
    follow(page.get_by_role("button", name="Sign in"))
    page.wait_for_url("**/studies/")


def come_in(phone: Page, site: str, workshop: Workshop) -> None:
    phone.goto(f"{site}/w")
    phone.get_by_label("Code of the room").fill(workshop.join_code.lower())
    follow(phone.get_by_role("button", name="Join"))
    expect(phone.get_by_role("heading", name="You are in.")).to_be_visible()


def test_a_presenter_and_three_phones_go_through_a_question(people, live_server, workshop):
    site = live_server.url
    presenter = people(viewport=DESKTOP)
    phones = [people(viewport=PHONE, has_touch=True) for _ in range(3)]
    sign_in(presenter, site, workshop)
    presenter.goto(f"{site}/workshops/{workshop.code}/screen/")
    expect(presenter.locator(".way-in .code")).to_have_text(workshop.join_code)
    for phone in phones:
        come_in(phone, site, workshop)
    expect(presenter.locator("[data-count=here]")).to_have_text("3")

    follow(presenter.get_by_role("button", name="Show the first question"))
    question, gold = item_of(workshop).question.text, item_of(workshop).question.gold_answer
    for phone, answer in zip(phones, (gold, gold, "99"), strict=True):
        expect(phone.get_by_text(question)).to_be_visible()
        expect(phone.locator("#a1")).to_have_count(0)
        phone.get_by_label("Your answer, a number").fill(answer)
        follow(phone.get_by_role("button", name="Send"))
        expect(phone.get_by_text("Your answer is in.")).to_be_visible()
    expect(presenter.locator("[data-count=given]")).to_have_text("3")

    presenter.keyboard.press("PageDown")
    for phone, pick in zip(phones, ("A1", "A3", "A3"), strict=True):
        follow(phone.get_by_role("button", name=pick))
        expect(phone.get_by_text(f"You picked {pick}.")).to_be_visible()
    follow(phones[0].get_by_role("button", name="A2"))
    expect(phones[0].get_by_role("button", name="A2")).to_have_attribute("aria-pressed", "true")

    presenter.keyboard.press("PageDown")
    values = presenter.locator("[aria-labelledby=picks] .bars li")
    expect(values).to_have_text(["A1 0 0 %", "A2 1 33 %", "A3 2 67 %"])
    writers = [text.source.name for text in item_of(workshop).texts.order_by("slot")]
    for page in (presenter, *phones):
        expect(page.locator("[aria-labelledby=answers] .bars li")).to_have_count(2)
        assert not any(writer in page.content() for writer in writers)

    follow(presenter.get_by_role("button", name="Reveal who wrote what"))
    for page in (presenter, *phones):
        expect(page.locator(".writers dd")).to_have_text(writers)
    expect(phones[1].locator(".writers dt").nth(2)).to_contain_text("your pick")

    follow(presenter.get_by_role("button", name="Next question"))
    for phone in phones:
        expect(phone.get_by_text("Question 2 of 2")).to_be_visible()
    presenter.goto(f"{site}/workshops/{workshop.code}/")
    presenter.get_by_text("End the workshop").click()
    follow(presenter.get_by_role("button", name="End it for all"))
    for phone in phones:
        expect(phone.get_by_role("heading", name="That was all. Thank you.")).to_be_visible()
    said = WorkshopResponse.objects.values_list("answer", "slot")
    assert sorted(said) == sorted([(gold, 1), (gold, 2), ("99", 2)])


def test_a_phone_without_script_takes_part_by_its_links(people, live_server, workshop):
    phone = people(viewport=PHONE, java_script_enabled=False)
    come_in(phone, live_server.url, workshop)
    move(workshop, "next")
    follow(phone.get_by_role("link", name="Refresh"))
    phone.get_by_label("Your answer, a number").fill("12")
    follow(phone.get_by_role("button", name="Send"))
    move(workshop, "next")
    follow(phone.get_by_role("link", name="Refresh"))
    follow(phone.get_by_role("button", name="A2"))
    assert WorkshopResponse.objects.values_list("answer", "slot").get() == ("12", 1)


def test_a_phone_that_loses_its_connection_says_so_and_goes_on(people, live_server, workshop):
    phone = people(viewport=PHONE)
    come_in(phone, live_server.url, workshop)
    phone.context.set_offline(True)
    expect(phone.get_by_text("The connection is lost")).to_be_visible()
    move(workshop, "next")
    phone.context.set_offline(False)
    expect(phone.get_by_text("Question 1 of 2")).to_be_visible()
    expect(phone.get_by_text("The connection is lost")).to_be_hidden()


def test_every_page_at_every_stage_is_accessible_light_and_dark(people, live_server, workshop):
    site, presenter, phone = live_server.url, people(viewport=DESKTOP), people(viewport=PHONE)
    sign_in(presenter, site, workshop)
    for path in ("/workshops/", "/workshops/new/", f"/workshops/new/?study={workshop.study.code}"):
        presenter.goto(site + path)
        assert_accessible(presenter)
    phone.goto(f"{site}/w/")
    assert_accessible(phone)
    come_in(phone, site, workshop)
    phones = join(workshop, 2)
    for stage in ("waiting", "question", "triple", "bars", "reveal"):
        if stage != "waiting":
            move(workshop, "next")
        if stage == "triple":
            pick_all(phones, [1, 2])
        phone.goto(f"{site}/w/")
        assert_accessible(phone)
        for name in ("", "screen/"):
            presenter.goto(f"{site}/workshops/{workshop.code}/{name}")
            assert_accessible(presenter)
