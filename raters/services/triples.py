"""A study's triples for its researcher: how full each is and, once it has closed, what is in it.

While a study runs nothing here reads a text, a source or a pick.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from raters.models import Place, Rating, Study, Triple, TripleRationale


@dataclass(frozen=True, slots=True)
class Member:
    """`picked` counts the ratings that fill a place and call it the best."""

    source: str
    text: str
    shown_text: str
    picked: int


@dataclass(frozen=True, slots=True)
class TripleLine:
    number: int
    kind: str
    places: int
    filled: int
    question: str | None = None
    answer: str | None = None
    rationales: tuple[Member, ...] | None = None


def study_triples(*, study: Study) -> QuerySet[Triple]:
    filled = Q(places__state=Place.State.FILLED)
    return study.triples.order_by("pk").annotate(
        places_n=Count("places"), filled_n=Count("places", filter=filled)
    )


def triple_lines(*, study: Study, triples: Sequence[Triple]) -> list[TripleLine]:
    """These triples of `study_triples`, as far as the study's state lets them be seen."""
    counts = [(each.number, each.kind, each.places_n, each.filled_n) for each in triples]  # type: ignore[attr-defined]
    if study.state != Study.State.CLOSED:
        return [TripleLine(*each) for each in counts]
    members = _members(triples)
    return [
        TripleLine(
            *each,
            question=triple.question.text,
            answer=triple.question.gold_shown,
            rationales=tuple(members[triple.pk]),
        )
        for each, triple in zip(counts, triples, strict=True)
    ]


def _members(triples: Sequence[Triple]) -> dict[int, list[Member]]:
    of_these = TripleRationale.objects.filter(triple__in=[each.pk for each in triples])
    picked = dict(
        Rating.objects.filter(
            picked__in=of_these.values("pk"), is_current=True, assignment__place__isnull=False
        )
        .order_by()
        .values_list("picked")
        .annotate(Count("pk"))
    )
    found = defaultdict(list)
    for each in of_these.select_related("source", "rationale").order_by("triple", "position"):
        member = Member(
            each.source.name, each.rationale.text, each.shown_text, picked.get(each.pk, 0)
        )
        found[each.triple_id].append(member)
    return found
