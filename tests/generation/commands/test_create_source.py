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


def test_it_takes_a_server_with_the_name_of_its_key(capsys):
    server = ("--server", "http://127.0.0.1:8000/v1", "--api", "chat", "--at-once", "32")
    call_command("create_source", "vllm", *GPT_J, *server, "--key-variable", "VLLM_API_KEY")
    assert capsys.readouterr().out == (
        "source 'vllm': EleutherAI/gpt-j-6b at http://127.0.0.1:8000/v1, few-shot\n"
    )
    source = Source.objects.get()
    assert (source.api, source.at_once, source.key_variable) == ("chat", 32, "VLLM_API_KEY")


def test_a_server_that_may_not_be_asked_is_refused():
    with pytest.raises(CommandError, match="is not among the hosts"):
        call_command("create_source", "far", *GPT_J, "--server", "https://example.org/v1")
