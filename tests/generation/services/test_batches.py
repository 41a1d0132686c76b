"""A batch as rows: how it is cut, frozen, sent, stopped, resumed and counted."""

import hashlib

import pytest
from django.db import connection

from generation.models import GenerationBatch, GenerationChunk, QuestionSet
from generation.services.asking import source_prompt
from generation.services.batches import (
    BatchRefused,
    batch_cancel,
    batch_create,
    batch_finish,
    batch_progress,
    batch_resume,
    chunk_fail,
)
from generation.services.sending import TASK
from generation.services.sources import source_create
from tests.factories import NOW, make_admin, make_question_set, make_rationales
from tests.generation.services.writer import (
    Writer,
    first_chunk,
    later,
    make_batch,
    make_source,
    run_all,
    set_chunks,
    states,
    sum_asked,
    use,
    write_right,
    write_wrong,
)

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("rows", "samples", "sizes"),
    [(6, 1, [6, 4]), (6, 2, [3, 3, 3, 1]), (6, 4, [1] * 10), (6, 200, [1] * 10), (64, 1, [10])],
)
def test_chunks_hold_so_many_rationales_and_whole_questions(settings, rows, samples, sizes):
    settings.CHUNK_ROWS = rows
    batch = make_batch(questions=10, samples=samples, temperature=0.8)
    chunks = list(batch.chunks.order_by("number"))
    assert [len(chunk.question_ids) for chunk in chunks] == sizes
    assert [chunk.number for chunk in chunks] == list(range(len(sizes)))
    asked = [pk for chunk in chunks for pk in chunk.question_ids]
    by_key = batch.question_set.questions.order_by("key").values_list("pk", flat=True)
    assert asked == list(by_key)


def test_the_settings_are_frozen():
    admin, source = make_admin(), make_source()
    question_set = make_question_set()
    batch = batch_create(
        source=source,
        question_set=question_set,
        samples=3,
        temperature=0.7,
        seed=11,
        rationalize=True,
        max_new_tokens=99,
        user=admin,
        now=NOW,
    )
    batch.refresh_from_db()
    assert (batch.kind, batch.state) == ("generation", "queued")
    assert (batch.samples, batch.temperature, batch.seed) == (3, 0.7, 11)
    assert (batch.rationalize, batch.max_new_tokens, batch.created_by) == (True, 99, admin)
    assert (batch.created_at, batch.started_at, batch.finished_at) == (NOW, None, None)
    prompt = source_prompt(source, question_set.questions.get(key="q000"))
    assert batch.prompt_hash == hashlib.sha256(prompt.encode()).hexdigest()
    assert batch.model_revision == "", "the worker writes down which weights it loaded"


def test_a_question_that_comes_later_is_not_in_the_batch():
    batch = make_batch(questions=2)
    make_question_set("sums", questions=4)
    assert sum(len(chunk.question_ids) for chunk in batch.chunks.all()) == 2


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"samples": 0}, "Samples per question go from 1 to 256, not 0."),
        ({"samples": 257, "temperature": 1}, "Samples per question go from 1 to 256, not 257."),
        ({"samples": 2}, "Greedy samples are all alike: raise the temperature, or take one."),
        ({"temperature": -0.1}, "The temperature goes from 0 (greedy) to 5, not -0.1."),
        ({"temperature": float("nan")}, "The temperature goes from 0 (greedy) to 5, not nan."),
        ({"max_new_tokens": 0}, "A rationale has 1 to 100,000 tokens at most, not 0."),
        ({"max_new_tokens": 2**31}, "A rationale has 1 to 100,000 tokens at most, not 2147483648."),
        ({"seed": 2**63}, f"The seed {2**63} is too large; use one of at most 18 digits."),
    ],
)
def test_settings_that_cannot_be_are_refused(given, sentence):
    with pytest.raises(BatchRefused) as refused:
        make_batch(**given)
    assert str(refused.value) == sentence
    assert not GenerationBatch.objects.exists()


def test_a_source_without_a_model_and_a_set_without_questions_are_refused():
    human = source_create(name="human", kind="human", now=NOW)
    with pytest.raises(BatchRefused, match="'human' has no model: its rationales are imported"):
        make_batch(source=human)
    empty = QuestionSet.objects.create(name="empty", created_at=NOW)
    with pytest.raises(BatchRefused, match="'empty' holds no questions; import some first"):
        make_batch(question_set=empty)


def test_workers_are_told_once_the_batch_is_stored(
    settings, broker, django_capture_on_commit_callbacks
):
    settings.CHUNK_ROWS = 2
    with django_capture_on_commit_callbacks(execute=True):
        batch = make_batch(questions=6)
        assert broker() == []
    assert broker() == list(batch.chunks.order_by("number").values_list("pk", flat=True))
    assert set(batch.chunks.values_list("sent_at", flat=True)) == {NOW}


def test_stopping_happens_once():
    batch = make_batch()
    batch_cancel(batch=batch, now=later(5))
    assert (batch.state, batch.finished_at) == ("cancelled", later(5))
    with pytest.raises(BatchRefused, match="over already; there is nothing to stop"):
        batch_cancel(batch=batch, now=later(6))
    batch.refresh_from_db()
    assert batch.finished_at == later(5)


def test_what_runs_or_is_done_or_was_imported_cannot_go_on(monkeypatch):
    use(monkeypatch, Writer())
    batch = make_batch()
    with pytest.raises(BatchRefused, match="Only a paused, stopped or failed batch can go on"):
        batch_resume(batch=batch, now=NOW)
    run_all(batch)
    with pytest.raises(BatchRefused):
        batch_resume(batch=batch, now=NOW)
    make_rationales(batch.question_set, sources=["S1"])
    with pytest.raises(BatchRefused):
        batch_resume(batch=GenerationBatch.objects.get(kind="import"), now=NOW)


def test_going_on_writes_only_what_is_missing(
    settings, monkeypatch, broker, django_capture_on_commit_callbacks
):
    settings.CHUNK_ROWS = 2
    batch = make_batch(questions=6)
    use(monkeypatch, Writer(write_the_second_chunk))
    run_all(batch)
    assert (batch.state, states(batch)) == ("failed", ["failed", "done", "failed"])
    first, _, third = batch.chunks.order_by("number")
    broker()
    with django_capture_on_commit_callbacks(execute=True):
        batch_resume(batch=batch, now=later(9))
    assert (batch.state, batch.finished_at, batch.problem) == ("queued", None, "")
    assert broker() == [first.pk, third.pk]
    writer = use(monkeypatch, Writer())
    run_all(batch)
    assert (batch.state, len(writer.prompts), batch.rationales.count()) == ("done", 4, 6)


def write_the_second_chunk(prompt: str, seed: int) -> str:
    if sum_asked(prompt) in (7, 9):  # questions 2 and 3
        return write_right(prompt, seed)
    raise RuntimeError("poison")


def test_going_on_gives_five_new_attempts_under_numbers_never_used():
    batch = make_batch()
    for attempts, after in ((0, 5), (1, 5), (4, 5), (5, 10), (7, 10)):
        set_chunks(batch, state="failed", attempts=attempts)
        GenerationBatch.objects.update(state="failed", finished_at=NOW)
        batch_resume(batch=batch, now=NOW)
        assert first_chunk(batch).attempts == after


def test_going_on_with_nothing_missing_closes_the_batch():
    batch = make_batch()
    set_chunks(batch, state="done")
    batch_cancel(batch=batch, now=NOW)
    batch_resume(batch=batch, now=later(3))
    batch.refresh_from_db()
    assert (batch.state, batch.finished_at) == ("done", later(3))


def test_a_batch_is_closed_by_one_call_only_and_not_while_a_chunk_is_left(settings):
    settings.CHUNK_ROWS = 3
    batch = make_batch(questions=6)
    first, second = batch.chunks.order_by("number")
    GenerationChunk.objects.filter(pk=first.pk).update(state="done")
    assert not batch_finish(batch_id=batch.pk, now=NOW)
    GenerationChunk.objects.filter(pk=second.pk).update(state="done")
    assert batch_finish(batch_id=batch.pk, now=NOW)
    assert not batch_finish(batch_id=batch.pk, now=later(1))
    batch.refresh_from_db()
    assert batch.finished_at == NOW


def test_a_chunk_that_somebody_else_holds_by_now_is_not_failed():
    batch = make_batch()
    set_chunks(batch, state="running", attempts=1, lease_until=later(45))
    mine = first_chunk(batch)
    set_chunks(batch, attempts=2)
    chunk_fail(chunk=mine, problem="mine broke", now=NOW)
    assert (states(batch), first_chunk(batch).problem) == (["running"], "")


def test_progress_counts_verdicts_tokens_and_the_time_left(settings, monkeypatch):
    settings.CHUNK_ROWS = 2
    batch = make_batch(questions=8, samples=1)
    empty = batch_progress(batch=batch)
    assert (empty.percent, empty.tokens_per_second, empty.seconds_left) == (0, None, None)
    use(monkeypatch, Writer(lambda p, s: (write_wrong if "1 red" in p else write_right)(p, s)))
    run_all(batch)
    GenerationBatch.objects.update(state="running", finished_at=None)
    first, second, third, fourth = batch.chunks.order_by("number")
    GenerationChunk.objects.filter(pk__in=[first.pk, second.pk]).update(tokens=300, seconds=2.0)
    GenerationChunk.objects.filter(pk=third.pk).update(
        state="failed", problem="no memory", tokens=0, seconds=0
    )
    GenerationChunk.objects.filter(pk=fourth.pk).update(state="queued", tokens=0, seconds=0)
    batch.refresh_from_db()
    found = batch_progress(batch=batch)
    assert (found.chunks, found.chunks_done, found.chunks_failed, found.percent) == (4, 2, 1, 75)
    assert (found.rationales, found.right, found.wrong, found.unparsed) == (8, 7, 1, 0)
    assert (found.tokens, found.tokens_per_second, found.seconds_left) == (600, 150.0, 2.0)
    assert found.problems == (("no memory", 1),)
    GenerationChunk.objects.filter(pk=third.pk).update(state="running", lease_until=later(45))
    GenerationChunk.objects.filter(pk=fourth.pk).update(state="running", lease_until=later(45))
    two_workers = batch_progress(batch=batch)
    assert (two_workers.tokens_per_second, two_workers.seconds_left) == (300.0, 2.0)


def test_sending_names_the_task_that_workers_have():
    from generation.tasks import generate_chunk

    assert generate_chunk.name == TASK


def test_a_chunk_that_fails_while_its_batch_is_closed_fails_the_batch():
    batch = make_batch(questions=1)

    def fail_then(execute, sql, *more):
        if sql.startswith('UPDATE "generation_generationbatch"'):
            with connection.cursor() as cursor:
                cursor.execute("UPDATE generation_generationchunk SET state = 'failed'")
        return execute(sql, *more)

    set_chunks(batch, state="done", problem="It broke.")
    with connection.execute_wrapper(fail_then):
        assert batch_finish(batch_id=batch.pk, now=NOW)
    batch.refresh_from_db()
    assert (batch.state, batch.problem) == ("failed", "It broke.")


def test_a_batch_does_not_go_on_beside_the_same_batch():
    first = make_batch(questions=1)
    batch_cancel(batch=first, now=NOW)
    twin = make_batch(source=first.source, question_set=first.question_set)
    with pytest.raises(BatchRefused, match=f"Batch {twin.pk} is the same, and queued"):
        batch_resume(batch=first, now=NOW)
    batch_cancel(batch=twin, now=NOW)
    batch_resume(batch=first, now=NOW)
    assert first.state == "queued"


@pytest.mark.parametrize("style", ["gsm8k", "word-problems", "commonsenseqa"])
def test_a_style_that_does_not_fit_the_questions_is_refused(style):
    question_set = make_question_set(questions=2)
    choices = [{"label": "A", "text": "red"}, {"label": "B", "text": "blue"}]
    question_set.questions.filter(key="q001").update(choices=choices, gold_answer="A")
    with pytest.raises(BatchRefused, match=f"asks in the format {style}, which does not fit"):
        make_batch(source=make_source(style=style), question_set=question_set)
    assert make_batch(source=make_source("fits"), question_set=question_set).pk
