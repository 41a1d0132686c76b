"""Chunks written by a real, random GPT-J: the same texts on every run, and clear refusals."""

import re
import shutil

import pytest
import torch

from generation.lm.checkpoints import content_hash
from generation.services import backends
from tests.factories import make_question_set
from tests.generation.services.writer import make_batch, make_source, rows, run_all
from tests.tiny_model import save_tiny_model

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return save_tiny_model(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(autouse=True)
def _threads_as_before():
    threads = torch.get_num_threads()
    yield
    torch.set_num_threads(threads)
    backends._sampler.cache_clear()


def test_the_same_batch_cut_otherwise_is_the_same_row_for_row(folder, settings):
    written = []
    for name, size in (("first", 64), ("second", 4)):
        settings.CHUNK_ROWS = size
        backends._sampler.cache_clear()
        batch = run_all(
            make_batch(
                source=make_source(name, model=str(folder)),
                question_set=make_question_set(name, questions=5),
                samples=2,
                temperature=0.9,
                seed=4,
                rationalize=True,
                max_new_tokens=24,
            )
        )
        assert (batch.state, batch.model_revision) == ("done", content_hash(folder))
        assert batch.conditions == {
            "device": "cpu",
            "dtype": "float32",
            "threads": 1,
            "rows": size,
            "torch": torch.__version__,
        }
        written.append(rows(batch))
    first, second = written
    assert first == second
    assert len(first) == 20, "a random model fails every question, so each is asked with its hint"
    assert len({row[3] for row in first}) == 20
    assert all(row[7] > 0 for row in first)


def test_the_model_is_loaded_once_a_process(folder):
    source = make_source(model=str(folder))
    assert backends.source_backend(source) is backends.source_backend(source)


def test_a_prompt_that_does_not_fit_says_so_in_a_sentence(tmp_path):
    short = save_tiny_model(tmp_path / "short", positions=100)
    batch = run_all(make_batch(questions=2, source=make_source(model=str(short))))
    assert re.fullmatch(
        r"The prompt has \d+ tokens and the rationale may have 256, but .* holds 100 together\. "
        r"Use fewer examples, or a smaller max_new_tokens\.",
        batch.problem,
    )
    assert (batch.state, batch.rationales.count()) == ("failed", 0)


@pytest.mark.parametrize(
    ("there", "sentence"),
    [
        ("nothing", "There is no model folder '{model}' where the worker runs."),
        ("a folder", "'{model}' could not be loaded: Couldn't instantiate the backend tokenizer"),
        ("a tokenizer", "'{model}' could not be loaded: Error no file named model.safetensors"),
    ],
)
def test_a_model_that_is_not_there_says_so_in_a_sentence(tmp_path, folder, there, sentence):
    model = tmp_path / "model"
    save_tiny_model(model)
    source = make_source(model=str(model))
    for file in model.iterdir():
        if there != "a tokenizer" or file.suffix == ".safetensors":
            file.unlink()
    if there == "nothing":
        model.rmdir()
    batch = run_all(make_batch(questions=1, source=source))
    assert batch.state == "failed"
    assert batch.problem.startswith(sentence.format(model=model))
    assert "\n" not in batch.problem


def test_a_running_worker_loads_a_model_again_whose_files_were_replaced(folder, tmp_path):
    source = make_source("here", model=str(shutil.copytree(folder, tmp_path / "model")))
    before = backends.source_backend(source)
    assert backends.source_backend(source) is before
    save_tiny_model(tmp_path / "model", seed=1)
    after = backends.source_backend(source)
    assert after is not before
    assert after.revision != before.revision
