"""Writing practice and checks on a study's page: who may, what is refused, what raters meet."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from generation.models import Question, Rationale, Source
from raters.models import AuditEntry, PracticeTriple, Study
from raters.services.study_states import study_close
from tests.factories import NOW, make_raters, make_study, rate_all
from tests.raters.views.people import REFUSED, client_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def study():
    """Sources that no code or token can contain by chance."""
    return make_study(
        questions=9, sources=("Anna Zq", "Bert Zq", "Carl Zq"), check_percent=50, opened=False
    )


def page_of(study):
    return reverse("study-authoring", args=[study.code])


PRACTICE = {
    "practice-question": "What is 3 × 4?",
    "practice-gold_answer": "12",
    "practice-text_0": "3 × 4 is 13.",
    "practice-text_1": "Four threes are twelve.",
    "practice-text_2": "It is twelve because it is 12 × 2.",
    "practice-expected": "1",
    "practice-why": "A1 says 13; A3 multiplies by two.",
    "practice-qualifies": "on",
}
CHECK = {
    "check-question": "How many legs do two cats have?",
    "check-answer": "8",
    "check-choices": "",
    "check-text_0": "Each has four, so 8. The answer is 8.",
    "check-text_1": "Pick me, I am not about cats at all. The answer is 8.",
    "check-text_2": "Two cats have two legs each. The answer is 8.",
    "check-why": "The others are nonsense on purpose.",
}


def new_practice(client, study, **changes):
    said = PRACTICE | {f"practice-{name}": value for name, value in changes.items()}
    return client.post(reverse("study-practice-new", args=[study.code]), said)


def new_check(client, study, **changes):
    said = CHECK | {f"check-{name}": value for name, value in changes.items()}
    return client.post(reverse("study-check-new", args=[study.code]), said)


# --- who ---
@pytest.mark.parametrize("who", ["alice", "root"])
def test_the_owner_and_an_admin_may_write(study, who):
    client = client_of(who, study)
    assert client.get(page_of(study)).status_code == 200
    assert new_practice(client, study).status_code == 302
    assert new_check(client, study).status_code == 302
    assert PracticeTriple.objects.count() == 1
    assert study.triples.filter(kind="check").count() == 1


@pytest.mark.parametrize("who", REFUSED)
def test_anyone_else_sees_and_writes_nothing(study, who):
    client = client_of(who, study)
    assert client.get(page_of(study)).status_code == REFUSED[who]
    assert new_practice(client, study).status_code == REFUSED[who]
    assert new_check(client, study).status_code == REFUSED[who]
    for name in ("study-practice-drop", "study-check-drop"):
        assert client.post(reverse(name, args=[study.code, 0])).status_code == REFUSED[who]
    file = reverse("study-practice-file", args=[study.code])
    assert client.post(file).status_code == REFUSED[who]
    assert not PracticeTriple.objects.exists()


def test_the_page_names_no_source_of_the_study(study):
    alice = client_of("alice", study)
    new_practice(alice, study)
    new_check(alice, study)
    html = alice.get(page_of(study)).content.decode()
    assert "Four threes are twelve." in html
    assert not [name for name in ("Anna Zq", "Bert Zq", "Carl Zq") if name in html]


# --- practice ---
def test_practice_keeps_its_order_and_its_reason_and_can_be_taken_away(study):
    alice = client_of("alice", study)
    new_practice(alice, study)
    made = PracticeTriple.objects.get()
    assert (made.rationales[1], made.expected, made.qualifies) == (
        "Four threes are twelve.", 1, True,
    )  # fmt: skip
    assert "A1 says 13" in alice.get(page_of(study)).content.decode()
    alice.post(reverse("study-practice-drop", args=[study.code, made.number]))
    assert not PracticeTriple.objects.exists()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"question": ""}, "This field is required"),
        ({"text_1": "3 × 4 is 13."}, "two of the texts are the same"),
        ({"expected": "7"}, "Select a valid choice"),
        ({"question": "A box holds 2 red and 3 blue balls. How many balls does it hold?"},
         "the study asks"),
    ],
)  # fmt: skip
def test_practice_that_makes_no_sense_is_said_and_what_was_written_stays(study, changes, sentence):
    page = new_practice(client_of("alice", study), study, **changes)
    assert page.status_code == 422
    assert sentence in page.content.decode()
    assert "It is twelve because it is 12 × 2." in page.content.decode()
    assert not PracticeTriple.objects.exists()


def upload(client, study, content):
    file = SimpleUploadedFile("p.jsonl", content)
    there = reverse("study-practice-file", args=[study.code])
    return client.post(there, {"file": file}, follow=True).content.decode()


def test_practice_comes_from_a_file_whole_or_not_at_all(study):
    line = {"question": "3 × 4?", "answer": "12", "rationales": ["12.", "13.", "14."]}
    line |= {"expected": "A1", "why": "The others are not 12."}
    good, bad = json.dumps(line).encode(), b'{"question": 1}'
    alice = client_of("alice", study)
    assert "Line 2" in upload(alice, study, good + b"\n" + bad)
    assert "not UTF-8" in upload(alice, study, b"\xff")
    assert not PracticeTriple.objects.exists()
    assert "1 practice triple added" in upload(alice, study, good)


# --- checks ---
def test_a_check_is_rationales_of_sources_of_its_own_and_keeps_why(study):
    before = set(study.study_sources.values_list("source", flat=True))
    new_check(client_of("alice", study), study)
    check = study.triples.get(kind="check")
    members = list(check.members.order_by("position"))
    assert (check.expected, check.why) == (0, "The others are nonsense on purpose.")
    assert members[0].shown_text.startswith("Each has four")
    assert not before & {each.source_id for each in members}
    assert AuditEntry.objects.get(study=study, action="checks").detail == "1 added"


def test_a_check_may_have_choices(study):
    changes = {"choices": "cat\ndog", "answer": "dog"}
    changes |= {f"text_{n}": f"Way {n}: the answer is dog." for n in range(3)}
    assert new_check(client_of("alice", study), study, **changes).status_code == 302
    question = study.triples.get(kind="check").question
    assert (len(question.choices), question.gold_answer) == (2, "B")


def test_the_same_check_text_for_two_studies_of_one_name_beginning_is_found_again(study):
    alice = client_of("alice", study)
    new_check(alice, study)
    new_check(alice, study, text_0="Four and four are 8. The answer is 8.")
    texts = study.triples.filter(kind="check").order_by("number")
    firsts = [each.members.get(position=0).rationale.text for each in texts]
    assert firsts == [CHECK["check-text_0"], "Four and four are 8. The answer is 8."]
    assert Question.objects.filter(question_set__name="checks of a study").count() == 1


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"answer": "many"}, "many"),
        ({"text_2": ""}, "This field is required"),
    ],
)
def test_a_check_that_cannot_be_read_leaves_nothing_behind(study, changes, sentence):
    before = Rationale.objects.count(), Source.objects.count()
    page = new_check(client_of("alice", study), study, **changes)
    assert page.status_code == 422
    assert sentence in page.content.decode()
    assert (Rationale.objects.count(), Source.objects.count()) == before


def test_raters_meet_a_check_and_then_it_stays(study):
    alice = client_of("alice", study)
    new_check(alice, study)
    Study.objects.update(state="open", opened_at=NOW)
    rate_all(study, make_raters(study, 8))
    assert study.assignments.filter(kind="check").exists()
    check = study.triples.get(kind="check")
    alice.post(reverse("study-check-drop", args=[study.code, check.number]))
    assert study.triples.filter(kind="check").exists()
    assert "A rater has met this check" in alice.get(page_of(study)).content.decode()


def test_a_check_that_nobody_met_can_be_taken_away(study):
    alice = client_of("alice", study)
    new_check(alice, study)
    check = study.triples.get(kind="check")
    alice.post(reverse("study-check-drop", args=[study.code, check.number]))
    assert not study.triples.filter(kind="check").exists()


def test_a_closed_study_takes_neither(study):
    alice = client_of("alice", study)
    Study.objects.update(state="open", opened_at=NOW)
    study_close(study=study, user=study.owner, now=NOW)
    assert new_practice(alice, study).status_code == 422
    assert new_check(alice, study).status_code == 422
    assert not PracticeTriple.objects.exists()
