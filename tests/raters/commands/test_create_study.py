"""`create_study NAME --set NAME --sources ... --raters-per-triple K`: the funnel, or a sentence."""

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from raters.models import Study
from raters.protocols import DEFAULT_REASONS
from tests.factories import make_question_set, make_rationales, make_researcher

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def sums():
    make_rationales(make_question_set("sums", questions=4), sources=("I", "II", "III"))


def run(*more: str, name: str = "first", sources: tuple[str, ...] = ("I", "II", "III")) -> None:
    call_command(
        "create_study", name, "--set", "sums", "--sources", *sources,
        "--raters-per-triple", "2", *more,
    )  # fmt: skip


def test_it_prints_the_funnel_and_where_the_study_is(capsys):
    run()
    study = Study.objects.get()
    assert capsys.readouterr().out.splitlines() == [
        "questions in 'sums': 4",
        "  I: parsed 4, right 4",
        "  II: parsed 4, right 4",
        "  III: parsed 4, right 4",
        "right by every source: 4",
        "the same as another question: 0",
        "triples drawn: 4",
        "of these with identical texts: 0 as written, 0 as shown",
        f"seed: {study.seed}",
        f"'first' is draft: /studies/{study.code}/",
    ]


def test_what_is_asked_is_what_the_study_has():
    run("--questions", "3", "--triples-per-rater", "2", "--seed", "7", "--open")
    study = Study.objects.get()
    assert (study.triple_count, study.raters_per_triple, study.triples_per_rater) == (3, 2, 2)
    assert (study.seed, study.state, study.owner.username) == (7, "open", "researcher")
    assert study.places.count() == 6


def test_settings_come_along(tmp_path):
    text = tmp_path / "instructions.txt"
    text.write_text("Look for gaps.\n")
    run("--instructions", str(text), "--hide-gold", "--no-none-good", "--no-too-close",
        "--lease-minutes", "7")  # fmt: skip
    study = Study.objects.get()
    assert (study.instructions, study.lease_minutes) == ("Look for gaps.", 7)
    assert (study.shows_gold_answer, study.allows_none_good, study.allows_too_close) == (
        False, False, False,
    )  # fmt: skip


def test_every_setting_has_an_option():
    run("--protocol", "ranking", "--allow-ties", "--reason", "q", "assumes it",
        "--reason", "l", "too long", "--step-marks", "--criterion", "clarity", "5", "--comment",
        "--triples-per-rater", "4", "--bundle-hours", "6", "--counts-partial",
        "--repeat-percent", "5", "--check-percent", "10")  # fmt: skip
    study = Study.objects.get()
    assert (study.protocol, study.allows_ties, study.asks_step_marks) == ("ranking", True, True)
    assert study.reasons == [
        {"key": "q", "name": "assumes it"},
        {"key": "l", "name": "too long"},
    ]
    assert (study.criteria, study.asks_comment) == ([{"name": "clarity", "points": 5}], True)
    assert (study.triples_per_rater, study.bundle_hours, study.counts_partial) == (4, 6, True)
    assert (study.repeat_percent, study.check_percent) == (5, 10)


def test_a_share_and_the_reasons_of_the_page_can_be_asked_for():
    run("--most-per-rater", "0", "--default-reasons")
    study = Study.objects.get()
    assert study.most_per_rater is None
    assert study.reasons == list(DEFAULT_REASONS)


def test_settings_have_defaults():
    run()
    study = Study.objects.get()
    assert (study.instructions, study.lease_minutes) == ("", 20)
    assert (study.shows_gold_answer, study.allows_none_good, study.allows_too_close) == (
        True, True, True,
    )  # fmt: skip


def test_the_owner_is_whoever_is_named():
    bob = make_researcher("bob")
    run("--owner", "bob")
    assert Study.objects.get().owner == bob


def test_nobody_is_made_a_researcher_by_a_slip_of_the_pen():
    with pytest.raises(CommandError, match="Nobody named 'bbo' is a researcher or admin here"):
        run("--owner", "bbo")


@pytest.mark.parametrize(
    ("arguments", "sources", "sentence"),
    [
        ((), ("I", "II", "IV"), r"No source is named 'IV' \(there are: I, II, III\)"),
        ((), ("I",), "2 to 6 sources, not 1"),
        ((), ("I", "I"), "named twice"),
        (("--questions", "5"), ("I", "II"), "5 questions were asked for"),
        (("--triples-per-rater", "5"), ("I", "II"), "cannot rate 5 triples"),
        (("--lease-minutes", "0"), ("I", "II"), "can be in hand for 1 to"),
        (("--instructions", "/nowhere/text"), ("I", "II"), "cannot be read"),
        (("--allow-ties",), ("I", "II"), "Equal ranks belong to a ranking"),
        (("--protocol", "best-worst"), ("I", "II"), "need three sources or more"),
        (("--reason", "n", "no"), ("I", "II"), "the room needs the others"),
        (("--criterion", "clarity", "five"), ("I", "II"), "needs a number of points, not 'five'"),
        (("--seed", str(10**20)), ("I", "II"), "is too large"),
        (("--set", "none"), ("I", "II"), r"No question set is named 'none' \(there are: sums\)"),
    ],
)
def test_what_cannot_be_made_is_one_sentence_and_leaves_nothing(arguments, sources, sentence):
    with pytest.raises(CommandError, match=sentence):
        run(*arguments, sources=sources)
    assert Study.objects.count() == 0


def test_the_same_name_twice_is_one_sentence():
    run()
    with pytest.raises(CommandError, match="There is a study named 'first' already"):
        run()
