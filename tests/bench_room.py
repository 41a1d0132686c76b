"""What a rater's browser waits for: the first page's bytes, clickable, key to the next triple; and
what moves under their eyes meanwhile.

Real Chromium, on a desktop and as a phone on a slow network (4G as Lighthouse throttles it, the
processor four times slower). `make bench` prints the figures; nothing here fails on a slow machine.
"""

import statistics
import sys

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.browser import DESKTOP, PHONE, begin_rating, confirmed
from tests.factories import make_rater, make_study
from tests.flows.test_room_speed import bytes_as_sent, paint_after

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
TRIPLES = 25
SLOW_NETWORK = {
    "offline": False,
    "latency": 150,
    "downloadThroughput": 1_638_400 / 8,
    "uploadThroughput": 675_000 / 8,
}


# Counted strictly: what moves just after a key press is left out by browsers' own figure.
WATCH_SHIFTS = """
    window.shift = 0;
    new PerformanceObserver((list) => {
      for (const { value } of list.getEntries()) window.shift += value;
    }).observe({ type: "layout-shift", buffered: true });
"""


@pytest.mark.parametrize("device", ["desktop", "phone"])
def test_key_press_to_the_next_triple(chromium, live_server, capsys, device):
    context = chromium.new_context(viewport=DESKTOP if device == "desktop" else PHONE)
    page = context.new_page()
    page.add_init_script(WATCH_SHIFTS)
    if device == "phone":
        throttle(context, page)
    sent = []
    page.on("requestfinished", lambda request: sent.append((request.url, request.sizes())))
    begin_rating(page, live_server.url, make_rater(make_study(questions=TRIPLES)).code)
    page.wait_for_load_state("networkidle")
    total = sum(bytes_as_sent(url, sizes) for url, sizes in sent)
    clickable = page.evaluate("performance.timing.domInteractive - performance.timing.fetchStart")
    took = []
    for number in range(TRIPLES - 5):
        took.append(paint_after(page, str(number % 3 + 1))[1])
        confirmed(page)
    shift = page.evaluate("window.shift")
    context.close()
    with capsys.disabled():
        sys.stdout.write(
            f"\n{device:>8}: first page {total / 1000:.1f} KB in {len(sent)} requests, "
            f"clickable after {clickable} ms; key press to the next triple painted "
            f"{statistics.median(took):.1f} ms (worst {max(took):.1f}); layout shift {shift:.3f}"
        )


def throttle(context: BrowserContext, page: Page) -> None:
    tools = context.new_cdp_session(page)
    tools.send("Network.enable")
    tools.send("Network.emulateNetworkConditions", SLOW_NETWORK)
    tools.send("Emulation.setCPUThrottlingRate", {"rate": 4})
