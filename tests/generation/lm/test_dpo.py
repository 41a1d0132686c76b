"""Training on preferences: the model learns them, tells how far it is, and survives a kill."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from generation.lm.checkpoints import content_hash, load_checkpoint
from generation.lm.dpo import ACCURACY, HELD_OUT, PAIRS, Preferring, check_lengths, looks
from generation.lm.scoring import likelihoods
from generation.lm.tuning import MADE, PROGRESS, TASK, ExampleTooLong
from tests.tiny_model import save_tiny_model

TASK_OF_TESTS = Preferring(
    model="", revision="", epochs=3, rate=3e-3, beta=0.1, rows=4, lora_rank=0, dtype="float32",
    checkpointing=False, seed=0, device="cpu", threads=1, looks=4,
)  # fmt: skip


def pairs(first: int, last: int) -> list[dict[str, str]]:
    """Sums are chosen over letters."""
    return [
        {"prompt": f"Q: {n} balls?\nA:", "chosen": f" {n} + 0 = {n}", "rejected": " well, many so"}
        for n in range(first, last)
    ]


def make_folder(folder: Path, model: Path, **settings) -> Path:
    folder.mkdir()
    task = replace(TASK_OF_TESTS, model=str(model), **settings)
    (folder / TASK).write_text(json.dumps(asdict(task)))
    for name, rows in ((PAIRS, pairs(0, 16)), (HELD_OUT, pairs(90, 95))):
        (folder / name).write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder


def started(folder: Path) -> subprocess.Popen:
    alone = {**os.environ, "HF_HUB_OFFLINE": "1", "HF_DATASETS_CACHE": str(folder / "cache")}
    with (folder / "log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "generation.lm.dpo", str(folder)],
            env=alone, stdout=log, stderr=log,
        )  # fmt: skip


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return save_tiny_model(tmp_path_factory.mktemp("model"), positions=256)


@pytest.fixture(scope="module")
def trained(model, tmp_path_factory):
    folder = make_folder(tmp_path_factory.mktemp("dpo") / "run", model)
    assert started(folder).wait() == 0, (folder / "log").read_text()
    return folder


@pytest.mark.slow
def test_what_is_preferred_is_learned_and_told(trained, model):
    told = json.loads((trained / PROGRESS).read_text())
    assert (told["steps_done"], told["steps"]) == (12, 12)
    assert told["loss"] < 0.69
    assert told["margin"] > 0
    assert told["held_out_accuracy"] == 1.0
    assert told["held_out_margin"] > 0
    assert [step for step, _ in told["looks"]] == [3, 6, 9, 12]
    assert told["looks"][-1][1] == told["held_out_accuracy"]
    made = json.loads((trained / f"{MADE}.json").read_text())
    assert made["hash"] == content_hash(trained / MADE) != content_hash(model)
    assert load_checkpoint(str(trained / MADE)).positions == 256


@pytest.mark.slow
def test_what_trl_measured_is_what_our_own_likelihoods_say(trained, model):
    held_out = pairs(90, 95)
    texts = [(pair["prompt"], pair[side]) for pair in held_out for side in ("chosen", "rejected")]
    before, after = (
        [each.log_probability for each in likelihoods(load_checkpoint(str(folder)), texts)]
        for folder in (model, trained / MADE)
    )
    gained = [now - then for now, then in zip(after, before, strict=True)]
    leads = [gained[n] - gained[n + 1] for n in range(0, len(gained), 2)]
    told = json.loads((trained / PROGRESS).read_text())
    assert 0.1 * sum(leads) / len(leads) == pytest.approx(told["held_out_margin"], rel=1e-3)
    assert sum(lead > 0 for lead in leads) / len(leads) == told["held_out_accuracy"]


@pytest.mark.slow
def test_killed_and_started_again_it_ends_with_the_same_bits(trained, model, tmp_path):
    folder = make_folder(tmp_path / "run", model)
    process = started(folder)
    while not list((folder / "trainer").glob("checkpoint-*/trainer_state.json")):
        assert process.poll() is None, (folder / "log").read_text()
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not (folder / f"{MADE}.json").exists()
    assert started(folder).wait() == 0, (folder / "log").read_text()
    made = [json.loads((each / f"{MADE}.json").read_text()) for each in (trained, folder)]
    assert made[0] == made[1]
    told = [json.loads((each / PROGRESS).read_text())["looks"] for each in (trained, folder)]
    assert told[0] == told[1]


@pytest.mark.slow
def test_with_lora_a_whole_model_comes_back(model, tmp_path):
    folder = make_folder(tmp_path / "run", model, lora_rank=4, epochs=1, rows=8)
    assert started(folder).wait() == 0, (folder / "log").read_text()
    made = load_checkpoint(str(folder / MADE))
    assert type(made.model).__name__ == "GPTJForCausalLM"
    assert made.revision != content_hash(model)


def test_looks_are_what_was_measured_on_the_way_each_once():
    history = [
        {"step": 2, "loss": 0.7},
        {"step": 2, ACCURACY: 0.5},
        {"step": 4, ACCURACY: 0.75},
        {"step": 4, ACCURACY: 0.75},
    ]
    assert looks(history) == [(2, 0.5), (4, 0.75)]


def test_what_would_be_cut_is_refused(model):
    base = load_checkpoint(str(model))
    with pytest.raises(ExampleTooLong, match=r"A rationale has 30. tokens .* holds 256"):
        check_lengths(base, [{"prompt": "Q:", "chosen": "x" * 300, "rejected": ""}])
