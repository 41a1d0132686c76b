"""Batches as pages: who may enter, what queueing says and does, what a batch shows, stop, go on.

Alice is a researcher, Bob another, Root an admin; a rater holds a cookie of a study; Sue signed in
but is no staff.
"""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from generation.models import GenerationBatch, GenerationChunk, QuestionSet, Source
from generation.services.batches import batch_cancel
from generation.services.sources import source_create
from generation.views.batches import in_words
from tests.factories import NOW, make_question_set, make_rater, make_researcher, make_study
from tests.generation.views.conftest import signed_in, write_chunk

pytestmark = pytest.mark.django_db
LIST = "/batches/"
FRAGMENT = {"X-Fragment": "1"}


def text(response) -> str:
    return " ".join(response.content.decode().split())


def asked(source, question_set, **more) -> dict[str, object]:
    form = {"source": source.pk, "question_set": question_set.pk, "samples": 2, "temperature": 0.8}
    return form | {"max_new_tokens": 64, "seed": 5} | more


# --- who may enter ---
@pytest.mark.parametrize("name", ["batches", "batch", "batch-pause", "batch-stop", "batch-go-on"])
def test_staff_enters_a_stranger_and_a_rater_sign_in_others_find_nothing(
    make_batch, client, admin_client, name
):
    batch = make_batch()
    url = reverse(name, args=[] if name == "batches" else [batch.pk])
    rater = Client()
    rater.get(reverse("rater-link", args=[make_rater(make_study()).code]))
    rater.cookies["rater"]["path"] = "/"
    sue = signed_in(User.objects.create_user("sue"))
    for staff in (client, admin_client):
        assert staff.get(url).status_code == 200
    for method in ("get",) if name == "batch" else ("get", "post"):
        for stranger in (Client(), rater):
            response = getattr(stranger, method)(url)
            assert (response.status_code, response.url.split("?")[0]) == (302, "/sign-in/")
    assert sue.get(url).status_code == 404
    assert sue.post(url).status_code in {404, 405}
    batch.refresh_from_db()
    assert (batch.state, GenerationBatch.objects.filter(kind="generation").count()) == ("queued", 1)


@pytest.mark.parametrize("name", ["batch", "batch-pause", "batch-stop", "batch-go-on"])
def test_what_is_no_batch_of_a_model_is_not_found(client, name):
    make_study()
    imported = GenerationBatch.objects.filter(kind="import")[0]
    for pk in (imported.pk, 10**30):
        assert client.get(reverse(name, args=[pk])).status_code == 404


@pytest.mark.parametrize("name", ["batch", "batch-pause", "batch-stop", "batch-go-on"])
def test_a_batch_of_anothers_set_is_neither_seen_nor_moved(make_batch, name):
    batch, bob = make_batch(), signed_in(make_researcher("bob"))
    url = reverse(name, args=[batch.pk])
    assert bob.get(url).status_code == 404
    assert bob.post(url).status_code in {404, 405}
    assert "sums" not in text(bob.get(LIST)) + text(bob.get(LIST, headers=FRAGMENT))
    batch.refresh_from_db()
    assert batch.state == "queued"


def test_a_batch_of_a_set_of_all_is_everybodys(make_batch):
    batch = make_batch()
    QuestionSet.objects.update(created_by=None)
    url = reverse("batch-stop", args=[batch.pk])
    signed_in(make_researcher("bob")).post(url)
    batch.refresh_from_db()
    assert batch.state == "cancelled"


@pytest.mark.parametrize("name", ["batches", "batch-pause", "batch-stop", "batch-go-on"])
def test_posting_needs_the_forms_own_token(make_batch, alice, name):
    batch = make_batch()
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(alice)
    url = reverse(name, args=[] if name == "batches" else [batch.pk])
    assert strict.post(url).status_code == 403


# --- queueing ---
def test_an_empty_page_says_what_to_do_next(client, alice):
    assert "Make a source" in text(client.get(LIST))
    source_create(name="s", kind="few-shot", model="a/b", prompt="few-shot", now=NOW)
    assert "Import questions" in text(client.get(LIST))
    make_question_set(user=alice)
    assert "No batch yet" in text(client.get(LIST))


def test_a_batch_is_queued_as_asked_by_whom(client, alice, source, sent):
    chosen = make_question_set(user=alice)
    response = client.post(LIST, asked(source, chosen, rationalize="on"))
    batch = GenerationBatch.objects.get(kind="generation")
    assert response.url == reverse("batch", args=[batch.pk])
    assert (batch.source, batch.question_set, batch.created_by) == (source, chosen, alice)
    assert (batch.samples, batch.temperature, batch.seed) == (2, 0.8, 5)
    assert (batch.max_new_tokens, batch.rationalize, batch.state) == (64, True, "queued")
    assert batch.prompt_hash


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"samples": 257}, "Samples per question go from 1 to 256, not 257."),
        ({"samples": 0}, "Samples per question go from 1 to 256, not 0."),
        ({"temperature": 0}, "Greedy samples are all alike"),
        ({"temperature": 6}, "The temperature goes from 0 (greedy) to 5, not 6"),
        ({"temperature": "nan"}, "Enter a number."),
        ({"max_new_tokens": 0}, "A rationale has 1 to"),
        ({"seed": 2**63}, "is too large; use one of at most 18 digits."),
        ({"source": 10**30}, "Select a valid choice."),
        ({"question_set": ""}, "This field is required."),
    ],
)
def test_a_refusal_is_a_sentence_at_the_form(client, alice, source, change, sentence):
    response = client.post(LIST, asked(source, make_question_set(user=alice)) | change)
    assert response.status_code == 422
    assert sentence in text(response)
    assert not GenerationBatch.objects.filter(kind="generation").exists()


def test_a_second_click_queues_no_second_batch(client, alice, source):
    form = asked(source, make_question_set(user=alice))
    assert client.post(LIST, form).status_code == 302
    first = GenerationBatch.objects.get(kind="generation")
    again = client.post(LIST, form)
    assert again.status_code == 422
    assert f"Batch {first.pk} is the same, and queued; follow it" in text(again)
    assert client.post(LIST, form | {"seed": 6}).status_code == 302
    batch_cancel(batch=first, now=NOW)
    assert client.post(LIST, form).status_code == 302
    assert GenerationBatch.objects.filter(kind="generation").count() == 3


def test_an_empty_set_is_refused(client, alice, source):
    empty = make_question_set(user=alice)
    empty.questions.all().delete()
    assert "holds no questions" in text(client.post(LIST, asked(source, empty)))


def test_only_models_and_sets_that_one_works_with_are_offered(client, source):
    theirs = make_question_set("of bob", user=make_researcher("bob"))
    make_question_set("of all")
    Source.objects.create(name="by hand", kind="human", created_at=NOW)
    html = text(client.get(LIST))
    assert "of all (6 questions)" in html
    assert "tiny GPT-J" in html
    assert "of bob" not in html
    assert "by hand" not in html
    assert client.post(LIST, asked(source, theirs)).status_code == 422


def test_a_link_chooses_the_source_and_the_page_knows_how_many_questions(client, source):
    make_question_set(questions=6)
    html = text(client.get(LIST, {"source": source.pk}))
    assert f'<option value="{source.pk}" selected>' in html
    assert 'data-questions="6"' in html


# --- the list ---
def test_the_list_says_source_set_state_progress_share_and_who(make_batch, client):
    batch = make_batch()
    write_chunk(batch)
    write_chunk(batch, 1, "wrong")
    html = text(client.get(LIST))
    for words in ("tiny GPT-J", "sums", "running", "2 of 3 chunks", "50 %", "of 8", "by alice"):
        assert words in html
    assert 'data-running="3"' in html


def test_the_list_takes_as_many_queries_for_many_as_for_one(
    make_batch, client, django_assert_max_num_queries
):
    for number in range(5):
        write_chunk(make_batch(name=f"set {number}"))
    with django_assert_max_num_queries(10):
        client.get(LIST)
    with django_assert_max_num_queries(6):
        client.get(LIST, headers=FRAGMENT)


def test_a_list_that_is_over_is_not_followed(make_batch, client):
    batch_cancel(batch=make_batch(), now=NOW)
    response = client.get(LIST, headers=FRAGMENT)
    assert text(response).startswith('<div id="live" class')
    assert "data-running" not in text(response)
    assert "no-store" in response["Cache-Control"]


# --- one batch ---
def test_a_batch_shows_its_progress_speed_time_left_and_settings(make_batch, client):
    batch = make_batch(seed=77, rationalize=True)
    assert "Waiting for a worker: 3 chunks" in text(client.get(f"{LIST}{batch.pk}/"))
    write_chunk(batch)
    write_chunk(batch, hinted=True)
    html = text(client.get(f"{LIST}{batch.pk}/"))
    for words in ("33 % written, less than a minute left", "20<small> tokens a second", "100 %"):
        assert words in html
    for words in ("<td>77</td>", batch.prompt_hash, "12 rationales", "right with a hint"):
        assert words in html


def test_a_hint_is_no_right_answer_of_the_sources_own(make_batch, client):
    batch = make_batch(questions=2, rationalize=True)
    write_chunk(batch, verdict="wrong", answer="8")
    write_chunk(batch, hinted=True)
    html = text(client.get(f"{LIST}{batch.pk}/"))
    assert "0 % of 4 rationales reach the gold answer" in html
    assert "4<small> of 4</small>" in html


def test_the_fragment_is_the_part_that_moves_and_carries_no_form(make_batch, client):
    batch = make_batch()
    response = client.get(f"{LIST}{batch.pk}/", headers=FRAGMENT)
    html = text(response)
    assert html.startswith('<div id="live" data-running="2">')
    assert "csrf" not in html
    assert "no-store" in response["Cache-Control"]
    batch_cancel(batch=batch, now=NOW)
    assert "data-running" not in text(client.get(f"{LIST}{batch.pk}/", headers=FRAGMENT))


def test_following_a_batch_costs_few_queries(make_batch, client, django_assert_max_num_queries):
    batch = make_batch(questions=20)
    for number in range(8):
        write_chunk(batch, number)
    with django_assert_max_num_queries(9):
        client.get(f"{LIST}{batch.pk}/", headers=FRAGMENT)


def test_what_was_written_last_is_shown_escaped_with_question_and_verdict(make_batch, client):
    batch = make_batch(questions=2)
    write_chunk(batch, verdict="unparsed", answer="", reason="states no <answer>")
    html = text(client.get(f"{LIST}{batch.pk}/"))
    assert "A box holds 1 red and 2 blue balls." in html
    assert "Sample 0 of q001." in html
    assert "Sample 1 of" not in html
    assert "states no &lt;answer&gt;" in html


def test_reasons_of_failure_are_grouped_with_counts(make_batch, client):
    batch = make_batch()
    batch.chunks.filter(number__lt=2).update(state="failed", problem="The machine ran out.")
    batch.chunks.filter(number=2).update(state="failed", problem="Something else.")
    GenerationBatch.objects.filter(pk=batch.pk).update(state="failed", finished_at=NOW)
    html = text(client.get(f"{LIST}{batch.pk}/"))
    assert 'The machine ran out. <span class="muted">(2 chunks)' in html
    assert 'Something else. <span class="muted">(1 chunk)' in html
    assert "Go on…" in html


def test_once_a_batch_is_written_a_study_is_offered(make_batch, client):
    batch = make_batch(questions=2)
    assert "Make a study of sums" not in text(client.get(f"{LIST}{batch.pk}/"))
    write_chunk(batch)
    assert "Make a study of sums" in text(client.get(f"{LIST}{batch.pk}/"))


# --- stop and go on ---
def test_stopping_says_in_numbers_what_it_does_then_does_it(make_batch, client):
    batch = make_batch()
    write_chunk(batch)
    batch.chunks.filter(number=1).update(state="running", lease_until=NOW)
    url = reverse("batch-stop", args=[batch.pk])
    html = text(client.get(url))
    assert "4 rationales are written and stay." in html
    assert "8 of 12 will not be written; the 1 chunk in hand now is thrown away." in html
    assert client.post(url).url == f"{LIST}{batch.pk}/"
    batch.refresh_from_db()
    assert batch.state == "cancelled"
    assert "Stopped at 33 %" in text(client.get(f"{LIST}{batch.pk}/"))


def test_going_on_asks_for_what_is_missing_only(make_batch, client, sent):
    batch = make_batch()
    write_chunk(batch)
    batch_cancel(batch=batch, now=NOW)
    url = reverse("batch-go-on", args=[batch.pk])
    assert "8 of 12 rationales are missing, in 2 chunks" in text(client.get(url))
    sent.clear()
    client.post(url)
    batch.refresh_from_db()
    assert batch.state == "queued"
    waiting = batch.chunks.filter(state=GenerationChunk.State.QUEUED)
    assert list(waiting.values_list("number", flat=True)) == [1, 2]


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("batch-stop", "over already"),
        ("batch-go-on", "Only a paused, stopped or failed batch can go on"),
    ],
)
def test_what_cannot_be_done_is_a_sentence_on_the_batchs_page(make_batch, client, name, sentence):
    batch = make_batch(questions=2)
    write_chunk(batch)
    response = client.post(reverse(name, args=[batch.pk]), follow=True)
    assert sentence in text(response)
    batch.refresh_from_db()
    assert batch.state == "done"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, ""),
        (3, "less than a minute"),
        (50, "about 1 minute"),
        (170, "about 3 minutes"),
        (9000, "about 2 hours"),
    ],
)
def test_time_left_in_words(seconds, words):
    assert in_words(seconds) == words


def test_pausing_says_in_numbers_what_it_does_and_the_page_says_so(make_batch, client):
    batch = make_batch()
    write_chunk(batch)
    asked = text(client.get(reverse("batch-pause", args=[batch.pk])))
    assert "No chunk is in hand now; no other is begun" in asked
    assert "8 of 12 rationales are missing" in asked
    paused = client.post(reverse("batch-pause", args=[batch.pk]), follow=True)
    assert "Paused at 33 %. Chunks in hand are finished and kept" in text(paused)
    assert reverse("batch-go-on", args=[batch.pk]) in paused.content.decode()
    again = client.post(reverse("batch-pause", args=[batch.pk]), follow=True)
    assert "Only a batch that is queued or running can pause." in text(again)
    client.post(reverse("batch-go-on", args=[batch.pk]))
    batch.refresh_from_db()
    assert batch.state == "queued"


def test_a_batch_is_queued_like_another_with_a_setting_changed(make_batch, client):
    batch = make_batch(seed=77, priority=1, calculator=True, max_new_tokens=99)
    page = client.get(reverse("batches"), {"like": batch.pk})
    given = page.context["form"].initial
    assert given["seed"] == 77
    proposed = {name: value for name, value in given.items() if value is not False}
    client.post(reverse("batches"), {**proposed, "temperature": 0.3})
    clone = GenerationBatch.objects.exclude(pk=batch.pk).get()
    for name in ("source", "question_set", "samples", "seed", "priority", "calculator"):
        assert getattr(clone, name) == getattr(batch, name), name
    assert (clone.temperature, clone.max_new_tokens) == (0.3, 99)


def test_nobody_elses_batch_is_copied(make_batch):
    batch = make_batch(seed=77)
    stranger = signed_in(make_researcher("bob"))
    for like in (str(batch.pk), "x", "9" * 30):
        page = stranger.get(reverse("batches"), {"like": like})
        assert page.context is None or page.context["form"].initial.get("seed") != 77
