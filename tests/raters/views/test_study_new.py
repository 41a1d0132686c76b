"""Making a study on its page: who may, presets, settings, refusals, and the numbers first."""

import re

import pytest
from django.urls import reverse

from generation.models import Rationale, Source
from raters.models import Study
from raters.protocols import DEFAULT_REASONS, PRESETS
from raters.services.studies import study_create
from tests.factories import make_study

from .people import REFUSED, client_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def study():
    return make_study(name="balls", questions=4, raters_per_triple=2, seed=1)


@pytest.fixture
def address(study):
    return f"{reverse('study-new')}?set={study.question_set.pk}"


# --- who ---
@pytest.mark.parametrize("who", ["alice", "root"])
def test_the_owner_of_a_set_and_an_admin_may_make_a_study_of_it(study, address, who):
    client = client_of(who, study)
    assert client.get(address).status_code == 200
    assert client.post(address, new_study()).status_code == 302


@pytest.mark.parametrize("who", REFUSED)
def test_anyone_else_makes_none(study, address, who):
    client = client_of(who, study)
    assert client.get(address).status_code == REFUSED[who]
    assert client.post(address, new_study()).status_code == REFUSED[who]
    assert Study.objects.count() == 1


def new_study(**more):
    sources = list(Source.objects.order_by("name").values_list("pk", flat=True))
    return {
        "name": "new",
        "sources": sources,
        "raters_per_triple": 2,
        "seed": 5,
        "protocol": "pick-best",
        "repeat_percent": 0,
        "check_percent": 0,
        "lease_minutes": 20,
        "bundle_hours": 24,
    } | more


def test_a_study_is_made_and_its_funnel_printed(study, address):
    client = client_of("alice", study)
    assert "S1" in client.get(address).content.decode()
    page = client.post(address, new_study(questions=3), follow=True)
    made = Study.objects.get(name="new")
    assert (made.owner, made.triple_count, made.seed) == (study.owner, 3, 5)
    assert "Of 4 questions, 4 were answered right by every source; 3 were drawn" in (
        " ".join(page.content.decode().split())
    )


@pytest.mark.parametrize("setting", ["shows_gold_answer", "allows_none_good", "allows_too_close"])
def test_what_raters_see_and_may_say_is_set_with_the_study(study, address, setting):
    client = client_of("alice", study)
    assert "checked" in str(client.get(address).context["form"][setting])
    asked = new_study(**{setting: "on"}, instructions="Take <b>care</b>.", lease_minutes=5)
    client.post(address, asked)
    made = Study.objects.get(name="new")
    given = [made.shows_gold_answer, made.allows_none_good, made.allows_too_close]
    assert (given.count(True), getattr(made, setting)) == (1, True)
    assert (made.instructions, made.lease_minutes) == ("Take <b>care</b>.", 5)


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("sources", [], "This field is required"),
        ("sources", ["no number"], "not one of the available choices"),
        ("sources", [10**9], "not one of the available choices"),
        ("raters_per_triple", 0, "greater than or equal to 1"),
        ("questions", 99, "99 questions were asked for"),
        ("triples_per_rater", 99, "A rater cannot rate 99 triples"),
        ("name", "balls", "There is a study named"),
        ("seed", "x", "Enter a whole number"),
        ("lease_minutes", 0, "greater than or equal to 1"),
        ("instructions", "x" * 10_001, "at most 10000 characters"),
    ],
)
def test_what_cannot_be_made_is_said_beside_the_form(study, address, field, value, sentence):
    page = client_of("alice", study).post(address, new_study(**{field: value}))
    assert page.status_code == 422
    assert sentence in page.content.decode()
    assert Study.objects.count() == 1


def test_what_was_written_with_a_hint_is_not_offered_as_a_text_of_its_source(study, address):
    Rationale.objects.filter(source__name="S1", question__key="q001").update(hinted=True)
    lines = client_of("alice", study).get(address).context["sources"]
    counts = [(line.texts, line.questions, line.right) for _, line in lines]
    assert counts == [(3, 3, 3), (4, 4, 4), (4, 4, 4)]


def test_a_new_study_needs_a_set_and_says_where_to_get_one(study):
    html = client_of("bob", study).get(reverse("study-new")).content.decode()
    assert "There is no question set yet" in html
    assert reverse("import") in html


def test_another_researchers_question_set_can_be_neither_seen_nor_used(study, address):
    bob = client_of("bob", study)
    assert study.question_set.name not in bob.get(reverse("study-new")).content.decode()
    assert bob.get(address).status_code == 404
    assert bob.post(address, new_study()).status_code == 404
    assert Study.objects.count() == 1


@pytest.mark.parametrize("number", ["0", "x", "-1", "9" * 30, "1e3", ""])
def test_a_set_that_does_not_exist_is_a_404(study, number):
    page = client_of("alice", study).get(reverse("study-new"), {"set": number})
    assert page.status_code == 404


# --- every setting ---
def test_every_setting_of_the_form_arrives(study, address):
    asked = new_study(
        protocol="ranking",
        allows_ties="on",
        asks_reasons="on",
        reasons="q  question implies answer\r\n\r\nl too long",
        asks_step_marks="on",
        criteria="clarity 5\nhow convincing 7",
        asks_comment="on",
        triples_per_rater=4,
        bundle_hours=6,
        counts_partial="on",
        repeat_percent=5,
        check_percent=10,
    )
    client_of("alice", study).post(address, asked)
    made = Study.objects.get(name="new")
    assert (made.protocol, made.allows_ties, made.asks_step_marks) == ("ranking", True, True)
    assert made.reasons == [
        {"key": "q", "name": "question implies answer"},
        {"key": "l", "name": "too long"},
    ]
    assert made.criteria == [
        {"name": "clarity", "points": 5},
        {"name": "how convincing", "points": 7},
    ]
    assert (made.asks_comment, made.triples_per_rater, made.most_per_rater) == (True, 4, None)
    assert (made.bundle_hours, made.counts_partial) == (6, True)
    assert (made.repeat_percent, made.check_percent) == (5, 10)


def test_reasons_that_are_not_asked_for_are_not_kept(study, address):
    client_of("alice", study).post(address, new_study(reasons="q  question implies answer"))
    assert Study.objects.get(name="new").reasons == []


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"asks_reasons": "on", "reasons": "question"}, "a key, a space or a name is missing"),
        ({"asks_reasons": "on", "reasons": "n  new"}, "the room needs the others"),
        ({"criteria": "clarity"}, "does not end in a number of points"),
        ({"criteria": "clarity 11"}, "The scale of &#x27;clarity&#x27; has 11 points"),
        ({"protocol": "guess"}, "Select a valid choice"),
        ({"allows_ties": "on"}, "Equal ranks belong to a ranking"),
        ({"triples_per_rater": 3, "most_per_rater": 9}, "leave one of them empty"),
        ({"repeat_percent": 51}, "less than or equal to 50"),
        ({"bundle_hours": ""}, "This field is required"),
    ],
)
def test_a_setting_that_makes_no_sense_is_said_beside_the_form(study, address, changes, sentence):
    page = client_of("alice", study).post(address, new_study(**changes))
    assert page.status_code == 422
    assert sentence in page.content.decode()
    assert Study.objects.count() == 1


# --- presets ---
@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_fills_the_form(study, address, name):
    page = client_of("alice", study).get(f"{address}&preset={name}")
    form, preset = page.context["form"], PRESETS[name]
    assert form["questions"].value() == preset.questions
    for setting in set(preset.settings) - {"reasons"}:
        assert form[setting].value() == preset.settings[setting]
    assert form["asks_reasons"].value() == ("reasons" in preset.settings)
    assert page.content.decode().count('aria-current="true"') == 1


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


def test_choosing_a_preset_keeps_the_name_and_the_sources(study, address):
    source = study.study_sources.first().source_id
    sent = {"preset": "paper", "name": "half written", "sources": [source], "questions": "x"}
    page = client_of("alice", study).post(address, sent)
    form = page.context["form"]
    assert (form["name"].value(), form["sources"].value()) == ("half written", [str(source)])
    assert form["questions"].value() == PRESETS["paper"].questions
    box = re.search(rf'name="sources" value="{source}"[^>]*>', page.content.decode())
    assert box is not None
    assert "checked" in box[0]
    assert not form.errors


def test_a_preset_that_does_not_exist_is_a_404(study, address):
    assert client_of("alice", study).get(f"{address}&preset=magic").status_code == 404


def test_the_reasons_of_the_paper_wait_in_the_form_unasked(study, address):
    form = client_of("alice", study).get(address).context["form"]
    assert form["reasons"].value().splitlines()[0] == "q  question implies answer"
    assert len(form["reasons"].value().splitlines()) == len(DEFAULT_REASONS)
    assert not form["asks_reasons"].value()


# --- the numbers first ---
@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({}, "4 triples, 8 ratings</strong>, at most 50 by one rater"),
        ({"most_per_rater": 0}, "8 ratings</strong>, no limit for one rater"),
        ({"triples_per_rater": 4}, "8 ratings</strong>: 2 bundles of 4, so 2 raters who finish"),
        ({"triples_per_rater": 3}, "3 bundles of 3, the last of 2 only, so 3 raters who finish"),
    ],
)
def test_checking_says_the_numbers_and_makes_nothing(study, address, changes, sentence):
    page = client_of("alice", study).post(address, new_study(check="1", **changes))
    assert page.status_code == 200
    assert sentence in " ".join(page.content.decode().split())
    assert Study.objects.count() == 1


def test_a_name_that_is_taken_still_shows_the_numbers(study, address):
    page = client_of("alice", study).post(address, new_study(name="balls"))
    assert page.status_code == 422
    assert "4 triples, 8 ratings" in page.content.decode()


def test_numbers_that_cannot_be_worked_out_are_not_guessed(study, address):
    client = client_of("alice", study)
    for wrong in ({"raters_per_triple": ""}, {"questions": 99}):
        page = client.post(address, new_study(check="1", **wrong))
        assert page.status_code == 422
        assert "Nothing is made yet" not in page.content.decode()
