"""Makes sources: a model with a way of prompting it, or a kind of writer without one.

Does not load a model: the worker does, and writes down which weights they were.
"""

from datetime import datetime
from pathlib import Path

from generation.models import Source
from generation.prompts import STYLES, read_examples


class SourceRefused(Exception):
    """Why a source cannot be made, as a sentence that says what to do."""


def source_create(
    *,
    name: str,
    kind: str,
    now: datetime,
    model: str = "",
    revision: str = "",
    prompt: str = "",
    style: str = "",
    examples: str = "",
    parent: Source | None = None,
) -> Source:
    """A new source. `model` is a folder of safetensors or a hub id; with it goes `prompt`.

    `style` is a format of generation.prompts, "" for the one that fits each question;
    `examples` are worked examples in that format, "" for ours.
    """
    if not name.strip():
        raise SourceRefused("A source needs a name.")
    if Source.objects.filter(name=name).exists():
        raise SourceRefused(f"There is a source named '{name}' already; choose another name.")
    if bool(model) != bool(prompt):
        raise SourceRefused("A model and how it is prompted (few-shot or zero-shot) go together.")
    if (
        model.startswith((".", "/", "~"))
        and not (Path(model).expanduser() / "config.json").exists()
    ):
        raise SourceRefused(f"'{model}' is no model folder: it holds no config.json.")
    if style and style not in STYLES:
        raise SourceRefused(f"The style '{style}' is unknown; use one of {', '.join(STYLES)}.")
    try:
        read_examples(examples) if examples else ()
    except ValueError as problem:
        raise SourceRefused(f"The examples cannot be read: {problem}.") from None
    return Source.objects.create(
        name=name,
        kind=kind,
        model=model,
        revision=revision,
        prompt=prompt,
        style=style,
        examples=examples,
        parent=parent,
        created_at=now,
    )
