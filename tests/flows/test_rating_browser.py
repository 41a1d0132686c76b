"""A rater at a real screen: keyboard alone, touch alone, no script, a cut network, axe."""

import pytest
from playwright.sync_api import expect

from raters.models import Rating
from raters.services.study_states import invitation_switch
from tests.browser import (
    DESKTOP,
    PHONE,
    another_screen,
    assert_accessible,
    begin_rating,
    confirmed,
    follow,
    press,
    ready,
)
from tests.factories import NOW, make_rater, make_study

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def study(transactional_db):
    return make_study(questions=10)


@pytest.fixture
def rater(study):
    return make_rater(study)


def slots() -> list[int | None]:
    return list(Rating.objects.order_by("id").values_list("slot", flat=True))


def test_ten_triples_by_keyboard_alone(page, live_server, rater):
    page.goto(f"{live_server.url}/r/{rater.code}/")
    for key in ("Tab", "Enter", "Tab"):  # past the languages, by the link to the content
        page.keyboard.press(key)
    expect(page.get_by_role("button", name="Begin")).to_be_focused()
    page.keyboard.press("Enter")
    ready(page)
    expect(page.locator(".count")).to_have_text("1 of 10")
    for key in "123nt12":
        press(page, key)
        expect(page.locator("#question")).to_be_focused()
    expect(page.get_by_role("status")).to_have_text("Saved. 8 of 10")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Pick A1")).to_be_focused()
    press(page, "Enter")
    press(page, "3")
    press(page, "1")
    expect(page.get_by_role("heading", name="That was all. Thank you.")).to_be_visible()
    assert slots() == [0, 1, 2, None, None, 0, 1, 0, 2, 0]
    assert all(Rating.objects.values_list("visible_ms", flat=True))


def test_without_script_plain_forms_do_the_same(chromium, live_server, rater):
    page = chromium.new_context(java_script_enabled=False).new_page()
    page.goto(f"{live_server.url}/r/{rater.code}/")
    follow(page.get_by_role("button", name="Begin"))
    follow(page.get_by_role("button", name="Pick A2"))
    follow(page.get_by_role("button", name="None good"))
    follow(page.get_by_role("button", name="Skip"))
    expect(page.locator(".count")).to_have_text("3 of 10")
    follow(page.get_by_role("link", name="Undo"))
    expect(page.get_by_role("button", name="None good your answer")).to_be_visible()
    follow(page.get_by_role("button", name="Pick A3"))
    expect(page.locator(".count")).to_have_text("3 of 10")
    expect(page.locator("kbd").first).to_be_hidden()
    assert slots() == [1, None, 2]
    page.context.close()


def test_undo_and_keep(page, live_server, rater):
    begin_rating(page, live_server.url, rater.code)
    shown = page.locator(".question .text").inner_text()
    press(page, "1")
    press(page, "u")
    assert page.locator(".question .text").inner_text() == shown
    expect(page.get_by_role("button", name="your answer")).to_contain_text("Pick A1")
    press(page, "u")
    expect(page.locator(".count")).to_have_text("2 of 10")
    expect(page.locator(".count")).to_be_visible()  # behind nothing that was said of the first
    press(page, "u")
    press(page, "3")
    expect(page.locator(".count")).to_have_text("2 of 10")
    assert list(Rating.objects.order_by("id").values_list("slot", "is_current")) == [
        (0, False),
        (2, True),
    ]


def test_letters_answer_on_a_keyboard_that_has_none_of_ours(page, live_server, rater):
    begin_rating(page, live_server.url, rater.code)
    for key, code in (("т", "KeyN"), ("τ", "KeyT"), ("é", "Digit2")):
        with another_screen(page):
            page.locator("#rating").evaluate(
                "(room, given) =>"
                " room.dispatchEvent(new KeyboardEvent('keydown', {bubbles: true, ...given}))",
                {"key": key, "code": code},
            )
    outcomes = Rating.objects.order_by("id").values_list("outcome", flat=True)
    assert list(outcomes) == ["none", "tie", "pick"]


def test_a_slip_of_the_hand_rates_once(page, live_server, rater):
    begin_rating(page, live_server.url, rater.code)
    page.get_by_role("button", name="Pick A3").dblclick()
    expect(page.locator(".count")).to_have_text("2 of 10")
    confirmed(page)
    ready(page)
    assert slots() == [2]


def test_single_keys_can_be_switched_off(page, live_server, rater):
    begin_rating(page, live_server.url, rater.code)
    page.keyboard.press("?")
    page.get_by_label("Answer by single keys").uncheck()
    page.get_by_role("button", name="Close", exact=True).click()
    page.keyboard.press("1")
    page.reload()
    page.keyboard.press("1")
    expect(page.locator(".dock kbd").first).to_be_hidden()
    expect(page.locator(".count")).to_have_text("1 of 10")
    assert slots() == []


def test_keys_are_changed_in_the_sheet_and_printed_where_they_are_pressed(page, live_server, rater):
    begin_rating(page, live_server.url, rater.code)
    page.keyboard.press("?")
    none = page.locator(".remap[data-act=none]")
    none.click()
    page.keyboard.press("Escape")
    none.click()
    page.keyboard.press("t")  # taken: the two are exchanged
    expect(none).to_have_text("T")
    expect(page.locator(".remap[data-act=tie]")).to_have_text("N")
    page.locator(".remap[data-act=slot-1]").click()
    page.keyboard.press("j")
    page.keyboard.press("Escape")
    page.reload()
    ready(page)
    expect(page.get_by_role("button", name="None good").locator("kbd")).to_have_text("T")
    expect(page.get_by_role("button", name="Pick A1").locator("kbd")).to_have_text("J")
    page.keyboard.press("1")
    for key in "tj":
        press(page, key)
    outcomes = Rating.objects.order_by("id").values_list("outcome", "slot")
    assert list(outcomes) == [("none", None), ("pick", 0)]
    page.keyboard.press("?")
    page.get_by_role("button", name="As they were").click()
    expect(none).to_have_text("N")


def test_a_break_is_proposed_once_and_never_in_the_way(page, live_server, rater):
    begin_rating(page, live_server.url, rater.code)
    line = page.get_by_text("A short break keeps the judgement fresh")
    expect(line).to_be_hidden()
    page.evaluate(
        "sessionStorage.setItem('rating-since-rest',"
        " JSON.stringify({ms: 0, triples: 49, at: Date.now()}))"
    )
    page.reload()
    ready(page)
    press(page, "1")
    expect(line).to_be_visible()
    press(page, "2")
    page.get_by_role("button", name="Go on").click()
    expect(line).to_be_hidden()
    press(page, "3")
    expect(line).to_be_hidden()


def test_texts_from_right_to_left_are_read_so(page, live_server, rater):
    begin_rating(page, live_server.url, rater.code)
    page.evaluate("document.querySelector('.steps li').textContent = 'שלוש ועוד ארבע הן שבע.'")
    step = page.locator(".steps li").first
    assert step.evaluate("line => getComputedStyle(line).direction") == "rtl"
    assert step.evaluate("line => getComputedStyle(line).textAlign") == "start"


def test_a_phone_by_touch(chromium, live_server, rater):
    page = chromium.new_context(viewport=PHONE, has_touch=True, is_mobile=True).new_page()
    page.goto(f"{live_server.url}/r/{rater.code}/")
    page.get_by_role("button", name="Begin").tap()
    for name, number in (("A2", 2), ("Too close", 3), ("A3", 4)):
        ready(page)
        control = page.get_by_role("button", name=name)
        expect(control).to_be_in_viewport(ratio=1)
        box = control.bounding_box()
        assert min(box["width"], box["height"]) >= 44
        control.tap()
        expect(page.locator(".count")).to_have_text(f"{number} of 10")
    confirmed(page)
    assert slots() == [1, None, 2]
    page.context.close()


def test_the_three_cards_are_equal_and_nothing_shifts(page, live_server, rater):
    begin_rating(page, live_server.url, rater.code)
    page.evaluate(
        "window.shift = 0; new PerformanceObserver(list => { for (const entry of list.getEntries())"
        " if (!entry.hadRecentInput) shift += entry.value }).observe({type: 'layout-shift'})"
    )
    for viewport in (DESKTOP, PHONE):
        page.set_viewport_size(viewport)
        boxes = [card.bounding_box() for card in page.locator(".slot").all()]
        assert len({(round(box["width"]), round(box["height"])) for box in boxes}) == 1
    page.set_viewport_size(DESKTOP)
    page.evaluate("shift = 0")
    dock = page.locator(".picks").bounding_box()
    press(page, "1")
    assert page.locator(".picks").bounding_box() == dock
    assert page.evaluate("shift") == 0


@pytest.mark.parametrize("count", [2, 4, 6])
def test_two_to_six_cards_are_equal_and_each_has_its_key(page, live_server, count):
    study = make_study(questions=2, sources=[f"S{n}" for n in range(count)])
    begin_rating(page, live_server.url, make_rater(study).code)
    for viewport in (PHONE, DESKTOP):
        page.set_viewport_size(viewport)
        boxes = [card.bounding_box() for card in page.locator(".slot").all()]
        assert len({(round(box["width"]), round(box["height"])) for box in boxes}) == 1
        assert min(box["width"] for box in boxes) > 300
        expect(page.get_by_role("button", name=f"A{count}")).to_be_in_viewport(ratio=1)
    assert_accessible(page)
    page.keyboard.press("?")
    expect(page.get_by_text(f"Pick A{count}: sent at once")).to_be_visible()
    page.keyboard.press("Escape")
    press(page, str(count))
    assert slots() == [count - 1]


def test_axe_finds_nothing_on_a_raters_pages(page, live_server, study, rater):
    invitation_switch(study=study, user=study.owner, on=True, now=NOW)
    invitation = f"/s/{study.invitation_code}/"
    for address in ("/", "/sign-in/", "/enter/x/", invitation, "/r/nobody/", "/nowhere/"):
        page.goto(live_server.url + address)
        assert_accessible(page)
    page.goto(f"{live_server.url}/r/{rater.code}/")
    assert_accessible(page)
    begin_rating(page, live_server.url, rater.code)
    assert_accessible(page)
    page.keyboard.press("?")
    assert_accessible(page)
    page.keyboard.press("Escape")
    press(page, "1")
    press(page, "u")
    assert_accessible(page)


def test_axe_finds_nothing_where_all_was_skipped(page, live_server):
    begin_rating(page, live_server.url, make_rater(make_study(questions=1)).code)
    press(page, "s")
    press(page, "s")
    expect(page.get_by_text("1 triple that you skipped still waits")).to_be_visible()
    assert_accessible(page)
    follow(page.get_by_role("link", name="Judge what I skipped"))
    ready(page)
    press(page, "1")
    assert slots() == [0]


def test_axe_finds_nothing_where_all_is_rated(page, live_server):
    rater = make_rater(make_study(questions=1))
    begin_rating(page, live_server.url, rater.code)
    press(page, "1")
    expect(page.get_by_role("heading", name="That was all. Thank you.")).to_be_visible()
    assert_accessible(page)
