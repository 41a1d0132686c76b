"""Files become rows whole or not at all, each text with a verdict, and never twice."""

import threading

import pytest
from django.db import connection

from generation import answers
from generation.models import GenerationBatch, Question, QuestionSet, Rationale, Source
from generation.services import verdicts
from generation.services.imports import ImportRefused, questions_import, rationales_import
from tests.factories import NOW, as_lines, make_admin, make_question_set, make_researcher

pytestmark = pytest.mark.django_db

BALLS = {"id": "q1", "question": "How many balls are 2 and 3?", "answer": 5}
WATER = {
    "id": "q2",
    "question": "What do fish breathe in?",
    "choices": ["ice", "water"],
    "answer": "water",
}


def import_questions(*records, set_name="sums", user=None):
    return questions_import(
        lines=as_lines(records), format="jsonl", set_name=set_name, user=user, now=NOW
    )


def import_rationales(*records, set_name="sums", user=None):
    return rationales_import(
        lines=as_lines(records), format="jsonl", set_name=set_name, user=user, now=NOW
    )


def written(source: str, text: str, **more):
    return {"question_id": "q1", "source": source, "text": text, **more}


def rows() -> tuple[int, ...]:
    models = (QuestionSet, Question, Source, GenerationBatch, Rationale)
    return tuple(model.objects.count() for model in models)


# --- questions ---------------------------------------------------------------------------------
def test_questions_come_in_with_their_gold_answer_and_choices():
    imported = import_questions(BALLS, WATER)
    assert (imported.read, imported.added, imported.present) == (2, 2, 0)
    q1, q2 = Question.objects.order_by("key")
    assert (q1.text, q1.choices, q1.gold_answer) == ("How many balls are 2 and 3?", [], "5")
    assert q2.choices == [{"label": "A", "text": "ice"}, {"label": "B", "text": "water"}]
    assert q2.gold_answer == "B"


def test_the_set_belongs_to_who_made_it():
    alice = make_researcher("alice")
    import_questions(BALLS, user=alice)
    import_questions(WATER, user=make_researcher("bob"))
    assert QuestionSet.objects.get().created_by == alice


def test_the_same_questions_twice_add_nothing():
    import_questions(BALLS, WATER)
    before = rows()
    imported = import_questions(BALLS, WATER)
    assert (imported.read, imported.added, imported.present) == (2, 0, 2)
    assert rows() == before


def test_a_known_key_with_another_text_is_a_bad_line_and_nothing_comes_in():
    import_questions(BALLS)
    with pytest.raises(ImportRefused) as refused:
        import_questions(WATER, {**BALLS, "question": "How many balls?"})
    [bad] = refused.value.bad_lines
    assert bad.line == 2
    assert bad.reason == (
        "the question 'q1' is in 'sums' with another text, choices or answer; "
        "import it into a set of another name"
    )
    assert Question.objects.count() == 1


def test_every_bad_line_is_named_and_nothing_is_half_imported():
    lines = [*as_lines([BALLS]), "{nonsense", "", '{"question": "Why?"}', "\udcff"]
    with pytest.raises(ImportRefused, match="3 lines could not be read; nothing was imported") as r:
        questions_import(lines=lines, format="jsonl", set_name="sums", user=None, now=NOW)
    assert [bad.line for bad in r.value.bad_lines] == [2, 4, 5]
    assert all(bad.reason for bad in r.value.bad_lines)
    assert rows() == (0, 0, 0, 0, 0)


def test_an_empty_file_is_refused_and_leaves_no_empty_set():
    with pytest.raises(ImportRefused) as refused:
        import_questions()
    assert refused.value.bad_lines[0].reason.startswith("the file holds no lines")
    assert rows() == (0, 0, 0, 0, 0)


@pytest.mark.parametrize("name", ["", "   ", "a\nb", "a\0b", "x" * 201])
def test_a_set_needs_a_name_that_can_be_stored_and_printed(name):
    with pytest.raises(ImportRefused):
        import_questions(BALLS, set_name=name)
    assert rows() == (0, 0, 0, 0, 0)


# --- rationales --------------------------------------------------------------------------------
def test_every_rationale_gets_its_verdict_and_wrong_ones_are_kept():
    import_questions(BALLS)
    imported = import_rationales(
        written("S1", "2 + 3 = 5.\n#### 5"),
        written("S1", "2 + 3 = 6.\n#### 6"),
        written("S1", "I do not know."),
        written("S2", "Both are given.", answer=5),
        written("S2", "Both are given again.", answer=7),
    )
    found = {r.text: (r.verdict, r.answer) for r in Rationale.objects.all()}
    assert found == {
        "2 + 3 = 5.\n#### 5": ("right", "5"),
        "2 + 3 = 6.\n#### 6": ("wrong", "6"),
        "I do not know.": ("unparsed", ""),
        "Both are given.": ("declared", "5"),
        "Both are given again.": ("wrong", "7"),
    }
    first, second = imported.sources["S1"], imported.sources["S2"]
    assert (first.read, first.added, first.right, first.wrong, first.unparsed) == (3, 3, 1, 1, 1)
    assert (second.read, second.declared, second.wrong) == (2, 1, 1)


def test_an_unparsed_rationale_says_why():
    import_questions(BALLS)
    import_rationales(written("S1", "I do not know."))
    assert Rationale.objects.get().reason != ""


def test_an_import_is_a_finished_batch_of_its_source():
    import_questions(BALLS)
    import_rationales(written("S1", "#### 5"), user=make_researcher("alice"))
    batch = GenerationBatch.objects.get()
    assert (batch.kind, batch.state, batch.source.name) == ("import", "done", "S1")
    assert (batch.created_by.username, batch.finished_at) == ("alice", NOW)
    assert Source.objects.get().kind == "imported"


def test_the_same_rationales_twice_add_nothing_not_even_a_batch():
    import_questions(BALLS)
    import_rationales(written("S1", "#### 5"), written("S2", "A: 5"))
    before = rows()
    again = import_rationales(written("S1", "#### 5"), written("S2", "A: 5"))
    assert {name: (c.read, c.added) for name, c in again.sources.items()} == {
        "S1": (1, 0),
        "S2": (1, 0),
    }
    assert rows() == before


def test_the_same_text_of_one_source_is_one_rationale_and_of_two_sources_two():
    import_questions(BALLS)
    import_rationales(written("S1", "#### 5"), written("S1", "#### 5"), written("S2", "#### 5"))
    assert sorted(Rationale.objects.values_list("source__name", flat=True)) == ["S1", "S2"]


def test_several_texts_of_one_source_are_numbered_samples():
    import_questions(BALLS)
    import_rationales(written("S1", "#### 5"), written("S1", "A: 5"))
    assert sorted(Rationale.objects.values_list("sample_index", flat=True)) == [0, 1]


def test_a_rationale_finds_its_question_by_text():
    import_questions(BALLS)
    import_rationales({"question": BALLS["question"], "source": "S1", "text": "#### 5"})
    assert Rationale.objects.get().question.key == "q1"


def test_a_text_that_two_questions_share_names_neither():
    twin = {**WATER, "id": "q3", "choices": ["water", "fire"]}
    import_questions(WATER, twin)
    with pytest.raises(ImportRefused) as refused:
        import_rationales({"question": WATER["question"], "source": "S1", "text": "(a)"})
    [bad] = refused.value.bad_lines
    assert bad.reason == (
        "2 questions of 'sums' read 'What do fish breathe in?'; give 'question_id'"
    )


def test_an_unknown_question_is_a_bad_line_and_nothing_comes_in():
    import_questions(BALLS)
    with pytest.raises(ImportRefused) as refused:
        import_rationales(
            written("S1", "#### 5"), {"question_id": "q9", "source": "S1", "text": "#### 5"}
        )
    [bad] = refused.value.bad_lines
    assert (bad.line, bad.reason) == (
        2,
        "no question 'q9' in 'sums'; import the questions first, or name the set that holds them",
    )
    assert rows() == (1, 1, 0, 0, 0)


def test_nested_lines_bring_their_questions_along():
    nested = {
        **WATER,
        "rationales": [
            {"source": "S1", "text": "They have gills."},
            {"source": "S2", "text": "Ice is too hard.", "answer": "A"},
        ],
    }
    imported = import_rationales(nested, set_name="fish")
    assert imported.questions_added == 1
    found = {r.source.name: r.verdict for r in Rationale.objects.select_related("source")}
    assert found == {"S1": "declared", "S2": "wrong"}


def test_a_bad_line_with_many_rationales_is_named_once_and_in_its_turn():
    import_questions(BALLS)
    other = {**BALLS, "question": "How many?", "rationales": [
        {"source": name, "text": "#### 5"} for name in ("S1", "S2", "S3")
    ]}  # fmt: skip
    with pytest.raises(ImportRefused) as refused:
        import_rationales(other, {"source": "S1"})
    assert [bad.line for bad in refused.value.bad_lines] == [1, 2]


def test_a_source_that_a_model_writes_takes_no_texts_from_a_file():
    import_questions(BALLS)
    Source.objects.create(
        name="tiny", kind="few-shot", model="gpt-j", prompt="few-shot", created_at=NOW
    )
    with pytest.raises(ImportRefused) as refused:
        import_rationales(written("S1", "#### 5"), written("tiny", "#### 5"))
    [bad] = refused.value.bad_lines
    assert bad.line == 2
    assert "the source 'tiny' is written by the model gpt-j here" in bad.reason
    assert Rationale.objects.count() == 0


def test_people_are_a_source_of_kind_human():
    solution = {"is_correct": False, "solution": "It is 5.\nA: 5"}
    models = ("6b_finetuning", "6b_verification", "175b_finetuning", "175b_verification")
    line = {"question": BALLS["question"], "ground_truth": "2 + 3 = 5\nA: 5"}
    rationales_import(
        lines=as_lines([line | dict.fromkeys(models, solution)]),
        format="gsm8k-solutions",
        set_name="sums",
        user=None,
        now=NOW,
    )
    kinds = dict(Source.objects.values_list("name", "kind"))
    assert kinds == {"human": "human"} | dict.fromkeys(models, "imported")


def test_reading_stops_after_a_thousand_bad_lines():
    read = []

    def lines():
        for number in range(5000):
            read.append(number)
            yield "{"

    with pytest.raises(ImportRefused, match="at least 1000 lines could not be read"):
        questions_import(lines=lines(), format="jsonl", set_name="sums", user=None, now=NOW)
    assert len(read) <= 1001


def test_unknown_questions_are_complained_of_a_thousand_times_at_most():
    import_questions(BALLS)
    with pytest.raises(ImportRefused, match="at least 1000") as refused:
        import_rationales(*({**written("S1", "#### 5"), "question_id": n} for n in range(1500)))
    assert len(refused.value.bad_lines) == 1000


def test_texts_are_judged_before_the_transaction_opens(monkeypatch):
    import_questions(BALLS)
    inside = []

    def judge(*args, **kwargs):
        inside.append(len(connection.savepoint_ids))
        return answers.judge(*args, **kwargs)

    outside = len(connection.savepoint_ids)
    monkeypatch.setattr(verdicts, "judge", judge)
    import_rationales(written("S1", "#### 5"), written("S1", "#### 6"), written("S2", "#### 5"))
    assert set(inside) == {outside}


def test_a_source_that_another_researcher_imported_takes_no_texts_of_ones_own():
    import_questions(BALLS)
    alice, bob = make_researcher("alice"), make_researcher("bob")
    import_rationales(written("S1", "#### 5"), user=alice)
    with pytest.raises(ImportRefused) as refused:
        import_rationales(written("S9", "#### 5"), written("S1", "So:\n#### 5"), user=bob)
    [bad] = refused.value.bad_lines
    assert bad.line == 2
    assert "the source 'S1' holds texts in 'sums' that another researcher imported" in bad.reason
    assert not Source.objects.filter(name="S9").exists()
    import_rationales(written("S1", "#### 5"), user=bob)
    for number, user in enumerate((alice, make_admin(), None)):
        import_rationales(written("S1", f"{number}\n#### 5"), user=user)
    assert Rationale.objects.count() == 4


@pytest.mark.django_db(transaction=True)
def test_the_same_file_at_once_from_two_people_comes_in_once():
    make_question_set("sums", questions=3)
    lines = [{"question_id": "q001", "source": "S1", "text": f"{n}\n#### 5"} for n in range(50)]
    added, problems = [], []

    def bring() -> None:
        try:
            added.append(import_rationales(*lines).sources["S1"].added)
        except Exception as problem:
            problems.append(problem)
        finally:
            connection.close()

    threads = [threading.Thread(target=bring) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert problems == []
    assert sorted(added) == [0, 0, 0, 50]
