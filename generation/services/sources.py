"""Makes sources: a model with a way of prompting it, or a kind of writer without one.

Does not load a model: the worker does, and writes down which weights they were.
"""

from datetime import datetime
from pathlib import Path

from generation.models import Source
from generation.prompts import STYLES, read_examples

KINDS = ", ".join(Source.Kind.values)
LONGEST_NAME, LONGEST_MODEL, LONGEST_REVISION = 100, 500, 100


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
    name = name.strip()
    if not name or not name.isprintable() or len(name) > LONGEST_NAME:
        raise SourceRefused(f"A source needs a name of 1 to {LONGEST_NAME} printable characters.")
    if Source.objects.filter(name=name).exists():
        raise SourceRefused(f"There is a source named '{name}' already; choose another name.")
    if kind not in Source.Kind.values:
        raise SourceRefused(f"The kind '{kind}' is unknown; use one of {KINDS}.")
    if prompt not in Source.Prompt.values:
        raise SourceRefused(f"A source is prompted few-shot or zero-shot, not '{prompt}'.")
    if bool(model) != bool(prompt):
        raise SourceRefused("A model and how it is prompted (few-shot or zero-shot) go together.")
    model = _model(model)
    if style and style not in STYLES:
        raise SourceRefused(f"The style '{style}' is unknown; use one of {', '.join(STYLES)}.")
    if len(revision) > LONGEST_REVISION:
        raise SourceRefused(f"A revision has at most {LONGEST_REVISION} characters.")
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


def _model(model: str) -> str:
    """A folder is written down in full: the worker may stand elsewhere, and knows no `~`."""
    if model.startswith((".", "/", "~")):
        folder = Path(model).expanduser().absolute()
        if not (folder / "config.json").exists():
            raise SourceRefused(f"'{model}' is no model folder: it holds no config.json.")
        model = str(folder)
    if len(model) > LONGEST_MODEL:
        raise SourceRefused(f"The model's name is longer than {LONGEST_MODEL} characters.")
    return model
