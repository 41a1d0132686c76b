"""Raters at once, with the accidents that raters have, and a ledger of what the server accepted.

Every answer carries a serial number as its visible milliseconds, so that a file that leaves the
study can be held against the ledger. Accidents, each at its own rate: an answer sent twice at
once with one key; a second tab that answers the same triple with a key of its own; a triple left
until its lease ran out, then answered all the same; a connection lost before the reply, and the
answer sent again; a page loaded anew.
"""

import asyncio
import itertools
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, field
from random import Random
from uuid import UUID

from config.loadtest.browser import Answer, Browser, Page, read_page

AWAY_SECONDS = 1.0
TRIES = 30
Lapse = Callable[[str], Awaitable[None]]


@dataclass(frozen=True)
class Accidents:
    """How often each happens, as a share of the answers."""

    double: float = 0.05
    tab: float = 0.03
    away: float = 0.01
    drop: float = 0.02
    reload: float = 0.05

    def rates(self) -> list[tuple[str, float]]:
        return list(asdict(self).items())

    def drawn(self, rng: Random) -> str:
        """One of the names, or "" where all goes well."""
        draw = rng.random()
        for name, rate in self.rates():
            draw -= rate
            if draw < 0:
                return name
        return ""


@dataclass
class Ledger:
    """What was answered, what that took, and what went wrong."""

    stored: dict[int, str] = field(default_factory=dict)  # serial -> answer
    unsure: set[int] = field(default_factory=set)  # sent, and never answered
    refused: Counter[int] = field(default_factory=Counter)
    happened: Counter[str] = field(default_factory=Counter)
    troubles: list[str] = field(default_factory=list)
    submit_seconds: list[float] = field(default_factory=list)
    next_seconds: list[float] = field(default_factory=list)
    serials: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def note(self, serial: int, choice: str, answer: Answer) -> None:
        if 200 <= answer.status < 300:
            self.stored[serial] = choice
            self.submit_seconds.append(answer.seconds)
        else:
            self.refused[answer.status] += 1
            if answer.status not in (409, 410):
                self.troubles.append(f"a submit was answered {answer.status}: {answer.text[:200]}")


class RaterAtWork:
    """One rater at one screen; `ahead` is the triple that the page would show next."""

    def __init__(self, browser: Browser, code: str, room: str, ledger: Ledger, rng: Random) -> None:
        self.browser, self.code, self.room = browser, code, room
        self.ledger, self.rng = ledger, rng
        self.hand: dict[str, str] = {}
        self.ahead: dict[str, str] = {}

    async def come_in(self) -> None:
        """The personal link, the instructions, Begin."""
        link = await self.browser.get(f"/r/{self.code}/")
        await self.browser.get(link.location or self.room)
        begun = await self.browser.get(f"{self.room}?begin")
        self._take(read_page(begun.text))
        if not self.hand:
            self.ledger.troubles.append(f"nothing to rate at the start ({begun.status})")

    async def work(self, until: float, accidents: Accidents, lapse: Lapse) -> None:
        while self.hand and time.monotonic() < until:
            name = accidents.drawn(self.rng)
            if name:
                self.ledger.happened[name] += 1
            if name == "away":
                await self._leave(lapse)
            elif name == "tab":
                await self._answer_in_two_tabs()
            elif name == "reload":
                await self._reload()
            else:
                await self._answer(name)

    async def _answer(self, accident: str) -> None:
        serial, form = self._form()
        url = f"{self.room}submit/"
        if accident == "drop":
            await self.browser.post_and_hang_up(url, form)
        if accident == "double":
            other = Browser(self.browser.port, self.browser.cookies)
            answer, again = await asyncio.gather(self._send(url, form), other.post(url, form))
            other.close()
            self.ledger.note(serial, form["answer"], again)
        else:
            answer = await self._send(url, form)
        self.ledger.note(serial, form["answer"], answer)
        await self._after(answer)

    async def _answer_in_two_tabs(self) -> None:
        """Both tabs show one triple, and each answers it; one of them is told so."""
        other = RaterAtWork(
            Browser(self.browser.port, self.browser.cookies), "", self.room, self.ledger, self.rng
        )
        await other._reload()
        if other.hand:
            await asyncio.gather(self._answer(""), other._answer(""))
        other.browser.close()
        await self._reload()

    async def _leave(self, lapse: Lapse) -> None:
        """Go away until the lease has run out, then answer what the screen still shows."""
        await lapse(self.hand["token"].split(":")[0])
        await asyncio.sleep(self.rng.uniform(0, 2 * AWAY_SECONDS))
        await self._answer("")

    async def _reload(self) -> None:
        answer = await self.browser.get(f"{self.room}?begin", fragment=True)
        if answer.status == 200:
            self.ledger.next_seconds.append(answer.seconds)
        else:
            self.ledger.troubles.append(f"the room was answered {answer.status}")
        self._take(read_page(answer.text))

    async def _send(self, url: str, form: dict[str, str]) -> Answer:
        """The same body until somebody answers, as rate.js does."""
        for _ in range(TRIES):
            answer = await self.browser.post(url, form)
            if answer.status < 500:
                return answer
            self.ledger.troubles.append(f"a submit was answered {answer.status}")
            await asyncio.sleep(0.2)
        self.ledger.unsure.add(int(form["visible_ms"]))
        return answer

    async def _after(self, answer: Answer) -> None:
        page = read_page(answer.text)
        if page.is_saved:
            self.hand, self.ahead = self.ahead, page.ahead
        elif answer.status == 200:
            self._take(page)
        else:
            await self._reload()

    def _take(self, page: Page) -> None:
        self.hand, self.ahead = page.hand, page.ahead

    def _form(self) -> tuple[int, dict[str, str]]:
        serial = next(self.ledger.serials)
        form = {
            **self.hand,
            "key": str(UUID(int=self.rng.getrandbits(128), version=4)),
            "answer": self.rng.choice("123"),
            "visible_ms": str(serial),
            "blurred_ms": "0",
        }
        if self.ahead:
            form["showing"] = self.ahead["token"]
        return serial, form
