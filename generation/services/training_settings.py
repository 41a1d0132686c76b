"""What a training run is asked for: every number beside its data, frozen when it is queued.

The defaults are the paper's but for the number of loops. Knows ranges, and no row.
"""

from dataclasses import dataclass, fields
from typing import Any

from generation.star import Settings

DTYPES = ("float32", "bfloat16")


class TrainingRefused(Exception):
    """Why a run cannot be queued or moved, as a sentence that says what to do."""


@dataclass(frozen=True)
class TrainingSettings:
    """`keeps_examples`: loops are prompted few-shot as the base is, else with the bare question.
    `rows` is the batch of a step on each of `processes` devices; `lora_rank` 0 trains all weights;
    `patience` 0 runs every loop."""

    loops: int = 5
    first_steps: int = 40
    growth: float = 1.2
    patience: int = 0
    rationalizes: bool = True
    keeps_examples: bool = True
    temperature: float = 0.0
    max_new_tokens: int = 256
    seed: int = 0
    rate: float = 1e-6
    warm_up: int = 100
    rows: int = 8
    lora_rank: int = 0
    dtype: str = "float32"
    checkpointing: bool = False
    processes: int = 1

    def check(self) -> None:
        for name, (low, high) in RANGES.items():
            value = getattr(self, name)
            if not low <= value <= high:
                label = name.replace("_", " ")
                raise TrainingRefused(f"'{label}' goes from {low:g} to {high:g}, not {value:g}.")
        if self.dtype not in DTYPES:
            raise TrainingRefused(f"Weights are trained in {' or '.join(DTYPES)}.")

    @property
    def star(self) -> Settings:
        return Settings(
            loops=self.loops,
            rationalizes=self.rationalizes,
            first_steps=self.first_steps,
            growth=self.growth,
            patience=self.patience or None,
        )


RANGES: dict[str, tuple[float, float]] = {
    "loops": (1, 100),
    "first_steps": (1, 1_000_000),
    "growth": (1, 3),
    "patience": (0, 100),
    "temperature": (0, 5),
    "max_new_tokens": (1, 100_000),
    "seed": (0, 2**31 - 1),
    "rate": (1e-9, 1),
    "warm_up": (0, 1_000_000),
    "rows": (1, 4096),
    "lora_rank": (0, 1024),
    "processes": (1, 64),
}


def read_settings(stored: dict[str, Any]) -> TrainingSettings:
    """As they were frozen; what was not known then has the default of today."""
    known = {field.name for field in fields(TrainingSettings)}
    return TrainingSettings(**{name: value for name, value in stored.items() if name in known})
