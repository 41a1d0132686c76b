"""star_addition: seeds in, a file of figures out that the page reads."""

from dataclasses import replace
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from generation.services.seeds import seed_curves_of_file
from tests.generation.lm.test_addition import SMALL


@pytest.mark.parametrize("given", [{"seeds": [0]}, {"seeds": [1, 1]}, {"processes": 0}])
def test_what_cannot_be_is_refused_before_anything_is_trained(tmp_path, given):
    with pytest.raises(CommandError, match="are different numbers from 1"):
        call_command("star_addition", out=str(tmp_path / "f.json"), **given)


@pytest.mark.slow
def test_a_base_that_gets_nothing_right_ends_in_a_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr("generation.lm.addition.RECIPE", SMALL)
    with pytest.raises(CommandError, match="None of 12 rationales of loop 1 was right"):
        call_command(
            "star_addition", out=str(tmp_path / "f.json"), seeds=[1], processes=1, stdout=StringIO()
        )


@pytest.mark.slow
def test_the_figures_of_each_seed_and_arm_are_written_as_the_page_reads_them(tmp_path, monkeypatch):
    """A hundred steps and a little: one digit alone, so that something is right."""
    taught = replace(
        SMALL,
        shape=replace(SMALL.shape, width=48, layers=2, heads=2),
        base=replace(SMALL.base, steps=150, rows=8),
        base_problems=2000,
        settings=replace(SMALL.settings, loops=1, first_steps=2),
        problems=200,
        held_out=100,
    )
    monkeypatch.setattr("generation.lm.addition.RECIPE", taught)
    file, said = tmp_path / "figures.json", StringIO()
    call_command("star_addition", out=str(file), seeds=[1], processes=1, stdout=said)
    assert "seed 1: base trained" in said.getvalue()
    command, curves = seed_curves_of_file(path=file)
    assert command == "manage.py star_addition --seeds 1"
    assert [(each.seed, each.rationalizes, len(each.accuracy)) for each in curves] == [
        (1, True, 2), (1, False, 2),
    ]  # fmt: skip
    assert sorted(curves[0].by_size) == [1, 2, 3, 4, 5]
