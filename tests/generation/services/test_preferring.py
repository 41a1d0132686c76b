"""Runs on raters' preferences: queued as they are asked, trained by TRL, a source at the end."""

import json
from hashlib import sha256
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from generation.datasets.preferences import FileRefused
from generation.lm.checkpoints import content_hash
from generation.models import Source, TrainingPart, TrainingRun
from generation.services.preferring import PreferenceSettings, preferring_create
from generation.services.training import run_resume, run_stop
from generation.services.training_parts import part_run
from generation.services.training_settings import TrainingRefused
from tests.factories import NOW, make_question_set
from tests.generation.datasets.test_preferences import row, save
from tests.generation.services.trainer import tasks_sent
from tests.generation.services.writer import make_batch, make_source, rows, run_all
from tests.tiny_model import save_tiny_model

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _models(settings, tmp_path, monkeypatch):
    settings.MODELS_DIR = tmp_path / "models"
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")


@pytest.fixture
def base(tmp_path):
    return make_source("base", model=str(save_tiny_model(tmp_path / "base", positions=256)))


@pytest.fixture
def pairs(tmp_path) -> Path:
    make_question_set("shelves", questions=3)
    found = [row(n, *(("STaR", "few-shot") if n % 4 else ("few-shot", "STaR"))) for n in range(20)]
    return save(tmp_path / "dpo.jsonl", found)


def queued(
    base: Source, pairs: Path, name: str = "liked", kind: str = "dpo", **settings
) -> TrainingRun:
    asked = PreferenceSettings(pairs=str(pairs), **{"rate": 3e-3, "rows": 4, **settings})
    return preferring_create(name=name, kind=kind, base=base, asked=asked, now=NOW)


def test_a_run_is_one_part_on_the_gpu_queue(
    base, pairs, broker, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        run = queued(base, pairs)
    part = run.parts.get()
    assert (run.kind, run.state, part.name, part.state) == ("dpo", "running", "train", "queued")
    assert run.settings["sha256"] == sha256(pairs.read_bytes()).hexdigest()
    assert tasks_sent() == ["train_part"]


def test_what_a_killed_attempt_had_come_to_is_gone_on_from(
    base, pairs, settings, monkeypatch, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        run = queued(base, pairs)
    left = settings.MODELS_DIR / f"run-{run.pk}" / ".loop-1-0" / "trainer" / "checkpoint-2"
    left.mkdir(parents=True)
    found: list[bool] = []

    def prefer(task, trained, held_out, folder, **more):
        found.append((folder / "trainer" / "checkpoint-2").is_dir())
        raise FileRefused("enough")

    monkeypatch.setattr("generation.services.preferring.prefer", prefer)
    part_run(part_id=run.parts.get().pk)
    assert found == [True]
    run.refresh_from_db()
    assert (run.state, run.problem) == ("failed", "Training failed. enough")


def test_a_run_that_was_stopped_goes_on_from_its_checkpoint(
    base, pairs, monkeypatch, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        run = queued(base, pairs)
    found: list[bool] = []

    def prefer(task, trained, held_out, folder, **more):
        found.append((folder / "trainer" / "checkpoint-2").is_dir())
        (folder / "trainer" / "checkpoint-2").mkdir(parents=True, exist_ok=True)
        run_stop(run=run, now=NOW)
        monkeypatch.setattr("generation.services.training_parts.time.monotonic", lambda: 1e9)
        more["progress"]({"steps_done": 2, "loss": 0.5})

    monkeypatch.setattr("generation.services.preferring.prefer", prefer)
    for _ in range(2):
        part_run(part_id=run.parts.get().pk)
        run.refresh_from_db()
        assert run.state == "stopped"
        run_resume(run=run, now=NOW)
    assert found == [False, True]


def test_all_right_ones_are_each_rationale_of_the_pairs_trained_on_once(
    base, pairs, monkeypatch, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        run = queued(base, pairs, kind="all")
    asked: list[tuple[int, list[tuple[str, str]]]] = []

    def tune(task, examples, folder, **more):
        asked.append((task.steps, examples))
        raise FileRefused("enough")

    monkeypatch.setattr("generation.services.preferring.tune", tune)
    part_run(part_id=run.parts.get().pk)
    ((steps, examples),) = asked
    assert len(examples) == len(set(examples)) == 32  # both sides of 16 pairs; 4 are held out
    assert steps == 8
    assert {text for _, text in examples} >= {" None at all."}


def test_a_file_that_was_replaced_meanwhile_is_not_trained_on(
    base, pairs, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        run = queued(base, pairs)
    save(pairs, [row(n) for n in range(9)])
    part_run(part_id=run.parts.get().pk)
    run.refresh_from_db()
    assert run.state == "failed"
    assert "was replaced since the run was queued: queue a new run." in run.problem
    assert not Source.objects.filter(name="liked").exists()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"name": "base"}, "There is a source named 'base' already"),
        ({"rate": 7.0}, "'rate' goes from 1e-09 to 1, not 7"),
        ({"dtype": "int8"}, "Weights are trained in float32 or bfloat16"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_queued(base, pairs, changed, said):
    with pytest.raises(TrainingRefused, match=said):
        queued(base, pairs, **changed)
    assert not TrainingRun.objects.exists()


def test_a_question_set_that_is_not_here_and_a_source_without_a_model_are_refused(
    base, pairs, tmp_path
):
    study = {"study": {"code": "s1", "question_set": "elsewhere"}}
    with pytest.raises(TrainingRefused, match="the question set 'elsewhere', which is not here"):
        queued(base, save(tmp_path / "other.jsonl", [row(n) for n in range(9)], **study))
    with pytest.raises(TrainingRefused, match="'human' has no model that our own workers"):
        queued(make_source("human", kind="human", model="", prompt=""), pairs)


def test_the_command_says_what_is_wrong(base, pairs):
    for given, said in (
        ({"source": "nobody", "pairs": str(pairs)}, "No source is named 'nobody'"),
        ({"source": "base", "pairs": "none.jsonl"}, "no manifest 'none.jsonl.manifest.json'"),
    ):
        with pytest.raises(CommandError, match=said):
            call_command("train_dpo", **given)


@pytest.mark.django_db(transaction=True)
def test_all_right_ones_are_queued_by_a_command_too(base, pairs):
    call_command("train_sft", source="base", all=str(pairs), no_wait=True, stdout=StringIO())
    run = TrainingRun.objects.get()
    assert (run.kind, run.name, run.settings["pairs"]) == ("all", "base, dpo", str(pairs))
    with pytest.raises(CommandError, match="one of the arguments --best --all is required"):
        call_command("train_sft", source="base")


def check_source(made: Source, base: Source) -> None:
    """It stands in the line of its base, writes, and left nothing else behind."""
    part = made.training_part
    assert (made.kind, made.parent, made.prompt) == ("preferences", base, base.prompt)
    assert part.checkpoint_hash == content_hash(Path(made.model)) != content_hash(Path(base.model))
    assert (part.steps_done, part.steps, part.told["held_out_accuracy"]) == (4, 4, 1.0)
    assert part.told["margin"] > 0
    questions = make_question_set("new", questions=2)
    batch = run_all(make_batch(source=made, question_set=questions, max_new_tokens=16))
    assert (batch.state, batch.model_revision) == ("done", part.checkpoint_hash)
    assert len(rows(batch)) == 2
    assert not list(Path(made.model).parent.glob(".*"))


@pytest.mark.django_db(transaction=True)
def test_the_commands_follow_a_run_to_its_end(base, pairs, tmp_path, monkeypatch):
    """A worker's work is done in the pauses of the one who waits."""

    def work(_: float) -> None:
        for part in TrainingPart.objects.filter(state="queued"):
            part_run(part_id=part.pk)

    monkeypatch.setattr("generation.management.preferring.time.sleep", work)
    said = StringIO()
    options = {"source": "base", "rate": 3e-3, "rows": 4, "stdout": said}
    call_command("train_dpo", pairs=str(pairs), name="liked", **options)
    assert (
        "16 pairs trained on, 4 held out. Of those it prefers the chosen one in 100.0%; "
        "always 'STaR': "
    ) in said.getvalue()
    assert "; the longer one: 0.0%\n" in said.getvalue()
    assert "the source 'liked' is trained" in said.getvalue()
    check_source(Source.objects.get(name="liked"), base)

    best = [
        {"prompt": f"Q: {n}?\nA:", "completion": f" {n}.", "question": f"q{n}"} for n in range(8)
    ]
    file = save(tmp_path / "sft.jsonl", best, export="sft.jsonl", format_version=2)
    call_command("train_sft", best=str(file), **options)
    made = Source.objects.get(name="base, sft")
    assert json.loads((Path(made.model) / "config.json").read_text())["model_type"] == "gptj"
    assert made.training_part.steps_done == 2
    assert made.training_part.loss < 10
