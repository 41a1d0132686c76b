"""What writes rationales, whatever stands behind it: a loaded model, or a server far away.

Knows the one call that services make and what comes back of it. Knows no torch and no Django.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol


class PromptTooLong(ValueError):
    """A prompt and its rationale do not fit in the model's positions."""


@dataclass(frozen=True)
class Sampled:
    """`finished`: a stop string or the end-of-text token came before `max_new_tokens` ran out.
    `text` ends before the stop string; `tokens` counts what the model wrote, the stop included."""

    text: str
    tokens: int
    finished: bool


class Backend(Protocol):
    """`revision` says which weights write, "" as long as that is not known; `conditions` what else
    may show in a text: {"dtype": "float32", ...}."""

    @property
    def revision(self) -> str: ...

    @property
    def conditions(self) -> dict[str, str | int]: ...

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
        """One rationale a prompt, in order; `temperature` 0 is greedy. `progress` hears now and
        then how many are done, and ends the work with what it raises."""
        ...
