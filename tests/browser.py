"""What browser tests share: who is at the screen, the key that was pressed, and axe.

Knows: the markup that tells a page is ready (`aria-busy` on #rating), and where the room keeps what
is not confirmed yet. Does not know: any study.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page

DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}
NARROW = {"width": 320, "height": 640}


def assert_accessible(page: Page) -> None:
    """axe finds nothing on this page, light and dark, at desktop and phone size."""
    size = page.viewport_size
    for viewport in (DESKTOP, PHONE, NARROW):
        page.set_viewport_size(viewport)
        overflow = page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert overflow <= 0, f"{page.url} scrolls sideways at {viewport['width']} px"
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            found = Axe().run(page)
            report = found.generate_report() if found.violations_count else ""
            assert not report, f"{page.url} {viewport['width']} px {scheme}: {report}"
    page.emulate_media(color_scheme="light", reduced_motion="no-preference")
    page.set_viewport_size(size or DESKTOP)


def follow(locator: Locator) -> None:
    """Click what loads another page, and wait until that page has come.

    Playwright's `click` returns as soon as it has clicked. What comes next (another `goto`, axe)
    would then cut the request off, or look at the page that is about to go.
    """
    with locator.page.expect_navigation():
        locator.click()


def begin_rating(page: Page, site: str, code: str) -> None:
    """Open a rater's personal link, read the instructions, begin."""
    page.goto(f"{site}/r/{code}/")
    follow(page.get_by_role("button", name="Begin"))
    ready(page)


def ready(page: Page) -> None:
    """Wait until the room takes an answer: nothing on its way, the new triple settled."""
    page.wait_for_selector('#rating[aria-busy="false"]')


def confirmed(page: Page) -> None:
    """Wait until the server has confirmed all that was answered."""
    page.wait_for_function(
        "() => !Object.keys(localStorage).some(name => name.startsWith('rating-queue'))"
    )


def press(page: Page, *keys: str) -> None:
    """Press keys, the last of which brings another screen; wait for it and for the server."""
    with another_screen(page):
        for key in keys:
            page.keyboard.press(key)


@contextmanager
def another_screen(page: Page) -> Iterator[None]:
    """What is done here brings another screen; wait for it and for the server."""
    page.evaluate("window.before = document.getElementById('rating')")
    yield
    page.wait_for_function("() => document.getElementById('rating') !== window.before")
    ready(page)
    confirmed(page)


@contextmanager
def touching(chromium: Browser, *, scheme: str = "light") -> Iterator[Page]:
    """A page on a phone: touch alone, as a finger does it."""
    context = chromium.new_context(
        viewport=PHONE, has_touch=True, is_mobile=True, color_scheme=scheme
    )
    yield context.new_page()
    context.close()


@contextmanager
def without_script(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(java_script_enabled=False)
    yield context.new_page()
    context.close()
