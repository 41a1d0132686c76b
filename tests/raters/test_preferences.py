"""Ratings become pairs: counted first, never both ways, cycles broken openly."""

from math import log

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from raters.preferences import Judged, pairs


def rated(picked, *, rater="r1", triple="t1", question="q1", ids="abc", texts=None):
    """One rating: `picked` is an id, "tie" or "none"."""
    is_pick = picked not in ("tie", "none")
    return Judged(
        rating=f"{rater}-{triple}",
        rater=rater,
        triple=triple,
        question=question,
        outcome="pick" if is_pick else picked,
        picked=ids.index(picked) if is_pick else None,
        rationales=tuple(ids),
        texts=tuple(texts or (f"text of {one}" for one in ids)),
    )


def ranked(ranks, *, outcome="ranking", ids="abc", **more):
    """One ranking: "121" puts a and c level above b; of best and worst 1, 2 and 3."""
    one = rated("none", ids=ids, **more)
    return one._replace(outcome=outcome, ranks=tuple(int(rank) for rank in ranks))


def picks(said, **more):
    return [rated(one, rater=f"r{i}", **more) for i, one in enumerate(said)]


def both(found):
    return [(pair.chosen, pair.rejected) for pair in found.pairs]


def test_a_pick_gives_best_over_each_loser_and_no_order_among_losers():
    found = pairs([rated("b")])
    assert both(found) == [("b", "a"), ("b", "c")]
    assert found.dropped == (("never set against each other", 1),)


def test_counts_probability_and_margin():
    one, other, third = pairs([*picks("aab"), rated("tie", rater="r9")]).pairs
    assert (one.chosen, one.rejected) == ("a", "b")
    assert (one.wins, one.ties, one.losses, one.raters) == (2, 1, 1, 4)
    assert one.probability == pytest.approx((2 + 0.5 + 1) / (4 + 2))
    assert one.margin == pytest.approx(log(3.5 / 2.5))
    assert (other.chosen, other.wins, other.ties, other.losses, other.raters) == ("a", 2, 1, 0, 3)
    assert (third.chosen, third.rejected, third.raters) == ("b", "c", 2)


def test_ratings_of_several_triples_of_a_question_are_counted_together():
    ratings = [
        rated("a", ids="abc", triple="t1"),
        rated("b", ids="abd", triple="t2", rater="r2"),
        rated("b", ids="abe", triple="t3", rater="r3"),
    ]
    pair = next(p for p in pairs(ratings).pairs if {p.chosen, p.rejected} == {"a", "b"})
    assert (pair.chosen, pair.wins, pair.losses, pair.raters, pair.triple) == ("b", 2, 1, 3, "t1")


def test_other_questions_stay_apart():
    found = pairs([rated("a"), rated("b", question="q2", triple="t2")])
    assert [(p.question, p.chosen) for p in found.pairs] == [
        ("q1", "a"),
        ("q1", "a"),
        ("q2", "b"),
        ("q2", "b"),
    ]


def test_ties_give_no_pair():
    found = pairs([rated("tie")])
    assert found.pairs == ()
    assert found.dropped == (("tied", 3),)
    assert ("tied", 1) in pairs(picks("ab")).dropped


def test_none_good_says_nothing_of_any_pair():
    found = pairs([rated("none"), rated("a", rater="r2")])
    assert [(pair.wins, pair.ties, pair.losses) for pair in found.pairs] == [(1, 0, 0)] * 2
    assert ("none good", 1) in found.dropped


def test_identical_texts_give_no_pair_and_are_one_side():
    same = ["one", "one", "two"]
    found = pairs([rated("b", texts=same), rated("c", texts=same, rater="r2")])
    assert found.pairs == ()
    assert found.dropped == (("identical texts", 1), ("tied", 1))
    found = pairs([rated("b", texts=same)])
    assert both(found) == [("a", "c")]
    assert found.pairs[0].wins == 1


@pytest.mark.parametrize(
    ("ranks", "pairs_said", "tied"),
    [
        ("123", [("a", "b"), ("a", "c"), ("b", "c")], 0),
        ("312", [("b", "a"), ("c", "a"), ("b", "c")], 0),
        ("112", [("a", "c"), ("b", "c")], 1),
        ("221", [("c", "a"), ("c", "b")], 1),
        ("111", [], 3),
    ],
)
def test_a_ranking_gives_a_preference_for_every_two_ranks_and_a_tie_for_equal_ones(
    ranks, pairs_said, tied
):
    found = pairs([ranked(ranks)])
    assert sorted(both(found)) == sorted(pairs_said)
    assert dict(found.dropped).get("tied", 0) == tied


def test_equal_ranks_are_counted_as_ties_of_a_pair():
    ratings = [ranked("123"), ranked("112", rater="r2"), ranked("213", rater="r3")]
    found = {(p.chosen, p.rejected): p for p in pairs([*ratings, ranked("123", rater="r4")]).pairs}
    over = found["a", "b"]
    assert (over.wins, over.ties, over.losses, over.raters) == (2, 1, 1, 4)
    assert over.probability == pytest.approx((2 + 0.5 + 1) / (4 + 2))


def test_best_and_worst_say_nothing_of_those_between():
    found = pairs([ranked("2132", outcome="best-worst", ids="abcd")])
    assert set(both(found)) == {("b", "a"), ("b", "c"), ("b", "d"), ("a", "c"), ("d", "c")}
    assert found.dropped == (("never set against each other", 1),)


def test_best_and_worst_of_three_are_a_whole_ranking():
    said = pairs([ranked("312", outcome="best-worst")])
    assert said == pairs([ranked("312")])


def test_identical_texts_are_ranked_by_their_mean():
    same = ["one", "one", "two"]
    assert both(pairs([ranked("123", texts=same)])) == [("a", "c")]
    assert both(pairs([ranked("231", texts=same)])) == [("c", "a")]
    assert pairs([ranked("132", texts=same)]).dropped == (("identical texts", 1), ("tied", 1))
    neither = pairs([ranked("132", texts=same, outcome="best-worst")])
    assert neither.dropped == (("identical texts", 1), ("never set against each other", 1))


def test_protocols_are_counted_together():
    said = [rated("a"), ranked("213", rater="r2"), ranked("123", outcome="best-worst", rater="r3")]
    pair = next(p for p in pairs(said).pairs if {p.chosen, p.rejected} == {"a", "b"})
    assert (pair.chosen, pair.wins, pair.losses) == ("a", 2, 1)


def test_a_threshold_asks_for_more_than_a_majority():
    ratings = picks("aaab")
    assert ("a", "b") in both(pairs(ratings, threshold=0.75))
    found = pairs(ratings, threshold=0.8)
    assert ("a", "b") not in both(found)
    assert ("below the threshold", 1) in found.dropped
    for threshold in (0.4, 1.1):
        with pytest.raises(ValueError, match="threshold"):
            pairs(ratings, threshold=threshold)


def cycle(times):
    """a over b, b over c, c over a: as often as `times` says."""
    shown = {"ab": "a", "bc": "b", "ca": "c"}
    return [
        rated(best, ids=ids, triple=ids, rater=f"{ids}{i}")
        for (ids, best), often in zip(shown.items(), times, strict=True)
        for i in range(often)
    ]


def test_a_cycle_loses_its_weakest_pair_openly():
    found = pairs(cycle([3, 2, 1]))
    assert both(found) == [("a", "b"), ("b", "c")]
    assert [(pair.chosen, pair.rejected) for pair in found.broken] == [("c", "a")]
    assert found.dropped == (("closes a cycle", 1),)


def test_of_equally_strong_pairs_in_a_cycle_none_is_preferred():
    assert both(pairs(cycle([1, 1, 1]))) == []
    assert both(pairs(cycle([2, 1, 1]))) == [("a", "b")]


def test_per_rater_gives_one_row_for_each_who_agrees_with_weights_that_add_up():
    rows = [p for p in pairs(picks("aabac"), per_rater=True).pairs if p.rejected == "b"]
    assert [(p.rater, p.chosen) for p in rows] == [("r0", "a"), ("r1", "a"), ("r3", "a")]
    assert sum(p.weight for p in rows) == pytest.approx(1)
    assert {(p.wins, p.losses, p.raters) for p in rows} == {(3, 1, 4)}


@pytest.mark.parametrize(
    "wrong",
    [
        {"picked": 3},
        {"picked": None},
        {"outcome": "tie"},
        {"outcome": "skip", "picked": None},
        {"texts": ("one",)},
        {"outcome": "ranking", "picked": None},
        {"outcome": "ranking", "picked": None, "ranks": (1, 2)},
        {"ranks": (1, 2, 3)},
        {"outcome": "best-worst", "picked": None, "ranks": (1, 1, 3)},
        {"outcome": "best-worst", "picked": None, "ranks": (1, 3, 4)},
    ],
)
def test_a_rating_that_cannot_be_is_refused(wrong):
    with pytest.raises(ValueError, match="rating r1-t1"):
        pairs([rated("b", rater="r2"), rated("a")._replace(**wrong)])


# -- for all ratings -------------------------------------------------------------------------------


@st.composite
def ratings(draw):
    ids = draw(st.permutations("abcdef"))[:3]
    texts = [draw(st.sampled_from(["same", f"text of {one}"])) for one in ids]
    one = rated(
        draw(st.sampled_from([*ids, "tie", "none"])),
        rater=draw(st.sampled_from(["r1", "r2", "r3"])),
        question=draw(st.sampled_from(["q1", "q2"])),
        triple=draw(st.sampled_from(["t1", "t2"])),
        ids=ids,
        texts=texts,
    )
    protocol = draw(st.sampled_from(["pick", "ranking", "best-worst"]))
    if protocol == "pick" or one.outcome != "pick":
        return one
    whole = st.permutations([1, 2, 3])
    ranks = draw(whole if protocol == "best-worst" else whole | st.sampled_from(LEVEL))
    return one._replace(outcome=protocol, picked=None, ranks=tuple(ranks))


LEVEL = [(1, 1, 2), (1, 2, 1), (2, 1, 1), (1, 2, 2), (2, 1, 2), (2, 2, 1), (1, 1, 1)]
many = st.lists(ratings(), max_size=25)


@settings(deadline=None)
@given(many, st.randoms(), st.booleans())
def test_the_order_of_rows_changes_nothing(judged, random, per_rater):
    shuffled = list(judged)
    random.shuffle(shuffled)
    assert pairs(shuffled, per_rater=per_rater) == pairs(judged, per_rater=per_rater)


@settings(deadline=None)
@given(many, st.permutations(range(3)))
def test_permuting_the_slots_changes_nothing(judged, order):
    moved = [
        one._replace(
            picked=None if one.picked is None else order.index(one.picked),
            rationales=tuple(one.rationales[index] for index in order),
            texts=tuple(one.texts[index] for index in order),
            ranks=tuple(one.ranks[index] for index in order) if one.ranks else (),
        )
        for one in judged
    ]
    assert pairs(moved) == pairs(judged)


@settings(deadline=None)
@given(many, st.sampled_from([0.5, 0.6, 1.0]))
def test_no_pair_in_both_directions_and_no_cycle(judged, threshold):
    for question in ("q1", "q2"):
        left = {
            (p.chosen, p.rejected)
            for p in pairs(judged, threshold=threshold).pairs
            if p.question == question
        }
        while left:
            losers = {rejected for _, rejected in left}
            top = {chosen for chosen, _ in left} - losers
            assert top
            left = {(chosen, rejected) for chosen, rejected in left if chosen not in top}


@settings(deadline=None)
@given(many)
def test_every_pair_has_a_majority_and_a_probability_inside_zero_and_one(judged):
    for pair in pairs(judged).pairs:
        assert pair.wins > pair.losses
        assert 0.5 < pair.probability < 1
        assert pair.margin > 0
        assert 1 <= pair.raters <= pair.wins + pair.ties + pair.losses


@settings(deadline=None)
@given(many)
def test_renaming_two_rationales_renames_them_in_the_pairs(judged):
    judged = [one._replace(texts=tuple(f"text of {r}" for r in one.rationales)) for one in judged]
    names = str.maketrans("ab", "ba")
    swapped = [
        one._replace(
            rationales=tuple(r.translate(names) for r in one.rationales),
            texts=tuple(f"text of {r.translate(names)}" for r in one.rationales),
        )
        for one in judged
    ]
    renamed = sorted(
        (p.question, p.chosen.translate(names), p.rejected.translate(names), p.margin)
        for p in pairs(judged).pairs
    )
    assert renamed == sorted(
        (p.question, p.chosen, p.rejected, p.margin) for p in pairs(swapped).pairs
    )
