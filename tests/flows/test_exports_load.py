"""What leaves a study that a browser rated loads where it is meant to be loaded, and trains there.

Raters rate in Chromium; files are built as a worker builds them; `datasets` reads each in every
form, mlcroissant the folder's metadata; TRL's four trainers take steps on a tiny GPT-J, offline.
"""

import json
import math
import zipfile
from pathlib import Path

import pytest
from django.utils import timezone

from raters.exports import EXPORTS
from raters.models import Rating, StudyExport
from raters.services.export_files import study_export_ask, study_export_build
from raters.services.study_states import study_close
from tests.browser import begin_rating, press
from tests.factories import make_raters, make_study
from tests.flows.test_dpo_trains import LONGEST, small_gptj, small_tokenizer
from tests.raters.reports import make_report

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.slow]
QUESTIONS, RATERS = 6, 3
LOADED_AS = {"jsonl": "json", "csv": "csv", "parquet": "parquet"}


@pytest.fixture
def rated(page, live_server):
    """Three raters, six triples each: the first step of A1 wrong, and a pick."""
    study = make_study(questions=QUESTIONS, raters_per_triple=RATERS, asks_step_marks=True)
    for number, rater in enumerate(make_raters(study, RATERS)):
        page.context.clear_cookies()
        begin_rating(page, live_server.url, rater.code)
        for turn in range(QUESTIONS):
            press(page, "-", "e", "e", str(1 + (turn * (number + 1)) % 3), "Enter")
    study_close(study=study, user=study.owner, now=timezone.now())
    assert Rating.objects.filter(is_current=True).count() == QUESTIONS * RATERS
    make_report(study)
    return study


@pytest.fixture
def offline(monkeypatch, tmp_path, settings):
    for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_DATASETS_OFFLINE"):
        monkeypatch.setenv(name, "1")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    settings.EXPORT_DIR = str(tmp_path / "exports")


def build(study, name: str, form: str, **wishes) -> Path:
    now = timezone.now()
    asked = study_export_ask(
        study=study, user=study.owner, name=name, form=form, wishes=wishes, now=now
    )
    study_export_build(export_id=asked.pk, now=now)
    built = StudyExport.objects.get(pk=asked.pk)
    assert built.state == "built", built.problem
    return built.path


def load(path: Path, form: str, cache: Path):
    from datasets import load_dataset

    return load_dataset(LOADED_AS[form], data_files=str(path), split="train", cache_dir=str(cache))


def test_every_export_loads_reconciles_and_trains(rated, offline, tmp_path):
    cache = tmp_path / "cache"
    rows = {}
    for export in EXPORTS.values():
        for form in export.forms:
            path = build(rated, export.name, form)
            if export.name in ("flags", "guesses"):
                assert path.read_bytes() == b"" or form != "jsonl", "nobody flagged or guessed"
            elif form != "zip":
                data = load(path, form, cache)
                about = StudyExport.objects.get(name=export.name, form=form).manifest
                assert data.column_names == about["columns"], (export.name, form)
                assert len(data) == about["rows"] > 0
                rows[export.name, form] = data
    pairs_are_what_the_ratings_say(rows["ratings", "jsonl"], rows["dpo", "jsonl"])
    for name in ("dpo", "kto", "reward", "sft", "rewardbench", "stepwise"):
        assert rows[name, "jsonl"].to_list() == rows[name, "parquet"].to_list()
    folder_loads(build(rated, "dataset", "zip"), tmp_path)
    trains(rows, tmp_path)
    talk = load(build(rated, "dpo", "jsonl", conversational=True), "jsonl", cache)
    assert [turn["role"] for turn in talk[0]["prompt"] + talk[0]["chosen"]] == ["user", "assistant"]


def pairs_are_what_the_ratings_say(ratings, pairs) -> None:
    """Each win, loss and tie of each pair is a rating; no pair stands in both directions."""
    seen = set()
    for pair in pairs:
        sides = pair["chosen_source"], pair["rejected_source"]
        picked = [
            r["picked"] for r in ratings if r["question"] == pair["question"] and r["counted"]
        ]
        assert (pair["wins"], pair["losses"]) == tuple(map(picked.count, sides))
        assert pair["wins"] > pair["losses"]
        assert (pair["question"], *sides[::-1]) not in seen
        seen.add((pair["question"], *sides))
    assert len(seen) == len(pairs)


def folder_loads(path: Path, tmp_path: Path) -> None:
    import mlcroissant
    from datasets import load_dataset

    folder = tmp_path / "folder"
    with zipfile.ZipFile(path) as archive:
        assert {entry.date_time[0] for entry in archive.infolist()} == {1980}
        archive.extractall(folder)
    files = json.loads((folder / "manifest.json").read_text())["files"]
    assert {file["config"] for file in files} >= {"dpo", "kto", "reward", "sft", "rewardbench"}
    for file in files:
        data = load_dataset(str(folder), file["config"], cache_dir=str(tmp_path / "cache2"))
        assert len(data[file["split"]]) == file["rows"]
        assert data[file["split"]].column_names == file["columns"]
    described = mlcroissant.Dataset(jsonld=str(folder / "croissant.json"))
    assert not described.metadata.ctx.issues.errors
    records = next(iter(described.records(record_set=described.metadata.record_sets[0].uuid)))
    assert len(records) == len(files[0]["columns"])


def trains(rows, tmp_path: Path) -> None:
    from transformers import GPTJForSequenceClassification
    from trl import (
        DPOConfig,
        DPOTrainer,
        KTOConfig,
        KTOTrainer,
        RewardConfig,
        RewardTrainer,
        SFTConfig,
        SFTTrainer,
    )

    dpo = rows["dpo", "jsonl"]
    tokenizer = small_tokenizer([row["prompt"] + row["chosen"] for row in dpo])

    def judge():
        config = small_gptj(tokenizer).config
        config.num_labels = 1
        return GPTJForSequenceClassification(config)

    more = {"precompute_ref_log_probs": True}
    trainers = {
        "sft": (SFTTrainer, SFTConfig, {}),
        "dpo": (DPOTrainer, DPOConfig, more),
        "kto": (KTOTrainer, KTOConfig, more),
        "reward": (RewardTrainer, RewardConfig, {}),
    }
    for name, (trainer, config, options) in trainers.items():
        taken = trainer(
            model=judge() if name == "reward" else small_gptj(tokenizer),
            args=config(
                output_dir=str(tmp_path / name),
                max_steps=2,
                per_device_train_batch_size=2,
                learning_rate=1e-3,
                max_length=LONGEST,
                use_cpu=True,
                bf16=False,
                report_to=[],
                save_strategy="no",
                logging_steps=1,
                disable_tqdm=True,
                **options,
            ),
            train_dataset=rows[name, "jsonl"],
            processing_class=tokenizer,
        )
        taken.train()
        losses = [entry["loss"] for entry in taken.state.log_history if "loss" in entry]
        assert len(losses) == 2, name
        assert all(map(math.isfinite, losses)), name
