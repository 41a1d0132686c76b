"""Figures and triples, on literal rationales of one question."""

from generation.datasets.word_problems import Problem, make_problems
from generation.lm.cards import table
from generation.lm.evaluation import Figures, Triples, figures, triples

PROBLEM = Problem(
    key="one",
    question="Mia has 12 shells. Leo gives her 5 shells. She gives 4 to Kim. How many are left?",
    gold_answer="13",
    solution="12 + 5 = 17. 17 - 4 = 13. The answer is 13.",
    steps=2,
    story=make_problems(1, 2)[0].story,
)
CAREFUL = PROBLEM.solution
OTHER = "12 - 4 = 8. 8 + 5 = 13. The answer is 13."
SLIPS = "12 + 5 = 18. 18 - 4 = 13. The answer is 13."
WRONG = "12 + 5 = 18. 18 - 4 = 14. The answer is 14."
JUMP = "The answer is 13."


def test_figures():
    found = figures([PROBLEM] * 6, [CAREFUL, OTHER, SLIPS, WRONG, JUMP, "So it is 13."])
    assert found == Figures(
        n=6,
        right=66.7,
        unparsed=16.7,
        wrong_reasoning=25.0,
        jumps=25.0,
        off_route=75.0,
        by_steps={2: 66.7},
    )


def test_figures_of_nothing():
    assert figures([], []).right == 0.0


def test_triples():
    base, star = [CAREFUL, OTHER, OTHER, WRONG], [CAREFUL, CAREFUL, SLIPS, CAREFUL]
    assert triples([PROBLEM] * 4, base, star) == Triples(
        n=3,
        differ=66.7,
        all_differ=33.3,
        few_shot_reference=66.7,
        star_reference=33.3,
        few_shot_star=66.7,
    )


def test_a_table_is_markdown():
    assert table(["a", "b"], [[1, 2.5]]) == "| a | b |\n| --- | --- |\n| 1 | 2.5 |"
