"""The results page: nothing but the fill until the study is closed; then all of it, on record.

Turns figures into words and rounds them; what they are is decided in raters.services.results.
"""

from typing import Any

from django.http import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_GET

from raters.exports import offered
from raters.models import Study
from raters.services.progress import study_progress
from raters.services.results import StudyResults, study_results
from raters.services.study_states import study_unblind_note
from raters.statistics.estimate import Estimate
from raters.views.access import StaffRequest, own_study, researcher_required

PERCENT = "\u00a0%"  # never at the start of a line


@require_GET
@researcher_required
def study_results_page(request: StaffRequest, code: str) -> HttpResponseBase:
    study = own_study(request, code)
    now = timezone.now()
    if study.state != Study.State.CLOSED:
        progress = study_progress(study=study, now=now)
        return render(request, "research/results_waiting.html", {"study": progress})
    study_unblind_note(study=study, user=request.user, page="results", now=now)
    results = study_results(study=study)
    page = {"chart": _chart(results), "exports": offered(), **_page(results)}
    return render(request, "research/results.html", page)


def _chart(results: StudyResults) -> str:
    if not results.ratings:
        return ""
    from raters.charts import Bar, shares_svg  # half a second: not at the web's boot

    shares = results.shares.sources
    bars = [
        Bar(each.source, each.plain.value or 0.0, each.share.low, each.share.high)
        for each in shares
    ]
    svg = shares_svg(bars, reference=sum(bar.share for bar in bars) / len(bars))
    return mark_safe(svg)  # noqa: S308 (drawn by us; names in it are escaped by the renderer)


def _page(results: StudyResults) -> dict[str, Any]:
    first = results.shares.sources[0].share
    return {
        "study": {"code": results.code, "name": results.name},
        "sentences": sentences(results),
        "results": results,
        "effective_raters": _rounded(first.effective_raters),
        "effective_questions": _rounded(first.effective_questions),
        "none_good": _part(results.shares.none_good, results.ratings),
        "too_close": _part(results.shares.ties, results.ratings),
        "shares": [
            {
                "source": each.source,
                "number": number,
                "picked": each.picked,
                "share": _percent(each.plain.value),
                "interval": _interval(each.share),
                "plain": _interval(each.plain),
                "these": _interval(each.these_raters),
                "among_good": _percent(each.among_good.value),
            }
            for number, each in enumerate(results.shares.sources, start=1)
        ],
        "notes": _notes(results),
        "balance": [
            {"source": source, "number": number, "counts": counts}
            for number, (source, counts) in enumerate(
                zip(results.sources, results.balance, strict=True), start=1
            )
        ],
        "slot_names": [f"A{slot}" for slot in range(1, len(results.sources) + 1)],
        "slots": _slots(results),
        "agreement": [
            _measure("Krippendorff's alpha", results.agreement.alpha),
            _measure("Gwet's AC1", results.agreement.ac1),
            _measure("Fleiss' kappa", results.agreement.fleiss),
            _measure("raw agreement", results.agreement.raw),
        ],
        "base_rates": [
            {"name": name, "rate": _percent(rate)} for name, rate in results.agreement.base_rates
        ],
    }


def sentences(results: StudyResults) -> list[str]:
    """What the study found, and how far that reaches, for somebody who reads nothing else."""
    if not results.ratings:
        return ["No rating counts in this study, so there is nothing to say of its sources."]
    shares = results.shares
    if not shares.picks:
        return [
            f"Nobody picked a rationale as the best: of {_ratings(results.ratings)}, {shares.ties} "
            f"said too close and {shares.none_good} none good."
        ]
    ranked = sorted(shares.sources, key=lambda each: -each.picked)
    best = ranked[0]
    picked = f"in {best.picked} of {_ratings(results.ratings)}"
    level = [each.source for each in ranked if each.picked == best.picked]
    if len(level) > 1:
        said = [
            f"No source leads: {' and '.join(level)} were picked as the best equally often, "
            f"{picked} each."
        ]
        if shares.ties:
            said.append(f"{_shared_out(shares.ties)}, each has {_percent(best.plain.value)}.")
        return said
    part = _percent(best.picked / results.ratings)
    said = [f"Raters picked {best.source} as the best most often: {picked}, {part}"]
    if shares.ties:
        said[0] += "."
        said.append(f"{_shared_out(shares.ties)}, its share best is {_percent(best.plain.value)}")
    if best.share.low is None:
        said[-1] += f", without an interval for raters like these: {best.share.undefined}."
    else:
        interval = _interval(best.share)["text"]
        said[-1] += f" (95{PERCENT} interval {interval}, for raters like these)."
    return [*said, _reach(results, best.source)]


def _ratings(count: int) -> str:
    return f"{count} rating{'' if count == 1 else 's'}"


def _shared_out(ties: int) -> str:
    return f"With {_ratings(ties)} of too close shared out equally"


def _reach(results: StudyResults, best: str) -> str:
    """Whether the lead is one: over every other source, with intervals that hold together."""
    leads = [lead for lead in results.leads if best in (lead.ahead, lead.behind)]
    open_ = [
        lead.behind if lead.ahead == best else lead.ahead
        for lead in leads
        if not (lead.holds and lead.ahead == best)
    ]
    if not open_:
        return "Its lead over every other source is more than chance explains."
    ahead = len(leads) - len(open_)
    rest = " or ".join(open_)
    if not ahead:
        return f"These ratings do not tell it from {rest}: the difference may be chance."
    return f"Its lead over {rest} may be chance; over the rest it is more than chance explains."


def _notes(results: StudyResults) -> list[dict[str, str]]:
    """What else must be known of the intervals, each thing once, with the sources it is true of."""
    of: dict[str, list[str]] = {}
    for each in results.shares.sources:
        for note in each.share.notes:
            of.setdefault(note, []).append(each.source)
    everywhere = len(results.sources)
    return [
        {"says": note, "of": "Every source" if len(of[note]) == everywhere else ", ".join(of[note])}
        for note in of
    ]


def _slots(results: StudyResults) -> dict[str, Any]:
    effect = results.slots
    if effect.p_value is None:
        verdict = f"Whether the slot drew picks cannot be tested: {effect.undefined}."
    elif effect.p_value < 0.05:
        verdict = "The slot drew picks: raters did not choose by the text alone"
    else:
        verdict = "No sign that the slot drew picks"
    if effect.p_value is not None:
        shown = "< 0.001" if effect.p_value < 0.001 else f"= {effect.p_value:.3f}"
        verdict += f" (p {shown}, {effect.replicates} re-randomisations of the stored orders)."
    return {
        "picks": effect.picks,
        "expected": [f"{count:.1f}" for count in effect.expected],
        "verdict": verdict,
    }


def _measure(name: str, estimate: Estimate) -> dict[str, Any]:
    defined = estimate.value is not None
    bounded = estimate.low is not None and estimate.high is not None
    return {
        "name": name,
        "value": _signed(estimate.value) if defined else "undefined",
        "interval": f"{_signed(estimate.low)} to {_signed(estimate.high)}" if bounded else "",
        "why": estimate.undefined,
        "n": estimate.n,
    }


def _interval(estimate: Estimate) -> dict[str, str]:
    if estimate.low is None or estimate.high is None:
        return {"text": "", "why": estimate.undefined}
    return {"text": f"{100 * estimate.low:.0f} to {100 * estimate.high:.0f}{PERCENT}", "why": ""}


def _signed(value: float | None) -> str:
    return f"{value or 0.0:.2f}".replace("-", "−")


def _percent(value: float | None) -> str:
    return "" if value is None else f"{100 * value:.0f}{PERCENT}"


def _part(count: int, of: int) -> str:
    return f"{count} ({100 * count / of:.0f}{PERCENT})" if of else str(count)


def _rounded(value: float | None) -> str:
    return "" if value is None else f"{value:.1f}"
