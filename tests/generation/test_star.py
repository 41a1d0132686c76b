"""The loop on a toy writer: a model is the set of sums that it knows; training adds what was kept.

It knows a sum whose neighbour it was trained on, and repeats any answer that it is shown.
"""

from dataclasses import dataclass, field

import pytest

from generation.star import Loop, NothingToLearn, Parts, Settings, has_settled, star

Known = frozenset[int]
BASE: Known = frozenset({0})
QUESTIONS = list(range(8))


@dataclass
class Toy:
    """Question n is right where n or the number before it is known; texts are `answer n`."""

    log: list[str] = field(default_factory=list)
    hinted_jumps: bool = False

    def parts(self) -> Parts[Known, int, str]:
        return Parts(
            generate=self.generate,
            rationalize=self.rationalize,
            is_right=lambda question, text: text.split()[-1] == str(question),
            is_reasoned=lambda question, text: text.startswith("because"),
            train=self.train,
            measure=lambda model: sum(self.knows(model, n) for n in QUESTIONS) / len(QUESTIONS),
        )

    def knows(self, model: Known, question: int) -> bool:
        return question in model or question - 1 in model

    def generate(self, model, questions, loop):
        self.log.append(f"{loop} generate {list(questions)}")
        return [f"because {n if self.knows(model, n) else '?'}" for n in questions]

    def rationalize(self, model, questions, loop):
        self.log.append(f"{loop} rationalize {list(questions)}")
        return [
            f"{'so' if self.hinted_jumps else 'because'} {n if n % 2 else '?'}" for n in questions
        ]

    def train(self, base, kept, steps, loop):
        self.log.append(
            f"{loop} train {sorted(n for n, _ in kept)} for {steps} from {sorted(base)}"
        )
        return base | {question for question, _ in kept}


def run(toy: Toy, **settings) -> list[Loop[Known]]:
    return star(BASE, lambda loop: QUESTIONS, toy.parts(), Settings(**settings))


def test_each_loop_writes_with_the_last_model_and_trains_the_original():
    toy = Toy()
    loops = run(toy, loops=3, rationalizes=False)
    assert toy.log == [
        "1 generate [0, 1, 2, 3, 4, 5, 6, 7]",
        "1 train [0, 1] for 40 from [0]",
        "2 generate [0, 1, 2, 3, 4, 5, 6, 7]",
        "2 train [0, 1, 2] for 48 from [0]",
        "3 generate [0, 1, 2, 3, 4, 5, 6, 7]",
        "3 train [0, 1, 2, 3] for 58 from [0]",
    ]
    assert [loop.accuracy for loop in loops] == [0.25, 0.375, 0.5, 0.625]
    assert [(loop.right, loop.rationalized, loop.failed) for loop in loops[1:]] == [
        (2, 0, 6), (3, 0, 5), (4, 0, 4),
    ]  # fmt: skip


def test_only_failures_are_rationalized_and_what_is_right_then_is_kept():
    toy = Toy()
    base, first, second = run(toy, loops=2)
    assert toy.log[:3] == [
        "1 generate [0, 1, 2, 3, 4, 5, 6, 7]",
        "1 rationalize [2, 3, 4, 5, 6, 7]",
        "1 train [0, 1, 3, 5, 7] for 40 from [0]",
    ]
    assert (first.right, first.rationalized, first.failed) == (2, 3, 3)
    assert (base.accuracy, first.accuracy, second.accuracy) == (0.25, 1.0, 1.0)
    assert not any("2 rationalize" in line for line in toy.log), "nothing failed"


def test_a_rationalization_that_only_jumps_to_the_answer_is_not_kept():
    first = run(Toy(hinted_jumps=True), loops=1)[1]
    assert (first.right, first.rationalized, first.failed) == (2, 0, 6)


def test_steps_grow_by_a_fifth_a_loop():
    assert [Settings().steps(loop) for loop in (1, 2, 3, 16)] == [40, 48, 58, 616]


def test_it_ends_on_a_plateau_or_after_the_loops():
    assert len(run(Toy(), loops=12, patience=1)) == 1 + 2
    assert len(run(Toy(), loops=12, patience=3)) == 1 + 4
    assert len(run(Toy(), loops=5)) == 1 + 5
    rising = [Loop(n, BASE, accuracy) for n, accuracy in enumerate((0.1, 0.5, 0.4, 0.5))]
    assert has_settled(rising, 2), "as good as the best is no better"
    assert not has_settled(rising, 3)
    assert not has_settled(rising, None)


def test_a_model_that_is_never_right_has_nothing_to_learn_from():
    with pytest.raises(NothingToLearn, match="None of 2 rationales of loop 1 was right"):
        star(BASE, lambda loop: [40, 42], Toy().parts(), Settings(rationalizes=True))


@pytest.mark.parametrize("deaths", range(1, 9))
def test_killed_after_any_part_it_goes_on_from_there_and_ends_the_same(deaths):
    whole = run(Toy(), loops=2)
    done: dict[str, object] = {}
    parts_left = deaths

    def remember(name, part):
        nonlocal parts_left
        if name not in done:
            if parts_left == 0:
                raise KeyboardInterrupt
            parts_left -= 1
            done[name] = part()
        return done[name]

    toy = Toy()
    loops = None
    while loops is None:
        try:
            loops = star(
                BASE, lambda n: QUESTIONS, toy.parts(), Settings(loops=2), remember=remember
            )
        except KeyboardInterrupt:
            parts_left = deaths
    assert loops == whole
    assert len(toy.log) == len(set(toy.log)), "no part was done twice"


def test_each_loop_is_heard_of_as_it_ends():
    heard = []
    star(BASE, lambda n: QUESTIONS, Toy().parts(), Settings(loops=2), report=heard.append)
    assert [loop.number for loop in heard] == [0, 1, 2]
