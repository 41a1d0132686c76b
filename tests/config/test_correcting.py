"""Correcting a wrong gold answer: what is said first, what becomes of ratings, and who may."""

import pytest
from django.urls import reverse

from generation.models import Question, Rationale
from generation.services.imports import rationales_import
from raters.exports.ratings import rows as exported_rows
from raters.exports.shape import Task
from raters.models import Assignment, AuditEntry, Deviation, Flag, Rating, Triple
from raters.services.freezing import plan_save, study_freeze
from raters.services.places import Check, checks_add, raters_per_triple_change
from raters.services.results import counted
from raters.services.study_states import study_close, study_open
from tests.factories import (
    NOW,
    as_lines,
    claim,
    draft,
    make_raters,
    make_researcher,
    make_study,
    rate_all,
    submit,
)
from tests.raters.views.people import REFUSED, client_of

pytestmark = pytest.mark.django_db
PLAN = {
    "hypothesis": "h", "sides": "two-sided", "headline": "", "ratings": None, "raters": None,
    "stopping": "", "rules": {},
}  # fmt: skip


@pytest.fixture
def study():
    """Question n asks for (n + 1) + (n + 2); every text of it reaches that."""
    return make_study(questions=3, raters_per_triple=2, sources=("Anna", "Bert", "Carl"))


@pytest.fixture
def triple(study):
    return study.triples.get(question__key="q001")


def page_of(triple):
    return reverse("study-correct", args=[triple.study.code, triple.number])


def correct(client, triple, answer="6", why="A box is missing."):
    return client.post(page_of(triple), {"answer": answer, "why": why})


def ratings(study, kind):
    return Rating.objects.filter(assignment__study=study, assignment__kind=kind)


# --- who ---
@pytest.mark.parametrize("who", ["alice", "root"])
def test_the_owner_and_an_admin_may(study, triple, who):
    client = client_of(who, study)
    assert client.get(reverse("study-questions", args=[study.code])).status_code == 200
    assert client.get(page_of(triple)).status_code == 200
    assert correct(client, triple).status_code == 302
    assert Question.objects.get(key="q001").gold_answer == "6"


@pytest.mark.parametrize("who", REFUSED)
def test_anyone_else_sees_and_changes_nothing(study, triple, who):
    client = client_of(who, study)
    assert client.get(reverse("study-questions", args=[study.code])).status_code == REFUSED[who]
    assert client.get(page_of(triple), {"answer": "6"}).status_code == REFUSED[who]
    assert correct(client, triple).status_code == REFUSED[who]
    assert Question.objects.get(key="q001").gold_answer == "5"


@pytest.mark.parametrize("is_closed", [False, True])
def test_a_question_of_anothers_study_is_corrected_by_an_admin_alone(study, triple, is_closed):
    bob = make_researcher("bob")
    others = draft(owner=bob, name="of bob's", question_set=study.question_set)
    if is_closed:
        study_open(study=others, user=bob, now=NOW)
        study_close(study=others, user=bob, now=NOW)
    page = client_of("alice", study).get(page_of(triple), {"answer": "6"}).content.decode()
    assert "1 study of other researchers asks this question too" in page
    assert "of bob" not in page
    assert correct(client_of("alice", study), triple).status_code == 422
    assert Question.objects.get(key="q001").gold_answer == "5"
    assert not AuditEntry.objects.filter(action="gold answer corrected").exists()
    assert correct(client_of("root", study), triple).status_code == 302


# --- said first ---
def test_what_becomes_of_texts_and_ratings_is_said_in_numbers_and_nothing_done(study, triple):
    rate_all(study, make_raters(study, 1))
    claim_of(study, triple)
    page = client_of("alice", study).get(page_of(triple), {"answer": "6"}).content.decode()
    said = " ".join(page.split())
    assert "Make 6 the answer?" in said
    assert "3 texts of this question are judged anew" in said
    assert "0 right, 0 declared, 3 wrong, 0 unparsed; 3 verdicts change" in said
    assert "1 rating is kept and counts nowhere" in said
    assert (triple.kind, Question.objects.get(key="q001").gold_answer) == ("study", "5")
    assert not AuditEntry.objects.filter(action="gold answer corrected").exists()


def claim_of(study, triple):
    (rater,) = make_raters(study, 1)
    held = claim(rater)
    while held.triple_id != triple.pk:
        submit(rater, held)
        rater.refresh_from_db()
        held = claim(rater)
    return held


def test_no_page_of_it_names_a_source(study, triple):
    alice = client_of("alice", study)
    for page in (
        alice.get(reverse("study-questions", args=[study.code])),
        alice.get(page_of(triple)),
        alice.get(page_of(triple), {"answer": "6"}),
    ):
        assert not [name for name in ("Anna", "Bert", "Carl") if name in page.content.decode()]


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ("5.0", "“5” is the answer already"),
        ("five", "“five” cannot be the answer; name a number"),
        ("", "This field is required"),
    ],
)
def test_an_answer_that_cannot_be_names_the_value(study, triple, answer, sentence):
    page = client_of("alice", study).get(page_of(triple), {"answer": answer})
    assert page.status_code == 422
    assert sentence in page.content.decode()


def test_a_correction_needs_a_reason_and_a_study_that_runs(study, triple):
    alice = client_of("alice", study)
    assert "Say why" in correct(alice, triple, why=" ").content.decode()
    study_close(study=study, user=study.owner, now=NOW)
    assert "is closed" in correct(alice, triple).content.decode()
    assert Question.objects.get(key="q001").gold_answer == "5"


# --- done ---
def test_ratings_of_texts_that_are_wrong_now_count_nowhere_and_are_kept(study, triple):
    rate_all(study, make_raters(study, 2))
    before = len(counted.read(study, 3).raters), ratings(study, "study").count()
    correct(client_of("alice", study), triple)
    triple.refresh_from_db()
    assert before == (2, 6)
    assert (ratings(study, "study").count(), ratings(study, "void").count()) == (4, 2)
    assert counted.read(study, 3).questions == ("q000", "q002")
    assert (triple.kind, triple.places.count(), study.places.count()) == ("void", 0, 4)
    kinds = {(row["kind"], row["counted"]) for row in exported_rows(task(study))}
    assert kinds == {("study", True), ("void", False)}
    texts = Rationale.objects.filter(question=triple.question)
    assert {each.verdict for each in texts} == {"wrong"}
    assert texts.first().reason == "states 5, the gold answer is 6"


def task(study):
    study_close(study=study, user=study.owner, now=NOW)
    study.refresh_from_db()
    return Task(study=study)


def test_ratings_stay_where_every_text_reaches_the_new_answer(study, triple):
    Rationale.objects.filter(question=triple.question).update(text="The answer is 6.")
    rate_all(study, make_raters(study, 1))
    correct(client_of("alice", study), triple)
    triple.refresh_from_db()
    assert (triple.kind, ratings(study, "study").count()) == ("study", 3)
    assert {r.verdict for r in Rationale.objects.filter(question=triple.question)} == {"right"}


def test_what_is_in_hand_comes_in_and_does_not_count(study, triple):
    held = claim_of(study, triple)
    correct(client_of("alice", study), triple)
    submitted = submit(held.rater, held)
    assert submitted is not None
    held = Assignment.objects.get(pk=held.pk)
    assert (held.kind, held.place) == ("void", None)
    assert ratings(study, "void").count() == 1
    assert not counted.countable(study).filter(assignment=held).exists()


def test_nobody_is_handed_a_void_triple_nor_are_more_raters_asked_for_it(study, triple):
    correct(client_of("alice", study), triple)
    assert raters_per_triple_change(study=study, user=study.owner, raters=4, now=NOW) == 4
    assert not study.places.filter(triple=triple).exists()
    assert rate_all(study, make_raters(study, 4)) == 8


def test_a_rater_with_a_bundle_is_done_with_what_is_left_of_it():
    study = make_study(questions=3, raters_per_triple=1, triples_per_rater=3)
    (rater,) = make_raters(study, 1)
    triple = claim(rater).triple
    correct(client_of("alice", study), triple, answer="99")
    assert rate_all(study, [rater]) == 2
    rater.refresh_from_db()
    assert rater.bundle.held_until is None


def test_a_check_stands_while_the_text_that_it_expects_is_right():
    study = make_study(questions=3, sources=("S1", "S2"))
    other = make_study(name="other", questions=4, sources=("T1", "T2"), opened=False)
    question = other.question_set.questions.get(key="q003")
    first, second = question.rationales.order_by("pk")
    checks_add(study=study, checks=[Check(question, [first, second], expected=0)])
    Rationale.objects.filter(pk=first.pk).update(text="The answer is 6.")
    check = study.triples.get(kind="check")
    correct(client_of("alice", study), check)
    kinds = dict(Triple.objects.filter(question=question).values_list("study__name", "kind"))
    assert kinds == {"a study": "check", "other": "void"}


def test_it_is_written_down_and_a_deviation_of_a_frozen_plan(study, triple):
    by = {"study": study, "user": study.owner, "now": NOW}
    plan_save(**PLAN, **by)
    study_freeze(**by)
    rate_all(study, make_raters(study, 1))
    correct(client_of("alice", study), triple)
    entry = AuditEntry.objects.get(action="gold answer corrected")
    assert "q001: 5 to 6; triple" in entry.detail
    assert "void, 1 ratings. A box is missing." in entry.detail
    deviation = Deviation.objects.get(what="gold answer of q001")
    assert (deviation.before, deviation.after, deviation.why) == (
        "5", "6: 1 ratings void", "A box is missing.",
    )  # fmt: skip


def test_a_flagged_question_leads_to_its_correction_and_says_that_it_was(study, triple):
    Flag.objects.create(assignment=claim_of(study, triple), reason="wrong-answer", at=NOW)
    alice = client_of("alice", study)
    there = reverse("study", args=[study.code])
    assert page_of(triple) in alice.get(there).content.decode()
    correct(alice, triple)
    assert "its ratings do not count" in alice.get(there).content.decode()


def test_a_text_that_was_declared_for_an_answer_stays_declared_for_it(study):
    question = study.question_set.questions.get(key="q002")
    line = {"question_id": "q002", "source": "D", "text": "Because it is so.", "answer": "9"}
    rationales_import(
        lines=as_lines([line]), format="jsonl", set_name=study.question_set.name, user=None, now=NOW
    )
    triple = study.triples.get(question=question)
    correct(client_of("alice", study), triple, answer="9")
    assert Rationale.objects.get(source__name="D").verdict == "declared"
    assert Rationale.objects.get(source__name="Anna", question=question).verdict == "wrong"
