"""Pairs reconcile with the ratings behind them, and load where they are meant to be loaded."""

from collections import Counter

import pytest

from generation.answers import Choice
from generation.models import Rationale, Source
from generation.prompts import prompt_for_export, training_text
from raters.exports import Tally
from raters.models import TripleRationale
from raters.services.study_states import study_close
from tests.factories import NOW, claim, make_raters, make_study, submit

from .reading import json_rows, text

pytestmark = pytest.mark.django_db


def pick(rater, source):
    """The rater's next triple, with this source picked wherever it stands."""
    assignment = claim(rater)
    position = assignment.triple.members.get(source__name=source).position
    return submit(rater, assignment, slot=assignment.order.index(str(position)))


def closed(study):
    study_close(study=study, user=study.owner, now=NOW)
    return study


@pytest.fixture
def one_question(db):
    """Three raters on one question: S2, S2 and S3 are picked."""
    study = make_study(questions=1, raters_per_triple=3)
    for rater, source in zip(make_raters(study, 3), ("S2", "S2", "S3"), strict=True):
        pick(rater, source)
    return closed(study)


def test_a_majority_makes_pairs_with_its_counts(one_question):
    rows = {(r["chosen_source"], r["rejected_source"]): r for r in json_rows_of(one_question)}
    assert set(rows) == {("S2", "S1"), ("S2", "S3"), ("S3", "S1")}
    over = rows["S2", "S3"]
    assert [over[name] for name in ("wins", "ties", "losses", "raters")] == [2, 0, 1, 3]
    assert over["probability"] == pytest.approx(3 / 5)
    assert over["margin"] > 0


def json_rows_of(study, **options):
    return json_rows(study, "dpo.jsonl", **options)


def test_texts_are_as_generated_with_the_shown_ones_beside(one_question):
    for row in json_rows_of(one_question):
        for side in ("chosen", "rejected"):
            member = TripleRationale.objects.get(source__name=row[f"{side}_source"])
            assert row[side] == " " + member.rationale.text
            assert row[f"{side}_shown"] == member.shown_text
            assert member.shown_text != member.rationale.text


def test_prompt_and_chosen_join_as_the_sources_were_asked(one_question):
    row = json_rows_of(one_question)[0]
    question = one_question.triples.get().question
    choices = [Choice(**choice) for choice in question.choices]
    assert row["prompt"] == prompt_for_export(question.text, choices)
    rationale = Rationale.objects.get(source__name=row["chosen_source"])
    asked = type("Asked", (), {"text": question.text, "choices": (), "gold_answer": ""})()
    assert row["prompt"] + row["chosen"] == training_text(asked, rationale.text, style="gsm8k")


def test_no_pair_stands_in_both_directions(study):
    sides = Counter(
        (row["question"], *sorted((row["chosen"], row["rejected"]))) for row in json_rows_of(study)
    )
    assert sides
    assert set(sides.values()) == {1}


def test_every_win_is_a_rating_that_counts(study):
    ratings = json_rows(study)
    for row in json_rows_of(study):
        of_question = [r for r in ratings if r["question"] == row["question"] and r["counted"]]
        picked = Counter(rating["picked"] for rating in of_question)
        assert row["wins"] == picked[row["chosen_source"]]
        assert row["losses"] == picked[row["rejected_source"]]
        assert row["ties"] == sum(rating["outcome"] == "tie" for rating in of_question)


def test_a_late_rating_makes_no_pair(db):
    study = make_study(questions=1, raters_per_triple=1)
    (rater,) = make_raters(study, 1)
    assignment = claim(rater)
    closed(study)
    submit(rater, assignment)
    assert len(json_rows(study)) == 1
    assert text(study, "dpo.jsonl") == ""


def test_per_rater_gives_a_row_to_each_who_agrees(one_question):
    rows = json_rows_of(one_question, per_rater=True)
    over = [r for r in rows if (r["chosen_source"], r["rejected_source"]) == ("S2", "S3")]
    assert [row["rater"] for row in over] == ["r001", "r002"]
    assert sum(row["weight"] for row in over) == pytest.approx(1)


def test_what_gave_no_pair_is_counted_with_its_reason(db):
    study = make_study(questions=1, raters_per_triple=1)
    (rater,) = make_raters(study, 1)
    submit(rater, claim(rater), outcome="tie")
    tally = Tally()
    assert text(closed(study), "dpo.jsonl", tally=tally) == ""
    assert +tally.counts == {"tied": 3}


def asked_in(**styles):
    """Sources with a model, asked in these styles."""
    for name, style in styles.items():
        Source.objects.filter(name=name).update(model="a/b", prompt="few-shot", style=style)


@pytest.mark.parametrize(
    ("styles", "used"),
    [
        ({}, {"gsm8k": 3}),
        ({"S1": "", "S2": "", "S3": "gsm8k"}, {"gsm8k": 3}),
        ({"S1": "plain", "S2": "plain", "S3": "plain"}, {"plain": 3}),
        ({"S1": "plain", "S2": "plain"}, {"plain": 3}),
    ],
)
def test_the_prompt_is_in_the_style_that_the_sources_share(one_question, styles, used):
    asked_in(**styles)
    tally = Tally()
    text(one_question, "dpo.jsonl", tally=tally)
    assert dict(tally.prompt_styles) == used
    question = one_question.triples.get().question
    prompt = prompt_for_export(question.text, (), style=next(iter(used)))
    assert {row["prompt"] for row in json_rows_of(one_question)} == {prompt}


def test_pairs_of_sources_asked_in_different_styles_are_counted(one_question):
    asked_in(S1="plain", S2="plain", S3="")
    tally = Tally()
    text(one_question, "dpo.jsonl", tally=tally)
    assert dict(tally.prompt_styles) == {"gsm8k": 2, "plain": 1}
    assert tally.counts["pairs whose sources were asked in different styles"] == 2


def test_which_of_identical_texts_stands_in_a_pair_depends_on_the_source_alone(db):
    chosen = []
    for name, sources in (("one", ("S1", "S2", "S3")), ("two", ("S3", "S2", "S1"))):
        study = make_study(name=name, questions=1, raters_per_triple=1, sources=sources)
        members = TripleRationale.objects.filter(triple__study=study)
        members.filter(source__name__in=["S1", "S2"]).update(shown_text="the same")
        pick(make_raters(study, 1)[0], "S2")
        chosen.append([row["chosen_source"] for row in json_rows_of(closed(study))])
    assert chosen == [["S1"], ["S1"]]


def test_identical_texts_give_no_pair(db):
    study = make_study(questions=1, raters_per_triple=1)
    TripleRationale.objects.filter(source__name__in=["S1", "S2"]).update(shown_text="the same")
    pick(make_raters(study, 1)[0], "S1")
    rows = json_rows_of(closed(study))
    assert {(row["chosen_shown"], row["rejected_source"]) for row in rows} == {("the same", "S3")}


def test_datasets_loads_it(study, tmp_path):
    from datasets import load_dataset

    path = tmp_path / "dpo.jsonl"
    path.write_text(text(study, "dpo.jsonl"))
    loaded = load_dataset(
        "json", data_files=str(path), split="train", cache_dir=str(tmp_path / "cache")
    )
    assert loaded.to_list() == json_rows_of(study)
