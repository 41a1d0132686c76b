"""Makes sources: a model with a way of prompting it, or a kind of writer without one.

Does not load a model: the worker does, and writes down which weights they were.
"""

import re
from datetime import datetime
from pathlib import Path

from generation.models import Source
from generation.prompts import STYLES, read_examples
from generation.services import servers

KINDS = ", ".join(Source.Kind.values)
LONGEST_NAME, LONGEST_MODEL, LONGEST_REVISION = 100, 500, 100
MOST_AT_ONCE = 256
HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)?", re.ASCII)


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
    server: str = "",
    api: str = "",
    key_variable: str = "",
    at_once: int = 8,
    parent: Source | None = None,
    by_admin: bool = True,
) -> Source:
    """A new source. `model` is a folder of safetensors, a hub id or, with `server`, the name that
    the server knows; with it goes `prompt`.

    `style` is a format of generation.prompts, "" for the one that fits each question;
    `examples` are worked examples in that format, "" for ours. Unless made `by_admin` the model can
    only be a hub id: for people who must not learn what lies on this machine or beside it.
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
    asked = _server(server, api, key_variable, at_once, by_admin)
    model = _server_model(model) if asked else _model(model, by_admin)
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
        **asked,
    )


def _server(
    url: str, api: str, variable: str, at_once: int, by_admin: bool
) -> dict[str, str | int]:
    """A server's columns; none where the model is run here."""
    if not url.strip():
        if api or variable.strip():
            raise SourceRefused("A protocol and a key go with a server's address.")
        return {}
    if not by_admin:
        raise SourceRefused("Only an admin may name a server.")
    if api not in Source.Api.values:
        raise SourceRefused(f"A server is asked for completions or by chat, not '{api}'.")
    if not 1 <= at_once <= MOST_AT_ONCE:
        raise SourceRefused(f"A server gets 1 to {MOST_AT_ONCE} requests at once, not {at_once}.")
    try:
        return {
            "server": servers.server_url(url),
            "api": api or Source.Api.COMPLETIONS.value,
            "key_variable": servers.key_variable(variable),
            "at_once": at_once,
        }
    except servers.ServerRefused as refused:
        raise SourceRefused(str(refused)) from None


def _server_model(model: str) -> str:
    if not model.isprintable() or not 1 <= len(model) <= LONGEST_MODEL:
        raise SourceRefused(
            f"Name the model as the server knows it, in 1 to {LONGEST_MODEL} printable characters."
        )
    return model


def _model(model: str, by_admin: bool) -> str:
    """A folder is written down in full: the worker may stand elsewhere, and knows no `~`.

    Unless for an admin the disk is not looked at, so that a refusal says nothing about it.
    """
    if not by_admin:
        if model and not HUB_ID.fullmatch(model):
            raise SourceRefused(
                "Name a model by its hub id, such as EleutherAI/gpt-j-6b; only an admin may name "
                "a folder."
            )
    elif model and (folder := _folder(model)):
        model = str(folder)
    elif model.startswith((".", "/", "~")):
        raise SourceRefused(f"'{model}' is no model folder: it holds no config.json.")
    if len(model) > LONGEST_MODEL:
        raise SourceRefused(f"The model's name is longer than {LONGEST_MODEL} characters.")
    return model


def _folder(model: str) -> Path | None:
    """The model folder of this name in full; None where there is none that can be read."""
    try:
        folder = Path(model).expanduser().absolute()
        return folder if (folder / "config.json").exists() else None
    except (OSError, RuntimeError):  # too long, not ours to read; nobody has such a `~name`
        return None
