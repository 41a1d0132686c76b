"""`first_start`: two sample studies and the links to begin with; a second start adds nothing."""

import re
from io import StringIO

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.core.management import call_command

from config.management.commands import first_start
from generation.models import GenerationBatch, GenerationChunk, Question, Rationale, Source
from generation.services.chunks import chunk_run
from raters.models import Study
from tests.generation.services.writer import Writer, use

pytestmark = pytest.mark.django_db

URL = "http://127.0.0.1:8000"


class Interrupted(BaseException):
    """Ctrl-C, or the machine went dark."""


def write_the_solution(prompt: str, seed: int) -> str:
    asked = prompt.rsplit("Q: ", 1)[1].removesuffix("\nA:")
    return Question.objects.get(text=asked).solution


def write_nonsense(prompt: str, seed: int) -> str:
    return "I do not know."


@pytest.fixture(autouse=True)
def _few_problems(monkeypatch):
    monkeypatch.setattr(first_start, "PROBLEMS", 4)


@pytest.fixture(autouse=True)
def checkpoints(monkeypatch, tmp_path):
    for name in ("few-shot-base", "star-loop-2"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "config.json").write_text("{}")
    monkeypatch.setattr(first_start, "CHECKPOINTS", tmp_path)
    return tmp_path


@pytest.fixture(autouse=True)
def worker(monkeypatch):
    """In every second that the command waits, a worker writes what is queued."""

    def work(_: float) -> None:
        for pk in GenerationChunk.objects.filter(state="queued").values_list("pk", flat=True):
            chunk_run(chunk_id=pk)

    monkeypatch.setattr(first_start.time, "sleep", work)
    return use(monkeypatch, Writer(write_the_solution))


def start() -> list[str]:
    said = StringIO()
    call_command("first_start", url=URL, stdout=said)
    return said.getvalue().splitlines()


def everything() -> dict[str, int]:
    """How many rows every table holds; sign-in links come anew with every start."""
    return {
        model.__name__: model.objects.count()
        for app in ("generation", "raters", "auth")
        for model in apps.get_app_config(app).get_models()
        if model.__name__ != "SignInLink"
    }


def test_it_prints_links_that_work_and_what_the_worker_did(client):
    researcher, admin, written, few_shot, few_shot_done, *star, problems = start()
    for line, name in ((researcher, "researcher"), (admin, "admin")):
        said, link, note = re.fullmatch(rf"(\w+) +{URL}(/\S+)  (.*)", line).groups()
        assert (said, note) == (name, "(works once)")
        entered = client.post(link, follow=True)
        assert entered.context["user"].username == name
        client.logout()
    assert written.endswith("(Sample: three ways of writing it down, 12 triples)")
    assert few_shot == "worker     tiny GPT-J, few-shot is writing rationales ..."
    assert few_shot_done == "worker     tiny GPT-J, few-shot: done, 16 of 16 right"
    assert star[-1] == "worker     tiny GPT-J, STaR: done, 16 of 16 right"
    assert problems.endswith("(Sample: GPT-J, STaR and a reference, 4 triples)")
    for line in (written, problems):
        link = re.search(rf"{URL}(/\S+)", line)[1]
        assert client.get(link, follow=True).status_code == 200


def test_it_makes_two_open_studies_with_a_rater_each():
    start()
    assert set(Study.objects.values_list("name", "state", "triple_count")) == {
        ("Sample: three ways of writing it down", "open", 12),
        ("Sample: GPT-J, STaR and a reference", "open", 4),
    }
    assert [study.raters.count() for study in Study.objects.all()] == [1, 1]
    assert User.objects.get(username="admin").is_superuser
    assert not User.objects.get(username="researcher").is_superuser


def test_the_reference_is_shown_as_written_by_a_program_and_star_as_made_from_few_shot():
    start()
    assert Source.objects.get(name="reference").kind == "program"
    star = Source.objects.get(name="tiny GPT-J, STaR")
    assert (star.kind, star.parent.name) == ("star", "tiny GPT-J, few-shot")
    assert "human" not in set(Source.objects.values_list("kind", flat=True))


def test_both_models_get_the_same_settings_and_prompt():
    start()
    batches = GenerationBatch.objects.filter(kind="generation")
    frozen = ("samples", "temperature", "seed", "prompt_hash", "max_new_tokens", "question_set")
    assert batches.count() == 2
    assert len(set(batches.values_list(*frozen))) == 1


def test_a_second_start_adds_nothing(worker):
    start()
    before, written = everything(), len(worker.prompts)
    again = start()
    assert everything() == before
    assert len(worker.prompts) == written
    assert [line.split()[0] for line in again] == [
        "researcher", "admin", "rater", "worker", "worker", "rater",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("step", "nth"),
    [
        ("rationales_import", 1),
        ("study_open", 1),
        ("raters_add", 1),
        ("source_create", 1),
        ("problems_make", 1),
        ("source_create", 2),
        ("batch_create", 2),
        ("study_create", 2),
        ("raters_add", 2),
    ],
)
def test_a_start_cut_short_goes_on(monkeypatch, step, nth):
    whole = getattr(first_start, step)
    calls = []

    def cut(**given):
        calls.append(step)
        if len(calls) == nth:
            raise Interrupted
        return whole(**given)

    with monkeypatch.context() as patched:
        patched.setattr(first_start, step, cut)
        with pytest.raises(Interrupted):
            start()
    start()
    assert Study.objects.filter(state="open").count() == 2
    assert [study.raters.count() for study in Study.objects.all()] == [1, 1]
    assert GenerationBatch.objects.filter(kind="generation").count() == 2
    assert Rationale.objects.count() == 36 + 4 + 2 * 16
    before = everything()
    start()
    assert everything() == before


def test_models_that_are_not_there_are_named_and_the_rest_stands(checkpoints):
    (checkpoints / "few-shot-base" / "config.json").unlink()
    said = start()
    folder = checkpoints / "few-shot-base"
    assert said[-1] == f"worker     '{folder}' is no model folder: it holds no config.json."
    assert Study.objects.get().state == "open"


def test_models_that_were_moved_away_are_named_by_the_worker(monkeypatch, checkpoints):
    monkeypatch.undo()
    monkeypatch.setattr(first_start, "PROBLEMS", 3)
    monkeypatch.setattr(first_start, "CHECKPOINTS", checkpoints)

    def work(_: float) -> None:
        if (checkpoints / "star-loop-2").exists():
            for name in ("few-shot-base", "star-loop-2"):
                (checkpoints / name).rename(checkpoints / f"{name}-moved")
        for chunk in GenerationChunk.objects.all():
            chunk_run(chunk_id=chunk.pk)

    monkeypatch.setattr(first_start.time, "sleep", work)
    said = start()
    folder = str(checkpoints / "star-loop-2")
    assert f"There is no model folder '{folder}' where the worker runs." in said[-2]
    batch = GenerationBatch.objects.get(source__kind="star")
    assert said[-1] == f"           Go on at {URL}/batches/{batch.pk}/"
    assert Source.objects.get(kind="star").model == folder


def test_models_that_are_never_right_leave_a_sentence_and_no_study(monkeypatch, worker):
    monkeypatch.setattr(worker, "write", write_nonsense)
    said = start()
    assert said[-1].startswith("study      No question of 'sample: word problems' was answered")
    assert Study.objects.count() == 1
