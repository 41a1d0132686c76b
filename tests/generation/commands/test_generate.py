"""`generate --set NAME --source NAME ...`: it queues, and with --wait follows to the end."""

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from generation.management.commands import generate
from generation.models import GenerationBatch
from generation.services.batches import batch_cancel
from tests.factories import NOW, make_question_set
from tests.generation.services.writer import Writer, make_source, run_all, use, write_right

pytestmark = pytest.mark.django_db

SET = ("--set", "sums", "--source", "a model")


@pytest.fixture(autouse=True)
def _a_set_and_a_source():
    make_question_set("sums", questions=6)
    make_source("a model")


@pytest.fixture
def worker(monkeypatch):
    """Every second that the command waits, this happens instead."""
    return lambda work: monkeypatch.setattr(
        generate.time, "sleep", lambda _: work(GenerationBatch.objects.get())
    )


def test_it_queues_with_every_setting(capsys):
    call_command(
        "generate", *SET, "--samples", "4", "--temperature", "0.8", "--seed", "7",
        "--max-new-tokens", "99", "--rationalize",
    )  # fmt: skip
    batch = GenerationBatch.objects.get()
    assert capsys.readouterr().out == f"batch {batch.pk} is queued\n"
    assert (batch.state, batch.samples, batch.temperature, batch.seed) == ("queued", 4, 0.8, 7)
    assert (batch.max_new_tokens, batch.rationalize) == (99, True)


def test_it_follows_to_the_end(capsys, monkeypatch, worker):
    use(monkeypatch, Writer())
    worker(run_all)
    call_command("generate", *SET, "--wait")
    batch = GenerationBatch.objects.get()
    first, second, third, last = capsys.readouterr().out.splitlines()
    assert first == f"batch {batch.pk} is queued"
    assert second == "  0 %  0 rationales, 0 right, 0 tokens/s"
    assert third.startswith("100 %  6 rationales, 6 right, ")
    assert last == f"batch {batch.pk} is done"


def test_a_failed_batch_ends_it_with_the_reason(monkeypatch, worker):
    def fail(prompt: str, seed: int) -> str:
        raise RuntimeError("poison")

    use(monkeypatch, Writer(fail))
    worker(run_all)
    with pytest.raises(CommandError, match=r"batch \d+ failed: RuntimeError: poison"):
        call_command("generate", *SET, "--wait")


def test_a_stopped_batch_ends_it_with_an_error_too(monkeypatch, worker):
    use(monkeypatch, Writer(write_right))
    worker(lambda batch: batch_cancel(batch=batch, now=NOW))
    with pytest.raises(CommandError, match=r"batch \d+ was stopped; 0 of 1 chunks are written"):
        call_command("generate", *SET, "--wait")


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (("--set", "nothing", "--source", "a model"), "No question set is named 'nothing'."),
        (("--set", "sums", "--source", "nobody"), "No source is named 'nobody'."),
        ((*SET, "--samples", "3"), "Greedy samples are all alike"),
        ((*SET, "--seed", str(2**64)), "The seed 18446744073709551616 is too large"),
        ((*SET, "--samples", "many"), "argument --samples: invalid int value: 'many'"),
    ],
)
def test_it_says_what_is_wrong(given, sentence):
    with pytest.raises(CommandError, match=sentence):
        call_command("generate", *given)
    assert not GenerationBatch.objects.exists()
