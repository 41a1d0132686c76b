"""`import_questions FILE --format ... --set NAME`: what it prints and how it ends."""

import json

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from generation.management.commands.import_questions import Command
from generation.models import Question, QuestionSet

pytestmark = pytest.mark.django_db

GOOD = '{"question": "How many are 2 and 3?", "answer": "2 + 3 = 5\\n#### 5"}\n'


def run(path, format="gsm8k"):
    call_command("import_questions", str(path), format=format, set_name="sums")


def test_it_says_how_many_were_read_and_added(tmp_path, capsys):
    file = tmp_path / "questions.jsonl"
    file.write_text(GOOD)
    run(file)
    assert capsys.readouterr().out == "1 questions read, 1 added, 0 already in 'sums'\n"
    question = Question.objects.get()
    assert (question.gold_answer, question.solution) == ("5", "2 + 3 = 5")


def test_the_same_file_twice_adds_nothing(tmp_path, capsys):
    file = tmp_path / "questions.jsonl"
    file.write_text(GOOD)
    run(file)
    run(file)
    assert capsys.readouterr().out.endswith("1 questions read, 0 added, 1 already in 'sums'\n")


def test_commonsenseqa_comes_in_by_its_ids(tmp_path):
    file = tmp_path / "csqa.jsonl"
    choices = [{"label": label, "text": text} for label, text in (("A", "ice"), ("B", "water"))]
    question = {"stem": "What do fish breathe in?", "choices": choices}
    file.write_text(json.dumps({"id": "abc", "answerKey": "B", "question": question}))
    run(file, "commonsenseqa")
    assert (Question.objects.get().key, Question.objects.get().gold_answer) == ("abc", "B")


def test_bad_lines_go_to_stderr_with_number_and_reason_and_nothing_comes_in(tmp_path, capsys):
    file = tmp_path / "questions.jsonl"
    file.write_bytes(GOOD.encode() + b'{"question": "Why?"}\n\xff\xfe\n')
    with pytest.raises(CommandError, match=r"^2 lines could not be read; nothing was imported$"):
        run(file)
    first, second = capsys.readouterr().err.splitlines()
    assert first.startswith("line 2: 'answer' is missing")
    assert second.startswith("line 3: ")
    assert (QuestionSet.objects.count(), Question.objects.count()) == (0, 0)


def test_the_exit_code_says_so_and_nobody_sees_a_traceback(tmp_path, capsys, monkeypatch):
    file = tmp_path / "questions.jsonl"
    file.write_text("nonsense")
    arguments = ["manage.py", "import_questions", str(file), "--format", "gsm8k", "--set", "sums"]
    monkeypatch.setattr("django.db.connections.close_all", lambda: None)  # the test's own
    with pytest.raises(SystemExit) as ended:
        Command().run_from_argv(arguments)
    assert ended.value.code == 1
    errors = capsys.readouterr().err
    assert "CommandError: 1 line could not be read; nothing was imported" in errors
    assert "Traceback" not in errors


def test_a_file_that_is_not_there_is_one_sentence(tmp_path):
    missing = tmp_path / "missing.jsonl"
    with pytest.raises(CommandError, match=r"missing\.jsonl' cannot be read: No such file"):
        run(missing)


def test_a_folder_is_one_sentence(tmp_path):
    with pytest.raises(CommandError, match="cannot be read: Is a directory"):
        run(tmp_path)
