"""How light and how quick the room is. `make bench` prints the figures of a quiet machine."""

import gzip

import pytest
from django.contrib.staticfiles import finders
from playwright.sync_api import Page

from raters.models import Rating
from raters.protocols import DEFAULT_REASONS
from tests.browser import DESKTOP, PHONE, begin_rating, confirmed, press, ready
from tests.factories import make_rater, make_study

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
FIRST_PAGE_BYTES = 60_000
EVERYTHING = {
    "reasons": DEFAULT_REASONS,
    "asks_step_marks": True,
    "criteria": [{"name": "Clear", "points": 5}],
    "asks_comment": True,
}
# From the press of a key to the frame after the one that shows the next triple.
PAINT = """key => new Promise(resolve => {
  const before = document.getElementById('rating');
  addEventListener('keydown', event => {
    const pressed = performance.now();
    requestAnimationFrame(() => {
      const isThere = document.getElementById('rating') !== before;
      const channel = new MessageChannel();
      channel.port1.onmessage = () => resolve([isThere, performance.now() - pressed]);
      channel.port2.postMessage(0);
    });
  }, {once: true, capture: true});
})"""
# The key 3, pressed in the very moment in which another triple is painted.
SLIP = """() => {
  window.slips = 0;
  const slip = { key: '3', bubbles: true, cancelable: true };
  new MutationObserver(changes => {
    if (!changes.some(change => [...change.addedNodes].some(node => node.id === 'rating'))) return;
    window.slips += 1;
    document.body.dispatchEvent(new KeyboardEvent('keydown', slip));
  }).observe(document.body, { childList: true, subtree: true });
}"""


def paint_after(page: Page, key: str) -> tuple[bool, float]:
    ready(page)
    waiting = page.evaluate_handle(f"() => {{ window.painted = ({PAINT})('{key}') }}")
    page.keyboard.press(key)
    waiting.dispose()
    is_there, took = page.evaluate("window.painted")
    return is_there, took


def test_the_next_triple_is_painted_in_the_frame_after_the_key(page, live_server):
    begin_rating(page, live_server.url, make_rater(make_study(questions=25)).code)
    for number in range(20):
        is_there, _ = paint_after(page, str(number % 3 + 1))
        assert is_there
        confirmed(page)
    assert Rating.objects.count() == 20


def test_a_key_that_slips_as_a_triple_is_painted_is_swallowed_and_the_next_one_counts(
    page, live_server
):
    begin_rating(page, live_server.url, make_rater(make_study(questions=10)).code)
    page.evaluate(SLIP)
    for _ in range(8):
        press(page, "2")
    assert page.evaluate("window.slips") >= 8
    assert list(Rating.objects.values_list("slot", flat=True)) == [1] * 8


@pytest.mark.parametrize("asked", [{}, EVERYTHING], ids=["pick-best", "everything"])
def test_the_first_page_is_light(page, live_server, asked):
    """As sent: static files compressed as whitenoise does it, the page itself as it comes."""
    sent = []
    page.on("requestfinished", lambda request: sent.append((request.url, request.sizes())))
    begin_rating(page, live_server.url, make_rater(make_study(questions=10, **asked)).code)
    page.wait_for_load_state("networkidle")
    total = sum(bytes_as_sent(url, sizes) for url, sizes in sent)
    assert total < FIRST_PAGE_BYTES, total


def bytes_as_sent(url: str, sizes: dict[str, int]) -> int:
    _, _, name = url.partition("/static/")
    if not name:
        return sizes["responseBodySize"] + sizes["responseHeadersSize"]
    with open(finders.find(name), "rb") as file:
        return len(gzip.compress(file.read())) + sizes["responseHeadersSize"]


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("protocol", ["pick-best", "ranking"])
def test_nothing_shifts(page, live_server, viewport, protocol):
    page.set_viewport_size(viewport)
    page.add_init_script(
        "window.shifts = []; new PerformanceObserver(list => {"
        " for (const { sources } of list.getEntries())"
        " for (const { node } of sources) shifts.push(node?.outerHTML?.slice(0, 80)) })"
        ".observe({type: 'layout-shift', buffered: true})"
    )
    study = make_study(questions=5, protocol=protocol)
    begin_rating(page, live_server.url, make_rater(study).code)
    keys = ["1"] if protocol == "pick-best" else ["1", "2", "Enter"]
    for _ in range(3):
        press(page, *keys)
    page.wait_for_timeout(100)
    assert page.evaluate("shifts") == []
