"""Forms as browsers send them, and the judgements or sentences that come of them."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from raters.judgement import Asked, Judgement, NotAJudgement, check, parse

PICK_BEST = Asked(protocol="pick-best", slots=3)
RANKING = Asked(protocol="ranking", slots=3)
BEST_WORST = Asked(protocol="best-worst", slots=4)
MARKED = replace(PICK_BEST, asks_marks=True, steps=(3, 2, 1))
SCORED = replace(PICK_BEST, slots=2, criteria=(("clear", 5), ("complete", 7)))
REASONED = replace(PICK_BEST, reasons=(("b", "begging the question"), ("q", "skips steps")))


def judged(form: dict, asked: Asked) -> Judgement:
    return check(parse(form), asked)


def refusal(form: dict, asked: Asked) -> str:
    with pytest.raises(NotAJudgement) as refused:
        judged(form, asked)
    return str(refused.value)


# --- outcomes ---
@pytest.mark.parametrize(
    ("form", "judgement"),
    [
        ({"answer": "1"}, Judgement("pick", 0)),
        ({"answer": ["3"]}, Judgement("pick", 2)),
        ({"answer": "pick", "pick": "2"}, Judgement("pick", 1)),
        ({"answer": "none", "pick": "2"}, Judgement("none")),
        ({"answer": "tie"}, Judgement("tie")),
    ],
)
def test_a_pick_none_good_and_too_close(form, judgement):
    assert judged(form, PICK_BEST) == judgement


@pytest.mark.parametrize("answer", ["", "7", "0", "best", "PICK", "１", "1 "])
def test_without_an_answer_there_is_nothing_to_store(answer):
    assert refusal({"answer": answer}, PICK_BEST) == "Choose an answer first."
    assert refusal({}, PICK_BEST) == "Choose an answer first."


@pytest.mark.parametrize(
    "form", [{"answer": "4"}, {"answer": "pick"}, {"answer": "pick", "pick": "x"}]
)
def test_a_pick_is_one_of_the_rationales_shown(form):
    assert refusal(form, PICK_BEST) == "Pick one of the rationales shown."


@pytest.mark.parametrize(
    ("answer", "asked"),
    [
        ("none", replace(PICK_BEST, allows_none=False)),
        ("tie", replace(RANKING, allows_tie=False)),
        ("1", RANKING),
        ("rank", BEST_WORST),
        ("best-worst", PICK_BEST),
    ],
)
def test_an_answer_of_another_protocol_is_refused(answer, asked):
    form = {"answer": answer, "rank_1": "1", "best": "1", "worst": "2"}
    assert refusal(form, asked) == "That is not an answer in this study."


# --- ranking ---
def ranks(*given: str) -> dict[str, str]:
    return {"answer": "rank"} | {f"rank_{n}": rank for n, rank in enumerate(given, start=1)}


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (("2", "1", "3"), "213"),
        (("1", "1", "3"), "112"),
        (("4", "2", "4"), "212"),
        (("1", "2", "6"), "123"),
    ],
)
def test_ranks_are_dense_and_equal_ones_are_kept_where_allowed(given, kept):
    asked = replace(RANKING, allows_equal=True)
    assert judged(ranks(*given), asked) == Judgement("ranking", ranks=kept)


def test_all_ranks_equal_is_too_close_to_call_where_that_is_an_answer():
    assert judged(ranks("2", "2", "2"), RANKING) == Judgement("tie")
    asked = replace(RANKING, allows_tie=False, allows_equal=True)
    assert refusal(ranks("1", "1", "1"), asked) == "Not all of them can have the same rank."


def test_equal_ranks_are_refused_where_they_are_not_allowed():
    assert refusal(ranks("1", "1", "2"), RANKING) == "Give each rationale a rank of its own."


@pytest.mark.parametrize(
    "given",
    [
        (),
        ("1",),
        ("1", "2"),
        ("1", "", "2"),
        ("1", "2", "x"),
        ("1", "2", "3", "4"),
        ("1", "2", "7"),
    ],
)
def test_a_ranking_ranks_every_rationale_and_no_more(given):
    assert refusal(ranks(*given), RANKING) == "Give every rationale a rank."


# --- best and worst ---
@pytest.mark.parametrize(
    ("best", "worst", "kept"), [("1", "2", "1322"), ("4", "1", "3221"), ("2", "4", "2123")]
)
def test_best_and_worst_leave_the_others_between(best, worst, kept):
    form = {"answer": "best-worst", "best": best, "worst": worst}
    assert judged(form, BEST_WORST) == Judgement("best-worst", ranks=kept)


@pytest.mark.parametrize(
    ("best", "worst"), [("", ""), ("1", ""), ("", "1"), ("2", "2"), ("1", "5")]
)
def test_the_best_and_the_worst_are_two_of_those_shown(best, worst):
    form = {"answer": "best-worst", "best": best, "worst": worst}
    assert "two different rationales" in refusal(form, BEST_WORST)


# --- reasons ---
def test_reasons_are_sorted_and_kept_once():
    form = {"answer": "2", "reason": ["2:q", "1:b", "2:q"]}
    assert judged(form, REASONED) == Judgement("pick", 1, reasons=((0, "b"), (1, "q")))
    assert judged({"answer": "2"}, REASONED).reasons == ()


@pytest.mark.parametrize("reason", ["2:z", "4:b"])
def test_a_reason_that_is_not_offered_is_refused(reason):
    assert (
        refusal({"answer": "1", "reason": reason}, REASONED)
        == "That is not an answer in this study."
    )
    assert "not an answer" in refusal({"answer": "1", "reason": "1:b"}, PICK_BEST)


# --- step marks ---
CLEAN = {"answer": "1", "no_errors_1": "1", "no_errors_2": "1", "no_errors_3": "1"}


def marks(*slots: dict[int, str], answer: str = "1") -> dict[str, str]:
    return {"answer": answer} | {
        f"mark_{slot}_{step}": mark
        for slot, said in enumerate(slots, start=1)
        for step, mark in said.items()
    }


def test_no_errors_is_said_of_each_rationale():
    assert judged(CLEAN, MARKED).marks == ((), (), ())


def test_marks_are_kept_up_to_the_first_error():
    form = marks({1: "1", 2: "-1", 3: "-1"}, {2: "-1"}, {1: "0"}) | {"no_errors_3": "1"}
    assert judged(form, MARKED).marks == ((1, -1), (None, -1), ())


@pytest.mark.parametrize("answer", ["1", "none", "tie"])
@pytest.mark.parametrize(
    ("second", "slot"), [({}, 2), ({1: "1", 2: "0"}, 2), ({1: "-1", 2: "1"}, 3), ({1: "x"}, 2)]
)
def test_every_rationale_has_its_first_error_or_none_whatever_the_answer(answer, second, slot):
    form = marks({1: "-1"}, second, answer=answer)
    assert refusal(form, MARKED) == f"Mark the first error of A{slot}, or say that it has none."


def test_an_error_and_no_errors_contradict_each_other():
    assert "first error of A1" in refusal(CLEAN | {"mark_1_2": "-1"}, MARKED)


@pytest.mark.parametrize("extra", [{"mark_2_3": "-1", "no_errors_2": ""}, {"no_errors_4": "1"}])
def test_a_mark_beyond_what_was_shown_is_refused(extra):
    assert refusal(CLEAN | extra, MARKED) == "That is not an answer in this study."


def test_marks_that_are_not_asked_for_are_refused():
    assert refusal(CLEAN, PICK_BEST) == "That is not an answer in this study."


# --- scores ---
def scores(*given: tuple[str, str]) -> dict[str, str]:
    return {"answer": "1"} | {
        f"score_{slot}_{n}": points
        for slot, said in enumerate(given, start=1)
        for n, points in enumerate(said, start=1)
    }


def test_scores_are_a_tuple_a_rationale():
    assert judged(scores(("5", "7"), ("1", "2")), SCORED).scores == ((5, 7), (1, 2))


@pytest.mark.parametrize(
    ("given", "slot"),
    [([], 1), ([("5", "7")], 2), ([("5", ""), ("1", "1")], 1), ([("1", "1"), ("x", "1")], 2)],
)
def test_all_scores_are_given_or_none_is_stored(given, slot):
    assert refusal(scores(*given), SCORED) == f"A score of A{slot} is missing."


@pytest.mark.parametrize("given", [[("6", "7"), ("1", "1")], [("5", "7"), ("1", "1"), ("1", "1")]])
def test_a_score_off_its_scale_is_refused(given):
    assert refusal(scores(*given), SCORED) == "That is not an answer in this study."
    assert "not an answer" in refusal(scores(("1", "1")), PICK_BEST)


# --- comments ---
def test_a_comment_is_kept_as_it_was_counted_in_the_page():
    asked = replace(PICK_BEST, asks_comment=True)
    form = {"answer": "1", "comment": " one\r\ntwo\0 "}
    assert judged(form, asked).comment == "one\ntwo"
    assert len(judged(form | {"comment": "x" * 2000}, asked).comment) == 2000
    assert "2000 characters" in refusal(form | {"comment": "x" * 2001}, asked)
    assert "not an answer" in refusal(form, PICK_BEST)


# --- what is not whole, and what is not a form ---
def test_a_form_that_is_not_whole_is_read_as_it_was_sent():
    form = (
        ranks("1", "", "2")
        | {"score_1_1": "4", "score_2_2": "1"}
        | {"mark_2_2": "1", "no_errors_3": "1"}
    )
    assert parse(form) == Judgement(
        "ranking", ranks="102", scores=((4, 0), (0, 1)), marks=((None,), (None, 1), ())
    )
    assert parse({"comment": "so far"}) == Judgement("", comment="so far")
    assert parse({"answer": "best-worst", "best": "2"}).ranks == "21"


FIELDS = st.sampled_from(
    ["answer", "pick", "best", "worst", "reason", "comment", "no_errors_1", "no_errors_6"]
    + [f"{name}_{n}" for name in ("rank", "no_errors") for n in range(1, 7)]
    + [
        f"{name}_{slot}_{n}"
        for name in ("mark", "score")
        for slot in range(1, 4)
        for n in range(1, 4)
    ]
)
SAID = st.sampled_from(
    ["", "1", "2", "3", "6", "-1", "0", "rank", "pick", "best-worst", "none", "tie", "1:b", "²"]
)
TEXTS = SAID | st.text(max_size=20)
FORMS = st.dictionaries(
    FIELDS | st.text(max_size=12), TEXTS | st.lists(TEXTS, max_size=3), max_size=25
)
ASKED = st.builds(
    Asked,
    protocol=st.sampled_from(["pick-best", "ranking", "best-worst"]),
    slots=st.just(3),
    allows_none=st.booleans(),
    allows_tie=st.booleans(),
    allows_equal=st.booleans(),
    reasons=st.sampled_from([(), (("b", "begging the question"),)]),
    asks_marks=st.booleans(),
    criteria=st.sampled_from([(), (("clear", 3),)]),
    asks_comment=st.booleans(),
    steps=st.just((2, 3, 1)),
)


@given(FORMS, ASKED)
def test_any_form_is_a_judgement_or_a_sentence(form, asked):
    try:
        judgement = judged(form, asked)
    except NotAJudgement:
        return
    assert check(judgement, asked) == judgement, "what is stored stays as it is"


@given(
    ASKED,
    st.builds(
        Judgement,
        outcome=st.sampled_from(["pick", "ranking", "best-worst", "none", "tie", ""]),
        slot=st.none() | st.integers(-2, 7),
        ranks=st.text("01239x", max_size=4),
        reasons=st.lists(st.tuples(st.integers(-1, 4), st.sampled_from("bz")), max_size=3).map(
            tuple
        ),
        marks=st.lists(
            st.lists(st.sampled_from([-1, 0, 1, None, 5]), max_size=4).map(tuple), max_size=4
        ).map(tuple),
        scores=st.lists(st.lists(st.integers(-1, 4), max_size=2).map(tuple), max_size=4).map(tuple),
        comment=st.text(max_size=5),
    ),
)
def test_any_value_is_a_judgement_or_a_sentence(asked, judgement):
    try:
        kept = check(judgement, asked)
    except NotAJudgement:
        return
    assert check(kept, asked) == kept
