"""train_tiny: a folder is there whole or not at all."""

import pytest
from django.core.management import CommandError, call_command

from generation.lm import tiny


@pytest.fixture
def train(monkeypatch):
    """Takes the training's place: writes what it is told to and then, perhaps, breaks."""

    def put(content: str, problem: Exception | None = None) -> None:
        def train_tiny(out_dir, *, seed, report):
            for name in (tiny.BASE, tiny.STAR):
                (out_dir / name).mkdir()
                (out_dir / name / "model.safetensors").write_text(content)
            if problem:
                raise problem

        monkeypatch.setattr(tiny, "train_tiny", train_tiny)

    return put


def folders(path) -> dict[str, str]:
    return {f.name: (f / "model.safetensors").read_text() for f in path.iterdir()}


def test_a_finished_training_takes_the_place_of_the_one_before(train, tmp_path):
    for content in ("first", "second"):
        train(content)
        call_command("train_tiny", out=str(tmp_path / "models"))
        assert folders(tmp_path / "models") == {tiny.BASE: content, tiny.STAR: content}


def test_one_that_breaks_leaves_everything_as_it_was(train, tmp_path):
    train("first")
    call_command("train_tiny", out=str(tmp_path))
    train("torn", OSError(28, "No space left on device"))
    with pytest.raises(CommandError, match="cannot be written: No space left on device"):
        call_command("train_tiny", out=str(tmp_path))
    assert folders(tmp_path) == {tiny.BASE: "first", tiny.STAR: "first"}
