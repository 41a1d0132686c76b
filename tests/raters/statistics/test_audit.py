"""The blinding audit finds a style that names its source, and finds none where there is none."""

import numpy as np
import pytest
from scipy.special import logit

from raters.statistics import blinding_audit
from raters.statistics.audit import WIDER

SOURCES = ["human", "few-shot", "STaR"]
WORDS = ["water", "ink", "paper", "cup", "is", "wet", "dry", "because", "so", "it", "holds", "the"]


def study(triples=80, mark=lambda index, text: text):
    rng = np.random.default_rng(21)
    rows = [(triple, index) for triple in range(triples) for index in range(3)]
    texts = [mark(index, " ".join(rng.choice(WORDS, 15)) + ".") for _, index in rows]
    triple, source = np.array(rows).reshape(-1, 2).T
    return blinding_audit(triple, source, texts, sources=SOURCES, rng=np.random.default_rng(1))


def test_a_source_that_ends_every_text_with_a_semicolon_is_found():
    found = study(mark=lambda index, text: text[:-1] + ";" if index == 2 else text)
    assert found.found[2].value > 0.9
    assert found.found[2].low > found.chance
    assert found.chance == pytest.approx(1 / 3)


def test_a_source_that_writes_twice_as_much_is_found():
    assert study(mark=lambda index, text: text * 2 if index == 0 else text).found[0].value > 0.9


def test_texts_of_one_style_are_found_as_often_as_by_chance():
    for found in study().found:
        assert found.low < 1 / 3 < found.high


def test_identical_texts_share_the_guess():
    for found in study(mark=lambda index, text: "All the same.").found:
        assert found.value == pytest.approx(1 / 3)


def test_the_same_generator_gives_the_same_figures():
    assert study(triples=10) == study(triples=10)


def test_too_few_triples_have_a_reason():
    assert "fewer than 5 triples" in study(triples=4).found[0].undefined
    assert study(triples=0).triples == 0


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match="2 texts"):
        blinding_audit([1], [0], ["a", "b"], sources=SOURCES, rng=np.random.default_rng(1))
    with pytest.raises(ValueError, match="index"):
        blinding_audit([1], [3], ["a"], sources=SOURCES, rng=np.random.default_rng(1))


def test_all_guesses_together_are_near_chance_in_a_fair_study_and_above_it_with_a_canary():
    fair = study().overall
    assert fair.low < 1 / 3 < fair.high
    assert fair.n == 240
    canary = study(mark=lambda index, text: text[:-1] + ";" if index == 2 else text).overall
    assert canary.low > 1 / 3


def test_rows_shuffled_and_sources_numbered_otherwise_give_the_same_digits():
    rng = np.random.default_rng(8)
    triple, source = np.repeat(np.arange(30), 3), np.tile(np.arange(3), 30)
    texts = [" ".join(rng.choice(WORDS, 5 + 2 * index)) for index in source]

    def audit(rows, to):
        return blinding_audit(
            triple[rows],
            np.array(to)[source[rows]],
            [texts[i] for i in rows],
            sources=SOURCES,
            rng=np.random.default_rng(1),
        )

    as_is = audit(np.arange(90), [0, 1, 2])
    mirrored = audit(rng.permutation(90), [2, 0, 1])
    assert mirrored.overall == as_is.overall
    assert [mirrored.found[to] for to in (2, 0, 1)] == list(as_is.found)


def test_of_very_many_triples_some_are_read_and_counted(monkeypatch):
    monkeypatch.setattr("raters.statistics.audit.MOST_TRIPLES", 20)
    found = study(triples=40)
    assert (found.triples, found.read, found.found[0].n) == (40, 20, 20)


def test_intervals_are_half_as_wide_again_in_log_odds():
    assert pytest.approx(1.5) == WIDER
    one = study().found[0]
    # Wilson of n ratings is logit-symmetric: asinh(z / 2 / sqrt(n p q)) each way, times 2
    reach = 2 * np.arcsinh(1.959964 / 2 / np.sqrt(one.n * one.value * (1 - one.value)))
    assert logit(one.high) - logit(one.value) == pytest.approx(1.5 * reach)
    assert logit(one.value) - logit(one.low) == pytest.approx(1.5 * reach)


def random_study(seed, *, canary=False):
    """A fair study of any size; with a canary the first source ends every text in a semicolon."""
    rng = np.random.default_rng(seed)
    sources, triples, length = (int(rng.integers(*ends)) for ends in ((2, 4), (25, 41), (6, 14)))
    triple, source = np.repeat(np.arange(triples), sources), np.tile(np.arange(sources), triples)
    texts = [
        " ".join(rng.choice(WORDS, length + rng.integers(-3, 4)))
        + (";" if canary and one == 0 else ".")
        for one in source
    ]
    return blinding_audit(triple, source, texts, sources=SOURCES[:sources], rng=rng)


def test_sixty_random_fair_studies_stay_near_chance():
    found = [random_study(seed) for seed in range(60)]
    beyond = [one.overall.value - one.chance for one in found]
    assert abs(np.mean(beyond)) < 0.03
    assert max(map(abs, beyond)) < 0.25
    assert sum(one.overall.low <= one.chance <= one.overall.high for one in found) >= 54


@pytest.mark.parametrize("seed", range(6))
def test_in_any_of_them_a_semicolon_at_the_end_gives_its_source_away(seed):
    found = random_study(seed, canary=True)
    assert found.found[0].value > 0.9
    assert found.overall.low > found.chance
