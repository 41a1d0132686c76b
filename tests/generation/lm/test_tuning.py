"""Fine-tuning by TRL in a process of its own: the same seed gives the same bits, LoRA is merged."""

from dataclasses import replace

import pytest

from generation.lm.launching import TuningFailed, tune
from generation.lm.tuning import Tuning
from tests.tiny_model import save_tiny_model

pytestmark = pytest.mark.slow
EXAMPLES = [(f"Q: {n} + 1?\nA:", f" {n} + 1 = {n + 1}.") for n in range(8)]


@pytest.fixture(scope="module")
def task(tmp_path_factory) -> Tuning:
    return Tuning(
        model=str(save_tiny_model(tmp_path_factory.mktemp("base"), positions=64)),
        revision="", steps=3, rate=1e-3, warm_up=1, rows=4, lora_rank=0, dtype="float32",
        checkpointing=False, seed=1, device="cpu", threads=1,
    )  # fmt: skip


def run(task: Tuning, folder, examples=EXAMPLES):
    told = []
    made, digest = tune(task, examples, folder, processes=1, progress=told.append)
    assert told[-1]["steps_done"] == 3
    return made, digest


def test_the_same_seed_gives_the_same_checkpoint_and_another_another(task, tmp_path):
    made, first = run(task, tmp_path / "a")
    assert (made / "model.safetensors").exists()
    assert run(task, tmp_path / "b")[1] == first
    assert run(replace(task, seed=2), tmp_path / "c")[1] != first


def test_lora_and_checkpointing_give_a_whole_model_again(task, tmp_path):
    made, digest = run(replace(task, lora_rank=2, checkpointing=True), tmp_path / "lora")
    assert (made / "model.safetensors").exists()
    assert not list(made.glob("adapter*"))
    assert digest != run(task, tmp_path / "full")[1]


def test_what_does_not_fit_is_said_and_never_cut(task, tmp_path):
    with pytest.raises(TuningFailed, match=r"A rationale has 10. tokens with its question"):
        run(task, tmp_path / "long", [("Q: how?\nA:", " " + "x" * 90)])


def test_a_process_that_is_no_longer_wanted_is_ended(task, tmp_path):
    class NotOurs(Exception):
        pass

    def refuse(told):
        raise NotOurs

    with pytest.raises(NotOurs):
        tune(task, EXAMPLES, tmp_path / "stop", processes=1, progress=refuse)
    assert not (tmp_path / "stop" / "made").exists()
