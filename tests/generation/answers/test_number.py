"""Numbers as texts write them, and when two of them are the same."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generation.answers import normalise_number, same_answer


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("72", "72"),
        ("1,200.00", "1200"),
        ("$18", "18"),
        ("$-5", "-5"),
        ("-$5", "-5"),
        ("\u22125", "-5"),
        ("minus 5", "-5"),
        ("-0", "0"),
        ("007", "7"),
        (".5", "0.5"),
        ("63.", "63"),
        ("3/4", "0.75"),
        ("2/6", "1/3"),
        ("2 1/2 cups", "2.5"),
        ("50%", "50"),
        ("50 percent", "50"),
        ("18 dollars a day", "18"),
        ("60 miles/hour", "60"),
        ("12\u20ac", "12"),
        ("$1.8 million", "1800000"),
        ("5k", "5000"),
        ("1.2e3", "1200"),
        ("1.5 x 10^6", "1500000"),
        ("2e-2", "0.02"),
        ("1,00,000", "100000"),
    ],
)
def test_has_one_normal_form(written: str, normal: str) -> None:
    assert normalise_number(written) == normal


@pytest.mark.parametrize(
    "written",
    [
        *[
            "",
            "water",
            "five",
            "10+John's age",
            "5 + 3",
            "5-6",
            "5x",
            "3:30",
            "1.2.3",
            "5,6",
            "1/0",
        ],
        *["2 hours and 30 minutes", "1 and a half", "Tom has 5", "1e999999999", "9" * 201, "1e200"],
    ],
)
def test_anything_else_is_not_a_number(written: str) -> None:
    assert normalise_number(written) is None


@pytest.mark.parametrize("written", ["18.00", "$18", "18 dollars", "18.", "36/2", "1.8e1"])
def test_numbers_are_the_same_by_value(written: str) -> None:
    assert same_answer(written, "18")
    assert not same_answer(written, "81")


def test_a_percentage_is_the_number_before_the_sign() -> None:
    assert same_answer("50%", "50")
    assert not same_answer("50%", "0.5")


def test_other_answers_are_the_same_but_for_case_and_spaces() -> None:
    assert same_answer(" New  York", "new york")
    assert same_answer("c", "C")
    assert not same_answer("C", "D")
    assert not same_answer("C", "3")


@settings(deadline=None)
@given(st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**12)))
def test_the_normal_form_keeps_the_value_and_is_its_own_normal_form(number: object) -> None:
    normal = normalise_number(f"{number:f}")
    assert normal is not None
    assert Fraction(normal) == Fraction(str(number))
    assert normalise_number(normal) == normal


@settings(deadline=None)
@given(st.integers(-(10**15), 10**15))
def test_dressing_a_number_up_does_not_change_it(number: int) -> None:
    for dressed in (f"{number:,}", f"{number}.00", f"${number}", f"{number} dollars", f"{number}%"):
        assert same_answer(dressed, str(number))
        assert not same_answer(dressed, str(number + 1))


@settings(deadline=None)
@given(st.text(max_size=200))
def test_no_text_breaks_it(text: str) -> None:
    normal = normalise_number(text)
    assert normal is None or normalise_number(normal) == normal
