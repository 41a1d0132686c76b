"""Best and worst in words: how often each, the difference, and the pairs that they order."""

from typing import Any

from raters.services.results import StudyResults
from raters.services.results.best_worst import BestWorst
from raters.statistics import Estimate
from raters.views.results import figures
from raters.views.results.figures import PERCENT, counted, signed
from raters.views.results.picks import share_rows
from raters.views.results.rankings import lead, named_pairs, pair_rows


def page(results: StudyResults, found: BestWorst) -> dict[str, Any]:
    named = list(zip(results.sources, found.scores, strict=True))
    scores = _scores(found, named)
    pairs = [
        {**row, "silent": silent}
        for row, silent in zip(pair_rows(results, found.pairs), found.silent, strict=True)
    ]
    return {
        "sentences": sentences(results, found),
        "scores": scores,
        "why_none": figures.why_none(named),
        "notes": figures.notes(named),
        "shares": share_rows(results, found.best),
        "worst_shares": share_rows(results, found.worst),
        "pairs": pairs,
        "pairs_why_none": figures.why_none(named_pairs(found.pairs)),
        "pairs_notes": figures.notes(named_pairs(found.pairs)),
        "has_silent": any(found.silent),
        "effective_raters": figures.rounded(found.scores[0].effective_raters),
        "effective_questions": figures.rounded(found.scores[0].effective_questions),
        "too_close": figures.part(found.best.ties, results.ratings),
        "none_good": figures.part(found.best.none_good, results.ratings),
        "agreement": figures.measures(found.agreement),
        "base_rates": figures.base_rates(found.agreement),
        "slots": figures.slot_verdict(found.slots, drew="bests", chose="choose"),
    }


def sentences(results: StudyResults, found: BestWorst) -> list[str]:
    """The source with the highest score, and how far its lead goes."""
    if not found.best.picks:
        return [
            f"Nobody called a rationale the best: of {counted(results.ratings)}, "
            f"{found.best.ties} said too close and {found.best.none_good} none good."
        ]
    differences = [
        best.picked - worst.picked
        for best, worst in zip(found.best.sources, found.worst.sources, strict=True)
    ]
    top = max(differences)
    level = [name for name, d in zip(results.sources, differences, strict=True) if d == top]
    if len(level) > 1:
        return [
            f"No source leads: {figures.listed(level)} were called the best {top} times more often "
            f"than the worst, in {counted(results.ratings)}."
            if top
            else "No source leads: every one was called the best as often as the worst."
        ]
    index = differences.index(top)
    name, score = results.sources[index], found.scores[index]
    said = (
        f"Raters called {name} the best in {found.best.sources[index].picked} and the worst in "
        f"{found.worst.sources[index].picked} of {counted(results.ratings)}: a score of "
        f"{signed(top / results.ratings)} from −1 to 1"
    )
    if score.low is None:
        said += f", without an interval for raters like these: {score.undefined}."
    else:
        said += f"; 95{PERCENT} interval for raters like these {figures.between(score)}"
        said += f"; {figures.rounded(score.effective_raters)} effective raters."
    return [said, lead(found.pairs)]


def _scores(found: BestWorst, named: list[tuple[str, Estimate]]) -> list[dict[str, Any]]:
    return [
        {
            "source": name,
            "number": number,
            "best": best.picked,
            "worst": worst.picked,
            "score": signed((best.picked - worst.picked) / score.n),
            "interval": figures.between(score),
        }
        for number, ((name, score), best, worst) in enumerate(
            zip(named, found.best.sources, found.worst.sources, strict=True), start=1
        )
    ]
