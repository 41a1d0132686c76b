"""star queue, list, stop, resume, follow: a run from the command line."""

import pytest
from django.core.management import CommandError, call_command

from generation.models import TrainingRun
from tests.factories import make_question_set
from tests.generation.services.trainer import held_out_set, use_learner, use_trainer, work
from tests.generation.services.writer import make_source

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _work(settings, tmp_path, monkeypatch):
    settings.MODELS_DIR = tmp_path
    use_learner(monkeypatch)
    use_trainer(monkeypatch)


def queue(*more: str) -> TrainingRun:
    make_source("base")
    make_question_set(questions=8)
    held_out_set()
    data = ["--base", "base", "--set", "sums", "--held-out", "held out"]
    call_command("star", "queue", "mine", *data, "--loops", "2", *more)
    return TrainingRun.objects.get()


def test_a_run_is_queued_with_its_settings_and_followed_to_its_end(capsys):
    run = work(queue("--no-rationalizes", "--rate", "1e-5"))
    assert (run.settings["rationalizes"], run.settings["rate"]) == (False, 1e-5)
    call_command("star", "follow", "mine")
    said = capsys.readouterr().out
    assert "run 'mine' has begun" in said
    assert "loop 1: 2 right, 0 rationalized, 6 failed; " in said
    call_command("star", "list")
    assert "mine: done, 2 of 2 loops" in capsys.readouterr().out


def test_a_run_is_stopped_and_goes_on(capsys):
    run = queue()
    call_command("star", "stop", "mine")
    with pytest.raises(CommandError, match="run 'mine' is stopped"):
        call_command("star", "follow", "mine")
    call_command("star", "resume", "mine")
    assert work(run).state == "done"


@pytest.mark.parametrize("act", ["stop", "resume", "follow"])
def test_a_name_that_nobody_has_is_a_sentence(act):
    with pytest.raises(CommandError, match="There is none of that name"):
        call_command("star", act, "nobody")


def test_what_cannot_be_is_a_sentence():
    with pytest.raises(CommandError, match="'growth' goes from 1 to 3, not 9"):
        queue("--growth", "9")
