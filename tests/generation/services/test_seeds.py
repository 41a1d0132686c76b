"""Runs of other seeds belong together; the shipped figure is read to the same values."""

import json

import pytest
from django.conf import settings as site

from generation.services.seeds import mean_curve, run_seeds, seed_curves, seed_curves_of_file
from tests.factories import make_question_set
from tests.generation.services.trainer import (
    held_out_set,
    make_run,
    use_learner,
    use_trainer,
    work,
)
from tests.generation.services.writer import make_source


@pytest.mark.django_db(transaction=True)
def test_runs_that_differ_in_seed_and_arm_alone_belong_together(settings, tmp_path, monkeypatch):
    settings.MODELS_DIR = tmp_path
    use_learner(monkeypatch)
    use_trainer(monkeypatch)
    data = {
        "base": make_source(), "question_set": make_question_set(questions=8),
        "held_out": held_out_set(),
    }  # fmt: skip
    second = make_run("second", seed=2, **data)
    first = work(make_run("first", seed=1, loops=2, **data))
    plain = make_run("plain", seed=1, rationalizes=False, **data)
    make_run("other rate", seed=3, rate=1e-4, **data)
    assert run_seeds(run=first) == [first, plain, second]
    curve, *_ = seed_curves(run=first)
    assert (curve.seed, curve.rationalizes, len(curve.accuracy)) == (1, True, 3)
    assert curve.run_pk == first.pk
    assert list(curve.by_size) == [0]


def test_the_shipped_figure_has_three_seeds_and_both_arms_by_digits():
    path = site.BASE_DIR / "docs/star-addition.json"
    command, curves = seed_curves_of_file(path=path)
    assert command == "manage.py star_addition --seeds 1 2 3"
    assert [(each.seed, each.rationalizes) for each in curves] == [
        (seed, how) for seed in (1, 2, 3) for how in (True, False)
    ]
    first = json.loads(path.read_text())["arms"][0]["loops"][1]
    right, of_two = first["by_digits"]["2"]
    assert curves[0].accuracy[1] == first["accuracy"]
    assert curves[0].by_size[2][1] == 100 * right / of_two
    # What the documentation says of it: above the base, and above the other arm, after every loop.
    with_it, without = (
        mean_curve([each.accuracy for each in curves if each.rationalizes == how])
        for how in (True, False)
    )
    assert all(value > with_it[0] for value in with_it[1:])
    assert all(a > b for a, b in zip(with_it[1:], without[1:], strict=True))


def test_a_mean_is_of_the_seeds_that_are_so_far():
    assert mean_curve([(10.0, 20.0), (30.0, None, 50.0)]) == (20.0, 20.0, 50.0)
    assert mean_curve([(None,), ()]) == (None,)
    assert mean_curve([]) == ()
