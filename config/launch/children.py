"""Processes that live exactly as long as the launcher, whichever way it ends.

Knows: how to tie a process to this one (on Linux the kernel ends it even when this one is
killed), to notice its death, to stop all. Does not know: what any of them is for.
"""

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from config.launch.ground import CannotStart, Ground

PR_SET_PDEATHSIG = 1
YOUNG_SECONDS = 30
STOP_SECONDS = 8
MOST_RESTARTS, RESTART_SECONDS = 8, 600
LONGEST_LOG = 10_000_000


class Stopped(Exception):
    """Somebody asked for the end: Ctrl-C, a signal, a closed terminal."""


@dataclass(frozen=True)
class Plan:
    """What to start, and how it ends."""

    name: str
    command: Sequence[str]
    listener: int | None = None  # a socket to inherit
    if_we_die: signal.Signals = signal.SIGTERM
    once: bool = False  # ends by itself, and says what it does on the terminal


@dataclass(frozen=True)
class Child:
    plan: Plan
    process: "subprocess.Popen[bytes]"
    started: float


class Children:
    def __init__(self, ground: Ground, stop: threading.Event) -> None:
        self.ground = ground
        self.stop_requested = stop
        self.alive: list[Child] = []
        self.ends: defaultdict[str, list[float]] = defaultdict(list)

    def start(self, plan: Plan) -> None:
        keep = [] if plan.listener is None else [plan.listener]
        with self._log(plan.name).open("ab") as log:
            process = subprocess.Popen(
                plan.command,
                cwd=self.ground.root,
                env=dict(self.ground.environment),
                stdin=subprocess.DEVNULL,
                stdout=None if plan.once else log,
                stderr=None if plan.once else log,
                pass_fds=keep,
                start_new_session=True,  # Ctrl-C comes to the launcher, which stops them in order
                preexec_fn=lambda: _die_with_parent(plan.if_we_die),
            )
        self.alive.append(Child(plan, process, time.monotonic()))

    def run(self, **steps: Sequence[str]) -> None:
        """Commands that must succeed before what follows; they run side by side."""
        running = {name: self._step(name, command) for name, command in steps.items()}
        try:
            while any(step.poll() is None for step in running.values()):
                self.pause(0.05)
        finally:
            for step in running.values():
                step.kill()
                step.wait()
        for name, step in running.items():
            if step.returncode:
                raise CannotStart(f"{name} failed; its last lines:\n{self._last_lines(name)}")

    def _step(self, name: str, command: Sequence[str]) -> "subprocess.Popen[bytes]":
        with self._log(name).open("wb") as log:
            return subprocess.Popen(
                command,
                cwd=self.ground.root,
                env=dict(self.ground.environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=lambda: _die_with_parent(signal.SIGKILL),
            )

    def check(self) -> None:
        """Starts again what was killed or ran a good while; what fails young ends everything."""
        for child in list(self.alive):
            if child.process.poll() is None:
                continue
            place = self.alive.index(child)
            self.alive.remove(child)
            name, code = child.plan.name, child.process.returncode
            if child.plan.once:
                if code:
                    _say(f"{name} did not finish (exit code {code}); the site runs on.")
            elif code < 0 or time.monotonic() - child.started > YOUNG_SECONDS:
                self._not_for_ever(name)
                _say(f"The {name} process ended (exit code {code}); starting it again.")
                self.start(child.plan)
                self.alive.insert(place, self.alive.pop())  # the broker stays the last to stop
            else:
                raise CannotStart(
                    f"the {name} process ended (exit code {code}); its last lines:\n"
                    f"{self._last_lines(name)}"
                )

    def _not_for_ever(self, name: str) -> None:
        now = time.monotonic()
        ends = [end for end in self.ends[name] if now - end < RESTART_SECONDS] + [now]
        self.ends[name] = ends
        if len(ends) > MOST_RESTARTS:
            raise CannotStart(
                f"the {name} process ended {len(ends)} times in {RESTART_SECONDS // 60} minutes; "
                f"its last lines:\n{self._last_lines(name)}"
            )

    def pause(self, seconds: float) -> None:
        if self.stop_requested.wait(seconds):
            raise Stopped

    def stop(self) -> None:
        """Asks all but the first, then the first (the broker, which the others still need)."""
        for group in (self.alive[1:], self.alive[:1]):
            for child in group:
                _signal_group(child, signal.SIGTERM)
            deadline = time.monotonic() + STOP_SECONDS
            for child in group:
                with suppress(subprocess.TimeoutExpired):
                    child.process.wait(timeout=max(0.1, deadline - time.monotonic()))
                _signal_group(child, signal.SIGKILL)  # and whatever it left behind
                child.process.wait()

    def _log(self, name: str) -> Path:
        path = self.ground.logs / f"{name}.log"
        if path.exists() and path.stat().st_size > LONGEST_LOG:
            path.replace(path.with_suffix(".log.1"))
        return path

    def _last_lines(self, name: str) -> str:
        lines = self._log(name).read_text(errors="replace").splitlines()[-12:]
        return "\n".join(f"    {line}" for line in lines)


def _die_with_parent(how: signal.Signals) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, how)


def _signal_group(child: Child, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(child.process.pid, number)


def _say(text: str) -> None:
    print(text, flush=True)
