"""Public data sets, as they are published, become question sets, rationales and studies.

Their expected numbers are counts of the files themselves.
"""

import pytest
from django.core.management import call_command

from generation.models import GenerationBatch, Question, QuestionSet, Rationale, Source
from raters.models import Study, Triple, TripleRationale
from tests.data import data_file

pytestmark = pytest.mark.django_db

SOLUTIONS = "gsm8k/example_model_solutions.jsonl"
QUESTIONS = "star-commonsenseqa/dev_rand_split.jsonl"
EXPLANATIONS = "cos-e/cose_dev_v1.11.jsonl"
TRIPLES = "derived-cqa250-triples/triples.jsonl"


def bring(what: str, name: str, format: str, set_name: str) -> None:
    call_command(f"import_{what}", str(data_file(name)), format=format, set_name=set_name)


def make_study(set_name: str, *sources: str) -> Study:
    call_command(
        "create_study", "a study", "--set", set_name, "--sources", *sources,
        "--raters-per-triple", "1",
    )  # fmt: skip
    return Study.objects.get()


def rows() -> tuple[int, ...]:
    models = (QuestionSet, Question, Source, GenerationBatch, Rationale)
    return tuple(model.objects.count() for model in models)


def test_gsm8k_solutions_give_243_triples_of_which_two_hold_identical_texts(capsys):
    bring("rationales", SOLUTIONS, "gsm8k-solutions", "gsm8k")
    printed = capsys.readouterr().out.splitlines()
    assert printed[0] == "1319 questions added"
    assert {line.split()[0]: int(line.split()[3]) for line in printed[2:]} == {
        "human": 1319,
        "6b_finetuning": 286,
        "6b_verification": 515,
        "175b_finetuning": 458,
        "175b_verification": 742,
    }
    before = rows()
    assert before[4] == sum(int(line.split()[2]) for line in printed[2:])
    bring("rationales", SOLUTIONS, "gsm8k-solutions", "gsm8k")
    assert rows() == before

    study = make_study("gsm8k", "human", "6b_finetuning", "175b_verification")
    assert study.triple_count == 243
    assert Triple.objects.filter(has_identical_texts=True).count() == 2
    printed = capsys.readouterr().out
    assert "right by every source: 243\n" in printed
    assert "of these with identical texts: 2 as written" in printed
    shown = TripleRationale.objects.values_list("shown_text", flat=True)
    assert len(shown) == 3 * 243
    marked = [text for text in shown if "<<" in text or "####" in text or "\nA:" in text]
    assert marked == []


def test_commonsenseqa_dev_and_its_explanations_come_in_whole(capsys):
    bring("questions", QUESTIONS, "commonsenseqa", "csqa-dev")
    assert capsys.readouterr().out == ("1221 questions read, 1221 added, 0 already in 'csqa-dev'\n")
    bring("rationales", EXPLANATIONS, "cos-e", "csqa-dev")
    last = capsys.readouterr().out.splitlines()[-1].split()
    assert last == ["cos-e", "1221", "1221", "0", "0", "1221", "0"]
    before = rows()
    bring("questions", QUESTIONS, "commonsenseqa", "csqa-dev")
    bring("rationales", EXPLANATIONS, "cos-e", "csqa-dev")
    assert rows() == before
    assert Source.objects.get().kind == "human"


def test_the_250_derived_triples_come_in_as_they_are_and_become_a_study():
    bring("rationales", TRIPLES, "jsonl", "cqa250")
    sources = sorted(Source.objects.values_list("name", flat=True))
    assert sources == ["cos-e-human", "ecqa-human", "gpt3-greedy"]
    assert set(Rationale.objects.values_list("verdict", flat=True)) == {"declared"}
    before = rows()
    bring("rationales", TRIPLES, "jsonl", "cqa250")
    assert rows() == before
    study = make_study("cqa250", *sources)
    assert (study.triple_count, study.places.count()) == (250, 250)
    assert TripleRationale.objects.filter(shown_text="").count() == 0
