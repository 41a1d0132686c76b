"""`import_rationales FILE --format ... --set NAME`: counts per source, or every bad line."""

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from generation.management.commands.import_rationales import Command
from generation.models import GenerationBatch, Question, QuestionSet, Rationale, Source
from tests.factories import as_lines, make_question_set

pytestmark = pytest.mark.django_db

LINES = [
    {"question_id": "q000", "source": "one", "text": "1 + 2 = 3\n#### 3"},
    {"question_id": "q001", "source": "one", "text": "It is 6.\n#### 6"},
    {"question_id": "q000", "source": "the other", "text": "no idea"},
    {"question_id": "q001", "source": "the other", "text": "as given", "answer": 5},
]


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "rationales.jsonl"
    path.write_text("\n".join(as_lines(LINES)))
    return path


def run(path):
    call_command("import_rationales", str(path), format="jsonl", set_name="sums")


def test_it_prints_per_source_what_was_read_and_how_it_was_judged(file, capsys):
    make_question_set("sums", questions=2)
    run(file)
    header, first, second = capsys.readouterr().out.splitlines()
    assert header.split() == ["source", "read", "added", "right", "wrong", "declared", "unparsed"]
    assert first.split() == ["one", "2", "2", "1", "1", "0", "0"]
    assert second.split() == ["the", "other", "2", "2", "0", "0", "1", "1"]


def test_the_same_file_twice_adds_nothing(file, capsys):
    make_question_set("sums", questions=2)
    run(file)
    run(file)
    assert capsys.readouterr().out.splitlines()[-2].split() == ["one", "2", "0", "1", "1", "0", "0"]
    assert (Rationale.objects.count(), GenerationBatch.objects.count()) == (4, 2)


def test_questions_that_a_file_brings_along_are_counted(tmp_path, capsys):
    nested = {"question": "2 and 3?", "answer": 5, "rationales": [{"source": "a", "text": "five"}]}
    path = tmp_path / "nested.jsonl"
    path.write_text("\n".join(as_lines([nested])))
    run(path)
    assert capsys.readouterr().out.startswith("1 questions added\n")
    assert Question.objects.count() == 1


def test_bad_lines_go_to_stderr_and_nothing_comes_in(file, capsys):
    make_question_set("sums", questions=1)
    with pytest.raises(CommandError, match=r"^2 lines could not be read; nothing was imported$"):
        run(file)
    assert capsys.readouterr().err.splitlines() == [
        "line 2: no question 'q001' in 'sums'; import the questions first, "
        "or name the set that holds them",
        "line 4: no question 'q001' in 'sums'; import the questions first, "
        "or name the set that holds them",
    ]
    assert (Rationale.objects.count(), Source.objects.count()) == (0, 0)


def test_a_refused_file_leaves_no_set_behind_and_exits_with_1(file, capsys, monkeypatch):
    arguments = ["manage.py", "import_rationales", str(file), "--format", "jsonl", "--set", "new"]
    monkeypatch.setattr("django.db.connections.close_all", lambda: None)  # the test's own
    with pytest.raises(SystemExit) as ended:
        Command().run_from_argv(arguments)
    assert ended.value.code == 1
    assert "Traceback" not in capsys.readouterr().err
    assert not QuestionSet.objects.exists()


def test_a_file_that_is_not_there_is_one_sentence(tmp_path):
    with pytest.raises(CommandError, match="cannot be read: No such file"):
        run(tmp_path / "missing.jsonl")
