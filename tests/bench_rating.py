"""How long a rater waits: one page and one submit, in a small study and in a large one.

The two figures should be alike, because the cost of a claim must not grow with the study.
`make bench` prints them; nothing here fails on a slow machine.
"""

import statistics
import sys
import time
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from tests.factories import claim, make_rater, make_raters, make_study, submit

pytestmark = pytest.mark.django_db
ROUNDS = 50


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Callable[[str], None]:
    def write(line: str) -> None:
        with capsys.disabled():
            sys.stdout.write(f"\n{line}")

    return write


@pytest.mark.parametrize("questions", [60, 2_000])
def test_one_rater_page_and_submit(questions, say):
    study = make_study(questions=questions, raters_per_triple=5)
    rater = make_rater(study)
    browser = Client()
    browser.get(reverse("rater-link", args=[rater.code]), follow=True)
    shown, sent = [], []
    for _ in range(ROUNDS):
        shown.append(seconds(lambda: browser.get(reverse("rate", args=[study.code]))))
        held = claim(rater)
        sent.append(seconds(lambda held=held: submit(rater, held)))
    say(f"{questions:6} triples: page {in_milliseconds(shown)}, submit {in_milliseconds(sent)}")


def test_twenty_raters_in_turn(say):
    raters = make_raters(make_study(questions=200, raters_per_triple=20), 20)
    each = [
        seconds(lambda rater=rater: submit(rater, claim(rater)))
        for _ in range(10)
        for rater in raters
    ]
    say(f"   200 triples, 20 raters: claim and submit {in_milliseconds(each)}")


def seconds(act: Callable[[], object]) -> float:
    started = time.perf_counter()
    act()
    return time.perf_counter() - started


def in_milliseconds(took: list[float]) -> str:
    return f"{1000 * statistics.median(took):.1f} ms (worst {1000 * max(took):.1f})"
