"""Rationales from a server that speaks OpenAI's protocol: vLLM, llama.cpp, TGI, a hosted one.

Several requests at once; a server that is busy, broken or away is asked again, for as long as
`patience` holds. The key goes into one header and nowhere else: not into a row, an error, a log.
Knows no torch, no prompt format and no database; that the server may be asked at all is decided
by whoever makes one of these.
"""

import random
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import wait
from dataclasses import dataclass, field
from typing import Any

import httpx2 as httpx
from anyio import CapacityLimiter, create_task_group, sleep
from anyio.from_thread import start_blocking_portal

from .backend import Sampled

BUSY = {408, 409, 425, 429}  # and all from 500 on
LONGEST_WAIT = 30.0
LOOK_UP_SECONDS = 2.0
SEED_BITS = 31  # llama.cpp takes 32 bits, unsigned; vLLM 63; others a signed int


class ServerFailed(Exception):
    """Why a server wrote nothing, as a sentence."""


@dataclass(frozen=True, slots=True)
class Server:
    """Where to ask and how; `url` is what stands before `/completions`, such as `.../v1`."""

    url: str
    model: str
    chat: bool = False
    key: str = field(default="", repr=False)
    at_once: int = 8
    patience: float = 300.0
    """Seconds that a request may go on failing."""
    timeout: float = 600.0
    """Seconds that a server may think about one rationale."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server gave back, before it is cut at a stop string."""

    text: str
    tokens: int
    finished: bool
    model: str


class ServerBackend:
    """One server, asked for one batch of prompts after another."""

    def __init__(self, server: Server) -> None:
        if not server.key.isascii() or not server.key.isprintable():
            raise ServerFailed("The key for the server holds characters that no header can carry.")
        self.server = server
        self.models: set[str] = set()

    @property
    def revision(self) -> str:
        """The model's name as the server gave it; "" before the first answer."""
        if len(self.models) > 1:
            raise ServerFailed(
                f"{self.server.url} answered as several models in one go: "
                f"{', '.join(sorted(self.models))}."
            )
        return f"{next(iter(self.models))} at {self.server.url}" if self.models else ""

    @property
    def conditions(self) -> dict[str, str | int]:
        return {"server": self.server.url, "api": "chat" if self.server.chat else "completions"}

    def generate(
        self,
        prompts: Sequence[str],
        *,
        temperature: float,
        seeds: Sequence[int],
        max_new_tokens: int = 256,
        stop: Sequence[str] = (),
        progress: Callable[[int], None] | None = None,
    ) -> list[Sampled]:
        """As `Backend` says. The first failure ends the others; nothing is asked after it."""
        bodies = [
            self.body(prompt, temperature, seed, max_new_tokens, stop)
            for prompt, seed in zip(prompts, seeds, strict=True)
        ]
        done: list[Answer | None] = [None] * len(bodies)
        with start_blocking_portal() as portal:  # left by an error, it ends what still waits
            asking = portal.start_task_soon(self.ask_all, bodies, done)
            while not asking.done():
                wait([asking], timeout=LOOK_UP_SECONDS)
                if progress is not None:
                    progress(sum(answer is not None for answer in done))
            asking.result()
        return [self.read(answer, stop) for answer in done if answer is not None]

    def body(
        self, prompt: str, temperature: float, seed: int, max_new_tokens: int, stop: Sequence[str]
    ) -> dict[str, Any]:
        asked: dict[str, Any] = (
            {"messages": [{"role": "user", "content": prompt}]}
            if self.server.chat
            else {"prompt": prompt}
        )
        return asked | {
            "model": self.server.model,
            "temperature": temperature,
            "seed": seed % 2**SEED_BITS,
            "max_tokens": max_new_tokens,
            "stop": list(stop),
        }

    async def ask_all(self, bodies: Sequence[dict[str, Any]], done: list[Answer | None]) -> None:
        """Puts an answer to each body into `done`; the first failure is everybody's."""
        headers = {"Authorization": f"Bearer {self.server.key}"} if self.server.key else {}
        near = httpx.URL(self.server.url).host in {"localhost", "127.0.0.1", "::1"}
        limiter = CapacityLimiter(self.server.at_once)
        client = httpx.AsyncClient(
            headers=headers,
            timeout=httpx.Timeout(self.server.timeout, connect=10.0),
            limits=httpx.Limits(max_connections=self.server.at_once),
            trust_env=not near,  # a proxy of the environment does not lead to this machine
        )

        async def ask(place: int) -> None:
            async with limiter:
                done[place] = await self.answer(client, bodies[place])

        try:
            async with client, create_task_group() as group:
                for place in range(len(bodies)):
                    group.start_soon(ask, place)
        except ExceptionGroup as failed:
            raise failed.exceptions[0] from None

    async def answer(self, client: httpx.AsyncClient, body: dict[str, Any]) -> Answer:
        """The server's answer to one request, however often that takes."""
        path = "chat/completions" if self.server.chat else "completions"
        began, tries = time.monotonic(), 0
        while True:
            asked_for = 0.0
            try:
                response = await client.post(f"{self.server.url}/{path}", json=body)
                if response.is_success:
                    return self.parsed(response)
                why = f"{response.status_code} {self.complaint(response)}".strip()
                if response.status_code not in BUSY and response.status_code < 500:
                    raise ServerFailed(f"{self.server.url} refused the request: {why}")
                asked_for = seconds_asked_for(response.headers)
            except httpx.TransportError as problem:
                why = str(problem) or type(problem).__name__
            pause = max(asked_for, back_off(tries))
            tries += 1
            waited = time.monotonic() - began
            if waited + pause > self.server.patience:
                raise ServerFailed(
                    f"{self.server.url} gave no rationale in {waited:.0f} seconds, asked {tries} "
                    f"times; last: {self.without_key(why)}. Start it, then let the batch go on."
                )
            await sleep(pause)

    def parsed(self, response: httpx.Response) -> Answer:
        try:
            found = response.json()
            choice = found["choices"][0]
            text = choice["message"]["content"] if self.server.chat else choice["text"]
            return Answer(
                text=str(text or ""),
                tokens=int((found.get("usage") or {}).get("completion_tokens") or 0),
                finished=choice.get("finish_reason") != "length",
                model=str(found.get("model") or self.server.model),
            )
        except (ValueError, KeyError, IndexError, TypeError, AttributeError):
            raise ServerFailed(
                f"{self.server.url} answered something that is no OpenAI answer: "
                f"{self.complaint(response)}"
            ) from None

    def complaint(self, response: httpx.Response) -> str:
        """What the server says is wrong, in one short line."""
        try:
            found = response.json()
            found = found.get("error") or found.get("detail") or found.get("message") or found
            said = found["message"] if isinstance(found, dict) and "message" in found else found
        except (ValueError, AttributeError):
            said = response.text
        return self.without_key(" ".join(str(said).split())[:300])

    def without_key(self, text: str) -> str:
        return text.replace(self.server.key, "(the key)") if self.server.key else text

    def read(self, answer: Answer, stop: Sequence[str]) -> Sampled:
        """As a sampler of ours gives it: some servers leave the stop string in the text."""
        self.models.add(answer.model)
        ends = [answer.text.find(mark) for mark in stop if mark in answer.text]
        text = answer.text[: min(ends)] if ends else answer.text
        return Sampled(text, answer.tokens, finished=answer.finished or bool(ends))


def back_off(tries: int) -> float:
    """Half a second, doubling, with some chance in it so that many do not come back as one."""
    return min(LONGEST_WAIT, 0.5 * 2 ** min(tries, 10)) * random.uniform(0.75, 1.0)


def seconds_asked_for(headers: Mapping[str, str]) -> float:
    """What a server's Retry-After asks for, in seconds; a date there is not read."""
    try:
        return min(LONGEST_WAIT, max(0.0, float(headers.get("Retry-After", "0"))))
    except ValueError:
        return 0.0
