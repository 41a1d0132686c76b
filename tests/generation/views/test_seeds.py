"""The paper's figure as a page: who may look, and that every seed and both means stand there."""

import pytest
from django.test import Client
from django.urls import reverse

from tests.factories import make_question_set, make_researcher
from tests.generation.services.trainer import (
    held_out_set,
    make_run,
    use_learner,
    use_trainer,
    work,
)
from tests.generation.services.writer import make_source
from tests.generation.views.test_training import text

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_shipped_figure_shows_three_seeds_of_both_arms_and_the_means_by_digits(client):
    page = text(client.get(reverse("sums")))
    assert "after 4 of 4 loops, and above that without after 4 of 4" in page
    assert page.count('role="img"') == 6  # in all, and one to five digits
    assert page.count("<path") == 6 * 8  # three seeds and a mean, of two arms
    assert "manage.py star_addition --seeds 1 2 3" in page
    for name in ("with, mean", "without, mean", "with, seed 3", "without, seed 1"):
        assert f'<th scope="row">{name}</th>' in page


def test_runs_of_two_seeds_stand_on_one_page_which_each_links_to(
    client, settings, tmp_path, monkeypatch
):
    settings.MODELS_DIR = tmp_path
    use_learner(monkeypatch)
    use_trainer(monkeypatch)
    data = {
        "base": make_source(), "question_set": make_question_set(questions=8),
        "held_out": held_out_set(),
    }  # fmt: skip
    first, second = (work(make_run(f"run {n}", seed=n, **data)) for n in (1, 2))
    assert "All 2 of other seeds" in text(client.get(reverse("run", args=[first.pk])))
    page = text(client.get(reverse("run-seeds", args=[second.pk])))
    assert "The mean of 2 seeds with rationalization" in page
    assert page.count("<path") == 3
    assert "with, seed 2</a>" in page


def test_strangers_sign_in_and_anothers_run_is_not_found(client):
    assert Client().get(reverse("sums")).url.startswith("/sign-in/")
    bobs = make_question_set("bob's", questions=8, user=make_researcher("bob"))
    run = make_run(question_set=bobs)
    assert client.get(reverse("run-seeds", args=[run.pk])).status_code == 404
