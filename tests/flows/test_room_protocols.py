"""Every protocol by keyboard alone, by touch alone, and with JavaScript off: the same is stored."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from raters.models import Flag, Rating
from raters.protocols import DEFAULT_REASONS
from tests.browser import (
    another_screen,
    assert_accessible,
    begin_rating,
    follow,
    press,
    ready,
    touching,
    without_script,
)
from tests.factories import make_rater, make_study

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ASKED = {
    "pick-best": {},
    "everything": {
        "reasons": DEFAULT_REASONS,
        "asks_step_marks": True,
        "criteria": [{"name": "Clear", "points": 5}],
        "asks_comment": True,
    },
    "ranking": {"protocol": "ranking"},
    "best-worst": {"protocol": "best-worst"},
}
STORED = {
    "pick-best": {"outcome": "pick", "slot": 1},
    "everything": {
        "outcome": "pick",
        "slot": 1,
        "reasons": [[1, "b"]],
        "step_marks": [[-1], [], []],
        "scores": [[4], [4], [4]],
        "comment": "as it should be",
    },
    "ranking": {"outcome": "ranking", "ranks": "213"},
    "best-worst": {"outcome": "best-worst", "ranks": "213"},
}
PROTOCOLS = list(ASKED)


@pytest.fixture
def room(live_server) -> Callable[[Page, str], None]:
    """Opens the room of a study that asks this."""

    def opened(page: Page, protocol: str) -> None:
        rater = make_rater(make_study(questions=3, **ASKED[protocol]))
        page.goto(f"{live_server.url}/r/{rater.code}/")
        follow(page.get_by_role("button", name="Begin"))

    return opened


def assert_stored(protocol: str) -> None:
    rating = Rating.objects.get(is_current=True)
    assert {name: getattr(rating, name) for name in STORED[protocol]} == STORED[protocol]


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_by_keyboard_alone(page, room, protocol):
    room(page, protocol)
    ready(page)
    if protocol == "everything":
        for key in ["-", "e", "e", "2", "b"]:
            page.keyboard.press(key)
        for _ in range(2):  # one scale a card
            tab_to(page, "score_")
            page.keyboard.press("ArrowRight")  # the first point is passed by
            for _ in range(2):
                page.keyboard.press("ArrowRight")
        tab_to(page, "score_")
        page.keyboard.press("4")  # belongs to the scale, not to a slot
        page.keyboard.press("c")
        page.keyboard.type("as it should be")
        page.keyboard.press("Escape")
    keys = {"pick-best": ["2"], "ranking": ["2", "1", "Enter"], "best-worst": ["2", "3", "Enter"]}
    press(page, *keys.get(protocol, ["Enter"]))
    expect(page.get_by_role("status")).to_have_text("Saved. 2 of 3")
    assert_stored(protocol)
    assert Rating.objects.get().elapsed_ms >= 200  # of 250 ms to settle, a frame later
    assert Rating.objects.get().viewport == "1280x800"


def tab_to(page: Page, name: str) -> None:
    """Tab until the focus is on a control of this name that it was not on before."""
    before = page.evaluate("document.activeElement.name")
    for _ in range(80):
        page.keyboard.press("Tab")
        now = page.evaluate("document.activeElement.name ?? ''")
        if now.startswith(name) and now != before:
            return
    raise AssertionError(f"no Tab leads to {name}")


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_by_touch_alone(chromium, room, protocol):
    with touching(chromium) as page:
        room(page, protocol)
        ready(page)
        with another_screen(page):
            fill(page, protocol, lambda control: control.tap())
    assert_stored(protocol)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_without_script(chromium, room, protocol):
    with without_script(chromium) as page:
        room(page, protocol)
        if protocol == "ranking":
            for slot, rank in enumerate("213", start=1):
                page.get_by_label(f"Rank of A{slot}").select_option(rank)
            follow(page.get_by_role("button", name="Send"))
        else:
            fill(page, protocol, lambda control: control.click(), has_script=False)
        expect(page.locator(".count")).to_have_text("2 of 3")
    assert_stored(protocol)


def fill(page: Page, protocol: str, do: Callable, *, has_script: bool = True) -> None:
    if protocol == "pick-best":
        return do(page.get_by_role("button", name="A2"))
    if protocol == "ranking":
        do(page.get_by_role("button", name="A2"))
        do(page.get_by_role("button", name="A1"))
    if protocol == "best-worst":
        do(page.get_by_role("radio", name="Best: A2"))
        do(page.get_by_role("radio", name="Worst: A3"))
    if protocol == "everything":
        do(page.get_by_role("radiogroup", name="A1, step 1").get_by_label("the first error"))
        for slot in (2, 3):
            do(page.get_by_label("No errors").nth(slot - 1))
        if has_script:
            do(page.get_by_role("button", name="Reasons for A2"))
        do(page.get_by_label("begging the question").nth(1))
        for slot in range(3):
            do(page.get_by_label("4 of 5").nth(slot))
        page.get_by_role("textbox", name="Comment").fill("as it should be")
        do(page.get_by_role("radio", name="Pick A2"))
    return do(page.get_by_role("button", name="Send"))


@pytest.mark.parametrize("protocol", ["ranking", "best-worst", "everything"])
def test_an_untouched_form_is_not_an_answer(page, room, protocol):
    room(page, protocol)
    ready(page)
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("Choose an answer first.")
    page.keyboard.press("n")
    if protocol == "everything":
        page.keyboard.press("Enter")
        expect(page.get_by_role("status")).to_contain_text("A1: mark its first error")
        for _ in range(3):
            page.keyboard.press("e")
        page.keyboard.press("Enter")
        expect(page.get_by_role("status")).to_have_text("A score is missing.")
        assert not Rating.objects.exists()
    else:
        press(page, "Enter")
        assert Rating.objects.get().outcome == "none"


def test_a_server_that_refuses_brings_the_triple_back_as_it_was_sent(page, room):
    room(page, "best-worst")
    ready(page)
    page.evaluate("Form.missing = () => null")  # a browser that does not look first
    page.keyboard.press("2")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Pick the best and the worst")
    expect(page.locator(".count")).to_have_text("1 of 3")
    expect(page.get_by_role("radio", name="Best: A2")).to_be_checked()
    ready(page)
    press(page, "3", "Enter")
    assert_stored("best-worst")
    expect(page.locator(".count")).to_have_text("2 of 3")


# --- ranking --------------------------------------------------------------------------------------
@pytest.fixture
def ranking(page, live_server) -> Page:
    study = make_study(questions=3, protocol="ranking", allows_ties=True)
    begin_rating(page, live_server.url, make_rater(study).code)
    return page


def order(page: Page) -> str:
    return "".join(page.locator(".order").inner_text().split())


def test_equal_ranks_and_the_last_one_taken_back(ranking):
    for key in "2t1":
        ranking.keyboard.press(key)
    assert order(ranking) == "A2=A1›A3"
    ranking.keyboard.press("Backspace")
    assert order(ranking) == "A2›2›3"
    ranking.keyboard.press("3")
    assert order(ranking) == "A2›A3›A1"
    ranking.keyboard.press("t")
    assert order(ranking) == "A2›A3=A1"
    press(ranking, "Enter")
    assert Rating.objects.get().ranks == "212"


def test_all_equal_is_too_close_to_call(ranking):
    press(ranking, "1", "t", "2", "t", "Enter")
    assert Rating.objects.get().outcome == "tie"


def test_dragging_ranks_moves_and_gives_back(ranking):
    slot, place = "[data-rank='{}']", "[data-ranked='{}']"
    drag(ranking, slot.format(3), ".order")
    drag(ranking, slot.format(1), place.format(3), to_start=True)
    assert order(ranking) == "A1›A3›A2"
    drag(ranking, place.format(2), place.format(1), to_start=True)
    assert order(ranking) == "A2›A1›A3"
    drag(ranking, place.format(1), ".question")
    assert order(ranking) == "A2›A3›3"
    ranking.locator(slot.format(1)).click()
    ranking.get_by_role("button", name="Equal: A2, A3").click()
    assert order(ranking) == "A2=A3›A1"
    press(ranking, "Enter")
    assert Rating.objects.get().ranks == "211"


def drag(page: Page, what: str, where: str, *, to_start: bool = False) -> None:
    start, end = page.locator(what).bounding_box(), page.locator(where).bounding_box()
    page.mouse.move(start["x"] + start["width"] / 2, start["y"] + start["height"] / 2)
    page.mouse.down()
    across = 3 if to_start else end["width"] - 3
    page.mouse.move(end["x"] + across, end["y"] + end["height"] / 2, steps=4)
    page.mouse.up()


# --- flags, lists, axe ---------------------------------------------------------------------------
def test_a_question_that_is_broken_is_put_aside(page, room):
    room(page, "pick-best")
    ready(page)
    page.keyboard.press("f")
    page.keyboard.press("1")  # no answer: the sheet is open
    page.keyboard.press("ArrowDown")
    with another_screen(page):
        page.keyboard.press("Enter")
    assert Flag.objects.get().reason == "several-answers"
    assert not Rating.objects.exists()


def test_a_question_is_put_aside_without_script_too(chromium, room):
    with without_script(chromium) as page:
        room(page, "pick-best")
        page.get_by_role("button", name="Flag").click()
        page.get_by_label("The question cannot be understood").check()
        page.get_by_role("textbox", name="Comment").fill("which box?")
        follow(page.get_by_role("button", name="Put it aside"))
        expect(page.get_by_role("button", name="A1")).to_be_visible()
    assert (Flag.objects.get().reason, Flag.objects.get().comment) == ("unclear", "which box?")


def test_any_of_the_last_ratings_is_changed_from_the_list(page, room):
    room(page, "ranking")
    ready(page)
    press(page, "1", "2", "Enter")
    press(page, "3", "2", "Enter")
    follow(page.get_by_role("link", name="My ratings"))
    expect(page.locator(".given")).to_have_text(["A3 > A2 > A1", "A1 > A2 > A3"])
    assert_accessible(page)
    follow(page.get_by_role("link", name="Change").nth(1))
    ready(page)
    assert order(page) == "A1›A2›A3"
    for _ in range(3):
        page.keyboard.press("Backspace")
    press(page, "2", "1", "Enter")
    expect(page.locator(".count")).to_have_text("3 of 3")
    current = Rating.objects.filter(is_current=True).order_by("assignment")
    assert [rating.ranks for rating in current] == ["213", "321"]


@pytest.mark.parametrize("protocol", ["ranking", "best-worst", "everything"])
def test_axe_finds_nothing(page, room, protocol):
    room(page, protocol)
    ready(page)
    assert_accessible(page)
    for key in ["2", "3"] if protocol != "everything" else ["-", "e", "2", "b"]:
        page.keyboard.press(key)
    page.keyboard.press("f")
    assert_accessible(page)
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    assert_accessible(page)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_what_has_the_focus_is_never_hidden(chromium, live_server, protocol):
    """WCAG 2.4.11: not under the question that sticks above, nor under the controls below."""
    study = make_study(questions=2, **ASKED[protocol])
    context = chromium.new_context(viewport={"width": 320, "height": 640})
    page = context.new_page()
    begin_rating(page, live_server.url, make_rater(study).code)
    page.wait_for_timeout(100)
    hidden = []
    for _ in range(60):
        page.keyboard.press("Tab")
        found = page.evaluate(UNDER)
        if found:
            hidden.append(found)
    context.close()
    assert hidden == []


UNDER = """() => {
  const it = document.activeElement, box = it.getBoundingClientRect();
  if (!it.closest('.cards, .comment') || !box.height) return '';
  const above = document.querySelector('.asked').getBoundingClientRect().bottom;
  const below = document.querySelector('.dock').getBoundingClientRect().top;
  return box.bottom <= above || box.top >= below ? it.outerHTML.slice(0, 120) : '';
}"""
