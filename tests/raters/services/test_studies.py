"""Making studies: triples, places and settings, and what is refused."""

from collections import Counter

import pytest

from generation.models import QuestionSet
from generation.services.imports import rationales_import
from raters.models import Place, Study, TripleRationale
from raters.protocols import Size, StudyRefused
from raters.services.studies import study_size
from tests.factories import NOW, as_lines, draft, make_question_set, make_rationales, make_study

pytestmark = pytest.mark.django_db


def orders(study: Study) -> list[tuple[int, str]]:
    return list(study.places.order_by("queue").values_list("triple__number", "order"))


# --- triples and places ------------------------------------------------------------------------
def test_every_triple_has_one_rationale_of_each_source_in_the_same_order():
    study = make_study(questions=3, sources=("S1", "S2", "S3"))
    order = [part.source.name for part in study.study_sources.all()]
    assert sorted(order) == ["S1", "S2", "S3"]
    for triple in study.triples.all():
        members = triple.members.all()
        assert [member.source.name for member in members] == order
        assert {member.rationale.question_id for member in members} == {triple.question_id}


def test_texts_are_shown_without_answer_markers_and_calculator_brackets():
    texts = TripleRationale.objects.filter(triple__study=make_study()).values_list(
        "shown_text", flat=True
    )
    assert len(texts) == 18
    assert [t for t in texts if "####" in t or "<<" in t or "A:" in t or "answer is" in t] == []


def test_what_was_changed_is_kept_beside_the_original():
    members = TripleRationale.objects.filter(triple__study=make_study())
    bracketed = [member for member in members if "<<" in member.rationale.text]
    assert len(bracketed) == 6
    assert all("calculator brackets" in member.changes for member in bracketed)


def test_every_triple_has_its_places_and_every_place_its_turn():
    study = make_study(questions=4, raters_per_triple=3)
    assert Counter(study.places.values_list("triple__number", flat=True)) == {
        0: 3, 1: 3, 2: 3, 3: 3,
    }  # fmt: skip
    assert sorted(study.places.values_list("queue", flat=True)) == list(range(12))
    assert set(study.places.values_list("state", flat=True)) == {"open"}


def test_every_source_stands_in_every_slot_equally_often():
    study = make_study(questions=6, raters_per_triple=3)
    counts = Counter(
        (slot, source) for _, order in orders(study) for slot, source in enumerate(order)
    )
    assert len(counts) == 9
    assert set(counts.values()) == {6}


def test_identical_texts_are_marked_as_written_and_as_shown():
    make_question_set("sums", questions=2)
    lines = [
        {"question_id": "q000", "source": "I", "text": "So it is.\n#### 3"},
        {"question_id": "q000", "source": "II", "text": "So it is.\n#### 3"},
        {"question_id": "q001", "source": "I", "text": "So it is.\n#### 5"},
        {"question_id": "q001", "source": "II", "text": "So it is.\nA: 5"},
    ]
    rationales_import(lines=as_lines(lines), format="jsonl", set_name="sums", user=None, now=NOW)
    study = draft()
    marks = study.triples.values_list("has_identical_texts", "has_identical_shown")
    assert sorted(marks) == [(False, True), (True, True)]
    assert (study.funnel["identical"], study.funnel["identical_shown"]) == (1, 2)


# --- what is refused ---------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name": " "}, "needs a name"),
        ({"name": "x" * 201}, "needs a name of 1 to 200"),
        ({"name": "a\0b"}, "needs a name"),
        ({"raters_per_triple": 0}, "number of raters per triple is 0"),
        ({"raters_per_triple": 10**9}, "more than 1,000,000 ratings"),
        ({"questions": 0}, "number of questions is 0"),
        ({"triples_per_rater": -1}, "number of triples per rater is -1"),
        ({"triples_per_rater": 7}, "cannot rate 7 triples: there are 6"),
        ({"seed": 2**63}, "seed 9223372036854775808 is too large"),
    ],
)
def test_what_makes_no_sense_is_refused_in_a_sentence_and_leaves_nothing(changes, sentence):
    make_rationales(make_question_set(questions=6))
    with pytest.raises(StudyRefused, match=sentence):
        draft(**changes)
    assert (Study.objects.count(), Place.objects.count()) == (0, 0)


def test_a_study_compares_two_to_six_distinct_sources():
    sources = make_rationales(make_question_set(), sources=("S1", "S2"))
    with pytest.raises(StudyRefused, match="2 to 6 sources, not 1"):
        draft(sources=sources[:1])
    with pytest.raises(StudyRefused, match="named twice"):
        draft(sources=[*sources, sources[0]])
    assert draft(sources=sources).triples.first().members.count() == 2


def test_names_of_studies_are_taken_once():
    make_study(name="a study")
    with pytest.raises(StudyRefused, match="There is a study named 'a study' already"):
        draft(name=" a study ")


# --- settings ----------------------------------------------------------------------------------
def test_every_setting_is_a_column_of_the_study():
    asked = {
        "protocol": "ranking",
        "allows_ties": True,
        "allows_none_good": False,
        "allows_too_close": False,
        "shows_gold_answer": False,
        "reasons": [{"key": "q", "name": "question implies answer"}],
        "asks_step_marks": True,
        "criteria": [{"name": "clarity", "points": 5}],
        "asks_comment": True,
        "triples_per_rater": 3,
        "most_per_rater": None,
        "bundle_hours": 6,
        "counts_partial": True,
        "repeat_percent": 5,
        "check_percent": 10,
        "lease_minutes": 9,
        "instructions": "Take care.",
    }
    study = make_study(**asked)
    study.refresh_from_db()
    assert {name: getattr(study, name) for name in asked} == asked


def test_a_study_without_bundles_caps_a_raters_share():
    assert make_study(name="one").most_per_rater == 50
    assert make_study(name="two", most_per_rater=4).most_per_rater == 4
    assert make_study(name="three", most_per_rater=0).most_per_rater is None


def test_a_setting_that_is_refused_leaves_nothing():
    sources = make_rationales(make_question_set(), sources=("S1", "S2"))
    with pytest.raises(StudyRefused, match="three sources or more, not 2"):
        draft(sources=sources, protocol="best-worst")
    assert Study.objects.count() == 0


def test_a_setting_that_does_not_exist_is_a_mistake_of_the_program():
    make_rationales(make_question_set())
    with pytest.raises(TypeError, match="allows_magic"):
        draft(allows_magic=True)


def test_the_size_of_a_study_is_known_before_it_is_made():
    sources = make_rationales(make_question_set(questions=6))
    size = study_size(
        question_set=QuestionSet.objects.get(),
        sources=sources,
        questions=5,
        raters_per_triple=4,
        triples_per_rater=5,
    )
    assert size == Size(triples=5, ratings=20, bundles=4, in_bundle=5, in_last=5)
    assert Study.objects.count() == 0


def test_what_would_be_refused_is_refused_when_its_size_is_asked():
    sources = make_rationales(make_question_set(questions=6))
    asked = {"question_set": QuestionSet.objects.get(), "sources": sources}
    with pytest.raises(StudyRefused, match="number of raters per triple is 0"):
        study_size(raters_per_triple=0, **asked)
    with pytest.raises(StudyRefused, match="99 questions were asked for"):
        study_size(raters_per_triple=1, questions=99, **asked)
