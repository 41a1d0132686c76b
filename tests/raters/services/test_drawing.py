"""What is drawn: the funnel, one rationale of each source, and only what the seed and texts say."""

import pytest

from generation.models import QuestionSet, Source
from generation.services.imports import questions_import, rationales_import
from raters.models import Study, TripleRationale
from raters.protocols import StudyRefused
from tests.factories import (
    NOW,
    as_lines,
    draft,
    make_question_set,
    make_rationales,
    question_record,
)

pytestmark = pytest.mark.django_db

ROMAN = ("I", "II", "III")


def shown(study: Study) -> list[tuple[str, ...]]:
    """What the study shows, triple by triple, in the order of its sources."""
    rows = TripleRationale.objects.filter(triple__study=study)
    texts: dict[int, list[str]] = {}
    for row in rows.order_by("triple__number", "position").select_related("triple"):
        texts.setdefault(row.triple.number, [row.triple.question.text]).append(row.shown_text)
    return [tuple(found) for found in texts.values()]


def orders(study: Study) -> list[tuple[int, str]]:
    return list(study.places.order_by("queue").values_list("triple__number", "order"))


# --- the funnel --------------------------------------------------------------------------------
@pytest.fixture
def mixed():
    """q000 right by all, q001 wrong by II, q002 unparsed by III, q003 without III, q004 hinted."""
    make_question_set("sums", questions=5)
    answers = {
        "I": [3, 5, 7, 9, 11],
        "II": [3, 6, 7, 9, 11],
        "III": [3, 5, "?", None, 11],
    }
    lines = [
        {"question_id": f"q{n:03}", "source": source, "text": f"{source} says.\n#### {answer}"}
        for source, given in answers.items()
        for n, answer in enumerate(given)
        if answer is not None
    ]
    lines = [line | {"text": "I give up."} if "?" in line["text"] else line for line in lines]
    rationales_import(lines=as_lines(lines), format="jsonl", set_name="sums", user=None, now=NOW)
    hinted = Source.objects.get(name="III").rationales.filter(question__key="q004")
    assert hinted.update(hinted=True) == 1


def test_the_funnel_counts_down_to_what_every_source_got_right(mixed):
    assert draft().funnel == {
        "questions": 5,
        "parsed": {"I": 5, "II": 5, "III": 2},
        "right": {"I": 5, "II": 4, "III": 2},
        "all_right": 1,
        "repeated": 0,
        "drawn": 1,
        "identical": 0,
        "identical_shown": 0,
    }


def test_only_questions_that_every_source_got_right_become_triples(mixed):
    study = draft()
    assert [triple.question.key for triple in study.triples.all()] == ["q000"]
    assert study.triple_count == 1


def test_rationales_written_with_a_hint_are_never_shown(mixed):
    assert not TripleRationale.objects.filter(
        triple__study=draft(), rationale__hinted=True
    ).exists()


def test_no_question_that_all_got_right_is_said_in_a_sentence(mixed):
    Source.objects.get(name="II").rationales.update(verdict="wrong")
    with pytest.raises(StudyRefused, match="No question of 'sums' was answered right by every one"):
        draft()


def test_a_question_that_stands_under_two_keys_is_drawn_once_under_the_first():
    """d asks what a asks in another layout, and c what b asks; e offers another choice than b."""
    records = [
        {"id": key, "question": text, "answer": "A", "choices": choices("baker", other)}
        for key, text, other in (
            ("d", "Who\nbakes  bread?", "judge"),
            ("c", "Who bakes?", "smith"),
            ("b", "Who bakes?", "smith"),
            ("e", "Who bakes?", "judge"),
            ("a", "Who bakes bread?", "judge"),
        )
    ]
    lines = [
        {"question_id": record["id"], "source": source, "text": "The answer is (A)."}
        for record in records
        for source in ROMAN
    ]
    given = {"format": "jsonl", "set_name": "bread", "user": None, "now": NOW}
    questions_import(lines=as_lines(records), **given)
    rationales_import(lines=as_lines(lines), **given)
    study = draft()
    assert sorted(study.triples.values_list("question__key", flat=True)) == ["a", "b", "e"]
    counted = {name: study.funnel[name] for name in ("all_right", "repeated", "drawn")}
    assert counted == {"all_right": 5, "repeated": 2, "drawn": 3}
    with pytest.raises(StudyRefused, match="right on 3 different ones of 'bread' only"):
        draft(name="more", questions=4)


def choices(*texts: str) -> list[dict[str, str]]:
    return [{"label": label, "text": text} for label, text in zip("AB", texts, strict=True)]


# --- the seed ----------------------------------------------------------------------------------
def make_world(
    name: str,
    *,
    sources: tuple[str, ...] = ROMAN,
    named: int = 1,
    reverse: bool = False,
    seed: int | None = 3,
    prefix: str = "q",
) -> Study:
    """Eight questions, two right texts by each of three sources, five drawn by the seed."""
    records = [question_record(n) | {"id": f"{prefix}{n:03}"} for n in range(8)]
    lines = [
        {
            "question_id": f"{prefix}{n:03}",
            "source": source,
            "text": f"Way {w}, try {t}.\n#### {2 * n + 3}",
        }
        for n in range(8)
        for w, source in enumerate(sources)
        for t in range(2)
    ]
    step = -1 if reverse else 1
    given = {"format": "jsonl", "set_name": name, "user": None, "now": NOW}
    questions_import(lines=as_lines(records[::step]), **given)
    rationales_import(lines=as_lines(lines[::step]), **given)
    return draft(
        name=name,
        question_set=QuestionSet.objects.get(name=name),
        sources=[Source.objects.get(name=source) for source in sources[::named]],
        questions=5,
        seed=seed,
    )


def test_the_same_seed_draws_the_same_study():
    one, two = make_world("one"), make_world("two")
    assert shown(one) == shown(two)
    assert orders(one) == orders(two)


def test_another_seed_draws_another_study():
    one, two = make_world("one"), make_world("two", seed=4)
    assert shown(one) != shown(two)
    assert orders(one) != orders(two)


def test_without_a_seed_one_is_drawn_that_nobody_knows_and_kept():
    one, two = make_world("one", seed=None), make_world("two", seed=None)
    assert one.seed != two.seed
    assert min(one.seed, two.seed) > 2**32
    again = make_world("three", seed=one.seed)
    assert (shown(again), orders(again)) == (shown(one), orders(one))


@pytest.mark.parametrize(
    "changes",
    [{"reverse": True}, {"sources": ("Z", "Y", "X")}, {"named": -1}, {"prefix": "other-"}],
    ids=["order of creation", "names of sources", "order of naming", "keys of questions"],
)
def test_what_is_drawn_depends_on_the_seed_and_the_texts_alone(changes):
    one, two = make_world("one"), make_world("two", **changes)
    assert shown(one) == shown(two)
    assert orders(one) == orders(two)


def test_fewer_questions_can_be_asked_for_and_never_more_than_there_are():
    make_rationales(make_question_set(questions=6))
    assert draft(questions=2).triple_count == 2
    with pytest.raises(StudyRefused, match="7 questions were asked for, but every source is right"):
        draft(name="more", questions=7)
