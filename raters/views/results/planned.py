"""What the plan named, before anything else that came out, and what beside it was not planned."""

from typing import Any

from raters.models import Study
from raters.services.conduct import Conduct
from raters.services.freezing import headline_words
from raters.services.results import StudyResults
from raters.services.results.planned import Planned
from raters.views.results import figures
from raters.views.results.figures import PERCENT, counted, interval, percent


def page(results: StudyResults, held: Conduct, sentences: list[str]) -> dict[str, Any]:
    """`sentences` say what came out, planned or not. Nothing without a plan, or ratings."""
    if not held.is_planned or not results.ratings:
        return {}
    found = results.planned
    return {
        "planned": {
            "hypothesis": held.hypothesis,
            "sentence": sentence(results, found, held) if found else "",
            "beside": _not_yet_said(results, sentences),
        }
    }


def sentence(results: StudyResults, found: Planned, held: Conduct) -> str:
    return f"{_since(held)}: {_said(results, found)}; {_tested(results, found)}."


def pair(results: StudyResults) -> frozenset[str]:
    """The sources that the plan sets beside each other, or the one whose share it names."""
    key = results.planned.key if results.planned else ""
    return frozenset(results.sources[int(at)] for at in key.split(">") if at)


def mark(results: StudyResults, *names: str) -> str:
    """Whether a row is the planned one, in words; empty where the plan names none."""
    if not results.planned:
        return ""
    return "yes" if pair(results) == frozenset(names) else "no"


def _not_yet_said(results: StudyResults, sentences: list[str]) -> list[str]:
    """Where the pair that leads a ranking is the planned one, its sentence stands already."""
    pairs = results.rankings.pairs if results.rankings else ()
    if not pairs or pair(results) != {pairs[0].first, pairs[0].second}:
        return sentences
    return sentences[1:] if len(pairs) > 1 else []


def _since(held: Conduct) -> str:
    if not held.sha256:
        return "Planned, though never frozen"
    given = held.ratings_before
    return f"Planned, frozen after {counted(given)}" if given else "Planned before the first rating"


def _said(results: StudyResults, found: Planned) -> str:
    named, share = headline_words(found.key, results.sources), found.share
    if share.value is None:
        return f"{named} is undefined, {share.undefined}"
    of = {
        Study.Protocol.PICK_BEST: "rating",
        Study.Protocol.RANKING: "comparison",
        Study.Protocol.BEST_WORST: "rating that orders them",
    }[Study.Protocol(results.protocol)]
    many = "ratings that order them" if " " in of else f"{of}s"
    said = f"{named} in {percent(share.value)} of {share.n} {of if share.n == 1 else many}"
    reached = interval(share)
    if reached["why"]:
        return f"{said}, without an interval for raters like these, {reached['why']}"
    return (
        f"{said}; 95{PERCENT} interval for raters like these {reached['text']}; "
        f"{figures.rounded(share.effective_raters)} effective raters"
    )


def _tested(results: StudyResults, found: Planned) -> str:
    if found.p_value is None:
        return f"no {found.sides} test is possible"
    p = figures.p_value(found.p_value)
    against = "no difference"
    if results.protocol == Study.Protocol.PICK_BEST:
        against = f"an equal share, 1 in {len(results.sources)}, where one was good"
    return f"p {p if p.startswith('<') else f'= {p}'}, {found.sides} as planned, of {against}"
