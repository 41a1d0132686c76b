"""The blinding audit: can the source be guessed from the shown texts alone?

Knows texts, their sources and their triples. Knows no rating, and says nothing of whether raters
guess: only that a simple reader of style could.

A reader is taught on four fifths of the questions which source wrote what (characters, pairs and
triples of characters with the ends of lines marked, number of lines and of characters; multinomial
logistic regression with a ridge, by L-BFGS) and guesses on the last fifth: for each source, which
text of the triple is its. That is done for each fifth, questions kept whole. Chance is 1 / (texts
in the triple). Guesses share most of what taught them: standard errors are widened as by
of Nadeau and Bengio 2003 (Machine Learning 52:239), sqrt((1/k + test/train) / (1/k)) = 1.5 with
five folds. Texts that the reader cannot tell apart share the guess. The order of rows and of
sources changes no digit: the reader is taught in an order that the texts themselves give.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from zlib import crc32

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse
from scipy.optimize import minimize
from scipy.special import expit, log_softmax, logit

from .estimate import PLAIN, THESE, Estimate, undefined
from .jackknife import Codes, codes, crossed, share

Floats = NDArray[np.float64]

FOLDS = 5
WIDER = (1 + FOLDS / (FOLDS - 1)) ** 0.5  # test / train is 1 / (FOLDS - 1)
BUCKETS = 1 << 13  # character patterns are hashed: enough that few meet
RIDGE = 1.0
MOST_TRIPLES = 1000  # beyond these the interval is narrow enough, and reading takes minutes
METHOD = "held-out guesses, Wilson over triples, Nadeau-Bengio"
OVERALL = "held-out guesses over all sources, cluster jackknife by triple, t, logit, Nadeau-Bengio"


@dataclass(frozen=True, slots=True)
class Audit:
    """Share of triples in which the reader finds each source's text, and what chance gives.

    `overall` is of all guesses together. `read` of the `triples` were read, drawn at random where
    there are more than MOST_TRIPLES.
    """

    sources: tuple[str, ...]
    found: tuple[Estimate, ...]
    overall: Estimate
    chance: float | None
    triples: int
    read: int


def blinding_audit(
    triple: ArrayLike,
    source: ArrayLike,
    texts: Sequence[str],
    *,
    sources: Sequence[str],
    rng: np.random.Generator,
    level: float = 0.95,
) -> Audit:
    """Audit texts as shown, a row each; `source` holds indices into `sources`.

    Texts of one triple (or question) are judged together. Raises ValueError where the lengths
    differ or an index is no source.
    """
    groups, writer = codes(triple), np.asarray(source, dtype=np.intp).reshape(-1)
    if not len(groups) == len(writer) == len(texts):
        raise ValueError(f"{len(groups)} triples, {len(writer)} sources, {len(texts)} texts")
    if writer.size and not (writer.min() >= 0 and writer.max() < len(sources)):
        raise ValueError(f"a source must be an index from 0 to {len(sources) - 1}")
    count = int(groups.max(initial=-1)) + 1
    if count < FOLDS:
        none = undefined(f"fewer than {FOLDS} triples to learn from", n=count, method=METHOD)
        return Audit(tuple(sources), (none,) * len(sources), none, None, count, 0)
    drawn = np.sort(rng.permutation(count)[:MOST_TRIPLES])
    order, names = _by_text(groups, writer, texts, len(sources), drawn)
    groups, writer = codes(groups[order]), np.argsort(names)[writer[order]]
    features = _features([texts[i] for i in order])
    scores = _held_out_scores(features, writer, groups, len(sources), rng)
    hits = _hits(scores, groups)[np.arange(len(writer)), writer]
    found: list[Estimate] = [undefined("it wrote nothing", method=METHOD)] * len(sources)
    for index, name in enumerate(names):
        mine = np.sort(hits[writer == index])
        each = np.arange(len(mine))
        if len(mine):
            one = share(mine, crossed(each, each), estimand=PLAIN, level=level)
            found[name] = replace(_widened(one), method=METHOD)
    together = share(hits, crossed(np.zeros(len(hits)), groups), estimand=THESE, level=level)
    return Audit(
        sources=tuple(sources),
        found=tuple(found),
        overall=replace(_widened(together), method=OVERALL),
        chance=float(np.mean(1 / np.bincount(groups))),
        triples=count,
        read=len(drawn),
    )


def _widened(found: Estimate) -> Estimate:
    """As with WIDER times the standard error; both kinds of interval are even in the log-odds."""
    if found.value is None or found.low is None or found.high is None:
        return found
    if found.value in (0.0, 1.0):  # as from WIDER^2 times fewer units
        low, high = found.low**WIDER**2, 1 - (1 - found.high) ** WIDER**2
    else:
        middle = logit(found.value)
        low, high = (
            float(expit(middle + WIDER * (logit(end) - middle))) for end in (found.low, found.high)
        )
    return replace(found, low=low, high=high, se=None if found.se is None else WIDER * found.se)


def _by_text(
    groups: Codes, writer: Codes, texts: Sequence[str], sources: int, drawn: Codes
) -> tuple[Codes, Codes]:
    """Rows of the drawn triples by their texts, and the sources by theirs: nothing else counts."""
    rows = np.flatnonzero(np.isin(groups, drawn)).tolist()
    wrote: list[list[tuple[int, str]]] = [[] for _ in range(sources)]
    for i in rows:
        wrote[writer[i]].append((int(groups[i]), texts[i]))
    names = sorted(range(sources), key=lambda source: sorted(wrote[source]))
    number = np.argsort(names)
    rows.sort(key=lambda i: (groups[i], texts[i], number[writer[i]]))
    return np.array(rows, dtype=np.intp), np.array(names, dtype=np.intp)


def _features(texts: Sequence[str]) -> sparse.csr_array:
    """Presence of the hashed character patterns that occur, and two standardised sizes."""
    rows, columns = [], []
    for i, text in enumerate(texts):
        marked = "\x02" + text.replace("\n", "\x03\x02") + "\x03"
        patterns = {marked[at : at + k] for k in (1, 2, 3) for at in range(len(marked) - k + 1)}
        hashed = {crc32(p.encode("utf-8", "surrogatepass")) % BUCKETS for p in patterns}
        rows += [i] * len(hashed)
        columns += sorted(hashed)
    met, at = np.unique(columns, return_inverse=True)  # the weight of another would stay zero
    shape = (len(texts), len(met))
    patterns_of = sparse.csr_array((np.ones(len(rows)), (rows, at)), shape=shape)
    sizes = np.log1p([[len(text), text.count("\n")] for text in texts])
    spread = sizes.std(axis=0)
    sizes = (sizes - sizes.mean(axis=0)) / np.where(spread > 0, spread, 1)
    return sparse.csr_array(sparse.hstack([patterns_of, sparse.csr_array(sizes)]))


def _held_out_scores(
    features: sparse.csr_array,
    writer: Codes,
    groups: Codes,
    sources: int,
    rng: np.random.Generator,
) -> Floats:
    """Log odds of each source for each text, from a reader that never saw its triple."""
    fold = rng.permutation(np.arange(int(groups.max()) + 1) % FOLDS)[groups]
    scores = np.zeros((len(writer), sources))
    for one in range(FOLDS):
        held = fold == one
        weights = _taught(features[~held], writer[~held], sources)
        scores[held] = log_softmax(features[held] @ weights, axis=1)
    return scores


def _taught(features: sparse.csr_array, writer: Codes, sources: int) -> Floats:
    """Weights (features, sources) of a multinomial logistic regression with a ridge."""
    shape = (features.shape[1], sources)
    wanted = np.eye(sources)[writer]

    def loss(flat: Floats) -> tuple[float, Floats]:
        weights = flat.reshape(shape)
        logs = log_softmax(features @ weights, axis=1)
        slope = features.T @ (np.exp(logs) - wanted) + RIDGE * weights
        return float(-(logs * wanted).sum() + RIDGE / 2 * np.square(flat).sum()), slope.ravel()

    found = minimize(loss, np.zeros(shape).ravel(), jac=True, method="L-BFGS-B", tol=1e-4)
    return np.asarray(found.x, dtype=np.float64).reshape(shape)


def _hits(scores: Floats, groups: Codes) -> Floats:
    """Of each text (n, sources): what it has of the guess for each source, ties shared."""
    best = np.full((int(groups.max()) + 1, scores.shape[1]), -np.inf)
    np.maximum.at(best, groups, scores)
    top = scores >= best[groups] - 1e-9
    sharing = np.zeros(best.shape)
    np.add.at(sharing, groups, top)
    return np.asarray(top / sharing[groups], dtype=np.float64)
