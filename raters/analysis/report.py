"""What a ratings file shows: every figure of raters.statistics that its columns allow.

Knows arrays of ratings. Knows no file and no words: `ratings_file` reads, `words` says. Where the
file names no raters the figures speak of *these raters*, whoever they were, and cluster by
question alone.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from raters.analysis.beside import SEED, Beside, beside
from raters.analysis.ratings_file import PAIRS, PICKS, RANKINGS, Ratings
from raters.statistics import (
    LIKE_THESE,
    MOST_SOURCES,
    THESE,
    Agreement,
    Comparison,
    Concordance,
    Estimate,
    ShareBest,
    SlotEffect,
    Strengths,
    agreement,
    compare,
    concordance,
    crossed,
    kish,
    share_best,
    share_first,
    slot_counts,
    slot_effect,
    strengths,
)

Codes = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Report:
    """Figures of one file; None or empty where its form does not allow them."""

    form: str
    estimand: str
    sources: tuple[str, ...]
    ratings: int
    raters: int | None
    items: int
    questions: int
    effective_raters: float | None
    effective_questions: float
    pairs: tuple[Comparison, ...]  # of rankings and pairs
    shares: ShareBest | None  # of picks
    firsts: tuple[Estimate, ...]  # of rankings: share of first places, a source each
    strengths: Strengths | None
    agreement: Agreement
    concordance: Concordance | None
    slots: SlotEffect | None
    balance: tuple[tuple[int, ...], ...]  # source by slot
    beside: Beside
    rater_names: tuple[str, ...]  # of `beside.raters`
    notes: tuple[str, ...]


def report(ratings: Ratings) -> Report:
    """Compute everything; the same ratings in another order give the same digits."""
    estimand = THESE if ratings.rater is None else LIKE_THESE
    rater = np.zeros(len(ratings), dtype=np.intp) if ratings.rater is None else ratings.rater
    names, ranked = ratings.sources, ratings.form == RANKINGS
    clusters = crossed(rater, ratings.question)
    given = (rater, ratings.question, ratings.ranks)
    pairs: tuple[Comparison, ...] = ()
    firsts: tuple[Estimate, ...] = ()
    shares, fitted = None, None
    if ratings.form == PICKS:
        shares = share_best(
            rater,
            ratings.question,
            ratings.best,
            sources=names,
            shown=ratings.shown,
            clusters=clusters,
        )
    else:
        pairs = compare(*given, sources=names, clusters=clusters, estimand=estimand)
    if pairs and 2 < len(names) <= MOST_SOURCES:
        fitted = strengths(*given, sources=names, clusters=clusters, estimand=estimand)
    if ranked and len(names) > 2:
        firsts = share_first(clusters, ratings.ranks, estimand=estimand)
    named = ratings.rater is not None
    said = _said(ratings)
    return Report(
        form=ratings.form,
        estimand=estimand,
        sources=names,
        ratings=len(ratings),
        raters=int(rater.max(initial=-1)) + 1 if named else None,
        items=int(ratings.item.max(initial=-1)) + 1,
        questions=int(ratings.question.max(initial=-1)) + 1,
        effective_raters=kish(np.bincount(rater)) if named else None,
        effective_questions=kish(np.bincount(ratings.question)),
        pairs=pairs,
        shares=shares,
        firsts=firsts,
        strengths=fitted,
        agreement=_agreement(ratings, *said),
        concordance=concordance(ratings.item, ratings.ranks) if ranked else None,
        slots=_slots(ratings),
        balance=_balance(ratings),
        beside=beside(ratings, clusters, *said),
        rater_names=ratings.rater_names,
        notes=tuple(_notes(ratings)),
    )


def _said(ratings: Ratings) -> tuple[Codes, Codes]:
    """Who is best, within ratings of the same sources of the same item."""
    ranked = np.packbits(~np.isnan(ratings.ranks), axis=1)
    among = np.unique(ranked, axis=0, return_inverse=True)[1].reshape(-1)
    unit = ratings.item * (int(among.max(initial=0)) + 1) + among
    return unit, np.where(ratings.best >= 0, ratings.best, len(ratings.sources) - 1 - ratings.best)


def _agreement(ratings: Ratings, unit: Codes, said: Codes) -> Agreement:
    others = ("too close", "none good") if ratings.form == PICKS else ("tied first",)
    rater = np.arange(len(ratings)) if ratings.rater is None else ratings.rater
    return agreement(unit, rater, said, categories=(*ratings.sources, *others))


def _slots(ratings: Ratings) -> SlotEffect | None:
    if ratings.shown is None:
        return None
    return slot_effect(ratings.shown, ratings.best, rng=np.random.default_rng(SEED))


def _balance(ratings: Ratings) -> tuple[tuple[int, ...], ...]:
    if ratings.shown is None:
        return ()
    counted = slot_counts(ratings.shown, len(ratings.sources))
    return tuple(tuple(int(count) for count in row) for row in counted)


def _notes(ratings: Ratings) -> list[str]:
    notes = list(ratings.notes)
    if ratings.rater is None:
        notes.append(
            "The file names no raters, so intervals cluster by question (the item where no question"
            " is given) and speak of questions like these, judged by whoever judged them. How much"
            " raters differ is not in them."
        )
    else:
        cells = ratings.rater * (int(ratings.item.max()) + 1) + ratings.item
        again = len(cells) - len(np.unique(cells))
        if again and ratings.form != PAIRS:
            notes.append(
                f"{again} ratings repeat an item that their rater had rated. They count, and the"
                " intervals know that they are not new evidence; agreement takes them for others'."
            )
    if ratings.form == PICKS:
        notes.append(
            "A pick says which one is best and nothing of the others, so there is no 'A above B'."
        )
        if ratings.shown is None:
            notes.append("No order is given: every item is taken to have shown every source.")
    return notes
