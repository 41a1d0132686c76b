"""Sources as pages: who may enter, making one, what each wrote, browsing it.

Alice is a researcher, Bob another, Root an admin; a rater holds a cookie; Sue signed in but is no
staff.
"""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from generation.models import Question, QuestionSet, Rationale, Source
from generation.services.imports import rationales_import
from tests.factories import (
    NOW,
    as_lines,
    make_question_set,
    make_rater,
    make_rationales,
    make_researcher,
    make_study,
)
from tests.generation.views.conftest import signed_in, write_chunk

pytestmark = pytest.mark.django_db
LIST = "/sources/"


def text(response) -> str:
    return " ".join(response.content.decode().split())


def browse(source, **asked) -> str:
    return reverse("rationales", args=[source.pk], query=asked)


def shown(response) -> list[str]:
    return [line["text"] for line in response.context["page"]]


# --- who may enter ---
@pytest.mark.parametrize("page", ["list", "rationales"])
def test_staff_enters_a_stranger_and_a_rater_sign_in_others_find_nothing(
    source, client, admin_client, page
):
    url = LIST if page == "list" else browse(source)
    rater = Client()
    rater.get(reverse("rater-link", args=[make_rater(make_study()).code]))
    rater.cookies["rater"]["path"] = "/"
    for staff in (client, admin_client):
        assert staff.get(url).status_code == 200
    for stranger in (Client(), rater):
        response = stranger.get(url)
        assert (response.status_code, response.url.split("?")[0]) == (302, "/sign-in/")
    assert signed_in(User.objects.create_user("sue")).get(url).status_code == 404


def test_only_staff_with_the_forms_own_token_makes_a_source(alice):
    form = {"name": "new", "kind": "human"}
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(alice)
    answers = [who.post(LIST, form).status_code for who in (Client(), strict)]
    answers.append(signed_in(User.objects.create_user("sue")).post(LIST, form).status_code)
    assert answers == [302, 403, 404]
    assert not Source.objects.exists()


def test_what_was_written_for_anothers_set_is_neither_shown_nor_counted(
    make_batch, client, admin_client, source
):
    write_chunk(make_batch())
    bob = signed_in(make_researcher("bob"))
    pages = [LIST, browse(source), browse(source, set=QuestionSet.objects.get().pk)]
    for url in pages:
        page = text(bob.get(url))
        for words in ("sums", "A box holds", "Sample 0"):
            assert words not in page
    assert [len(who.get(LIST).context["sources"][0].sets) for who in (client, bob)] == [1, 0]
    assert [len(shown(who.get(browse(source)))) for who in (admin_client, bob)] == [4, 0]
    QuestionSet.objects.update(created_by=None)
    assert len(shown(bob.get(browse(source)))) == 4


def test_an_unknown_source_is_not_found(client):
    assert client.get(reverse("rationales", args=[10**30])).status_code == 404


# --- making one ---
def test_a_source_is_made_as_asked(client, source):
    form = {
        "name": "loop 1",
        "kind": "star",
        "model": "c/d",
        "revision": "abc",
        "parent": source.pk,
    }
    examples = "Q: What is 1 + 1?\r\nA: It is 2.\r\nThe answer is 2."
    form |= {"prompt": "few-shot", "style": "gsm8k", "examples": examples}
    assert client.post(LIST, form).url == LIST
    made = Source.objects.get(name="loop 1")
    assert (made.kind, made.model, made.revision) == ("star", "c/d", "abc")
    assert (made.prompt, made.style, made.parent) == ("few-shot", "gsm8k", source)
    assert made.examples == examples.replace("\r", "")
    html = text(client.get(LIST))
    for words in ("STaR loop", "<code>c/d</code> at <code>abc</code>", "From tiny GPT-J."):
        assert words in html


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"name": "tiny GPT-J"}, "There is a source named &#x27;tiny GPT-J&#x27; already"),
        ({"name": ""}, "This field is required."),
        ({"model": "a/b"}, "A model and how it is prompted (few-shot or zero-shot) go together."),
        ({"model": "./nowhere", "prompt": "few-shot"}, "only an admin may name a folder"),
        ({"examples": "What?"}, "The examples cannot be read"),
        ({"kind": "robot"}, "Select a valid choice."),
    ],
)
def test_a_refusal_is_a_sentence_at_the_form(client, source, change, sentence):
    response = client.post(LIST, {"name": "new", "kind": "human"} | change)
    assert response.status_code == 422
    assert sentence in text(response)
    assert Source.objects.count() == 1


# --- what each wrote ---
def test_an_empty_page_says_what_to_do_next(client):
    assert "No source yet" in text(client.get(LIST))


def test_the_list_counts_what_each_wrote_for_each_set(make_batch, client):
    first, second = make_batch(name="first set"), make_batch(name="second set", questions=2)
    write_chunk(first)
    write_chunk(first, 1, "unparsed", answer="", reason="states none")
    write_chunk(second, verdict="wrong")
    write_chunk(second, hinted=True)
    line = client.get(LIST).context["sources"][0]
    counted = [(each.name, each.verdicts.total, each.verdicts.share) for each in line.sets]
    assert counted == [("first set", 8, 50.0), ("second set", 4, 0.0)]
    assert [each.verdicts.with_hint for each in line.sets] == [0, 4]


def test_the_list_takes_as_many_queries_for_many_as_for_one(client, django_assert_max_num_queries):
    make_study(sources=("S1", "S2", "S3", "S4", "S5"))
    with django_assert_max_num_queries(6):
        client.get(LIST)


# --- browsing ---
def test_rationales_come_with_answer_verdict_reason_and_prompt(make_batch, client, source):
    write_chunk(make_batch(questions=1), verdict="unparsed", answer="", reason="states <none>")
    html = text(client.get(browse(source)))
    for words in ("2 rationales", "Sample 0 of q000.", "states &lt;none&gt;", "Q: how many? A:"):
        assert words in html
    assert html.count("<details>") == 2


def test_filters_narrow_and_nonsense_narrows_nothing(make_batch, client, source):
    batch = make_batch()
    other = make_batch(name="other", questions=1)
    write_chunk(batch)
    write_chunk(batch, hinted=True)
    write_chunk(batch, 1, "wrong")
    write_chunk(other)
    asked = [
        {},
        {"set": batch.question_set.pk},
        {"verdict": "right"},
        {"verdict": "right", "hinted": "yes"},
        {"set": batch.question_set.pk, "hinted": "no"},
        {"set": 10**30, "verdict": "best", "hinted": "perhaps", "page": "last"},
    ]
    counts = [len(shown(client.get(browse(source, **each)))) for each in asked]
    assert counts == [14, 12, 10, 4, 8, 14]


def test_twenty_five_a_page_in_order_with_the_filter_kept(
    make_batch, client, source, settings, django_assert_max_num_queries
):
    settings.CHUNK_ROWS = 100
    write_chunk(make_batch(questions=15))
    with django_assert_max_num_queries(6):
        first = client.get(browse(source, verdict="right"))
    second = client.get(browse(source, verdict="right", page=2))
    assert (len(shown(first)), len(shown(second))) == (25, 5)
    in_order = list(
        Rationale.objects.order_by("question", "sample_index").values_list("text", flat=True)
    )
    assert shown(first) + shown(second) == in_order
    assert 'href="?verdict=right&amp;page=2"' in text(first)


def test_an_empty_answer_says_what_to_do_next(client, source):
    assert "Queue a batch" in text(client.get(browse(source)))
    assert "Show all of tiny GPT-J" in text(client.get(browse(source, verdict="wrong")))


def test_a_batch_that_wrote_nothing_yet_browses_nothing(make_batch, client, source):
    write_chunk(make_batch())
    queued = make_batch(name="other")
    assert shown(client.get(browse(source, set=queued.question_set.pk))) == []


def test_a_researcher_learns_nothing_of_the_servers_folders_an_admin_names_them(
    client, admin_client, tmp_path, monkeypatch
):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "config.json").write_text("{}")
    monkeypatch.chdir(tmp_path)
    for model in (str(tmp_path / "a"), str(tmp_path / "b"), "./a", "~", "~nobody-here/x", "a/../a"):
        form = {"name": "new", "kind": "star", "model": model, "prompt": "few-shot"}
        response = client.post(LIST, form)
        assert response.status_code == 422
        assert response.context["form"].non_field_errors() == [
            "Name a model by its hub id, such as EleutherAI/gpt-j-6b; only an admin may name "
            "a folder."
        ]
    form = {"name": "new", "kind": "star", "prompt": "few-shot", "model": "a"}
    assert client.post(LIST, form).url == LIST
    assert Source.objects.get(name="new").model == "a"
    assert admin_client.post(LIST, form | {"name": "mine"}).url == LIST
    assert Source.objects.get(name="mine").model == str(tmp_path / "a")


def on_server(**more) -> dict[str, object]:
    server = {"server": "http://127.0.0.1:8000/v1/", "api": "chat", "at_once": 16}
    form = {"name": "far away", "kind": "few-shot", "model": "gpt-j", "prompt": "few-shot"}
    return form | server | {"key_variable": "LAB_API_KEY"} | more


def test_an_admin_names_a_server_and_the_page_shows_where(admin_client, client):
    assert admin_client.post(reverse("sources"), on_server()).status_code == 302
    made = Source.objects.get(name="far away")
    assert (made.server, made.api) == ("http://127.0.0.1:8000/v1", "chat")
    assert (made.key_variable, made.at_once) == ("LAB_API_KEY", 16)
    assert "http://127.0.0.1:8000/v1" in admin_client.get(reverse("sources")).content.decode()


def test_a_researcher_may_name_no_server_and_is_not_asked_for_one(client):
    assert b'name="server"' not in client.get(reverse("sources")).content
    refused = client.post(reverse("sources"), on_server())
    assert refused.status_code == 422
    assert "Only an admin may name a server." in refused.content.decode()
    assert not Source.objects.filter(name="far away").exists()


def test_a_key_or_a_password_in_the_form_is_refused_and_not_stored(admin_client):
    for given in ({"key_variable": "sk-secret"}, {"server": "http://me:secret@127.0.0.1/v1"}):
        refused = admin_client.post(reverse("sources"), on_server(**given))
        assert refused.status_code == 422
    assert not Source.objects.filter(name="far away").exists()


# --- two sources on one question ---
def test_two_sources_stand_beside_each_other_for_those_who_work_with_the_set(client, alice):
    make_rationales(make_question_set("hers", questions=1, user=alice), user=alice)
    question = Question.objects.get(question_set__name="hers")
    left, right = Source.objects.get(name="S1"), Source.objects.get(name="S2")
    url = f"/questions/{question.pk}/compare/"
    page = client.get(url, {"left": left.pk, "right": right.pk}).content.decode()
    assert "<td>The answer is 3.</td><td>#### 3</td>" in page
    assert "0 of 2 lines are the same" in page
    assert Client().get(url).status_code == 302
    assert signed_in(User.objects.create_user("sue")).get(url).status_code == 404
    assert signed_in(make_researcher("bob")).get(url).status_code == 404


def test_right_answers_by_wrong_steps_can_be_browsed_alone(client, alice):
    question_set = make_question_set("hers", questions=1, user=alice)
    texts = ["1 + 2 = 3.\nThe answer is 3.", "1 + 2 = 4. 4 - 1 = 3.\nThe answer is 3."]
    lines = as_lines({"question_id": "q000", "source": "S1", "text": text} for text in texts)
    rationales_import(lines=lines, format="jsonl", set_name=question_set.name, user=alice, now=NOW)
    source = Source.objects.get(name="S1")
    page = client.get(f"/sources/{source.pk}/rationales/?steps=wrong").content.decode()
    assert "1 rationale." in page
    assert "1 + 2 = 4." in page
