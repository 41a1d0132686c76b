"""Training runs as pages: who may enter, what queueing does, what a run shows, stop, go on.

Alice is a researcher, Root an admin, Sue signed in but no staff; a rater holds a cookie of a study.
"""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from generation.models import Source, TrainingRun
from generation.services.training import run_stop
from tests.factories import make_question_set, make_rater, make_researcher, make_study
from tests.generation.services.trainer import (
    held_out_set,
    make_run,
    use_learner,
    use_trainer,
    work,
)
from tests.generation.services.writer import make_source
from tests.generation.views.conftest import signed_in

pytestmark = pytest.mark.django_db(transaction=True)
LIST = "/training/"
FRAGMENT = {"X-Fragment": "1"}
PAGES = ["runs", "run", "run-stop", "run-go-on"]


@pytest.fixture(autouse=True)
def _work(settings, tmp_path, monkeypatch):
    settings.MODELS_DIR = tmp_path
    use_learner(monkeypatch)
    use_trainer(monkeypatch)


def text(response) -> str:
    return " ".join(response.content.decode().split())


def asked(**more) -> dict[str, object]:
    given = {
        "name": "first", "base": make_source().pk, "question_set": make_question_set().pk,
        "held_out": held_out_set().pk, "loops": 2, "first_steps": 40, "growth": 1.2, "patience": 0,
        "temperature": 0, "max_new_tokens": 64, "rate": 1e-6, "warm_up": 100, "rows": 8, "seed": 5,
        "lora_rank": 0, "dtype": "float32", "processes": 1, "rationalizes": "on",
    }  # fmt: skip
    return given | more


# --- who may enter ---
@pytest.mark.parametrize("name", PAGES)
def test_staff_looks_a_stranger_and_a_rater_sign_in_others_find_nothing(client, admin_client, name):
    run = make_run()
    url = reverse(name, args=[] if name == "runs" else [run.pk])
    rater = Client()
    rater.get(reverse("rater-link", args=[make_rater(make_study()).code]))
    rater.cookies["rater"]["path"] = "/"
    assert admin_client.get(url).status_code == 200
    assert client.get(url).status_code == (404 if name in {"run-stop", "run-go-on"} else 200)
    for stranger in (Client(), rater):
        response = stranger.get(url)
        assert (response.status_code, response.url.split("?")[0]) == (302, "/sign-in/")
    assert signed_in(User.objects.create_user("sue")).get(url).status_code == 404


def test_only_an_admin_queues_stops_and_goes_on(client):
    run = make_run()
    for url in (LIST, f"{LIST}{run.pk}/stop/", f"{LIST}{run.pk}/go-on/"):
        assert client.post(url, {}).status_code == 404
    run.refresh_from_db()
    assert (run.state, TrainingRun.objects.count()) == ("running", 1)


def test_a_run_on_anothers_questions_is_not_found(client):
    bobs = make_question_set("bob's", questions=8, user=make_researcher("bob"))
    run = make_run(question_set=bobs)
    assert client.get(f"{LIST}{run.pk}/").status_code == 404
    assert run.name not in text(client.get(LIST))


# --- queueing ---
def test_a_run_is_queued_from_the_form_and_its_page_says_what_is_under_way(admin_client):
    response = admin_client.post(LIST, asked())
    run = TrainingRun.objects.get()
    assert (response.status_code, response.url) == (302, f"{LIST}{run.pk}/")
    assert (run.settings["rationalizes"], run.settings["keeps_examples"]) == (True, False)
    assert "The base is being measured" in text(admin_client.get(response.url))


@pytest.mark.parametrize(
    ("changed", "said"),
    [({"growth": 7}, "goes from 1 to 3, not 7"), ({"loops": "many"}, "Enter a whole number")],
)
def test_what_cannot_be_is_said_beside_the_form_and_nothing_is_lost(admin_client, changed, said):
    response = admin_client.post(LIST, asked(**changed))
    assert response.status_code == 422
    assert said in text(response)
    assert 'value="first"' in text(response)
    assert not TrainingRun.objects.exists()


def test_a_run_like_another_starts_from_its_settings_and_remembers_it(admin_client):
    run = make_run(loops=7, rate=3e-5)
    page = text(admin_client.get(f"{LIST}?like={run.pk}"))
    assert 'value="7"' in page
    assert 'value="3e-05"' in page
    given = {"base": run.base_id, "question_set": run.question_set_id, "held_out": run.held_out_id}
    again = {key: value for key, value in run.settings.items() if value is not False}
    admin_client.post(f"{LIST}?like={run.pk}", {**again, **given, "name": "second"})
    second = TrainingRun.objects.get(name="second")
    assert (second.parent, second.settings) == (run, run.settings)


# --- a run ---
def test_a_finished_run_shows_each_loop_its_curve_and_the_arm_beside_it(client):
    base, question_set, held_out = make_source(), make_question_set(questions=8), held_out_set()
    data = {"base": base, "question_set": question_set, "held_out": held_out}
    work(make_run("plain arm", **data, rationalizes=False))
    run = work(make_run("full arm", **data))
    page = text(client.get(f"{LIST}{run.pk}/"))
    assert "All loops are done." in page
    assert '25.0 % <span class="muted">2</span>' in page  # right in loop 1, of eight
    assert '37.5 % <span class="muted">3</span>' in page  # rationalized
    assert page.count("<path") == 2
    assert page.count("stroke-dasharray") == 1
    assert run.parts.get(loop=2, name="train").checkpoint_hash in page
    assert Source.objects.get(name="full arm, loop 2").kind == "star"


def test_the_page_asks_for_the_part_that_moves_until_the_run_is_over(client):
    run = make_run()
    moving = client.get(f"{LIST}{run.pk}/", headers=FRAGMENT)
    assert 'data-running="3"' in text(moving)
    assert "What was asked" not in text(moving)
    work(run)
    assert "data-running" not in text(client.get(f"{LIST}{run.pk}/", headers=FRAGMENT))


def test_a_failed_run_says_why(client):
    run = make_run(question_set=held_out_set("too hard", first=50), rationalizes=False)
    work(run)
    assert "None of 4 rationales of loop 1 was right" in text(client.get(f"{LIST}{run.pk}/"))


# --- stop, go on ---
def test_stopping_says_what_stays_and_going_on_finishes_the_run(admin_client):
    run = work(make_run(), most=1)
    assert "1 part of it is done and stays" in text(admin_client.get(f"{LIST}{run.pk}/stop/"))
    admin_client.post(f"{LIST}{run.pk}/stop/")
    run.refresh_from_db()
    assert run.state == "stopped"
    admin_client.post(f"{LIST}{run.pk}/go-on/")
    assert work(run).state == "done"


def test_what_is_over_cannot_be_stopped_and_the_page_says_so(admin_client):
    run = make_run()
    run_stop(run=run, now=timezone.now())
    response = admin_client.post(f"{LIST}{run.pk}/stop/", follow=True)
    assert "This run is over already" in text(response)
