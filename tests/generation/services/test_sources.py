"""A source: a model and how it is asked, or a writer without a model; refused in a sentence."""

from pathlib import Path

import pytest

from generation.models import Source
from generation.services.sources import SourceRefused, source_create
from tests.factories import NOW
from tests.generation.services.writer import make_source

pytestmark = pytest.mark.django_db


def test_a_source_keeps_what_it_was_made_with():
    base = make_source("base")
    examples = "Q: How many ears have two cats?\nA: Two each.\n#### 4"
    source = source_create(
        name=" GPT-J, STaR ",
        kind="star",
        model="EleutherAI/gpt-j-6b",
        revision="47e169305d2e8376be1d31e765533382721b2cc1",
        prompt="few-shot",
        style="gsm8k",
        examples=examples,
        parent=base,
        now=NOW,
    )
    source.refresh_from_db()
    assert (source.name, source.kind, source.parent) == ("GPT-J, STaR", "star", base)
    assert (source.model, source.prompt) == ("EleutherAI/gpt-j-6b", "few-shot")
    assert source.revision == "47e169305d2e8376be1d31e765533382721b2cc1"
    assert (source.style, source.examples, source.created_at) == ("gsm8k", examples, NOW)


def test_a_writer_without_a_model_is_not_prompted():
    source = source_create(name="reference", kind="program", now=NOW)
    assert (source.model, source.prompt) == ("", "")


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"name": " "}, "A source needs a name of 1 to 100 printable characters."),
        ({"name": "a\nb"}, "A source needs a name of 1 to 100 printable characters."),
        ({"name": "n" * 101}, "A source needs a name of 1 to 100 printable characters."),
        ({"name": "taken"}, "There is a source named 'taken' already; choose another name."),
        ({"name": " taken "}, "There is a source named 'taken' already; choose another name."),
        (
            {"kind": "robot"},
            "The kind 'robot' is unknown; use one of few-shot, star, verifier, preferences, "
            "program, human, imported.",
        ),
        ({"prompt": "5-shot"}, "A source is prompted few-shot or zero-shot, not '5-shot'."),
        (
            {"prompt": ""},
            "A model and how it is prompted (few-shot or zero-shot) go together.",
        ),
        (
            {"model": ""},
            "A model and how it is prompted (few-shot or zero-shot) go together.",
        ),
        ({"model": "./nowhere"}, "'./nowhere' is no model folder: it holds no config.json."),
        ({"model": "~/nowhere"}, "'~/nowhere' is no model folder: it holds no config.json."),
        ({"model": "m" * 501}, "The model's name is longer than 500 characters."),
        ({"revision": "r" * 101}, "A revision has at most 100 characters."),
        (
            {"style": "haiku"},
            "The style 'haiku' is unknown; use one of gsm8k, commonsenseqa, plain, word-problems, "
            "addition, addition-columns.",
        ),
        (
            {"examples": "Why?"},
            "The examples cannot be read: not an example: 'Why?'; write 'Q: ...', then 'A: ...'.",
        ),
    ],
)
def test_what_cannot_be_a_source_is_refused(given, sentence):
    make_source("taken")
    with pytest.raises(SourceRefused) as refused:
        make_source(**{"name": "new", **given})
    assert str(refused.value) == sentence
    assert Source.objects.count() == 1


def test_a_folder_is_written_down_in_full_for_workers_that_stand_elsewhere(tmp_path, monkeypatch):
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "config.json").write_text("{}")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    for number, given in enumerate(("./model", "model", "~/model", str(tmp_path / "model"))):
        assert make_source(f"source {number}", model=given).model == str(tmp_path / "model")


def test_a_folder_that_cannot_be_looked_at_is_refused_in_a_sentence(monkeypatch):
    for model in ("/" + "m" * 300, "~nobody-has-this-name/model"):
        with pytest.raises(SourceRefused, match="is no model folder"):
            make_source(model=model)

    def closed(path: Path) -> bool:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "exists", closed)
    with pytest.raises(SourceRefused, match="'/closed' is no model folder"):
        make_source(model="/closed")
