"""Verdicts: what a text states counts before what its file declares of it."""

import pytest

from generation.answers import DECLARED_GOLD, Choice, Judgement, display_answer, judge, named_choice

CHOICES = (Choice("A", "gold"), Choice("B", "ice"), Choice("C", "water"))


def test_a_stated_answer_is_right_or_wrong() -> None:
    assert judge("#### 72", gold_answer="72") == Judgement("right", "72", "")
    assert judge("#### 71", gold_answer="72") == Judgement(
        "wrong", "71", "states 71, the gold answer is 72"
    )


def test_without_a_stated_answer_a_text_is_unparsed() -> None:
    found = judge("We cannot know.", gold_answer="72")
    assert (found.verdict, found.answer) == ("unparsed", "")
    assert found.reason.startswith("states no answer")


def test_a_choice_is_compared_by_label() -> None:
    text = "Therefore, the answer is water (c)."
    assert judge(text, gold_answer="C", choices=CHOICES).verdict == "right"
    assert judge(text, gold_answer="B", choices=CHOICES).verdict == "wrong"


@pytest.mark.parametrize("declared", [DECLARED_GOLD, "C", "c", "(c)", "water", "Water (c)"])
def test_a_text_that_states_none_counts_as_declared(declared: str) -> None:
    found = judge("ice melts", gold_answer="C", choices=CHOICES, declared_answer=declared)
    assert found == Judgement("declared", "C", "")


def test_a_text_that_is_declared_for_another_answer_is_wrong() -> None:
    found = judge("ice melts", gold_answer="C", choices=CHOICES, declared_answer="B")
    assert found == Judgement("wrong", "B", "declared for B, the gold answer is C")
    assert judge("so much", gold_answer="5", declared_answer="6").verdict == "wrong"
    assert judge("so much", gold_answer="5", declared_answer="$5.00").verdict == "declared"


def test_the_choice_gold_is_not_taken_for_the_gold_answer() -> None:
    found = judge("it shines", gold_answer="C", choices=CHOICES, declared_answer="gold")
    assert (found.verdict, found.answer) == ("wrong", "A")


def test_a_declared_answer_that_cannot_be_read_is_unparsed() -> None:
    found = judge("it shines", gold_answer="C", choices=CHOICES, declared_answer="tin")
    assert found == Judgement("unparsed", "", "declared for 'tin', which is not one of the choices")


def test_a_stated_answer_counts_before_a_declared_one() -> None:
    said = "The answer is ice (b)."
    declared = judge(said, gold_answer="C", choices=CHOICES, declared_answer=DECLARED_GOLD)
    assert (declared.verdict, declared.answer) == ("wrong", "B")


def test_of_a_declared_text_the_words_of_the_last_line_state_nothing() -> None:
    for text in ("ice", "(b) ice", "it melts to\nice"):
        found = judge(text, gold_answer="C", choices=CHOICES, declared_answer=DECLARED_GOLD)
        assert found.verdict == ("wrong" if text.endswith("(b)") else "declared")
    assert judge("ice", gold_answer="C", choices=CHOICES).verdict == "wrong"


def test_answers_are_shown_to_people_with_their_words() -> None:
    assert display_answer("C", CHOICES) == "water (c)"
    assert display_answer("72", ()) == "72"


def test_a_choice_is_named_by_label_or_words() -> None:
    assert named_choice("C", CHOICES) == "C"
    assert named_choice("C. water", CHOICES) == "C"
    assert named_choice("tin", CHOICES) is None
    swapped = (Choice("A", "B"), Choice("B", "A"))
    assert named_choice("B", swapped) is None


@pytest.mark.parametrize("choices", [(), CHOICES])
def test_answer_and_reason_are_short_enough_for_a_column(choices: tuple[Choice, ...]) -> None:
    for stated in ("9" * 200, "9" * 300, "1e200", "1/" + "7" * 150, "x" * 20_000):
        for text, declared in ((f"#### {stated}", None), ("so much", stated)):
            found = judge(text, gold_answer="9" * 199, choices=choices, declared_answer=declared)
            assert len(found.answer) <= 200
            assert 0 < len(found.reason) <= 300
