"""Nearly equal questions are one group, so no twin crosses a split."""

import json
import random
import re

import pytest

from raters.exports.likeness import LIKE, content, groups, template
from raters.exports.shape import Task, Wishes
from raters.exports.splits import assigned, splits
from tests.data import data_file

NATALIA = (
    "Natalia sold clips to 48 of her friends in April, and then she sold half as many clips in "
    "May. How many clips did Natalia sell altogether in April and May?"
)
ALIKE = {
    "other numbers": NATALIA.replace("48", "1,250"),
    "another name": NATALIA.replace("Natalia", "Weng"),
    "another order": "In April Natalia sold clips to 48 friends. In May she sold half as many. "
    "What is the total number of clips that she sold over April and May?",
    "other spaces and case": NATALIA.lower().replace(" ", "  "),
}
OTHER = "Weng earns $12 an hour for babysitting. Yesterday, she just did 50 minutes. How much?"


@pytest.mark.parametrize("what", ALIKE)
def test_a_twin_is_in_the_same_group(what):
    found = groups({"q": NATALIA, "twin": ALIKE[what], "other": OTHER}.items())
    assert found["q"] == found["twin"] != found["other"]


SHORT = [
    ("What is 5 + 3?", "Calculate 5 + 3."),
    ("What is 5 + 3?", "What is five plus three?"),
    ("-5 + 3", "5 + 3"),
    ("If x is -5, what is x squared?", "If x is 5, what is x squared?"),
    ("Is seventeen prime?", "Is nineteen prime?"),
    ("What is forty-two times seventeen?", "What is ninety-six times thirteen?"),
    ("thirty plus forty", "fifty plus seventy"),
    ("What is half of 12?", "What is two thirds of eighteen?"),
    ("What is the twentieth prime?", "Name the 15th prime."),
]


@pytest.mark.parametrize(("one", "twin"), SHORT)
def test_short_twins_are_in_one_group_however_their_numbers_are_written(one, twin):
    others = ["Name two colours.", "Who wrote Hamlet?", OTHER]
    found = groups(enumerate([one, twin, *others]))
    assert found[0] == found[1]
    assert len({found[0], *(found[key] for key in (2, 3, 4))}) == 4


def test_a_template_has_neither_numbers_nor_names():
    assert template(NATALIA).startswith("@ sold clips to 0 of her friends in @, and then")
    assert content("She sold 48 clips; clip, selling.") == {"sold", "clip", "sell"}
    assert (
        template("The twenty-first of 3 million, less -$5 or one third")
        == "the 0 of 0, less 0 or 0"
    )
    assert content("Thirty-two minus half of five hundred.") == set()


def test_alike_is_passed_on():
    """The first and the last share too little, and belong together all the same."""
    words = [
        "apple",
        "bread",
        "candle",
        "dragon",
        "engine",
        "forest",
        "garden",
        "hammer",
        "island",
        "jungle",
    ]
    chain = {str(n): " ".join(words[n : n + 6]) for n in range(4)}
    assert len(set(groups(chain.items()).values())) == 1
    assert len(set(groups((key, chain[key]) for key in "03").values())) == 2


def test_groups_are_those_of_comparing_everything():
    """The oracle: every pair of sets, one by one."""
    rng = random.Random(1)
    words = [f"{chr(97 + n)}{chr(97 + n)}ork" for n in range(18)]
    texts = {str(n): " ".join(rng.sample(words, rng.randint(3, 9))) for n in range(120)}
    group = {key: {key} for key in texts}
    for a in texts:
        for b in texts:
            one, other = content(texts[a]), content(texts[b])
            if len(one & other) >= LIKE * len(one | other):
                joined = group[a] | group[b]
                for key in joined:
                    group[key] = joined
    found = groups(texts.items())
    for a in texts:
        assert {b for b in texts if found[a] == found[b]} == group[a]


def test_the_order_of_questions_changes_nothing():
    texts = {"q": NATALIA, **ALIKE, "other": OTHER}
    assert groups(texts.items()) == groups(reversed(texts.items()))


def test_no_twin_of_a_real_question_crosses_a_split():
    lines = data_file("gsm8k/test.jsonl").read_text().splitlines()[:400]
    real = {f"{n:04}": json.loads(line)["question"] for n, line in enumerate(lines)}
    swapped = {
        f"{key} swapped": re.sub(r"\d+", lambda n: str(int(n[0]) * 3 + 1), text)
        for key, text in real.items()
    }
    told = {f"{key} told": paraphrase(text, WORDS) for key, text in real.items()}
    found = assigned({**real, **swapped, **told}.items(), ())
    for key in real:
        assert found[key] == found[f"{key} swapped"] == found[f"{key} told"]
    counts = [sum(found[key] == split for key in real) for split in ("train", "validation", "test")]
    assert min(counts) >= 15
    assert 0.6 * len(real) < counts[0] < 0.95 * len(real)


def test_of_twins_with_other_verbs_and_nouns_throughout_one_in_a_hundred_may_cross():
    """What words alone can see ends somewhere: docs/exports.md says where."""
    lines = data_file("gsm8k/test.jsonl").read_text().splitlines()[:400]
    real = {f"{n:04}": json.loads(line)["question"] for n, line in enumerate(lines)}
    told = {f"{key} told": paraphrase(text, WORDS | MORE_WORDS) for key, text in real.items()}
    found = assigned({**real, **told}.items(), ())
    assert sum(found[key] != found[f"{key} told"] for key in real) <= 4


WORDS = {
    "How many": "What number of", "how many": "what number of", "altogether": "in all",
    "total": "sum", "each": "every", "bought": "purchased", "buys": "purchases", "has": "owns",
    "had": "owned", "gives": "hands", "gave": "handed", "sold": "traded", "sells": "trades",
    "If": "Suppose", "twice": "two times", "half": "one half",
}  # fmt: skip
MORE_WORDS = {
    "makes": "produces", "made": "produced", "earns": "brings home", "spends": "lays out",
    "paid": "handed over", "needs": "requires", "wants": "would like", "more than": "above",
    "less than": "below", "people": "persons", "money": "cash", "children": "kids",
    "house": "home", "day": "date", "big": "large", "small": "little", "friends": "pals",
    "left": "remaining", "costs": "is priced at", "cost": "price", "week": "seven days",
}  # fmt: skip


def paraphrase(text: str, words: dict[str, str]) -> str:
    """The same said otherwise: sentences turned about, words replaced."""
    sentences = re.split(r"(?<=[.?!])\s+", text.strip())
    said = " ".join([sentences[-1], *sentences[:-1]])
    for word, other in words.items():
        said = re.sub(rf"\b{word}\b", other, said)
    return f"Consider this. {said}"


@pytest.mark.django_db
def test_what_models_were_shown_is_in_no_split(study):
    from generation.models import Question
    from generation.prompts import few_shot_examples

    shown = few_shot_examples("gsm8k")[0].text
    key = Question.objects.order_by("key").values_list("key", flat=True)[0]
    task = Task(study, Wishes(split="train"))
    assert key in splits(task)
    Question.objects.filter(key=key).update(text=re.sub(r"\d+", "77", shown))
    assert key not in splits(task)
    study.study_sources.first().source.__class__.objects.filter(name="S1").update(
        examples="Q: A box holds 9 red and 8 blue balls. How many balls does it hold?\n"
        "A: 9 + 8 = 17.\n#### 17"
    )
    assert splits(task) == {}
