"""Picks in words. A pick sets no source above another one, so none of these sentences does."""

from typing import Any

from raters.services.results import StudyResults
from raters.services.results.picks import Picks
from raters.statistics import ShareBest
from raters.views.results import figures, planned
from raters.views.results.figures import (
    PERCENT,
    counted,
    interval,
    percent,
    points,
    points_between,
)


def page(results: StudyResults, picks: Picks) -> dict[str, Any]:
    shares = picks.shares
    named = [(each.source, each.share) for each in shares.sources]
    return {
        "sentences": sentences(results, picks),
        "shares": share_rows(results, shares),
        "leads": _lead_rows(results, picks),
        "why_none": figures.why_none(named),
        "notes": figures.notes(named),
        "effective_raters": figures.rounded(named[0][1].effective_raters),
        "effective_questions": figures.rounded(named[0][1].effective_questions),
        "too_close": figures.part(shares.ties, results.ratings),
        "none_good": figures.part(shares.none_good, results.ratings),
        "agreement": figures.measures(picks.agreement),
        "base_rates": figures.base_rates(picks.agreement),
        "slots": figures.slot_verdict(picks.slots, drew="picks", chose="choose"),
    }


def _lead_rows(results: StudyResults, picks: Picks) -> list[dict[str, str]]:
    return [
        {
            "ahead": lead.ahead,
            "behind": lead.behind,
            "difference": points(lead.difference.value) or "undefined",
            "interval": points_between(lead.difference),
            "together": points_between(lead.together),
            "p": figures.p_value(lead.p_value),
            "p_holm": figures.p_value(lead.p_holm),
            "p_chance": figures.pair_by_chance(results.by_chance, lead.ahead, lead.behind),
        }
        for lead in picks.leads
    ]


def share_rows(results: StudyResults, shares: ShareBest) -> list[dict[str, Any]]:
    return [
        {
            "source": each.source,
            "number": number,
            "picked": each.picked,
            "share": percent(each.plain.value),
            "interval": interval(each.share),
            "plain": interval(each.plain),
            "these": interval(each.these_raters),
            "planned": planned.mark(results, each.source) if results.picks else "",
            "among_good": percent(each.among_good.value),
        }
        for number, each in enumerate(shares.sources, start=1)
    ]


def sentences(results: StudyResults, picks: Picks) -> list[str]:
    """What the study found, and how far that reaches, for somebody who reads nothing else."""
    shares = picks.shares
    if not shares.picks:
        return [
            f"Nobody picked a rationale as the best: of {counted(results.ratings)}, {shares.ties} "
            f"said too close and {shares.none_good} none good."
        ]
    ranked = sorted(shares.sources, key=lambda each: -each.picked)
    best = ranked[0]
    picked = f"in {best.picked} of {counted(results.ratings)}"
    level = [each.source for each in ranked if each.picked == best.picked]
    if len(level) > 1:
        said = [
            f"No source leads: {' and '.join(level)} were picked as the best equally often, "
            f"{picked} each."
        ]
        if shares.ties:
            said.append(f"{_shared_out(shares.ties)}, each has {percent(best.plain.value)}.")
        return said
    said = [
        f"Raters picked {best.source} as the best most often: {picked}, "
        f"{percent(best.picked / results.ratings)}"
    ]
    if shares.ties:
        said[0] += "."
        said.append(f"{_shared_out(shares.ties)}, its share best is {percent(best.plain.value)}")
    if best.share.low is None:
        said[-1] += f", without an interval for raters like these: {best.share.undefined}."
    else:
        said[-1] += (
            f" (95{PERCENT} interval {interval(best.share)['text']}, for raters like these)."
        )
    return [*said, _reach(picks, best.source)]


def _shared_out(ties: int) -> str:
    return f"With {counted(ties)} of too close shared out equally"


def _reach(picks: Picks, best: str) -> str:
    """Whether the lead is one: over every other source, with intervals that hold together."""
    leads = [lead for lead in picks.leads if best in (lead.ahead, lead.behind)]
    open_ = [
        lead.behind if lead.ahead == best else lead.ahead
        for lead in leads
        if not (lead.holds and lead.ahead == best)
    ]
    return reach(open_, of=len(leads))


def reach(open_: list[str], *, of: int, whose: str = "Its lead") -> str:
    """How far a lead goes over `of` others, of which those in `open_` may be as good."""
    if not open_:
        return f"{whose} over every other source is more than chance explains."
    rest = figures.listed(open_, "or")
    if len(open_) == of:
        return f"{whose} over {rest} may be chance: these ratings do not tell them apart."
    return f"{whose} over {rest} may be chance; over the rest it is more than chance explains."
