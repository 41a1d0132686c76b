"""The report of a ratings file: the figures of raters.statistics, in words."""

import csv
import json
import re
from itertools import pairwise, product

import numpy as np
import pytest

from raters.analysis import figures, read_ratings, report, words
from raters.statistics import compare, share_best
from tests.data import data_file

SOURCES = ["gptj", "human", "star"]


def rows(seed=1, raters=12, each=10, questions=30):
    """Rankings of three sources in random orders, star the best, a tie now and then."""
    rng = np.random.default_rng(seed)
    for rater in range(raters):
        for question in rng.choice(questions, each, replace=False):
            worth = dict(zip(SOURCES, rng.normal([0, 0.2, 0.8]).round(1), strict=True))
            best = sorted(SOURCES, key=lambda name: -worth[name])
            ranking = best[0]
            for above, below in pairwise(best):
                ranking += ("=" if worth[above] == worth[below] else ">") + below
            order = "|".join(rng.permutation(SOURCES))
            yield {"rater": f"r{rater}", "item": f"t{question}", "ranking": ranking, "order": order}


def written(tmp_path, rows, name="ratings.csv"):
    rows = list(rows)
    path = tmp_path / name
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    return path


def reported(tmp_path, rows):
    return report(read_ratings(written(tmp_path, rows)).ratings)


def test_rankings_give_the_pairs_that_the_statistics_give(tmp_path):
    ratings = read_ratings(written(tmp_path, rows())).ratings
    found = report(ratings)
    assert found.pairs == compare(ratings.rater, ratings.question, ratings.ranks, sources=SOURCES)
    assert (found.raters, found.items, found.effective_raters) == (12, 30, 12)
    text = words(found)
    assert "Raters ranked star above gptj in" in text
    assert "interval for raters and questions like these" in text
    assert "12.0 effective raters" in text
    assert "Slot effect: p" in text


def test_picks_give_shares_and_no_pair(tmp_path):
    picks = [
        {"rater": row["rater"], "item": row["item"], "pick": row["ranking"][:4].strip(">=")}
        for row in rows()
    ]
    picks = [row | {"pick": {"huma": "human"}.get(row["pick"], row["pick"])} for row in picks]
    ratings = read_ratings(written(tmp_path, picks)).ratings
    found = report(ratings)
    assert found.pairs == ()
    assert found.shares == share_best(
        ratings.rater, ratings.question, ratings.best, sources=SOURCES
    )
    text = words(found)
    assert "star was picked as best in" in text
    assert "there is no 'A above B'" in text
    assert "every item is taken to have shown every source" in text


def test_the_order_of_lines_changes_no_digit(tmp_path):
    some = list(rows())
    shuffled = [some[i] for i in np.random.default_rng(2).permutation(len(some))]
    one, other = (figures(reported(tmp_path, them)) for them in (some, shuffled))
    assert json.dumps(one) == json.dumps(other)


def test_two_sources_swapped_mirror_all(tmp_path):
    swap = str.maketrans({"h": "s", "s": "h"})  # names of one letter
    named = [
        row | {key: row[key].replace("human", "h").replace("star", "s").replace("gptj", "g")
               for key in ("ranking", "order")}
        for row in rows()
    ]  # fmt: skip
    swapped = [
        row | {key: row[key].translate(swap) for key in ("ranking", "order")} for row in named
    ]
    one, other = reported(tmp_path, named), reported(tmp_path, swapped)
    (g_h, g_s, h_s), (g_s2, g_h2, s_h) = one.pairs, (other.pairs[1], other.pairs[0], other.pairs[2])
    assert g_h.share == g_s2.share
    assert g_s.share == g_h2.share
    assert (h_s.wins, h_s.losses) == (s_h.losses, s_h.wins)
    assert h_s.share.value == pytest.approx(1 - s_h.share.value, abs=1e-15)
    assert one.firsts == (other.firsts[0], other.firsts[2], other.firsts[1])


def test_without_raters_it_clusters_by_item_and_says_so(tmp_path):
    nameless = [{k: v for k, v in row.items() if k != "rater"} for row in rows()]
    found, named = reported(tmp_path, nameless), reported(tmp_path, rows())
    assert found.raters is None
    for one, other in zip(found.pairs, named.pairs, strict=True):
        assert one.share.estimand == "these raters"
        assert (one.share.low, one.share.high) == (other.these_raters.low, other.these_raters.high)
        assert one.p_value is not None
    text = words(found)
    assert "The file names no raters, so intervals cluster by question" in text
    assert "effective raters" not in text


def test_a_rating_that_is_repeated_is_noted(tmp_path):
    some = list(rows())
    assert any("1 ratings repeat" in note for note in reported(tmp_path, [*some, some[0]]).notes)


@pytest.mark.parametrize(
    "said", [{"ranking": "a>b"}, {"pick": "a"}, {"chosen": "a", "rejected": "b"}]
)
@pytest.mark.parametrize("count", [1, 2, 3])
def test_the_smallest_files_give_figures_or_reasons(tmp_path, said, count):
    some = [{"rater": f"r{i}", "item": f"t{i}"} | said for i in range(count)]
    found = reported(tmp_path, some)
    assert not re.search(r"\bnan\b", words(found))
    json.dumps(figures(found), allow_nan=False)


def test_cos_e_against_ecqa_by_acceptability(tmp_path):
    """250 questions; each rationale was judged acceptable or not by three people without names.

    Who judged both is unknown, so every judgement of one is set against every one of the other:
    nine comparisons a question, which the clustering by question knows to be one question.
    """
    rows, shares = [], []
    for line in data_file("derived-cqa250-triples/triples.jsonl").read_text().splitlines():
        triple = json.loads(line)
        cos_e, ecqa = (
            [one["acceptable"] for one in rationale["ratings"]]
            for rationale in triple["rationales"][:2]
        )
        for a, b in product(cos_e, ecqa):
            ranking = "cos-e=ecqa" if a == b else "cos-e>ecqa" if a > b else "ecqa>cos-e"
            rows.append({"item": triple["id"], "ranking": ranking})
        shares.append(np.mean([(b > a) + (a == b) / 2 for a, b in product(cos_e, ecqa)]))
    found = reported(tmp_path, rows)
    (pair,) = found.pairs
    assert (found.ratings, found.items) == (2250, 250)
    assert 1 - pair.share.value == pytest.approx(np.mean(shares))
    # equal clusters: the jackknife by question is the standard error of the questions' means
    assert pair.share.se == pytest.approx(np.std(shares, ddof=1) / 250**0.5)
    assert pair.share.high < 0.5
    assert pair.plain.high - pair.plain.low < 0.85 * (pair.share.high - pair.share.low)
    text = words(found)
    assert "Raters ranked ecqa above cos-e in" in text
    assert "The file names no raters" in text
