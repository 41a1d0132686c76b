"""The two models in the repository are what their hashes say, and can do sums."""

from pathlib import Path

import pytest

from generation.datasets.word_problems import make_problems
from generation.lm.checkpoints import file_hashes, hashes_hold, load_checkpoint
from generation.lm.evaluation import figures
from generation.lm.sampling import Sampler
from generation.lm.tiny import BASE, STAR, train_tiny
from generation.prompts.word_problems import STOP, few_shot

SHIPPED = Path("generation/checkpoints")
SEED = 1


@pytest.mark.parametrize("name", [BASE, STAR])
def test_the_files_have_the_documented_hashes(name):
    assert hashes_hold(SHIPPED / name)


@pytest.mark.parametrize("name", [BASE, STAR])
def test_a_model_is_small_real_and_has_a_card(name):
    folder = SHIPPED / name
    assert (folder / "model.safetensors").stat().st_size < 5_000_000
    assert {path.suffix for path in folder.iterdir()} == {".safetensors", ".json", ".md", ""}
    assert f"train_tiny --seed {SEED} " in (folder / "README.md").read_text()
    assert type(load_checkpoint(str(folder)).model).__name__ == "GPTJForCausalLM"


@pytest.mark.parametrize("name", [BASE, STAR])
def test_a_model_answers_short_problems(name):
    problems = make_problems(20, seed=4, steps=[2])
    sampler = Sampler(load_checkpoint(str(SHIPPED / name)))
    written = sampler.generate(
        [few_shot(problem.question) for problem in problems],
        temperature=0,
        seeds=range(20),
        stop=STOP,
    )
    assert all(rationale.finished for rationale in written)
    assert figures(problems, [rationale.text for rationale in written]).right > 50


@pytest.mark.slow
def test_training_from_nothing_gives_the_shipped_bits(tmp_path):
    """About ten minutes on an idle core. On another kind of processor the last bits may differ."""
    train_tiny(tmp_path, seed=SEED)
    for name in (BASE, STAR):
        assert file_hashes(tmp_path / name) == file_hashes(SHIPPED / name)
