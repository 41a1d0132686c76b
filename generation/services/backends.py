"""What writes for a source: its model, loaded once a process, or the server that it names.

Reaches torch only when a model is to be loaded. Does not know chunks or texts.
"""

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

from generation.lm.backend import Backend
from generation.models import Source
from generation.services.servers import server_key, server_url

if TYPE_CHECKING:
    from generation.lm.sampling import Sampler


class ModelNotLoaded(Exception):
    """There is no such model, or it is no model that can be read; the text says which."""


def source_backend(source: Source) -> Backend:
    """Ready to write. A model is loaded again where its files have changed."""
    return _server(source) if source.server else source_sampler(source)


def source_sampler(source: Source) -> "Sampler":
    """The loaded model of a source that has one of its own."""
    return _sampler(
        source.model,
        source.revision or None,
        settings.GENERATION_DEVICE,
        settings.GENERATION_DTYPE,
        settings.GENERATION_THREADS,
        _stamp(Path(source.model)),
    )


def backends_release() -> None:
    """Let go of the model that this process holds."""
    _sampler.cache_clear()


def _server(source: Source) -> Backend:
    from generation.lm.openai import Server, ServerBackend

    return ServerBackend(
        Server(
            url=server_url(source.server),
            model=source.model,
            chat=source.api == Source.Api.CHAT,
            key=server_key(source.key_variable),
            at_once=source.at_once,
            patience=settings.SERVER_PATIENCE_SECONDS,
            timeout=settings.SERVER_TIMEOUT_SECONDS,
        )
    )


def _stamp(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """What tells that the files of a model were replaced where they stand; () of a hub's model."""
    files = sorted(folder.glob("*")) if folder.is_dir() else []
    stats = [(file.name, file.stat()) for file in files]
    return tuple((name, stat.st_mtime_ns, stat.st_size) for name, stat in stats)


def check_place(model: str) -> None:
    """A folder stands in the row in full, anything else is a hub id. transformers would take a
    folder of that name, wherever the worker happens to stand, for the hub's model."""
    if model.startswith("/") or model.count("/") > 1:
        if not Path(model).is_dir():
            raise ModelNotLoaded(f"There is no model folder '{model}' where the worker runs.")
    elif Path(model).exists():
        raise ModelNotLoaded(
            f"'{model}' names a model of the hub, and also a folder where the worker runs: start "
            "the worker elsewhere, or make a source with the folder's full path."
        )


@lru_cache(maxsize=1)
def _sampler(
    model: str, revision: str | None, device: str, dtype: str, threads: int, stamp: object
) -> "Sampler":
    import torch

    from generation.lm.checkpoints import load_checkpoint
    from generation.lm.sampling import Sampler

    _sampler.cache_clear()  # the model before goes first: two may not fit
    torch.set_num_threads(threads)
    check_place(model)
    try:
        checkpoint = load_checkpoint(
            model, revision=revision, device=device, dtype=getattr(torch, dtype)
        )
    except (OSError, ValueError) as problem:
        said = next(iter(str(problem).splitlines()), "")[:400]
        raise ModelNotLoaded(f"'{model}' could not be loaded: {said}") from problem
    return Sampler(checkpoint, batch_size=settings.CHUNK_ROWS)
