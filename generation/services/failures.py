"""What a page says of a failure: one sentence, with what to do where we know it."""

import errno

from generation.datasets.preferences import FileRefused
from generation.lm.backend import PromptTooLong
from generation.lm.launching import TuningFailed
from generation.lm.openai import ServerFailed
from generation.services.backends import ModelNotLoaded
from generation.services.servers import ServerRefused


class BatchChanged(Exception):
    """What writes is no longer what began the batch: its weights, its prompt, its numbers."""


# Their own texts are such sentences.
SENTENCES = (PromptTooLong, BatchChanged, ModelNotLoaded, ServerFailed, ServerRefused, FileRefused)


def failure_sentence(problem: Exception) -> str:
    said = next(iter(str(problem).splitlines()), "")[:400]
    if isinstance(problem, SENTENCES):
        return said
    if is_full_disk(problem):
        return (
            "The disk is full, where the worker or the database writes: make room, then let the "
            "batch go on."
        )
    memory = "out of memory" in said.lower() or "can't allocate memory" in said
    if memory or isinstance(problem, MemoryError):
        return (
            "The machine ran out of memory, even for one rationale at a time: take a smaller "
            "model, fewer examples or a smaller max_new_tokens, or a machine with more."
        )
    return said if isinstance(problem, TuningFailed) else f"{type(problem).__name__}: {said}"


def is_full_disk(problem: Exception) -> bool:
    """Of the file system, of SQLite, of PostgreSQL."""
    if isinstance(problem, OSError) and problem.errno in (errno.ENOSPC, errno.EDQUOT):
        return True
    said = str(problem).lower()
    return "disk is full" in said or "no space left on device" in said
