"""A run is replayed over its parts: it goes on after the last that is done, whatever happened."""

from dataclasses import asdict
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from generation.models import GenerationBatch, Rationale, Source, TrainingPart, TrainingRun
from generation.services.batches import batch_cancel
from generation.services.training import run_advance, run_resume, run_stop, runs_sweep
from generation.services.training_parts import part_run
from generation.services.training_settings import TrainingRefused, TrainingSettings
from tests.factories import NOW, make_question_set
from tests.generation.services.trainer import (
    held_out_set,
    make_run,
    parts,
    tasks_sent,
    use_learner,
    use_trainer,
    work,
)
from tests.generation.services.writer import make_source

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _models(settings, tmp_path, monkeypatch):
    settings.MODELS_DIR = tmp_path
    use_learner(monkeypatch)


@pytest.fixture
def trainer(monkeypatch):
    return use_trainer(monkeypatch)


def test_a_run_measures_the_base_then_writes_trains_and_measures_loop_by_loop(trainer):
    run = work(make_run())
    assert (run.state, run.problem) == ("done", "")
    assert parts(run) == [
        (0, "measure", "done"),
        *((loop, name, "done") for loop in (1, 2) for name in ("write", "train", "measure")),
    ]


def test_each_loop_trains_the_original_base_in_a_fifth_more_steps(trainer):
    work(make_run(first_steps=10))
    assert [task.model for task, _ in trainer.asked] == ["models/m", "models/m"]
    assert [task.steps for task, _ in trainer.asked] == [10, 12]


def test_each_loop_becomes_a_source_whose_parent_wrote_what_it_learned(trainer):
    run = work(make_run(base=make_source(prompt="few-shot", style="gsm8k")))
    first, second = Source.objects.filter(kind="star").order_by("pk")
    assert (first.name, first.parent, first.prompt) == ("a run, loop 1", run.base, "few-shot")
    assert (second.name, second.parent, second.style) == ("a run, loop 2", first, "gsm8k")
    assert (Path(first.model) / "config.json").exists()
    assert [b.source for b in GenerationBatch.objects.filter(question_set=run.question_set)] == [
        first,
        run.base,
    ]


def test_examples_may_be_left_out_of_the_prompt_of_the_loops(trainer):
    run = work(make_run(base=make_source(prompt="few-shot"), keeps_examples=False))
    assert {part.source.prompt for part in run.parts.filter(name="train")} == {"zero-shot"}


def test_what_is_learned_was_right_or_rationalized_and_never_shows_the_hint(trainer):
    run = work(make_run(loops=1))
    ((_, examples),) = trainer.asked
    part = run.parts.get(name="train")
    kept = [Rationale.objects.get(pk=pk) for pk in part.kept_ids]
    assert [(r.question.key, r.hinted) for r in kept] == [
        ("q000", False),
        ("q001", False),
        ("q003", True),
        ("q005", True),
        ("q007", True),
    ]
    assert all(r.verdict == "right" for r in kept)
    for (prompt, completion), rationale in zip(examples, kept, strict=True):
        assert prompt == f"Q: {rationale.question.text}\nA:"
        assert prompt + completion == rationale.training_text


def test_without_rationalization_nothing_is_asked_with_a_hint(trainer):
    work(make_run(loops=1, rationalizes=False))
    assert not Rationale.objects.filter(hinted=True).exists()
    assert len(trainer.asked[0][1]) == 2


def test_a_run_ends_early_where_loops_bring_nothing_better(trainer):
    run = work(make_run(loops=9, patience=1, held_out=held_out_set(first=100)))
    assert run.state == "done"
    assert run.parts.filter(name="measure").count() == 2


def test_a_base_that_is_never_right_fails_the_run_with_a_sentence(trainer):
    question_set = held_out_set("too hard", first=50)
    run = work(make_run(question_set=question_set, rationalizes=False))
    assert run.state == "failed"
    assert run.problem.startswith("None of 4 rationales of loop 1 was right")


def test_moving_a_run_on_twice_begins_nothing_twice(trainer):
    run = work(make_run(), most=2)
    before = parts(run)
    run_advance(run_id=run.pk, now=NOW)
    run_advance(run_id=run.pk, now=NOW)
    assert parts(run) == before
    assert GenerationBatch.objects.count() == sum(name != "train" for _, name, _ in before)


def test_a_trainer_that_died_is_followed_by_another_and_five_deaths_fail_the_part(trainer):
    run = work(make_run(loops=1), most=2)
    part = run.parts.get(name="train")
    for attempt in range(1, 6):
        part.refresh_from_db()
        assert (part.state, part.attempts) == ("queued", attempt - 1)
        TrainingPart.objects.filter(pk=part.pk).update(
            state="running", attempts=attempt, lease_until=timezone.now() - timedelta(seconds=1)
        )
        runs_sweep(now=timezone.now())
    run.refresh_from_db()
    assert (run.state, run.problem) == ("failed", "Loop 1: whoever trained died 5 times.")
    run_resume(run=run, now=timezone.now())
    assert work(run).state == "done"


def test_what_a_trainer_made_that_lost_its_part_is_thrown_away(trainer, settings):
    run = work(make_run(loops=1), most=2)
    part = run.parts.get(name="train")
    trainer.while_training = lambda: TrainingPart.objects.filter(pk=part.pk).update(attempts=7)
    part_run(part_id=part.pk)
    assert not Source.objects.filter(kind="star").exists()
    assert list((settings.MODELS_DIR / f"run-{run.pk}").glob("*")) == []


def test_a_stopped_run_keeps_what_is_done_and_goes_on_after_it(trainer):
    run = work(make_run(), most=4)
    done = [part for part in parts(run) if part[2] == "done"]
    part = run.parts.get(name="train", loop=1)
    assert (1, "train", "done") in done
    run_stop(run=run, now=timezone.now())
    assert run.state == "stopped"
    assert not GenerationBatch.objects.filter(state__in=["queued", "running"]).exists()
    assert parts(work(run))[: len(done)] == done
    run_resume(run=run, now=timezone.now())
    assert work(run).state == "done"
    assert run.parts.get(name="train", loop=1).checkpoint_hash == part.checkpoint_hash
    assert len(trainer.asked) == 2


def test_stopping_while_a_loop_trains_takes_the_part_away(trainer):
    run = work(make_run(loops=1), most=2)
    trainer.while_training = lambda: run_stop(run=run, now=timezone.now())
    part_run(part_id=run.parts.get(name="train").pk)
    assert parts(run)[-1] == (1, "train", "queued")
    trainer.while_training = lambda: None
    run_resume(run=run, now=timezone.now())
    assert work(run).state == "done"


def test_a_batch_that_somebody_stopped_fails_the_run_which_can_go_on(trainer):
    run = make_run()
    batch_cancel(batch=run.parts.get().batch, now=timezone.now())
    runs_sweep(now=timezone.now())
    run.refresh_from_db()
    assert run.problem.endswith("of loop 0 is cancelled: somebody stopped it")
    run_resume(run=run, now=timezone.now())
    assert work(run).state == "done"


def test_two_arms_share_the_batch_that_measures_their_base(trainer):
    base, question_set, held_out = make_source(), make_question_set(questions=8), held_out_set()
    data = {"base": base, "question_set": question_set, "held_out": held_out}
    arms = [make_run(f"arm {how}", **data, rationalizes=how) for how in (True, False)]
    assert len({run.parts.get().batch for run in arms}) == 1
    run_stop(run=arms[0], now=timezone.now())
    assert arms[1].parts.get().batch.state == "queued"
    assert work(arms[1]).state == "done"


def test_workers_are_told_of_a_part_and_told_again_when_that_was_lost(trainer, settings):
    run = work(make_run(loops=1), most=2)
    assert tasks_sent()[-1] == "train_part"
    late = timezone.now() + timedelta(seconds=settings.SEND_AGAIN_SECONDS + 1)
    runs_sweep(now=timezone.now())
    assert tasks_sent() == []
    run.parts.filter(name="train").update(sent_at=timezone.now())
    runs_sweep(now=late)
    assert tasks_sent() == ["train_part"]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"loops": 0}, "'loops' goes from 1 to 100, not 0."),
        ({"growth": 9.0}, "'growth' goes from 1 to 3, not 9."),
        ({"dtype": "int8"}, "Weights are trained in float32 or bfloat16."),
        ({"name": ""}, "A run needs a name of 1 to 80 printable characters."),
    ],
)
def test_nonsense_is_refused_in_a_sentence(changed, said):
    with pytest.raises(TrainingRefused, match=said):
        make_run(**changed)
    assert not TrainingRun.objects.exists()


def test_what_is_held_out_must_not_be_learned_from():
    question_set = make_question_set(questions=8)
    with pytest.raises(TrainingRefused, match="8 questions of 'sums' are in 'sums' too"):
        make_run(question_set=question_set, held_out=question_set)


def test_a_source_without_a_model_of_ours_cannot_be_trained():
    human = make_source("people", kind="human", model="", prompt="")
    with pytest.raises(TrainingRefused, match="'people' has no model"):
        make_run(base=human)


def test_the_settings_are_frozen_with_the_run(trainer):
    run = make_run(rate=1e-5, lora_rank=4)
    assert run.settings == asdict(TrainingSettings(loops=2, rate=1e-5, lora_rank=4))
