"""A rater's visit in each language, and the room in a page that is read from right to left."""

from collections.abc import Iterator
from contextlib import contextmanager

import polib
import pytest
from django.conf import settings as project
from django.utils import timezone
from django.utils.translation import to_locale
from playwright.sync_api import Browser, Page, expect

from raters.models import Rating
from raters.services.consent import consent_text_save
from tests.browser import (
    DESKTOP,
    NARROW,
    PHONE,
    assert_accessible,
    begin_rating,
    follow,
    press,
    ready,
    without_script,
)
from tests.factories import make_rater, make_study

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SPOKEN = """() => [...document.querySelectorAll("main *, header *")].flatMap((part) => [
  ...[...part.childNodes].filter((node) => node.nodeType === 3).map((node) => node.data),
  part.ariaLabel, part.title, ...Object.values(part.dataset),
]).map((words) => (words ?? "").trim()).filter(Boolean)"""

CUT_OFF = """() => [...document.querySelectorAll(".top *, #rating :is(button, a, .slot, .text)")]
  .map((part) => part.getBoundingClientRect())
  .filter((box) => box.width && (box.left < 0 || box.right > innerWidth)).length"""


@contextmanager
def browser_in(chromium: Browser, locale: str) -> Iterator[Page]:
    context = chromium.new_context(viewport=DESKTOP, locale=locale)
    yield context.new_page()
    context.close()


def expect_language(page: Page, code: str) -> None:
    """The page says so, and no word of the catalogue stands there in English."""
    expect(page.locator("html")).to_have_attribute("lang", code)
    path = project.LOCALE_PATHS[0] / to_locale(code) / "LC_MESSAGES" / "django.po"
    known = {entry.msgid for entry in polib.pofile(str(path)) if entry.msgid != entry.msgstr}
    assert known & set(page.evaluate(SPOKEN)) == set()


@pytest.mark.parametrize(
    ("locale", "code", "done"),
    [
        ("de-AT", "de", "Das war alles. Vielen Dank."),
        ("es-MX", "es", "Eso era todo. Gracias."),
        ("zh-CN", "zh-hans", "全部完成了，谢谢您。"),
    ],
)
def test_a_whole_visit(chromium, live_server, transactional_db, locale, code, done):
    now = timezone.now()
    study = make_study(questions=1, now=now)
    consent_text_save(study=study, text="Stimmen Sie zu?", language="de", now=now)
    with browser_in(chromium, locale) as page:
        page.goto(f"{live_server.url}/r/{make_rater(study).code}/")
        expect_language(page, code)
        expect(page.locator(".agreed")).to_have_attribute("lang", "de")
        follow(page.locator("button[value=agree]"))
        expect_language(page, code)
        follow(page.locator("button[name=begin]"))
        ready(page)
        expect_language(page, code)
        assert_whole(page)
        if code == "de":
            assert_accessible(page)
        page.keyboard.press("?")
        expect(page.locator("dialog#keys")).to_be_visible()
        expect_language(page, code)
        page.keyboard.press("Escape")
        press(page, "2")
        expect(page.get_by_role("heading", name=done)).to_be_visible()
        expect_language(page, code)
    assert Rating.objects.get().slot == 1


def test_a_language_is_chosen_without_script_and_stays(chromium, live_server, transactional_db):
    rater = make_rater(make_study(questions=1))
    with without_script(chromium) as page:
        page.goto(f"{live_server.url}/r/{rater.code}/")
        expect(page.locator("html")).to_have_attribute("lang", "en")
        follow(page.get_by_role("link", name="Español"))
        expect_language(page, "es")
        follow(page.get_by_role("button", name="Empezar"))
        expect_language(page, "es")


@pytest.fixture
def arabic(settings) -> None:
    """A language from right to left. Django has it; of our words it knows none, and shows ours."""
    settings.LANGUAGES = [*settings.LANGUAGES, ("ar", "العربية")]


@pytest.mark.usefixtures("arabic", "transactional_db")
def test_the_room_from_right_to_left(chromium, live_server):
    rater = make_rater(make_study(questions=3))
    with browser_in(chromium, "ar") as page:
        begin_rating(page, live_server.url, rater.code)
        expect(page.locator("html")).to_have_attribute("dir", "rtl")
        assert_mirrored(page, ".slot")
        assert_mirrored(page, ".pick")
        keys = [page.locator(".pick kbd").nth(n).inner_text() for n in range(3)]
        assert keys == ["1", "2", "3"]
        press(page, "1")
        press(page, "3")
        assert list(Rating.objects.order_by("pk").values_list("slot", flat=True)) == [0, 2]
        assert_whole(page)
        page.set_viewport_size(PHONE)
        assert_mirrored(page, ".pick")


def assert_whole(page: Page) -> None:
    """Nothing of the room is cut off at either edge, however long its words are."""
    for viewport in (PHONE, NARROW, DESKTOP):
        page.set_viewport_size(viewport)
        assert page.evaluate(CUT_OFF) == 0, viewport


def assert_mirrored(page: Page, parts: str) -> None:
    """A1 is the rightmost, and stands where in other languages A3 does: as far from its edge."""
    boxes = [page.locator(parts).nth(n).bounding_box() for n in range(3)]
    width = page.evaluate("document.documentElement.clientWidth")
    first, _second, last = boxes
    assert [box["x"] for box in boxes] == sorted((box["x"] for box in boxes), reverse=True)
    assert width - first["x"] - first["width"] == pytest.approx(last["x"], abs=1)
