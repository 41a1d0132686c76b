"""Studies: triples and places, what is refused, opening, closing, and raters."""

from collections import Counter
from datetime import timedelta

import pytest

from generation.services.imports import rationales_import
from raters.models import AuditEntry, Place, Rater, Study, TripleRationale
from raters.protocols import StudyRefused
from raters.services.study_states import (
    Fill,
    raters_add,
    study_close,
    study_fill,
    study_open,
    study_unblind_note,
)
from tests.factories import (
    NOW,
    as_lines,
    claim,
    draft,
    make_question_set,
    make_rater,
    make_rationales,
    make_researcher,
    make_study,
    rate,
)

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


# --- opening and closing -----------------------------------------------------------------------
def test_a_draft_opens_and_an_open_study_closes_and_each_is_written_down():
    alice, later = make_researcher("alice"), NOW + timedelta(days=1)
    study = make_study(opened=False)
    assert (study.state, study.opened_at) == ("draft", None)
    study_open(study=study, user=alice, now=NOW)
    assert (study.state, study.opened_at, study.closed_at) == ("open", NOW, None)
    study_close(study=study, user=alice, now=later)
    assert (study.state, study.opened_at, study.closed_at) == ("closed", NOW, later)
    notes = AuditEntry.objects.values_list("study", "user__username", "action", "at")
    assert list(notes) == [
        (study.pk, "alice", "opened", NOW),
        (study.pk, "alice", "closed", later),
    ]


@pytest.mark.parametrize(
    ("state", "act", "sentence"),
    [
        ({"opened": True}, study_open, "is open: only a draft can be opened"),
        ({"closed": True}, study_open, "is closed: only a draft can be opened"),
        ({"opened": False}, study_close, "is draft: only an open one can close"),
        ({"closed": True}, study_close, "is closed: only an open one can close"),
    ],
)
def test_a_study_moves_forward_only(state, act, sentence):
    study = make_study(**state)
    before = AuditEntry.objects.count()
    with pytest.raises(StudyRefused, match=sentence):
        act(study=study, user=study.owner, now=NOW)
    assert AuditEntry.objects.count() == before


def test_unblinding_leaves_an_audit_row():
    study = make_study(closed=True)
    study_unblind_note(study=study, user=study.owner, page="results", now=NOW)
    last = AuditEntry.objects.last()
    assert (last.action, last.detail, last.user) == ("un-blinded", "results", study.owner)


def test_the_fill_counts_places_and_raters():
    study = make_study(questions=2, raters_per_triple=2)
    one, other = make_rater(study), make_rater(study)
    rate(one)
    claim(other)
    assert study_fill(study=study) == Fill(places=4, filled=1, held=1, open=2, raters=2)


# --- raters ------------------------------------------------------------------------------------
def test_raters_are_numbered_in_their_study_and_have_links_of_their_own():
    study = make_study()
    raters = raters_add(study=study, count=2, now=NOW) + raters_add(study=study, count=1, now=NOW)
    assert [rater.name for rater in raters] == ["Rater 1", "Rater 2", "Rater 3"]
    assert len({rater.code for rater in raters}) == 3
    assert min(len(rater.code) for rater in raters) >= 22


def test_a_number_that_was_freed_does_not_stop_the_next_rater():
    study = make_study()
    _, second, _ = raters_add(study=study, count=3, now=NOW)
    second.delete()
    assert raters_add(study=study, count=1, now=NOW)[0].name == "Rater 4"


def test_a_closed_study_takes_no_more_raters():
    with pytest.raises(StudyRefused, match="is closed: it takes no more raters"):
        make_rater(make_study(closed=True))


@pytest.mark.parametrize("count", [0, -3, 1001])
def test_raters_are_added_in_sensible_numbers(count):
    with pytest.raises(StudyRefused, match=f"{count} raters cannot be added"):
        raters_add(study=make_study(), count=count, now=NOW)
    assert Rater.objects.count() == 0
