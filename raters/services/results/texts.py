"""The texts that raters saw, by triple: for figures of style, length and steps.

Knows the tables, and nothing of what a text says.
"""

from django.db.models import Exists, OuterRef

from raters.models import Place, Study, TripleRationale
from raters.services.results.counted import Counted

Shown = dict[int, tuple[str, ...]]  # number of a triple -> its texts as shown, by position


def read_shown(study: Study) -> Shown:
    """Of every triple of the study; practice and checks have no places."""
    places = Place.objects.filter(triple=OuterRef("triple"))
    members = (
        TripleRationale.objects.filter(Exists(places), triple__study=study)
        .order_by("triple__number", "position")
        .values_list("triple__number", "shown_text")
    )
    found: dict[int, list[str]] = {}
    for number, text in members.iterator():
        found.setdefault(number, []).append(text)
    return {number: tuple(texts) for number, texts in found.items()}


def rated(shown: Shown, counted: Counted) -> list[tuple[str, ...]]:
    """The texts of the triples of `counted`, in their order."""
    return [shown[number] for number in counted.triples]
