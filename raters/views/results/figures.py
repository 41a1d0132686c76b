"""Figures as words: rounded, with their unit, and with the reason where there is none."""

from collections.abc import Iterable
from typing import Any

from django.utils.safestring import mark_safe

from raters.services.results.precision import Precision
from raters.statistics import Agreement, Estimate, SlotEffect, SourceEffect

PERCENT = "\u00a0%"  # never at the start of a line


def percent(value: float | None) -> str:
    return "" if value is None else f"{100 * value:.0f}{PERCENT}"


def interval(estimate: Estimate) -> dict[str, str]:
    if estimate.low is None or estimate.high is None:
        return {"text": "", "why": estimate.undefined}
    return {"text": f"{100 * estimate.low:.0f} to {100 * estimate.high:.0f}{PERCENT}", "why": ""}


def precision(found: Precision | None) -> dict[str, str]:
    """A running study's precision: how far, and by how many."""
    if found is None:
        return {"says": "How precise it is by now is being computed."}
    if found.width is None:
        return {"says": f"How precise it is by now cannot be said: {found.undefined}."}
    worth = f"{rounded(found.effective_raters)} effective raters and "
    worth += f"{rounded(found.effective_questions)} effective questions"
    always = (
        f"not yet there: {found.silent}"
        if found.always is None
        else f"{50 * found.always:.1f} points either way"
    )
    return {
        "says": f"By {counted(found.ratings)}, worth {worth}, a 95{PERCENT} interval around one "
        f"half would reach {50 * found.width:.1f} points either way, over all sources together; "
        f"one that holds however often you look, {always}.",
        "width": f"{found.width:.3f}",
    }


def signed(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}".replace("-", "−")


def between(estimate: Estimate) -> str:
    """An interval that is no share."""
    if estimate.low is None or estimate.high is None:
        return ""
    return f"{signed(estimate.low)} to {signed(estimate.high)}"


def points(value: float | None) -> str:
    """A difference of shares."""
    return "" if value is None else f"{100 * value:+.0f}".replace("-", "−").replace("+0", "0")


def points_between(estimate: Estimate) -> str:
    if estimate.low is None or estimate.high is None:
        return ""
    return f"{points(estimate.low)} to {points(estimate.high)}"


def p_value(value: float | None) -> str:
    if value is None:
        return ""
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def part(count: int, of: int) -> str:
    return f"{count} ({100 * count / of:.0f}{PERCENT})" if of else str(count)


def rounded(value: float | None) -> str:
    return "" if value is None else f"{value:.1f}"


def counted(number: int, what: str = "rating") -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def listed(names: Iterable[str], word: str = "and") -> str:
    *others, last = names
    return f"{', '.join(others)} {word} {last}" if others else last


def notes(estimates: Iterable[tuple[str, Estimate]]) -> list[dict[str, str]]:
    """What else must be known of the intervals, each thing once, with what it is true of."""
    of: dict[str, list[str]] = {}
    named = list(estimates)
    for name, estimate in named:
        for note in estimate.notes:
            of.setdefault(note, []).append(name)
    return [
        {
            "says": note,
            "of": "Every one" if len(of[note]) == len(named) > 1 else ", ".join(of[note]),
        }
        for note in of
    ]


def why_none(estimates: Iterable[tuple[str, Estimate]]) -> list[dict[str, str]]:
    """Reasons for intervals that are missing, each once, with those that miss it."""
    of: dict[str, list[str]] = {}
    for name, estimate in estimates:
        if estimate.undefined:
            of.setdefault(estimate.undefined, []).append(name)
    return [{"why": why, "of": ", ".join(of[why])} for why in of]


def measure(name: str, estimate: Estimate) -> dict[str, Any]:
    return {
        "name": name,
        "value": "undefined" if estimate.value is None else signed(estimate.value),
        "interval": between(estimate),
        "why": estimate.undefined,
        "n": estimate.n,
    }


def measures(agreement: Agreement) -> list[dict[str, Any]]:
    return [
        measure("Krippendorff's alpha", agreement.alpha),
        measure("Gwet's AC1", agreement.ac1),
        measure("Fleiss' kappa", agreement.fleiss),
        measure("raw agreement", agreement.raw),
    ]


def base_rates(agreement: Agreement) -> list[dict[str, str]]:
    return [{"name": name, "rate": percent(rate)} for name, rate in agreement.base_rates]


def slot_verdict(effect: SlotEffect, *, drew: str, chose: str) -> dict[str, Any]:
    """Did the slot draw `drew` (picks, first places)? `chose`: what raters then did not do."""
    if effect.p_value is None:
        verdict = f"Whether the slot drew {drew} cannot be tested: {effect.undefined}."
    elif effect.p_value < 0.05:
        verdict = f"The slot drew {drew}: raters did not {chose} by the text alone"
    else:
        verdict = f"No sign that the slot drew {drew}"
    if effect.p_value is not None:
        p = p_value(effect.p_value)
        shown = p if p.startswith("<") else f"= {p}"
        verdict += f" (p {shown}, {effect.replicates} re-randomisations of the stored orders)."
    return {
        "drew": drew,
        "picks": effect.picks,
        "expected": [f"{count:.1f}" for count in effect.expected],
        "verdict": verdict,
    }


def chance_verdict(effect: SourceEffect) -> str:
    """Could the luck of the slots have set the sources apart? Says nothing of other raters."""
    if effect.p_value is None:
        return f"Whether the source matters at all cannot be tested: {effect.undefined}."
    p = p_value(effect.p_value)
    shown = p if p.startswith("<") else f"= {p}"
    said = "depend on the source" if effect.p_value < 0.05 else "show no sign of the source"
    return (
        f"These answers {said}, beyond the luck of the slots (p {shown}, {effect.replicates} "
        "re-randomisations of the stored orders; of these raters and questions, not of others)."
    )


def pair_by_chance(effect: SourceEffect, one: str, other: str) -> str:
    """p of one pair, stored orders dealt anew."""
    pairs = {frozenset((pair.first, pair.second)): pair.p_value for pair in effect.pairs}
    return p_value(pairs.get(frozenset((one, other))))


def drawn(svg: str) -> str:
    return mark_safe(svg)  # noqa: S308 (drawn by us; names in it are escaped by the renderer)
