"""The same figures by other means in words: bootstrap, slot and length taken out, the audit."""

from typing import Any

from raters.services.results import StudyResults
from raters.services.results.robustness import Robustness
from raters.statistics import Adjusted, Audit, Estimate
from raters.views.results import figures
from raters.views.results.figures import PERCENT, between, counted, interval, percent, signed


def page(results: StudyResults) -> dict[str, Any]:
    found = results.robustness
    return {
        "resampled": _resampled(results, found),
        "resampled_why_none": figures.why_none((one.of, one.bootstrap) for one in found.resampled),
        "adjusted": _adjusted(results, found.adjusted),
        "from_picks": found.from_picks,
        "audit": _audit(found.audit),
    }


def _resampled(results: StudyResults, found: Robustness) -> list[dict[str, str]]:
    said = between if results.best_worst else _share
    return [
        {"of": one.of, "jackknife": said(headline), "bootstrap": said(one.bootstrap)}
        for one, headline in zip(found.resampled, _headline(results), strict=True)
    ]


def _headline(results: StudyResults) -> list[Estimate]:
    """In the order of what is resampled."""
    if results.rankings:
        return [pair.share for pair in results.rankings.pairs]
    if results.best_worst:
        return list(results.best_worst.scores)
    assert results.picks
    return [source.share for source in results.picks.shares.sources]


def _share(found: Estimate) -> str:
    return interval(found)["text"]


def _adjusted(results: StudyResults, found: Adjusted) -> dict[str, Any]:
    if found.undefined:
        return {"undefined": found.undefined}
    beside = [
        *zip((f"slot A{n}" for n in range(1, 1 + len(found.slots))), found.slots, strict=True)
    ]
    if found.length is not None:
        beside.append(("twice the length", found.length))
    return {
        "rows": [
            {
                "source": source,
                "number": number,
                "raw": signed(raw.value),
                "raw_interval": between(raw),
                "adjusted": signed(adjusted.value),
                "interval": between(adjusted),
            }
            for number, (source, raw, adjusted) in enumerate(
                zip(results.sources, found.raw, found.adjusted, strict=True), start=1
            )
        ],
        "beside": [
            {"of": name, "log": signed(one.value) or "undefined", "interval": between(one)}
            for name, one in beside
        ],
        "why_none": figures.why_none([*zip(results.sources, found.adjusted, strict=True), *beside]),
    }


def _audit(found: Audit) -> dict[str, Any]:
    if found.overall.value is None or found.chance is None:
        return {
            "sentence": f"Whether style tells the source cannot be said: {found.overall.undefined}."
        }
    chance = percent(found.chance)
    said = (
        "A simple reader of style, taught on four fifths of the triples, found whose text was "
        f"whose in {percent(found.overall.value)} of its guesses on the rest"
    )
    reached = interval(found.overall)["text"]
    said += f" (95{PERCENT} interval {reached})" if reached else ""
    said += f"; by chance it would be {chance}."
    low, high = found.overall.low, found.overall.high
    if low is not None and low > found.chance:
        verdict = "So the shown texts carry a style that tells their source."
    elif high is not None and high < found.chance:
        verdict = "It did worse than chance, so it found no style that lasts."
    else:
        verdict = "So it found no style that tells the source."
    read = ""
    if found.read < found.triples:
        read = f"It read {found.read} of {counted(found.triples, 'triple')}, drawn at random."
    return {
        "sentence": f"{said} {verdict}",
        "read": read,
        "chance": chance,
        "rows": [
            {
                "source": source,
                "number": number,
                "share": percent(one.value) or "undefined",
                "interval": interval(one)["text"],
            }
            for number, (source, one) in enumerate(
                zip(found.sources, found.found, strict=True), start=1
            )
        ],
    }
