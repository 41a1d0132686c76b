"""Rankings in words: who was ranked above whom, how often, and how sure that is."""

from itertools import combinations
from typing import Any

from raters.services.results import StudyResults
from raters.services.results.rankings import Rankings
from raters.statistics import Comparison
from raters.views.results import figures
from raters.views.results.figures import PERCENT, counted, interval, percent
from raters.views.results.picks import reach


def page(results: StudyResults, rankings: Rankings) -> dict[str, Any]:
    named = named_pairs(rankings.pairs)
    first = rankings.pairs[0].share
    return {
        "sentences": sentences(results, rankings),
        "chart": pairs_chart(rankings.pairs, results.sources),
        "pairs": pair_rows(rankings.pairs),
        "why_none": figures.why_none(named),
        "notes": figures.notes(named),
        "ranks": _ranks(results, rankings),
        "ranks_chart": _ranks_chart(results, rankings),
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
    if not any(pair.share.n for pair in pairs):
        return [f"Nobody ranked anything: all of {counted(results.ratings)} said none good."]
    if not any(pair.wins + pair.losses for pair in pairs):
        return [f"Raters told no two rationales apart: every one of {counted(pairs[0].share.n)} "
                "calls them equal."]  # fmt: skip
    best, second = highest(pairs, results.sources)[:2]
    said = [pair_sentence(pairs, best, second)]
    of_best = [facing(pair, best) for pair in pairs if best in (pair.first, pair.second)]
    open_ = [other for other, _, low in of_best if low is None or low <= 0.5]
    if all(value == 0.5 for _, value, _ in of_best):
        return [*said, "No source leads."]
    said.append(reach(open_, of=len(of_best)).replace("Its lead", f"The lead of {best}", 1)
                .replace("tell it", f"tell {best}", 1))  # fmt: skip
    return said


def highest(pairs: tuple[Comparison, ...], sources: tuple[str, ...]) -> list[str]:
    """The sources by how often they were ranked above another, the most often first."""
    over: dict[str, float] = dict.fromkeys(sources, 0.0)
    for pair in pairs:
        compared = pair.wins + pair.ties + pair.losses
        if compared:
            share = (pair.wins + pair.ties / 2) / compared
            over[pair.first] += share
            over[pair.second] += 1 - share
    return sorted(sources, key=lambda source: -over[source])


def facing(pair: Comparison, source: str) -> tuple[str, float | None, float | None]:
    """The other source, how often `source` was above it, and the low end that holds for all."""
    value, low, high = pair.plain.value, pair.together.low, pair.together.high
    if source == pair.first:
        return pair.second, value, low
    mirrored = None if value is None else 1 - value
    return pair.first, mirrored, None if high is None else 1 - high


def pair_sentence(pairs: tuple[Comparison, ...], best: str, second: str) -> str:
    """Raters ranked STaR above few-shot GPT-J in 61 % of 200 comparisons; ..."""
    pair = next(pair for pair in pairs if {pair.first, pair.second} == {best, second})
    _, value, _ = facing(pair, best)
    if value is None:
        return f"{best} and {second} were never compared."
    ties = ", ties as half" if pair.ties else ""
    said = (
        f"Raters ranked {best} above {second} in {percent(value)} of "
        f"{counted(pair.plain.n, 'comparison')}{ties}"
    )
    low, high = pair.share.low, pair.share.high
    if low is None or high is None:
        return f"{said}, without an interval for raters like these: {pair.share.undefined}."
    if best != pair.first:
        low, high = 1 - high, 1 - low
    said += (
        f"; 95{PERCENT} interval for raters like these {100 * low:.0f} to {100 * high:.0f}{PERCENT}"
    )
    said += f"; {figures.rounded(pair.share.effective_raters)} effective raters."
    return said + _more_likely(value)


def _more_likely(value: float) -> str:
    if value == 0.5:
        return ""
    if value == 1:
        return " It was never ranked below, so odds are undefined."
    odds = value / (1 - value)
    return (
        f" So it was {100 * (odds - 1):.0f}{PERCENT} more likely to be ranked above than below "
        f"(odds {odds:.2f})."
    )


def named_pairs(pairs: tuple[Comparison, ...]) -> list[tuple[str, Any]]:
    return [(f"{pair.first} above {pair.second}", pair.share) for pair in pairs]


def pair_rows(pairs: tuple[Comparison, ...]) -> list[dict[str, Any]]:
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
            "odds": "" if pair.odds.value is None else f"{pair.odds.value:.2f}",
        }
        for pair in pairs
    ]


def pairs_chart(pairs: tuple[Comparison, ...], sources: tuple[str, ...]) -> str:
    from raters.charts import Bar, shares_svg  # half a second: not at the web's boot

    bars = [
        Bar(
            f"{pair.first} above {pair.second}",
            pair.plain.value,
            pair.share.low,
            pair.share.high,
            source,
        )
        for pair, (source, _) in zip(pairs, combinations(range(len(sources)), 2), strict=True)
        if pair.plain.value is not None
    ]
    return figures.drawn(shares_svg(bars, reference=0.5)) if bars else ""


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


def _ranks_chart(results: StudyResults, rankings: Rankings) -> str:
    from raters.charts import ranks_svg

    if not rankings.rankings:
        return ""
    return figures.drawn(ranks_svg(list(zip(results.sources, rankings.ranks, strict=True))))


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
