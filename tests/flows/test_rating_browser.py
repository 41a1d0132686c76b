"""A rater at a real screen: keyboard alone, touch alone, no script, a cut network, axe."""

import pytest
from playwright.sync_api import expect

from raters.models import Rating
from raters.services.study_states import invitation_switch
from tests.browser import DESKTOP, PHONE, assert_accessible, begin_rating, press, ready
from tests.factories import NOW, make_rater, make_study

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
FIRST_PAGE_BYTES = 60_000


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
    for _ in range(3):
        page.keyboard.press("Tab")
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
    page.get_by_role("button", name="Begin").click()
    page.get_by_role("button", name="Pick A2").click()
    page.get_by_role("button", name="None good").click()
    page.get_by_role("button", name="Skip").click()
    expect(page.locator(".count")).to_have_text("3 of 10")
    page.get_by_role("link", name="Undo").click()
    expect(page.get_by_role("button", name="None good your answer")).to_be_visible()
    page.get_by_role("button", name="Pick A3").click()
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
    press(page, "u")
    press(page, "3")
    expect(page.locator(".count")).to_have_text("2 of 10")
    assert list(Rating.objects.order_by("id").values_list("slot", "is_current")) == [
        (0, False),
        (2, True),
    ]


def test_an_answer_outlives_a_cut_network(page, live_server, rater):
    begin_rating(page, live_server.url, rater.code)
    page.context.set_offline(True)
    page.keyboard.press("2")
    expect(page.get_by_role("status")).to_contain_text("No connection. Your answer is kept here")
    page.keyboard.press("1")
    assert slots() == []
    page.context.set_offline(False)
    expect(page.locator(".count")).to_have_text("2 of 10")
    assert slots() == [1]


def test_an_answer_whose_receipt_was_lost_is_stored_once(page, live_server, rater):
    begin_rating(page, live_server.url, rater.code)
    lost = []

    def lose_the_first(route):
        if not lost:
            lost.append(route.fetch().status)
            route.abort()
        else:
            route.continue_()

    page.route("**/submit/", lose_the_first)
    press(page, "2")
    expect(page.locator(".count")).to_have_text("2 of 10")
    assert (lost, slots()) == ([200], [1])


def test_an_answer_outlives_a_reload(page, live_server, rater):
    page.route("**/submit/", lambda route: route.abort())
    begin_rating(page, live_server.url, rater.code)
    page.keyboard.press("2")
    expect(page.get_by_role("status")).to_contain_text("No connection")
    page.unroute("**/submit/")
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()
    expect(page.locator(".count")).to_have_text("2 of 10")
    assert slots() == [1]


def test_nothing_opens_the_gate_while_an_answer_is_on_its_way(page, live_server, rater):
    """A reload with an unsent answer, and the box for single keys, used to open it."""
    page.route("**/submit/", lambda route: route.abort())
    begin_rating(page, live_server.url, rater.code)
    page.keyboard.press("2")
    expect(page.get_by_role("status")).to_contain_text("No connection")
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()
    page.keyboard.press("?")
    page.get_by_label("Answer by single keys").uncheck()
    page.get_by_label("Answer by single keys").check()
    page.get_by_role("button", name="Close", exact=True).click()
    page.wait_for_timeout(600)
    expect(page.locator("#rating")).to_have_attribute("aria-busy", "true")
    page.keyboard.press("3")
    page.unroute("**/submit/")
    expect(page.locator(".count")).to_have_text("2 of 10")
    assert slots() == [1]


@pytest.mark.parametrize("last", [False, True], ids=["midway", "on the last page"])
def test_an_answer_outlives_a_token_that_grew_old(page, live_server, last):
    """As when somebody signs in in another tab, or clears the cookie."""
    rater = make_rater(make_study(questions=1 if last else 10))
    begin_rating(page, live_server.url, rater.code)
    if last:
        press(page, "1")
        press(page, "u")
    page.context.clear_cookies(name="csrftoken")
    press(page, "2")
    assert Rating.objects.get(is_current=True).slot == 1
    if not last:
        press(page, "3")
        assert slots() == [1, 2]


def test_an_answer_that_nobody_takes_is_kept_and_said_not_to_be_stored(page, live_server, rater):
    page.route("**/submit/", lambda route: route.fulfill(status=403, body="<h1>Who are you?</h1>"))
    begin_rating(page, live_server.url, rater.code)
    page.keyboard.press("2")
    expect(page.get_by_role("status")).to_contain_text("Your answer was not stored")
    assert slots() == []
    page.unroute("**/submit/")
    page.reload()
    expect(page.locator(".count")).to_have_text("2 of 10")
    assert slots() == [1]


def test_an_answer_waits_until_the_link_is_opened_again(page, live_server, rater):
    begin_rating(page, live_server.url, rater.code)
    page.context.clear_cookies(name="rater")
    page.keyboard.press("2")
    expect(page.get_by_role("heading", name="Who is rating?")).to_be_visible()
    page.goto(f"{live_server.url}/r/{rater.code}/")
    page.get_by_role("button", name="Begin").click()
    expect(page.locator(".count")).to_have_text("2 of 10")
    assert slots() == [1]


def test_letters_answer_on_a_keyboard_that_has_none_of_ours(page, live_server, rater):
    begin_rating(page, live_server.url, rater.code)
    for key, code in (("т", "KeyN"), ("τ", "KeyT"), ("é", "Digit2")):
        page.locator("#rating").evaluate(
            "(room, given) => { room.dataset.before = '';"
            " room.dispatchEvent(new KeyboardEvent('keydown', {bubbles: true, ...given})) }",
            {"key": key, "code": code},
        )
        page.wait_for_selector("#rating:not([data-before])")
        ready(page)
    outcomes = Rating.objects.order_by("id").values_list("outcome", flat=True)
    assert list(outcomes) == ["none", "tie", "pick"]


def test_a_slip_of_the_hand_rates_once(page, live_server, rater):
    begin_rating(page, live_server.url, rater.code)
    page.get_by_role("button", name="Pick A3").dblclick()
    expect(page.locator(".count")).to_have_text("2 of 10")
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
    expect(page.get_by_text(f"or A{count}: sent at once")).to_be_visible()
    page.keyboard.press("Escape")
    press(page, str(count))
    assert slots() == [count - 1]


def test_the_first_page_is_light(page, live_server, rater):
    sizes = []
    page.on("requestfinished", lambda request: sizes.append(request.sizes()))
    begin_rating(page, live_server.url, rater.code)
    page.wait_for_load_state("networkidle")
    total = sum(size["responseBodySize"] + size["responseHeadersSize"] for size in sizes)
    assert total < FIRST_PAGE_BYTES, f"{total} bytes"


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
    page.get_by_role("link", name="Judge what I skipped").click()
    ready(page)
    press(page, "1")
    assert slots() == [0]


def test_axe_finds_nothing_where_all_is_rated(page, live_server):
    rater = make_rater(make_study(questions=1))
    begin_rating(page, live_server.url, rater.code)
    press(page, "1")
    expect(page.get_by_role("heading", name="That was all. Thank you.")).to_be_visible()
    assert_accessible(page)
