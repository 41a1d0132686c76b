"""What a worker does with one chunk: all of it or nothing, once, whoever else runs or dies."""

import threading
import time
from datetime import timedelta

import pytest
from django.db import OperationalError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from generation.lm.backend import PromptTooLong
from generation.models import GenerationBatch, GenerationChunk, Rationale, Source
from generation.services import chunks
from generation.services.batches import (
    BatchRefused,
    batch_cancel,
    batch_resume,
    batches_sweep,
)
from generation.services.chunks import chunk_run, row_seed
from generation.services.failures import failure_sentence
from tests.factories import make_question_set
from tests.generation.services.writer import (
    Writer,
    first_chunk,
    make_batch,
    make_source,
    run_all,
    sum_asked,
    use,
    write_right,
    write_wrong,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def write(monkeypatch):
    """Put a writer in the sampler's place."""
    return lambda *given, **more: use(monkeypatch, Writer(*given, **more))


def lapse(batch: GenerationBatch) -> None:
    """The lease of whoever writes runs out now, and the sweeper puts the chunk back."""
    batch.chunks.update(lease_until=timezone.now() - timedelta(seconds=1))
    batches_sweep(now=timezone.now())


def test_a_rationale_keeps_how_it_came_about(write):
    write()
    batch = run_all(make_batch(questions=1, seed=7))
    (rationale,) = batch.rationales.all()
    question = rationale.question
    assert rationale.prompt == f"Q: {question.text}\nA:"
    assert rationale.text == "They are 3.\n#### 3"
    assert rationale.training_text == f"Q: {question.text}\nA: They are 3.\n#### 3"
    assert (rationale.verdict, rationale.answer, rationale.reason) == ("right", "3", "")
    assert (rationale.seed, rationale.tokens) == (row_seed(7, "q000", 0, False), 18)
    assert (rationale.source, rationale.sample_index, rationale.hinted) == (batch.source, 0, False)
    assert (batch.state, batch.model_revision, batch.problem) == ("done", "weights-1", "")
    assert batch.started_at <= rationale.created_at <= batch.finished_at
    chunk = first_chunk(batch)
    assert (chunk.state, chunk.attempts, chunk.lease_until, chunk.tokens) == ("done", 1, None, 18)


def test_wrong_and_unparsed_rationales_are_kept_with_their_reason(write):
    write(lambda p, s: "" if sum_asked(p) == 3 else write_wrong(p, s))
    batch = run_all(make_batch(questions=2))
    unparsed, wrong = batch.rationales.order_by("question__key")
    assert (unparsed.verdict, unparsed.answer, unparsed.text) == ("unparsed", "", "")
    assert unparsed.reason
    assert (wrong.verdict, wrong.answer) == ("wrong", "6")
    assert wrong.reason == "states 6, the gold answer is 5"
    assert batch.state == "done"


def test_a_text_that_was_cut_off_is_judged_by_what_it_states_alone(write):
    write(lambda p, s: "1 + 2 = 3" if sum_asked(p) == 3 else write_right(p, s), finished=False)
    cut, stated = run_all(make_batch(questions=2)).rationales.order_by("question__key")
    assert (cut.verdict, cut.answer, cut.reason) == ("unparsed", "", "was cut off at 9 tokens")
    assert (stated.verdict, stated.answer) == ("right", "5")


def test_seeds_depend_on_names_alone_and_never_meet():
    assert row_seed(7, "q000", 0, False) == 8061483526729665057
    seeds = {
        row_seed(batch, key, sample, hinted)
        for batch in (0, 1)
        for key in ("q1", "q11")
        for sample in (0, 1, 11)
        for hinted in (False, True)
    }
    assert len(seeds) == 24
    assert all(0 <= seed < 2**63 for seed in seeds)


def test_questions_imported_in_another_order_get_the_same_texts(write):
    write(lambda prompt, seed: f"{seed}\n#### {sum_asked(prompt)}")
    first = run_all(make_batch(questions=4, samples=2, temperature=1, seed=3))
    shuffled = make_question_set("shuffled", questions=1)
    shuffled.questions.update(key="q003", text=first.question_set.questions.get(key="q003").text)
    make_question_set("shuffled", questions=3)
    second = run_all(
        make_batch(source=first.source, question_set=shuffled, samples=2, temperature=1, seed=3)
    )
    columns = ("question__key", "sample_index", "seed", "text")
    assert sorted(first.rationales.values_list(*columns)) == sorted(
        second.rationales.values_list(*columns)
    )


def test_a_chunk_that_comes_twice_is_written_once(write):
    writer = write()
    batch = run_all(run_all(make_batch(questions=3)))
    assert (len(writer.prompts), batch.rationales.count()) == (3, 3)


def test_a_chunk_that_is_gone_is_no_error(write):
    write()
    chunk_run(chunk_id=10**9)


def test_a_batch_stopped_while_a_chunk_is_written_stores_nothing_of_it(write, settings):
    settings.CHUNK_ROWS = 2
    batch = make_batch(questions=4)
    write()
    chunk_run(chunk_id=first_chunk(batch).pk)
    write(while_writing=lambda: batch_cancel(batch=batch, now=timezone.now()))
    run_all(batch)
    assert (batch.state, batch.rationales.count()) == ("cancelled", 2)
    batch_resume(batch=batch, now=timezone.now())
    writer = write()
    run_all(batch)
    assert (batch.state, batch.rationales.count(), len(writer.prompts)) == ("done", 4, 2)


def test_a_batch_stopped_at_the_last_moment_stores_nothing_either(write, monkeypatch):
    batch = make_batch(questions=2)
    write(while_writing=lambda: batch_cancel(batch=batch, now=timezone.now()))
    monkeypatch.setattr("generation.services.chunks._still_wanted", lambda chunk: None)
    assert run_all(batch).state == "cancelled"
    assert not batch.rationales.exists()


def test_who_still_writes_after_stop_and_go_on_has_lost_the_chunk(write):
    batch = make_batch(questions=2)

    def stop_and_let_another_write() -> None:
        batch_cancel(batch=batch, now=timezone.now())
        batch_resume(batch=batch, now=timezone.now())
        write(lambda p, s: write_right(p, s) + " other")
        chunk_run(chunk_id=first_chunk(batch).pk)

    write(while_writing=stop_and_let_another_write)
    run_all(batch)
    assert (batch.state, batch.rationales.count()) == ("done", 2)
    assert all(text.endswith("other") for text in batch.rationales.values_list("text", flat=True))


def test_the_failure_of_who_lost_the_chunk_fails_nobody_else(write):
    batch = make_batch(questions=2)

    def lose_it_and_break() -> None:
        batch_cancel(batch=batch, now=timezone.now())
        batch_resume(batch=batch, now=timezone.now())
        batch.chunks.update(state="running", attempts=6, lease_until=timezone.now())
        raise RuntimeError("too late")

    write(while_writing=lose_it_and_break)
    chunk_run(chunk_id=first_chunk(batch).pk)
    assert first_chunk(batch).state == "running"


def test_a_worker_that_slept_past_its_lease_stores_nothing(write):
    batch = make_batch(questions=2)

    def sleep_while_another_writes() -> None:
        lapse(batch)
        write(lambda p, s: write_right(p, s) + " other")
        chunk_run(chunk_id=first_chunk(batch).pk)

    write(while_writing=sleep_while_another_writes)
    run_all(batch)
    chunk = first_chunk(batch)
    assert (chunk.state, chunk.attempts, batch.rationales.count()) == ("done", 2, 2)
    assert all(text.endswith("other") for text in batch.rationales.values_list("text", flat=True))


def test_a_poisoned_chunk_fails_alone_with_its_reason(write, settings):
    settings.CHUNK_ROWS = 2
    batch = make_batch(questions=6)

    def poisoned(prompt: str, seed: int) -> str:
        if sum_asked(prompt) == 9:  # question 3, in the second chunk
            raise RuntimeError("the letters dance\nand a long trace")
        return write_right(prompt, seed)

    write(poisoned)
    run_all(batch)
    states = list(batch.chunks.order_by("number").values_list("state", "problem"))
    sentence = "RuntimeError: the letters dance"
    assert states == [("done", ""), ("failed", sentence), ("done", "")]
    assert (batch.state, batch.problem, batch.rationales.count()) == ("failed", sentence, 4)


def test_a_question_deleted_meanwhile_is_left_out(write):
    write()
    batch = make_batch(questions=3)
    batch.question_set.questions.get(key="q001").delete()
    assert run_all(batch).state == "done"
    assert batch.rationales.count() == 2


def test_a_database_that_does_not_answer_leaves_the_chunk_to_the_sweeper(write, monkeypatch):
    batch = make_batch(questions=2)
    write(while_writing=lambda: (_ for _ in ()).throw(OperationalError("database is locked")))
    run_all(batch)
    assert (batch.state, first_chunk(batch).state) == ("running", "running")
    lapse(batch)
    write()
    assert (run_all(batch).state, batch.rationales.count()) == ("done", 2)


def test_a_full_disk_fails_the_chunk_with_a_sentence(write):
    write(while_writing=lambda: (_ for _ in ()).throw(OperationalError("database or disk is full")))
    batch = run_all(make_batch(questions=2))
    assert (batch.state, batch.problem[:17]) == ("failed", "The disk is full,")


def test_other_weights_than_those_that_began_a_batch_are_refused(write, settings):
    settings.CHUNK_ROWS = 1
    batch = make_batch(questions=2)
    write(revision="weights-of-monday")
    chunk_run(chunk_id=first_chunk(batch).pk)
    writer = write(revision="weights-of-tuesday")
    run_all(batch)
    assert batch.problem == (
        "The model is no longer the one that began this batch: it was weights-of-m, now it is "
        "weights-of-t. Put it back, or queue a new batch."
    )
    assert (writer.prompts, batch.rationales.count()) == ([], 1)
    assert batch.model_revision == "weights-of-monday"


def test_other_numbers_than_those_that_began_a_batch_are_refused(write, settings):
    settings.CHUNK_ROWS = 1
    batch = make_batch(questions=2)
    write()
    chunk_run(chunk_id=first_chunk(batch).pk)
    writer = write(dtype="bfloat16")
    run_all(batch)
    assert batch.problem == (
        "This batch was begun in float32, and the worker runs in bfloat16: set GENERATION_DTYPE "
        "back, or queue a new batch."
    )
    assert (writer.prompts, batch.rationales.count()) == ([], 1)
    assert batch.conditions == {"dtype": "float32", "rows": 64}


def test_another_prompt_than_the_one_that_began_a_batch_is_refused(write, settings):
    settings.CHUNK_ROWS = 1
    write()
    batch = make_batch(questions=2, source=make_source(prompt="few-shot"))
    chunk_run(chunk_id=first_chunk(batch).pk)
    Source.objects.update(examples="Q: How many ears have two cats?\nA: Two each.\n#### 4")
    run_all(batch)
    sentence = "The prompt is no longer the one that began this batch"
    assert batch.problem.startswith(sentence)
    assert batch.rationales.count() == 1
    with pytest.raises(BatchRefused, match=sentence):
        batch_resume(batch=batch, now=timezone.now())
    Source.objects.update(examples="")
    batch = GenerationBatch.objects.get()
    batch_resume(batch=batch, now=timezone.now())
    assert run_all(batch).state == "done"


def test_nul_which_postgresql_cannot_hold_is_dropped(write):
    write(lambda p, s: f"\0They are\0 {sum_asked(p)}.\n#### {sum_asked(p)}\0")
    batch = run_all(make_batch(questions=1))
    assert batch.rationales.get().text == "They are 3.\n#### 3"


@pytest.mark.parametrize(
    ("problem", "sentence"),
    [
        (PromptTooLong("The prompt has 9 tokens."), "The prompt has 9 tokens."),
        (OSError("Too many open files\n\nTrace"), "OSError: Too many open files"),
        (ValueError("a" * 999), f"ValueError: {'a' * 400}"),
        *(
            (
                problem,
                "The machine ran out of memory, even for one rationale at a time: take a smaller "
                "model, fewer examples or a smaller max_new_tokens, or a machine with more.",
            )
            for problem in (
                MemoryError(),
                RuntimeError("CUDA out of memory. Tried to allocate 2 GiB"),
                RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9"),
            )
        ),
        *(
            (
                problem,
                "The disk is full, where the worker or the database writes: make room, then let "
                "the batch go on.",
            )
            for problem in (
                OSError(28, "No space left on device"),
                OperationalError("database or disk is full"),
                OperationalError('could not extend file "base/1": No space left on device'),
            )
        ),
    ],
)
def test_a_failure_is_one_sentence(problem, sentence):
    assert failure_sentence(problem) == sentence


@pytest.mark.django_db(transaction=True)
def test_of_two_workers_on_one_chunk_one_writes(write):
    batch = make_batch(questions=5)
    writer = write(while_writing=lambda: time.sleep(0.05))
    together = threading.Barrier(2)

    def work() -> None:
        together.wait()
        chunk_run(chunk_id=first_chunk(batch).pk)
        connection.close()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    batch.refresh_from_db()
    assert (batch.state, len(writer.prompts), Rationale.objects.count()) == ("done", 5, 5)


def test_a_chunks_own_state_stands_in_the_statement_that_moves_it(write):
    """So that PostgreSQL looks at it again where one worker waited for another."""
    write()
    with CaptureQueriesContext(connection) as queries:
        run_all(make_batch(questions=1))
    moves = [
        query["sql"].split(" WHERE ", 1)[1]
        for query in queries
        if query["sql"].startswith('UPDATE "generation_generationchunk" SET "state"')
    ]
    assert len(moves) == 2
    for where in moves:
        assert '"generation_generationchunk"."state" = ' in where
        assert " IN (SELECT" not in where


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_waited_for_another_does_not_take_its_chunk():
    chunk = first_chunk(make_batch(questions=1))
    taken = []

    def take() -> None:
        taken.append(chunks._taken(chunk.pk, timezone.now()))
        connection.close()

    second = threading.Thread(target=take)
    with transaction.atomic():
        assert chunks._taken(chunk.pk, timezone.now())
        second.start()
        second.join(timeout=0.5)  # it waits for this transaction
    second.join(timeout=60)
    assert taken == [None]
    assert GenerationChunk.objects.get().attempts == 1


@pytest.mark.django_db(transaction=True)
def test_a_heartbeat_renews_the_lease_while_a_chunk_is_written_and_then_stops(write, settings):
    settings.CHUNK_LEASE_SECONDS = 0.3
    batch = make_batch(questions=1)
    leases = set()

    def until_renewed_twice() -> None:
        deadline = time.monotonic() + 20
        while len(leases) < 3 and time.monotonic() < deadline:
            leases.add(GenerationChunk.objects.get().lease_until)
            time.sleep(0.01)

    write(while_writing=until_renewed_twice)
    run_all(batch)
    assert len(leases) >= 3
    assert batch.state == "done"
    assert "heartbeat" not in {thread.name for thread in threading.enumerate()}


def test_a_source_is_asked_in_its_own_way(write):
    writer = write()
    run_all(make_batch(questions=1, source=make_source(prompt="few-shot", style="plain")))
    assert writer.prompts[0].endswith('end with the sentence "Therefore, the answer is <number>."')
