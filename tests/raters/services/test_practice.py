"""Practice: made, imported, answered, and what comes of an answer. Nothing of it is a rating."""

import json
from datetime import timedelta

import pytest

from raters.judgement import Judgement
from raters.models import Assignment, Bundle, Place, PracticeTriple, Rater, Rating, StudyPath
from raters.protocols import StudyRefused
from raters.services.assigning import assignments_hand
from raters.services.bundles import bundle_reserve
from raters.services.conduct import deviations
from raters.services.freezing import plan_save, study_freeze
from raters.services.practice import (
    PracticeRefused,
    practice_add,
    practice_drop,
    practice_import,
    practice_problem,
)
from raters.services.practising import practice_answer, practice_next, practised
from raters.services.study_states import study_close
from tests.factories import NOW, make_rater, make_study, rationale_text

pytestmark = pytest.mark.django_db

LINE = {
    "question": "What is 3 * 4?",
    "answer": "12",
    "rationales": ["3 * 4 is 4 + 4 + 4, so 12.", "3 * 4 = 13, less 1 is 12."],
    "expected": "A1",
    "why": "A2 says 3 * 4 = 13.",
}


def lines(count: int, **changes) -> list[str]:
    return [
        json.dumps({**LINE, "question": f"What is 3 * 4, {n}?", **changes}) for n in range(count)
    ]


def practice(study, count: int = 2, **changes) -> list[PracticeTriple]:
    practice_import(study=study, user=study.owner, now=NOW, lines=lines(count, **changes))
    return list(PracticeTriple.objects.of(study))


def answer(rater, slot, now=NOW):
    triple = practice_next(rater=rater)
    return practice_answer(rater=rater, triple=triple, judgement=Judgement("pick", slot), now=now)


def threshold(study, percent: int) -> None:
    StudyPath.objects.update_or_create(study=study, defaults={"qualification_percent": percent})


# --- made ---
def test_a_line_of_a_file_becomes_a_triple_in_its_turn():
    study = make_study()
    first, second = practice(study)
    assert (first.question, first.gold_answer) == ("What is 3 * 4, 0?", "12")
    assert (first.expected, first.why, first.qualifies) == (0, "A2 says 3 * 4 = 13.", True)
    assert first.rationales == LINE["rationales"]
    assert (first.number, second.number) == (0, 1)
    study.refresh_from_db()
    assert len(study.practice_sha256) == 64


def test_dropping_the_last_one_leaves_a_study_without_practice():
    study = make_study()
    (one,) = practice(study, 1)
    practice_drop(triple=one, user=study.owner, now=NOW)
    study.refresh_from_db()
    assert study.practice_sha256 == ""
    assert not make_rater(study).owes_practice


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"expected": "A3"}, "one of A1 to A2"),
        ({"expected": None}, "one of A1 to A2"),
        ({"why": " "}, "why the expected pick"),
        ({"why": None}, "'why' is missing"),
        ({"rationales": ["one"]}, "1 texts; 2 to 6"),
        ({"rationales": ["one", "One "]}, "the same"),
        ({"rationales": "one"}, "a list of texts"),
        ({"hint": "x"}, "'hint' is no field"),
        ({"rationales": ["new", rationale_text(0, 0)]}, "by a source of the study"),
        (
            {"question": "A box holds 1 red and 2 blue balls. How many balls does it hold?"},
            "itself",
        ),
    ],
)
def test_what_cannot_be_practised_on_is_refused_by_its_line(changes, words):
    study = make_study()
    with pytest.raises(PracticeRefused) as refused:
        practice_import(
            study=study,
            user=study.owner,
            now=NOW,
            lines=[json.dumps(LINE), "", json.dumps({**LINE, **changes})],
        )
    assert refused.value.problems[0].startswith("Line 3: ")
    assert words in refused.value.problems[0]
    assert not PracticeTriple.objects.exists()


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (json.dumps({**LINE, "expected": "9" * 5000}), "one of A1 to A2"),
        (json.dumps({**LINE, "expected": [1]}), "one of A1 to A2"),
        (json.dumps({**LINE, "answer": ["12"]}), "'answer' is a text or a number"),
        ('{"answer": ' + "9" * 5000 + "}", "not JSON"),
        (json.dumps({**LINE, "question": "q\ud800"}), "texts are plain"),
        (json.dumps({**LINE, "why": "w\0"}), "texts are plain"),
        (json.dumps({**LINE, "\ud800": 1}), "is no field"),
        ("[" * 200_000, "not JSON"),
    ],
    ids=["giant", "list", "answer", "number", "half", "nul", "field", "deep"],
)  # fmt: skip
def test_no_file_is_so_strange_that_it_is_not_refused_in_words_a_page_can_show(line, words):
    with pytest.raises(PracticeRefused, match=words) as refused:
        practice_import(study=make_study(), user=None, now=NOW, lines=[line])
    assert refused.value.problems[0].encode().startswith(b"Line 1: ")


def test_what_is_no_json_says_so():
    with pytest.raises(PracticeRefused, match="Line 1: this is not JSON"):
        practice_import(study=make_study(), user=None, now=NOW, lines=["{"])
    with pytest.raises(PracticeRefused, match="no practice triple"):
        practice_import(study=make_study(name="b"), user=None, now=NOW, lines=[])


def test_an_answer_is_kept_of_the_practice_that_the_rater_was_shown_and_of_no_other():
    study = make_study()
    one, _ = practice(study)
    rater = Rater.objects.select_related("study").get(pk=make_rater(study).pk)
    said = {"triple": one, "judgement": Judgement("pick", 0), "now": NOW}
    practice_import(study=study, user=study.owner, now=NOW, lines=lines(1, answer="twelve"))
    assert practice_answer(rater=rater, **said) is None
    assert not rater.practice_answers.exists()
    assert practice_answer(rater=Rater.objects.get(pk=rater.pk), **said).is_passed


def test_nothing_changes_once_somebody_has_practised_or_the_study_is_closed():
    study = make_study()
    one, _ = practice(study)
    answer(make_rater(study), 0)
    assert "practised already" in practice_problem(study=study)
    for change in (
        lambda: practice_drop(triple=one, user=None, now=NOW),
        lambda: practice_import(study=study, user=None, now=NOW, lines=lines(1)),
        lambda: practice_add(
            study=study,
            user=None,
            now=NOW,
            question="q",
            rationales=["a", "b"],
            expected=0,
            why="w",
        ),
    ):
        with pytest.raises(StudyRefused, match="practised already"):
            change()
    other = make_study(name="another")
    study_close(study=other, user=other.owner, now=NOW)
    assert "closed" in practice_problem(study=other)


def test_practice_changed_after_the_plan_was_frozen_is_a_deviation():
    study = make_study()
    by = {"study": study, "user": study.owner, "now": NOW}
    plan_save(hypothesis="", sides="two-sided", headline="", ratings=None, raters=None, stopping="",
              rules={}, **by)  # fmt: skip
    study_freeze(**by)
    practice(study, 1)
    assert [(each.what, each.why) for each in deviations(study=study)] == [
        ("practice_sha256", "practice imported")
    ]


# --- answered ---
def test_nothing_is_handed_out_or_kept_for_a_rater_before_practice_is_over():
    study = make_study(triples_per_rater=3)
    practice(study)
    rater = make_rater(study)
    assert not bundle_reserve(rater=rater, now=NOW)
    assert assignments_hand(rater=rater, now=NOW) == []
    answer(rater, 1)
    assert not bundle_reserve(rater=rater, now=NOW)
    answer(rater, 0)
    assert rater.practised_at == NOW
    assert bundle_reserve(rater=rater, now=NOW)
    assert assignments_hand(rater=rater, now=NOW)


def test_the_first_answer_counts_and_a_second_changes_nothing():
    study = make_study()
    one, _ = practice(study)
    rater = make_rater(study)
    answer(rater, 1)
    again = practice_answer(rater=rater, triple=one, judgement=Judgement("pick", 0), now=NOW)
    assert (again.slot, again.is_passed) == (1, False)
    assert practised(rater=rater).passed == 0


@pytest.mark.parametrize(
    ("said", "passes"),
    [
        (Judgement("pick", 0), True),
        (Judgement("pick", 1), False),
        (Judgement("ranking", ranks="12"), True),
        (Judgement("ranking", ranks="11"), False),
        (Judgement("none"), False),
        (Judgement("tie"), False),
    ],
)
def test_an_answer_passes_where_it_names_the_expected_one_alone(said, passes):
    study = make_study()
    (one,) = practice(study, 1)
    found = practice_answer(rater=make_rater(study), triple=one, judgement=said, now=NOW)
    assert found.is_passed == passes


@pytest.mark.parametrize(
    ("percent", "slots", "is_out"),
    [(0, (1, 1), False), (50, (0, 1), False), (51, (0, 1), True), (100, (0, 0), False)],
)
def test_who_passes_less_than_the_threshold_is_screened_out_with_nothing_kept(
    percent, slots, is_out
):
    study = make_study(triples_per_rater=3)
    practice(study)
    threshold(study, percent)
    rater = make_rater(study)
    for slot in slots:
        answer(rater, slot)
    assert (rater.way_out == Rater.WayOut.SCREENED_OUT) == is_out
    assert bundle_reserve(rater=rater, now=NOW + timedelta(minutes=1)) == (not is_out)
    if is_out:
        assert assignments_hand(rater=rater, now=NOW) == []
        assert not Bundle.objects.filter(rater=rater).exists()
        assert not Place.objects.exclude(state=Place.State.OPEN).exists()


def test_only_what_qualifies_counts_towards_the_threshold():
    study = make_study()
    practice(study, 1, qualifies=False)
    practice(study, 1)
    threshold(study, 100)
    rater = make_rater(study)
    answer(rater, 1)
    answer(rater, 0)
    assert rater.way_out == ""
    assert not rater.owes_practice


def test_practice_leaves_no_assignment_and_no_rating():
    study = make_study()
    practice(study)
    rater = make_rater(study)
    answer(rater, 0)
    answer(rater, 0)
    assert not Assignment.objects.exists()
    assert not Rating.objects.exists()
    assert (rater.rated_count, rater.aside_count) == (0, 0)


def test_who_has_begun_to_rate_and_a_program_need_no_practice():
    study = make_study()
    begun, program, new = (make_rater(study) for _ in range(3))
    Rater.objects.filter(pk=begun.pk).update(rated_count=1)
    Rater.objects.filter(pk=program.pk).update(is_simulated=True)
    practice(study, 1)
    owing = Rater.objects.select_related("study").order_by("pk")
    assert [rater.owes_practice for rater in owing] == [False, False, True]
    assert practised(rater=new).total == 1
