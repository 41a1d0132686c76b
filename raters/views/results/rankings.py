"""Rankings in words: who was ranked above whom, how often, and how sure that is."""

from typing import Any

from raters.services.results import StudyResults
from raters.services.results.rankings import Rankings
from raters.statistics import Comparison
from raters.views.results import figures, planned
from raters.views.results.figures import PERCENT, counted, interval, percent
from raters.views.results.picks import reach


def page(results: StudyResults, rankings: Rankings) -> dict[str, Any]:
    named = named_pairs(rankings.pairs)
    first = rankings.pairs[0].share
    return {
        "sentences": sentences(results, rankings),
        "pairs": pair_rows(results, rankings.pairs),
        "why_none": figures.why_none(named),
        "notes": figures.notes(named),
        "ranks": _ranks(results, rankings),
        "rank_names": [f"Rank {rank}" for rank in range(1, len(results.sources) + 1)],
        "strengths": _strengths(rankings),
        "effective_raters": figures.rounded(first.effective_raters),
        "effective_questions": figures.rounded(first.effective_questions),
        "too_close": figures.part(rankings.too_close, results.ratings),
        "none_good": figures.part(rankings.none_good, results.ratings),
        "with_ties": figures.part(rankings.with_ties, rankings.rankings),
        "concordance": [
            figures.measure("Kendall's W beyond chance", rankings.concordance.corrected),
            figures.measure("Kendall's W as it is", rankings.concordance.w),
        ],
        "agreement": figures.measures(rankings.agreement),
        "base_rates": figures.base_rates(rankings.agreement),
        "slots": figures.slot_verdict(rankings.slots, drew="first places", chose="rank"),
    }


def sentences(results: StudyResults, rankings: Rankings) -> list[str]:
    """The pair of the two sources ranked highest, then how far the lead of the first goes."""
    pairs = rankings.pairs
    if not any(pair.plain.n for pair in pairs):
        return [f"Nobody ranked anything: all of {counted(results.ratings)} said none good."]
    if not any(pair.wins + pair.losses for pair in pairs):
        return [
            f"Raters told no two rationales apart: all of {counted(pairs[0].plain.n, 'ranking')} "
            "call them equal."
        ]
    best = pairs[0].first
    if all(pair.wins == pair.losses for pair in pairs if pair.first == best):
        return [pair_sentence(pairs[0]), "No source leads."]
    return [pair_sentence(pairs[0]), lead(pairs)]


def lead(pairs: tuple[Comparison, ...]) -> str:
    """How far the lead of the first source goes, by the tests that are corrected for all pairs."""
    best = [pair for pair in pairs if pair.first == pairs[0].first]
    open_ = [pair.second for pair in best if pair.wins <= pair.losses or not _differs(pair)]
    return reach(open_, of=len(best), whose=f"The lead of {pairs[0].first}")


def _differs(pair: Comparison) -> bool:
    return pair.p_holm is not None and pair.p_holm < 0.05


def pair_sentence(pair: Comparison) -> str:
    """Raters ranked STaR above few-shot GPT-J in 61 % of 200 comparisons; ..."""
    value, ties = pair.plain.value, ", ties as half" if pair.ties else ""
    if value is None:
        return f"{pair.first} and {pair.second} were never compared."
    said = (
        f"Raters ranked {pair.first} above {pair.second} in {percent(value)} of "
        f"{counted(pair.plain.n, 'comparison')}{ties}"
    )
    reached = interval(pair.share)
    if reached["why"]:
        return f"{said}, without an interval for raters like these: {reached['why']}."
    said += f"; 95{PERCENT} interval for raters like these {reached['text']}"
    said += f"; {figures.rounded(pair.share.effective_raters)} effective raters."
    return f"{said} {_more_likely(pair, value)}".strip()


def _more_likely(pair: Comparison, value: float) -> str:
    if value == 0.5:
        return ""
    if value == 1:
        return f"{pair.first} was never ranked below, so odds are undefined."
    odds = value / (1 - value)
    more = f"{100 * abs(odds - 1):.0f}{PERCENT} {'more' if odds > 1 else 'less'} likely"
    return f"So {pair.first} was {more} to be ranked above than below (odds {odds:.2f})."


def named_pairs(pairs: tuple[Comparison, ...]) -> list[tuple[str, Any]]:
    return [(f"{pair.first} above {pair.second}", pair.share) for pair in pairs]


def pair_rows(results: StudyResults, pairs: tuple[Comparison, ...]) -> list[dict[str, Any]]:
    return [
        {
            "first": pair.first,
            "second": pair.second,
            "share": percent(pair.plain.value) or "undefined",
            "interval": interval(pair.share),
            "counts": f"{pair.wins} / {pair.ties} / {pair.losses}",
            "together": interval(pair.together),
            "these": interval(pair.these_raters),
            "plain": interval(pair.plain),
            "p": figures.p_value(pair.p_value),
            "p_holm": figures.p_value(pair.p_holm),
            "p_chance": figures.pair_by_chance(results.by_chance, pair.first, pair.second),
            "planned": planned.mark(results, pair.first, pair.second),
            "odds": "" if pair.odds.value is None else f"{pair.odds.value:.2f}",
        }
        for pair in pairs
    ]


def _ranks(results: StudyResults, rankings: Rankings) -> list[dict[str, Any]]:
    return [
        {
            "source": source,
            "number": number,
            "counts": counts,
            "mean": _mean_rank(counts),
        }
        for number, (source, counts) in enumerate(
            zip(results.sources, rankings.ranks, strict=True), start=1
        )
    ]


def _mean_rank(counts: tuple[int, ...]) -> str:
    total = sum(counts)
    ranks = sum(rank * count for rank, count in enumerate(counts, start=1))
    return f"{ranks / total:.2f}" if total else "undefined"


def _strengths(rankings: Rankings) -> dict[str, Any]:
    found = rankings.strengths
    if found.undefined:
        return {"undefined": found.undefined}
    return {
        "rows": [
            {
                "source": source,
                "number": number,
                "worth": percent(worth),
                "log": figures.signed(log.value),
                "interval": figures.between(log),
            }
            for number, (source, worth, log) in enumerate(
                zip(found.sources, found.worths, found.log_strengths, strict=True), start=1
            )
        ],
        "why_none": figures.why_none(zip(found.sources, found.log_strengths, strict=True)),
        "rankings": found.rankings,
        "ties": [{"size": size, "delta": f"{delta:.2f}"} for size, delta in found.ties],
    }
