"""Figures as values that JSON knows, and back: what was computed once is kept as a row.

Knows dataclasses, tuples and what is optional, by their annotations. Floats come back to the digit.
"""

import json
from dataclasses import asdict, fields, is_dataclass
from functools import cache
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import numpy as np


def plain(figures: Any) -> Any:
    return json.loads(json.dumps(asdict(figures), default=_number))


def restored(kind: Any, value: Any) -> Any:
    """The value of this annotated kind; raises KeyError or TypeError for one of another shape."""
    if value is None:
        return None
    origin = get_origin(kind)
    if origin in (Union, UnionType):
        (kind,) = [each for each in get_args(kind) if each is not type(None)]
        return restored(kind, value)
    if origin is tuple:
        kinds = get_args(kind)
        if kinds[-1] is Ellipsis:
            return tuple(restored(kinds[0], each) for each in value)
        return tuple(restored(one, each) for one, each in zip(kinds, value, strict=True))
    if isinstance(kind, type) and is_dataclass(kind):
        hints = _hints(kind)
        return kind(**{f.name: restored(hints[f.name], value[f.name]) for f in fields(kind)})
    return value


def _number(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{type(value).__name__} is no figure")


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)
