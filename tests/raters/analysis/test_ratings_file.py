"""Ratings files made elsewhere: what is understood, and what is named as damaged."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from raters.analysis import UnreadableFile, read_ratings
from raters.statistics import NONE_GOOD, TIE

NAN = float("nan")


@pytest.fixture
def read(tmp_path):
    def read(content, name="ratings.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_ratings(path)

    return read


def jsonl(*rows):
    return "\n".join(json.dumps(row) for row in rows)


def test_rankings_with_ties_partial_ones_and_the_order_shown(read):
    found = read(
        "rater,item,question,ranking,order\n"
        "r2,t1,q1,star>human=gptj,human|star|gptj\n"
        "r1,t2,q1,gptj > star,star | gptj | human\n"
    )
    ratings = found.ratings
    assert (ratings.form, ratings.sources) == ("rankings", ("gptj", "human", "star"))
    assert np.array_equal(ratings.ranks, [[2, 2, 1], [1, NAN, 2]], equal_nan=True)
    assert ratings.shown.tolist() == [[1, 2, 0], [2, 0, 1]]
    assert (ratings.rater.tolist(), ratings.item.tolist()) == ([1, 0], [0, 1])
    assert ratings.question.tolist() == [0, 0]
    assert found.damaged == ()


def test_picks_with_too_close_and_none_good(read):
    ratings = read("rater,item,pick\na,1,star\na,2,too close\na,3,none good\na,4,human").ratings
    assert (ratings.form, ratings.sources) == ("picks", ("human", "star"))
    assert ratings.best.tolist() == [1, TIE, NONE_GOOD, 0]
    assert ratings.shown is None


def test_chosen_and_rejected_are_a_ranking_of_two(read):
    ratings = read("item,chosen,rejected\n1,star,human\n2,human,gptj").ratings
    assert ratings.form == "pairs"
    assert ratings.rater is None
    assert np.array_equal(ratings.ranks, [[NAN, 2, 1], [2, 1, NAN]], equal_nan=True)


def test_jsonl_takes_lists_and_numbers_for_labels(read):
    ratings = read(
        jsonl(
            {"rater": 7, "item": 1, "ranking": [["s"], ["h", "g"]], "order": ["s", "g", "h"]},
            {"rater": 8, "item": 1, "ranking": "g>s>h", "order": "s|g|h"},
        ),
        "ratings.jsonl",
    ).ratings  # fmt: skip
    assert ratings.ranks.tolist() == [[2, 2, 1], [1, 3, 2]]
    assert ratings.shown.tolist() == [[2, 0, 1], [2, 0, 1]]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("r1,t9", "has 2 cells, the header 4"),
        ('r1,"t9,a>b,a|b', "is no CSV"),
        ("r1,,a>b,a|b", "has no item"),
        ("r1,t9,,a|b", "has no ranking"),
        ("r1,t9,a,a|b", "fewer than two sources"),
        ("r1,t9,a>b>a,a|b", "names a twice in the ranking"),
        ("r1,t9,a>>b,a|b", "an empty name in ranking"),
        ("r1,t9,a>too close,a|b", "which only a pick can be"),
        ("r1,t9,a>b,a|b|b", "names b twice in the order"),
        ("r1,t9,a>c,a|b", "says something of c, which its order does not show"),
        (",t9,a>b,a|b", "has no rater, unlike most lines"),
        ("r1,t9,a>b,a|b|c", "has an order of 3 slots, most lines have 2"),
        (b"r1,t9,a>b\xff,a|b", "is not UTF-8 at byte 10"),
    ],
)
def test_a_damaged_line_is_named_with_its_number_and_the_rest_is_read(read, line, reason):
    good = "rater,item,ranking,order\n" + "".join(f"r{i},t1,a>b,b|a\n" for i in range(3))
    found = read(good.encode() + (line if isinstance(line, bytes) else line.encode()) + b"\n")
    assert len(found.ratings) == 3
    (damage,) = found.damaged
    assert damage.line == 5
    assert reason in damage.reason


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "is no JSON"),
        ("[1]", "is no JSON object"),
        ("[" * 100_000, "is no JSON"),
        (jsonl({"item": 1, "pick": "a", "ranking": "a>b"}), "ranking and pick: one of them"),
        (jsonl({"item": 1, "chosen": "a"}), "has chosen without rejected"),
        (jsonl({"item": 1, "ranking": 3}), "neither text nor a list"),
        (jsonl({"item": 1, "ranking": [["a"], [3]]}), "an empty name"),
        (jsonl({"item": [1], "pick": "a"}), "has no text as item"),
        (jsonl({"item": 1, "pick": "a", "order": {"a": 1}}), "has an order that is neither"),
        (jsonl({"item": 1, "chosen": "a", "rejected": "b"}), "says one chosen and one rejected"),
        (jsonl({"item": 1, "pick": "a", "rater": "x"}), "alone has a rater"),
    ],
)
def test_a_damaged_line_of_jsonl_too(read, line, reason):
    good = jsonl({"item": 1, "pick": "a"}, {"item": 2, "pick": "b"})
    (damage,) = read(f"{good}\n{line}\n", "ratings.jsonl").damaged
    assert damage.line == 3
    assert reason in damage.reason


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("ratings.csv", "", "it is empty"),
        ("ratings.csv", "rater,pick\na,b\n", "the header needs item"),
        ("ratings.csv", "item,pick\n,a\n", "line 2 has no item"),
        ("ratings.jsonl", "nonsense\n", "line 1 is no JSON"),
        ("ratings.xlsx", "item,pick\n1,a\n", "ends in neither .csv nor .jsonl"),
        ("ratings.csv", "item,pick\n" + "".join(f"1,s{i}\n" for i in range(61)), "61 sources"),
    ],
)
def test_a_file_that_says_nothing_is_refused_in_a_sentence(read, name, content, reason):
    with pytest.raises(UnreadableFile, match=reason):
        read(content, name)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(UnreadableFile, match="No such file"):
        read_ratings(tmp_path / "none.csv")


def test_a_byte_order_mark_and_empty_lines_are_no_damage(read):
    found = read("\ufeffitem,pick\r\n\r\n1,a\r\n2,b\r\n")
    assert (len(found.ratings), found.damaged) == (2, ())


@settings(deadline=None)
@given(st.binary(max_size=200), st.sampled_from([".csv", ".jsonl"]))
def test_no_bytes_make_it_crash(tmp_path_factory, content, ending):
    path = tmp_path_factory.mktemp("any") / f"ratings{ending}"
    path.write_bytes(b'item,pick\n1,a\n{"item": 1, "pick": "a"}\n' + content)
    assert len(read_ratings(path).ratings) >= 1
