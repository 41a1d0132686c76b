"""Davidson-Luce strengths: against choix, a published fit, and a likelihood written out in full."""

from itertools import combinations

import choix
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from raters.statistics import strengths

NAN = float("nan")

# Davidson 1970, JASA 65:317, example 2: brands, preferred first, preferred second, no preference
PUDDING = [
    (1, 2, 19, 22, 16), (1, 3, 16, 19, 12), (2, 3, 19, 19, 10), (1, 4, 18, 23, 13),
    (2, 4, 23, 19, 9), (3, 4, 19, 20, 15), (1, 5, 13, 19, 18), (2, 5, 16, 20, 12),
    (3, 5, 16, 15, 17), (4, 5, 17, 14, 16), (1, 6, 18, 21, 12), (2, 6, 22, 20, 12),
    (3, 6, 13, 18, 10), (4, 6, 14, 19, 18), (5, 6, 11, 21, 12),
]  # fmt: skip


def rankings(seed, *, n=60, k=4, ties=False):
    rng = np.random.default_rng(seed)
    worth = rng.gumbel(size=(n, k)) + np.linspace(0, 1, k)
    ranks = (-np.round(worth * 2) if ties else -worth).argsort(axis=1).argsort(axis=1) + 1.0
    if ties:
        ranks = np.array([np.unique(-row, return_inverse=True)[1] + 1.0 for row in worth.round()])
    return ranks, rng.integers(0, 12, n), rng.integers(0, 20, n)


def pudding():
    rows = []
    for i, j, first, second, neither in PUDDING:
        for ranks, often in (((1, 2), first), ((2, 1), second), ((1, 1), neither)):
            row = np.full(6, NAN)
            row[[i - 1, j - 1]] = ranks
            rows += [row] * often
    return np.array(rows)


def log_strengths(found):
    return np.array([one.value for one in found.log_strengths])


@pytest.mark.parametrize("seed", range(5))
def test_without_ties_it_is_plackett_luce_as_choix_fits_it(seed):
    ranks, rater, question = rankings(seed)
    wanted = choix.ilsr_rankings(4, [tuple(np.argsort(row)) for row in ranks], tol=1e-13)
    found = strengths(rater, question, ranks, sources=list("abcd"))
    assert log_strengths(found) == pytest.approx(wanted - wanted.mean(), abs=1e-8)
    assert found.ties == ()


def test_the_published_fit_of_davidsons_puddings():
    """PlackettLuce 0.4 (R) prints these after 7 iterations, to agree with Davidson's paper."""
    ranks = pudding()
    one_each = np.arange(len(ranks))
    found = strengths(one_each, one_each, ranks, sources=list("123456"))
    published = [0.1388005, 0.1729985, 0.1617420, 0.1653930, 0.1586805, 0.2023855]
    assert found.worths == pytest.approx(published, abs=3e-5)
    assert found.ties == ((2, pytest.approx(0.7468147, abs=3e-5)),)
    assert -2 * found.log_likelihood == pytest.approx(1619.4, abs=0.05)
    errors = [0.121949, 0.121818, 0.126823, 0.122003, 0.127054, 0.126594]
    assert [one.se for one in found.log_strengths] == pytest.approx(errors, rel=0.05)


def written_out(theta, ranks, sizes):
    """The log-likelihood of Turner et al. 2020, eq. 2, one choice at a time."""
    alpha = np.exp(theta[: ranks.shape[1]])
    delta = dict(zip(sizes, [1, *np.exp(theta[ranks.shape[1] :])], strict=True))

    def f(some):
        return delta[len(some)] * np.prod(alpha[list(some)]) ** (1 / len(some))

    total = 0.0
    for row in ranks:
        left = [i for i in range(len(row)) if not np.isnan(row[i])]
        while len(left) > 1:
            best = [i for i in left if row[i] == min(row[left])]
            ways = [s for size in sizes for s in combinations(left, size)]
            total += np.log(f(best) / sum(f(some) for some in ways))
            left = [i for i in left if i not in best]
    return total


def test_with_ties_it_maximises_the_likelihood_written_out():
    ranks, rater, question = rankings(4, n=40, ties=True)
    ranks[::7, 2] = NAN
    found = strengths(rater, question, ranks, sources=list("abcd"))
    sizes = [1, *(size for size, _ in found.ties)]
    assert len(sizes) >= 3
    theta = np.r_[log_strengths(found), [np.log(delta) for _, delta in found.ties]]
    assert found.log_likelihood == pytest.approx(written_out(theta, ranks, sizes))
    best = minimize(
        lambda free: -written_out(free, ranks, sizes), np.zeros(len(theta)), method="BFGS"
    )
    wanted = best.x - np.r_[np.full(4, best.x[:4].mean()), np.zeros(len(theta) - 4)]
    assert theta == pytest.approx(wanted, abs=1e-4)
    assert found.log_likelihood == pytest.approx(-best.fun, abs=1e-8)


def test_the_one_step_jackknife_is_near_the_refitted_one():
    ranks = rankings(2, n=120)[0]
    rater = np.arange(120) % 12
    found = strengths(rater, np.arange(120), ranks, sources=list("abcd"))
    refits = np.array(
        [
            log_strengths(
                strengths(rater[kept], np.arange(120)[kept], ranks[kept], sources=list("abcd"))
            )
            for kept in (rater != one for one in range(12))
        ]
    )
    by_rater = (11 / 12 * np.square(refits - log_strengths(found)).sum(axis=0)) ** 0.5
    ours = [one.se for one in found.log_strengths]
    noted = [bool(one.notes) for one in found.log_strengths]
    for se, refitted, note in zip(ours, by_rater, noted, strict=True):
        # one question a rating: the two-way variance is that of raters unless cells exceed it
        assert se == pytest.approx(refitted, rel=0.1) or (note and se > refitted * 0.9)


@pytest.mark.parametrize(
    ("ranks", "reason"),
    [
        ([[1, 2], [1, 2]], "b never came above a"),
        ([[1, 1], [1, 1]], "nothing but ties"),
        ([[1, 1, 1], [1, 2, NAN]], "no maximum within reach"),  # always tied where it can be
        ([[1, NAN], [NAN, 1]], "no two sources"),
        (np.empty((0, 2)), "no two sources"),
    ],
)
def test_where_there_is_no_maximum_it_says_why(ranks, reason):
    n = len(ranks)
    found = strengths(range(n), range(n), ranks, sources=["a", "b", "c"][: np.shape(ranks)[1]])
    assert reason in found.undefined
    assert found.log_strengths[0].value is None


def test_one_rater_has_strengths_but_no_interval():
    ranks, _, question = rankings(1)
    found = strengths(np.zeros(60), question, ranks, sources=list("abcd")).log_strengths[0]
    assert found.value is not None
    assert "too few" in found.undefined


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match="at most 10"):
        strengths([1], [1], np.ones((1, 11)), sources=list("abcdefghijk"))
    with pytest.raises(ValueError, match="2 rankings for 1"):
        strengths([1], [1], [[1, 2], [2, 1]], sources=["a", "b"])


rows = st.lists(
    st.tuples(
        st.integers(0, 3), st.integers(0, 3), st.tuples(*[st.sampled_from([1, 2, 3, NAN])] * 3)
    ),
    max_size=15,
)


@settings(deadline=None)
@given(rows)
def test_no_data_make_it_crash_and_swapping_two_sources_swaps_theirs(some):
    columns = [[row[i] for row in some] for i in range(2)]
    ranks = np.array([row[2] for row in some]).reshape(-1, 3)
    found = strengths(*columns, ranks, sources=["a", "b", "c"])
    swapped = strengths(*columns, ranks[:, [1, 0, 2]], sources=["b", "a", "c"])
    assert bool(found.undefined) == bool(swapped.undefined)
    if not found.undefined:
        assert log_strengths(found)[[1, 0, 2]] == pytest.approx(log_strengths(swapped), abs=1e-7)
        assert sum(found.worths) == pytest.approx(1)
