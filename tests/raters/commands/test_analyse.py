"""`manage.py analyse FILE`: a report in words or figures; damaged lines named."""

import json

import pytest
from django.core.management import CommandError, call_command


@pytest.fixture
def ratings(tmp_path):
    def ratings(damaged=()):
        path = tmp_path / "ratings.csv"
        lines = ["rater,item,ranking"]
        for number in range(2, 102):
            whole = f"r{number % 7},t{number % 23},{'star>human' if number % 3 else 'human>star'}"
            lines.append(whole.replace(">", ">>") if number in damaged else whole)
        path.write_text("\n".join(lines) + "\n")
        return str(path)

    return ratings


def test_the_report_is_in_words(ratings, capsys):
    call_command("analyse", ratings())
    said = capsys.readouterr().out
    assert said.startswith("100 rankings by 7 raters on 23 items")
    assert "Raters ranked star above human in 67.0 % of 100 comparisons" in said


def test_the_figures_are_json(ratings, capsys):
    call_command("analyse", ratings(), "--json")
    figures = json.loads(capsys.readouterr().out)
    assert figures["pairs"][0]["share"]["value"] == pytest.approx(0.33)
    assert figures["damaged"] == []


def test_five_damaged_lines_in_a_hundred_are_named_and_stop_it(ratings, capsys):
    with pytest.raises(
        CommandError, match=r"5 damaged lines.*--skip-damaged analyses the other 95"
    ):
        call_command("analyse", ratings(damaged={4, 20, 55, 56, 99}))
    said = capsys.readouterr()
    assert said.out == ""
    named = [line.split()[1] for line in said.err.splitlines()]
    assert named == ["4", "20", "55", "56", "99"]
    assert "an empty name in ranking" in said.err


def test_the_rest_is_analysed_when_told_to(ratings, capsys):
    call_command("analyse", ratings(damaged={4, 20, 55, 56, 99}), "--skip-damaged")
    said = capsys.readouterr()
    assert said.out.startswith("95 rankings")
    assert said.out.endswith("- 5 damaged lines were left out.\n")
    assert "line 55" in said.err


def test_a_file_that_says_nothing_is_a_sentence(tmp_path):
    with pytest.raises(CommandError, match="cannot read"):
        call_command("analyse", str(tmp_path / "none.csv"))
