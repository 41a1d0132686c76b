"""`create_source NAME --model FOLDER-OR-ID --prompt ...`: what it makes and how it refuses."""

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from generation.models import Source
from tests.generation.services.writer import make_source

pytestmark = pytest.mark.django_db

GPT_J = ("--model", "EleutherAI/gpt-j-6b", "--prompt", "few-shot")


def test_it_makes_a_source(capsys):
    call_command("create_source", "GPT-J", *GPT_J, "--revision", "47e1693")
    assert capsys.readouterr().out == "source 'GPT-J': EleutherAI/gpt-j-6b, few-shot\n"
    source = Source.objects.get()
    assert (source.kind, source.revision, source.style) == ("few-shot", "47e1693", "")


def test_it_takes_a_parent_a_kind_a_style_and_a_file_of_examples(tmp_path):
    make_source("base")
    examples = tmp_path / "examples.txt"
    examples.write_text("Q: How many ears have two cats?\nA: Two each.\n#### 4")
    call_command(
        "create_source", "loop 1", *GPT_J, "--kind", "star", "--style", "gsm8k",
        "--parent", "base", "--examples", str(examples),
    )  # fmt: skip
    source = Source.objects.get(name="loop 1")
    assert (source.kind, source.style, source.parent.name) == ("star", "gsm8k", "base")
    assert source.examples == examples.read_text()


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ((*GPT_J, "--parent", "nobody"), "No source is named 'nobody'."),
        ((*GPT_J, "--examples", "nowhere.txt"), "'nowhere.txt' cannot be read: No such file"),
        (("--model", "./nowhere", "--prompt", "few-shot"), "'./nowhere' is no model folder"),
        (("--model", "m", "--prompt", "5-shot"), "argument --prompt: invalid choice: '5-shot'"),
        (("--prompt", "few-shot"), "the following arguments are required: --model"),
    ],
)
def test_it_says_what_is_wrong(given, sentence):
    with pytest.raises(CommandError, match=sentence):
        call_command("create_source", "new", *given)
    assert not Source.objects.exists()


def test_a_file_of_examples_that_is_no_text_is_refused(tmp_path):
    (tmp_path / "examples").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("create_source", "new", *GPT_J, "--examples", str(tmp_path / "examples"))
