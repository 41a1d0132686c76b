"""Steps, difficulty and suspect questions in words."""

from typing import Any

from raters.services.results import StudyResults
from raters.services.results.pictures import steps_named
from raters.services.results.reasoning import AgainstHuman
from raters.views.results import figures
from raters.views.results.figures import counted, interval, percent


def page(results: StudyResults) -> dict[str, Any]:
    found = results.reasoning
    return {
        "difficulty": [
            {
                "source": source.source,
                "number": number,
                "name": steps_named(one.fewest, one.most),
                "questions": one.questions,
                "ratings": one.share.n,
                "share": percent(one.share.value),
                "interval": interval(one.share)["text"],
            }
            for number, source in enumerate(found.difficulty, start=1)
            for one in source.bins
        ],
        "human": found.human,
        "against_human": [
            _against(found.human, each, number)
            for number, each in enumerate(found.against_human, start=1)
            if each.counts.questions
        ],
        "suspects": results.suspects,
    }


def _against(human: str, each: AgainstHuman, number: int) -> dict[str, Any]:
    counts = each.counts
    said = (
        f"{each.source} takes as many steps as {human} in {percent(counts.same.value)} of "
        f"{counted(counts.questions, 'triple')}"
    )
    if reached := interval(counts.same)["text"]:
        said += f" (95\u00a0% interval {reached})"
    said += f", fewer in {counts.fewer} and more in {counts.more}; rank correlation "
    said += (
        f"undefined: {counts.correlation.undefined}."
        if counts.correlation.value is None
        else f"{figures.signed(counts.correlation.value)}"
        + (f" ({between})" if (between := figures.between(counts.correlation)) else "")
        + "."
    )
    rows = zip(counts.counts, counts.table, strict=True)
    return {
        "source": each.source,
        "sentence": said,
        "figure": f"steps_{number}",
        "counts": counts.counts,
        "rows": [{"steps": steps, "counts": row} for steps, row in rows],
    }
