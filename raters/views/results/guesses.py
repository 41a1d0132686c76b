"""Raters' own guesses of who wrote what, in words."""

from typing import Any

from generation.models import Source
from raters.services.results import StudyResults
from raters.views.results import figures
from raters.views.results.figures import between, counted, signed


def page(results: StudyResults) -> dict[str, Any]:
    """Context: guesses (sentence, rows, why_none); none where nobody was asked."""
    found = results.guesses
    if found is None:
        return {}
    names = [Source.Kind(kind).label for kind in found.sources]
    told = [
        name
        for name, index in zip(names, found.index, strict=True)
        if index.low is not None and index.low > 0
    ]
    sentence = f"Raters guessed about {counted(found.guesses, 'text')} at the end; of "
    sentence += f"{found.unknown} they said that they did not know. "
    if told:
        sentence += f"They could tell better than by chance: {figures.listed(told)}."
    else:
        sentence += "They could tell none of the kinds better than by chance."
    rows = [
        {
            "kind": name,
            "index": signed(index.value) or "undefined",
            "interval": between(index),
            "n": index.n,
        }
        for name, index in zip(names, found.index, strict=True)
    ]
    why_none = figures.why_none(zip(names, found.index, strict=True))
    return {"guesses": {"sentence": sentence, "rows": rows, "why_none": why_none}}
