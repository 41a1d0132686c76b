"""The wizard: who may, what each step refuses, that nothing entered is lost, and what it makes."""

import re

import pytest
from django.urls import reverse

from generation.models import Rationale, Source
from raters.forms_wizard import STEPS
from raters.models import Study, StudyDraft, StudyPath
from raters.protocols import DEFAULT_REASONS, PRESETS
from raters.services.studies import study_create
from tests.factories import make_study

from .people import REFUSED, client_of

pytestmark = pytest.mark.django_db
NAMES = [step.name for step in STEPS]


@pytest.fixture
def study():
    """Only so that Alice has a question set with three sources."""
    return make_study(name="balls", questions=4, raters_per_triple=2, seed=1)


def first(study, **changes):
    return {"name": "new", "question_set": study.question_set.pk, "preset": "quick"} | changes


ANSWERS = {
    "sources": {"seed": 5},
    "protocol": {"protocol": "pick-best"},
    "raters": {"raters_per_triple": 2, "lease_minutes": 20, "bundle_hours": 24},
    "checks": {"repeat_percent": 0, "check_percent": 0},
    "texts": {"language": "en", "currency": "GBP"},
    "preview": {"make": ""},
}


def send(client, draft, step, **changes):
    said = dict(ANSWERS[step])
    if step == "sources":
        said["sources"] = list(Source.objects.order_by("name").values_list("pk", flat=True))
    said = {name: value for name, value in (said | changes).items() if value is not None}
    return client.post(reverse("study-draft", args=[draft.code, step]), said)


def walk_through(client, study, *, preset="quick", **changes):
    """Every step in turn, with these answers in place of ours; the last response."""
    client.post(reverse("study-new"), first(study, preset=preset))
    draft = StudyDraft.objects.get()
    for step in NAMES[1:]:
        response = send(client, draft, step, **changes.get(step, {}))
        if response.status_code != 302:
            break
    return response


# --- who ---
@pytest.mark.parametrize("who", ["alice", "root"])
def test_the_owner_of_a_set_and_an_admin_may_make_a_study_of_it(study, who):
    assert walk_through(client_of(who, study), study).status_code == 302
    assert Study.objects.filter(name="new").exists()


@pytest.mark.parametrize("who", REFUSED)
def test_anyone_else_neither_begins_one_nor_sees_a_draft(study, who):
    client_of("alice", study).post(reverse("study-new"), first(study))
    draft = StudyDraft.objects.get()
    client = client_of(who, study)
    pages = [reverse("study-draft", args=[draft.code, step]) for step in NAMES]
    for page in pages:
        assert client.get(page).status_code == REFUSED[who]
        assert client.post(page, {"name": "stolen"}).status_code == REFUSED[who]
    drop = reverse("study-draft-drop", args=[draft.code])
    assert client.post(drop).status_code == REFUSED[who]
    draft.refresh_from_db()
    assert draft.answers["name"] == "new"
    assert Study.objects.count() == 1


@pytest.mark.parametrize("who", ["rae", "stranger", "plain"])
def test_who_is_no_researcher_has_no_wizard(study, who):
    page = client_of(who, study).get(reverse("study-new"))
    assert page.status_code == REFUSED[who]


def test_a_draft_is_not_for_an_admin_either(study):
    client_of("alice", study).post(reverse("study-new"), first(study))
    page = reverse("study-draft", args=[StudyDraft.objects.get().code, "sources"])
    assert client_of("root", study).get(page).status_code == 404


def test_another_researchers_question_set_can_be_neither_seen_nor_used(study):
    bob = client_of("bob", study)
    html = bob.get(reverse("study-new")).content.decode()
    assert study.question_set.name not in html
    assert "There is no question set yet" in html
    assert reverse("import") in html
    assert bob.post(reverse("study-new"), first(study)).status_code == 422
    assert not StudyDraft.objects.exists()


@pytest.mark.parametrize("number", ["0", "x", "-1", "9" * 30, ""])
def test_a_set_that_does_not_exist_is_chosen_by_no_address(study, number):
    page = client_of("alice", study).get(reverse("study-new"), {"set": number})
    assert page.status_code == 200
    assert "checked" not in re.search(r'<table class="choose">.*?</table>', html(page), re.S)[0]


def html(page):
    return page.content.decode()


def test_a_link_from_an_import_has_its_set_chosen(study):
    page = client_of("alice", study).get(reverse("study-new"), {"set": study.question_set.pk})
    box = re.search(r'<input type="radio" name="question_set"[^>]*>', html(page))[0]
    assert "checked" in box


# --- nothing is lost ---
def test_what_makes_no_sense_yet_is_kept_when_one_goes_back_or_leaves(study):
    alice = client_of("alice", study)
    alice.post(reverse("study-new"), first(study))
    draft = StudyDraft.objects.get()
    there = reverse("study-draft", args=[draft.code, "raters"])
    back = alice.post(there, {"raters_per_triple": "many", "to": "sources"})
    assert back["Location"] == reverse("study-draft", args=[draft.code, "sources"])
    assert 'value="many"' in html(alice.get(there))
    assert alice.post(there, {"raters_per_triple": "lots"}).status_code == 422
    assert 'value="lots"' in html(alice.get(there))
    waiting = html(alice.get(reverse("study-new")))
    assert reverse("study-draft", args=[draft.code, "checks"]) in waiting


def test_a_tick_that_is_taken_away_stays_away(study):
    alice = client_of("alice", study)
    alice.post(reverse("study-new"), first(study))
    draft = StudyDraft.objects.get()
    there = reverse("study-draft", args=[draft.code, "protocol"])
    assert alice.get(there).context["form"]["allows_none_good"].value() is True
    send(alice, draft, "protocol")
    assert alice.get(there).context["form"]["allows_none_good"].value() is False


def test_a_draft_that_is_thrown_away_is_gone_and_made_nothing(study):
    alice = client_of("alice", study)
    alice.post(reverse("study-new"), first(study))
    alice.post(reverse("study-draft-drop", args=[StudyDraft.objects.get().code]))
    assert (StudyDraft.objects.count(), Study.objects.count()) == (0, 1)


# --- presets ---
@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_fills_the_steps(study, name):
    alice = client_of("alice", study)
    alice.post(reverse("study-new"), first(study, preset=name))
    draft, preset = StudyDraft.objects.get(), PRESETS[name]
    shown = {}
    for step in STEPS[1:]:
        form = alice.get(reverse("study-draft", args=[draft.code, step.name])).context["form"]
        shown |= {field.name: field.value() for field in form}
    assert shown["questions"] == preset.questions
    for setting in set(preset.settings) - {"reasons"}:
        assert shown[setting] == preset.settings[setting]
    assert shown["asks_reasons"] == ("reasons" in preset.settings)
    assert len(shown["reasons"].splitlines()) == len(DEFAULT_REASONS)


def test_another_preset_fills_anew_what_presets_decide_and_nothing_else(study):
    alice = client_of("alice", study)
    alice.post(reverse("study-new"), first(study))
    draft = StudyDraft.objects.get()
    send(alice, draft, "sources")
    send(alice, draft, "raters", raters_per_triple=7)
    send(alice, draft, "texts", instructions="Read all.")
    alice.post(reverse("study-draft", args=[draft.code, "questions"]), first(study, preset="paper"))
    draft.refresh_from_db()
    assert "raters_per_triple" not in draft.answers
    assert (len(draft.answers["sources"]), draft.answers["instructions"]) == (3, "Read all.")


@pytest.mark.parametrize("preset", PRESETS.values())
def test_a_preset_is_a_study_that_can_be_made(study, preset):
    made = study_create(
        owner=study.owner,
        name=preset.name,
        question_set=study.question_set,
        sources=list(Source.objects.all()),
        now=study.created_at,
        **{**preset.settings, "triples_per_rater": None},
    )
    assert made.protocol == preset.settings.get("protocol", "pick-best")


def test_a_preset_that_does_not_exist_is_refused(study):
    page = client_of("alice", study).post(reverse("study-new"), first(study, preset="magic"))
    assert page.status_code == 422


# --- what each step refuses ---
@pytest.mark.parametrize(
    ("step", "changes", "sentence"),
    [
        ("sources", {"sources": []}, "This field is required"),
        ("sources", {"sources": ["no number"]}, "not one of the available choices"),
        ("sources", {"sources": [10**9]}, "not one of the available choices"),
        ("sources", {"questions": 99}, "99 questions were asked for"),
        ("sources", {"seed": "x"}, "Enter a whole number"),
        ("protocol", {"asks_reasons": "on", "reasons": "question"}, "a name is missing"),
        ("protocol", {"asks_reasons": "on", "reasons": "n  new"}, "the room needs the others"),
        ("protocol", {"criteria": "clarity"}, "does not end in a number of points"),
        ("protocol", {"criteria": "clarity 11"}, "has 11 points"),
        ("protocol", {"protocol": "guess"}, "Select a valid choice"),
        ("protocol", {"allows_ties": "on"}, "Equal ranks belong to a ranking"),
        ("raters", {"raters_per_triple": 0}, "greater than or equal to 1"),
        ("raters", {"triples_per_rater": 99}, "A rater cannot rate 99 triples"),
        ("raters", {"triples_per_rater": 3, "most_per_rater": 9}, "leave one of them empty"),
        ("raters", {"lease_minutes": 0}, "greater than or equal to 1"),
        ("raters", {"bundle_hours": ""}, "This field is required"),
        ("checks", {"repeat_percent": 51}, "less than or equal to 50"),
        ("texts", {"instructions": "x" * 10_001}, "at most 10000 characters"),
        ("texts", {"currency": "pounds"}, "three capital letters"),
    ],
)
def test_what_makes_no_sense_is_said_in_its_step(study, step, changes, sentence):
    page = walk_through(client_of("alice", study), study, **{step: changes})
    assert page.status_code == 422
    assert page.context["step"]["name"] == step
    assert sentence in html(page)
    assert Study.objects.count() == 1


@pytest.mark.parametrize("name", ["balls", "", "x" * 201])
def test_a_name_that_cannot_be_is_said_before_anything_else(study, name):
    page = client_of("alice", study).post(reverse("study-new"), first(study, name=name))
    assert page.status_code == 422
    assert not StudyDraft.objects.exists()


def test_what_was_written_with_a_hint_is_not_offered_as_a_text_of_its_source(study):
    Rationale.objects.filter(source__name="S1", question__key="q001").update(hinted=True)
    alice = client_of("alice", study)
    alice.post(reverse("study-new"), first(study))
    page = alice.get(reverse("study-draft", args=[StudyDraft.objects.get().code, "sources"]))
    counts = [(line.texts, line.questions, line.right) for _, line in page.context["sources"]]
    assert counts == [(3, 3, 3), (4, 4, 4), (4, 4, 4)]


# --- the preview, and what is made ---
@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({}, "4 triples, 8 ratings</strong>, at most 50 by one rater"),
        ({"most_per_rater": 0}, "8 ratings</strong>, no limit for one rater"),
        ({"triples_per_rater": 4}, "8 ratings</strong>: 2 bundles of 4, so 2 raters who finish"),
        ({"triples_per_rater": 3}, "3 bundles of 3, the last of 2 only, so 3 raters who finish"),
    ],
)
def test_the_preview_says_the_numbers_and_makes_nothing(study, changes, sentence):
    alice = client_of("alice", study)
    page = walk_through(alice, study, raters=changes, preview={"make": None})
    assert page.status_code == 422
    page = alice.get(reverse("study-draft", args=[StudyDraft.objects.get().code, "preview"]))
    assert sentence in " ".join(html(page).split())
    assert Study.objects.count() == 1


def test_the_preview_names_what_is_missing_and_cannot_be_made(study):
    alice = client_of("alice", study)
    alice.post(reverse("study-new"), first(study))
    there = reverse("study-draft", args=[StudyDraft.objects.get().code, "preview"])
    page = alice.get(there)
    assert "Sources: This field is required" in html(page)
    assert 'name="make"' not in html(page)
    assert alice.post(there, {"make": ""}).status_code == 422
    assert Study.objects.count() == 1


def test_every_answer_arrives_and_the_draft_is_gone(study):
    asked = {
        "protocol": {
            "protocol": "ranking",
            "allows_ties": "on",
            "shows_gold_answer": "on",
            "asks_reasons": "on",
            "reasons": "q  question implies answer\r\n\r\nl too long",
            "asks_step_marks": "on",
            "criteria": "clarity 5\nhow convincing 7",
            "asks_comment": "on",
        },
        "raters": {
            "triples_per_rater": 3, "bundle_hours": 6, "counts_partial": "on", "lease_minutes": 5,
            "rater_limit": 9,
        },
        "checks": {"repeat_percent": 5, "check_percent": 10, "qualification_percent": 80},
        "sources": {"questions": 3},
        "texts": {
            "instructions": "Take <b>care</b>.", "consent": "# Do you agree?", "minutes": 15,
            "reward": "2.50", "debrief": "Thank you.", "reveals": "on",
        },
    }  # fmt: skip
    page = walk_through(client_of("alice", study), study, **asked)
    made = Study.objects.get(name="new")
    assert page["Location"] == reverse("study", args=[made.code])
    assert (made.owner, made.state, made.triple_count, made.seed) == (study.owner, "draft", 3, 5)
    assert (made.protocol, made.allows_ties, made.asks_step_marks) == ("ranking", True, True)
    assert (made.shows_gold_answer, made.allows_none_good, made.allows_too_close) == (
        True,
        False,
        False,
    )
    assert made.reasons == [
        {"key": "q", "name": "question implies answer"},
        {"key": "l", "name": "too long"},
    ]
    assert made.criteria == [
        {"name": "clarity", "points": 5},
        {"name": "how convincing", "points": 7},
    ]
    assert (made.asks_comment, made.triples_per_rater, made.most_per_rater) == (True, 3, None)
    assert (made.bundle_hours, made.counts_partial, made.lease_minutes) == (6, True, 5)
    assert (made.repeat_percent, made.check_percent) == (5, 10)
    path = StudyPath.objects.get(study=made)
    assert (path.consent.text, path.minutes, str(path.reward)) == ("# Do you agree?", 15, "2.50")
    assert (path.debrief, path.reveals, path.asks_guesses) == ("Thank you.", True, False)
    assert (path.rater_limit, path.qualification_percent) == (9, 80)
    assert made.instructions == "Take <b>care</b>."
    assert not StudyDraft.objects.exists()


def test_reasons_that_are_not_asked_for_are_not_kept(study):
    walk_through(client_of("alice", study), study, protocol={"reasons": "q  question implies"})
    assert Study.objects.get(name="new").reasons == []


def test_a_study_can_be_opened_with_the_last_button(study):
    alice = client_of("alice", study)
    page = walk_through(alice, study, preview={"open": "", "make": None})
    assert Study.objects.get(name="new").state == "open"
    assert "Of 4 questions, 4 were answered right by every source" in " ".join(
        html(alice.get(page["Location"])).split()
    )


def test_a_name_taken_meanwhile_loses_nothing(study):
    alice = client_of("alice", study)
    alice.post(reverse("study-new"), first(study))
    Study.objects.update(name="new")
    draft = StudyDraft.objects.get()
    for step in NAMES[1:]:
        page = send(alice, draft, step)
    assert page.status_code == 422
    assert "There is a study named" in html(page)
    assert StudyDraft.objects.get().answers["name"] == "new"


def test_a_nul_which_postgresql_cannot_hold_is_left_out_of_a_draft(study):
    alice = client_of("alice", study)
    alice.post(reverse("study-new"), first(study))
    draft = StudyDraft.objects.get()
    send(alice, draft, "texts", consent="a\0b")
    send(alice, draft, "sources", sources=["\0", "1\0"])
    answers = StudyDraft.objects.get().answers
    assert (answers["consent"], answers["sources"]) == ("ab", ["", "1"])
