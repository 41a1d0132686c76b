"""What must be true of a study whoever rated it, and however wildly.

Reads the tables for who was handed what, and the export, as a researcher gets it, for what was
said. Does not know: how the answers were sent (crowd.py).
"""

import json
from collections import Counter
from collections.abc import Collection, Iterator, Mapping

from django.db.models import Count

from raters.exports import EXPORTS, Task
from raters.models import Assignment, Study

SHOWN = 5


def broken_rules(
    study: Study, stored: Mapping[int, str], unsure: Collection[int] = ()
) -> list[str]:
    """A sentence for each rule that does not hold; `stored` is what the server accepted.

    Its keys are serial numbers, sent as visible milliseconds; its values say which slot was picked.
    What was never answered (`unsure`) may be there or not. The study is closed.
    """
    return [*_over_filled(study), *_met_twice(study), *_export_differs(study, stored, unsure)]


def _over_filled(study: Study) -> Iterator[str]:
    counted = Assignment.objects.filter(study=study, kind="study", state="rated")
    per_triple = counted.values("triple").order_by().annotate(n=Count("pk"))
    over = per_triple.filter(n__gt=study.raters_per_triple).count()
    if over:
        yield f"{over} triples have more ratings than their {study.raters_per_triple} places"


def _met_twice(study: Study) -> Iterator[str]:
    met = Assignment.objects.filter(study=study, kind="study").values("rater", "triple")
    twice = met.order_by().annotate(n=Count("pk")).filter(n__gt=1).count()
    if twice:
        yield f"{twice} times a rater was handed the same triple twice"


def _export_differs(
    study: Study, stored: Mapping[int, str], unsure: Collection[int]
) -> Iterator[str]:
    rows = _exported(study)
    times = Counter(serial for serial, _ in rows)
    missing = [serial for serial in stored if serial not in times]
    if missing:
        yield f"accepted and not in the export: {_some(missing)}"
    twice = [serial for serial, n in times.items() if n > 1]
    if twice:
        yield f"more than once in the export: {_some(twice)}"
    strange = [serial for serial in times if serial not in stored and serial not in unsure]
    if strange:
        yield f"in the export and never accepted: {_some(strange)}"
    changed = [s for s, slot in rows if s in stored and slot != f"A{stored[s]}"]
    if changed:
        yield f"another answer in the export than was sent: {_some(changed)}"


def _exported(study: Study) -> list[tuple[int, str]]:
    blocks = EXPORTS["ratings"].blocks("jsonl", Task(study))
    rows = map(json.loads, b"".join(blocks).splitlines())
    return [(row["visible_ms"], row["slot"]) for row in rows]


def _some(serials: list[int]) -> str:
    more = "" if len(serials) <= SHOWN else " and others"
    return f"{len(serials)} ({', '.join(map(str, serials[:SHOWN]))}{more})"
