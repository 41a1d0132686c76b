"""Places of a running study: more, fewer, and checks between them."""

from collections import Counter

import pytest

from generation.models import Question, Rationale
from generation.services.imports import rationales_import
from raters.models import Exclusion, Rater, Study
from raters.protocols import StudyRefused
from raters.services.places import Check, checks_add, places_refill, raters_per_triple_change
from raters.services.study_states import study_close
from raters.services.watching import change_of_raters
from tests.factories import (
    NOW,
    as_lines,
    make_rater,
    make_raters,
    make_study,
    rate,
    rate_all,
    submit,
    take,
)

pytestmark = pytest.mark.django_db


def change(study: Study, raters: int) -> int:
    return raters_per_triple_change(study=study, user=study.owner, raters=raters, now=NOW)


def per_triple(study: Study) -> set[int]:
    return set(Counter(study.places.values_list("triple", flat=True)).values())


def design(study: Study) -> list[tuple]:
    places = study.places.order_by("queue")
    return list(places.values_list("triple__number", "number", "order", "queue"))


# --- more ----------------------------------------------------------------------------------------
def test_more_raters_a_triple_are_the_places_that_the_seed_had_for_them():
    study = make_study(raters_per_triple=2, seed=4)
    assert change(study, 5) == 18
    assert study.raters_per_triple == 5
    assert design(study) == design(make_study(name="at once", raters_per_triple=5, seed=4))


def test_raters_who_had_done_all_go_on_where_more_is_wanted():
    study = make_study(raters_per_triple=2)
    raters = make_raters(study, 3)
    assert rate_all(study, raters) == 12
    change(study, 3)
    assert rate_all(study, raters) == 6
    assert set(study.places.values_list("state", flat=True)) == {"filled"}


def test_more_in_a_study_of_bundles_are_further_bundles():
    study = make_study(raters_per_triple=2, triples_per_rater=3)
    assert change(study, 4) == 12
    assert [bundle.places.count() for bundle in study.bundles.all()] == [3] * 8
    assert per_triple(study) == {4}
    assert rate_all(study, make_raters(study, 8)) == 24


# --- fewer ---------------------------------------------------------------------------------------
def test_fewer_raters_a_triple_take_away_open_places_only():
    study = make_study(raters_per_triple=4)
    raters = make_raters(study, 4)
    first = study.triples.first()
    first.places.update(state="filled")
    hands = [take(rater) for rater in raters]
    held = {each.place_id for hand in hands for each in hand}
    change(study, 1)
    left = set(study.places.values_list("pk", flat=True))
    assert held | set(first.places.values_list("pk", flat=True)) <= left
    assert not study.places.filter(state="open", triple=first).exists()
    for triple in study.triples.all():
        busy = triple.places.exclude(state="open").count()
        assert triple.places.count() == max(1, busy)


def test_fewer_and_more_again_is_the_same_design():
    study = make_study(raters_per_triple=4, seed=9)
    before = {place[:3] for place in design(study)}
    change(study, 2)
    assert per_triple(study) == {2}
    change(study, 4)
    assert {place[:3] for place in design(study)} == before


def test_fewer_in_a_study_of_bundles_leave_those_alone_that_somebody_was_promised():
    study = make_study(raters_per_triple=4, triples_per_rater=3)
    raters = make_raters(study, 3)
    for rater in raters:
        take(rater)
    assert change(study, 2) == 12
    assert [bundle.places.count() for bundle in study.bundles.all()] == [3] * 4
    assert rate_all(study, [*raters, make_rater(study)]) == 12


def test_a_change_is_written_down():
    study = make_study(raters_per_triple=2)
    change(study, 3)
    entry = study.audit.last()
    assert (entry.action, entry.detail) == ("raters per triple", "2 to 3: 6 places more")
    change(study, 2)
    assert study.audit.last().detail == "3 to 2: 6 places fewer"


@pytest.mark.parametrize("raters", [0, 3, 1_000_000])
def test_a_number_that_makes_no_sense_is_refused(raters):
    study = make_study(raters_per_triple=3)
    with pytest.raises(StudyRefused):
        change(study, raters)
    assert study.places.count() == 18


def test_a_closed_study_keeps_its_places():
    study = make_study()
    study_close(study=study, user=study.owner, now=NOW)
    with pytest.raises(StudyRefused):
        change(study, 5)


# --- again ---------------------------------------------------------------------------------------
def exclude(rater: Rater) -> None:
    Exclusion.objects.create(study=rater.study, rater=rater, rule="asked", detail="by mail", at=NOW)


@pytest.mark.parametrize("settings", [{}, {"triples_per_rater": 3}])
def test_what_an_excluded_rater_rated_is_given_to_others_once_and_on_request_only(settings):
    study = make_study(questions=3, raters_per_triple=2, **settings)
    raters = make_raters(study, 2)
    assert rate_all(study, raters) == 6
    excluded = raters[0]
    with pytest.raises(StudyRefused, match="not excluded"):
        places_refill(rater=excluded, user=study.owner, now=NOW)
    exclude(excluded)
    rated = set(excluded.assignments.filter(state="rated").values_list("triple", "order"))
    assert places_refill(rater=excluded, user=study.owner, now=NOW) == len(rated) == 3
    fresh = study.places.filter(state="open")
    assert set(fresh.values_list("triple", "order")) == rated
    assert rate_all(study, make_raters(study, 1)) == 3
    with pytest.raises(StudyRefused):
        places_refill(rater=excluded, user=study.owner, now=NOW)


@pytest.mark.parametrize("raters", [1, 3, 4])
def test_what_an_excluded_rater_filled_is_none_of_the_raters_a_triple_is_to_have(raters):
    study = make_study(raters_per_triple=2)
    excluded, *others = make_raters(study, 8)
    rate_all(study, [excluded])
    exclude(excluded)
    assert places_refill(rater=excluded, user=study.owner, now=NOW) == 6
    would = change_of_raters(study=study, raters=raters)
    assert change(study, raters) == would.added + would.removed == 6 * abs(raters - 2)
    assert rate_all(study, others) == 6 * raters
    counted = study.places.exclude(assignments__rater=excluded)
    assert set(Counter(counted.values_list("triple", flat=True)).values()) == {raters}


def test_whoever_is_excluded_gets_nothing_more():
    study = make_study()
    excluded = make_rater(study)
    rate(excluded)
    take(excluded)
    exclude(excluded)
    assert places_refill(rater=excluded, user=study.owner, now=NOW) == 1
    assert take(Rater.objects.get(pk=excluded.pk)) == []
    assert not study.places.filter(state="held").exists()


def test_nothing_to_ask_others_for_is_not_written_down():
    study = make_study()
    rater = make_rater(study)
    exclude(rater)
    assert places_refill(rater=rater, user=study.owner, now=NOW) == 0
    assert not study.audit.filter(action="refilled").exists()
    assert take(Rater.objects.get(pk=rater.pk))


# --- checks --------------------------------------------------------------------------------------
def checks_of(study: Study, count: int) -> list[Check]:
    """Checks made of questions that are not the study's, all by one source."""
    name = f"checks of {study.name}"
    lines = as_lines(
        {
            "id": f"c{n}",
            "question": f"What is {n} plus one?",
            "answer": n + 1,
            "rationales": [
                {"source": name, "text": f"{way} so the answer is {n + 1}."}
                for way in ("Counting on,", "Since it is green,", "Because I say")
            ],
        }
        for n in range(count)
    )
    rationales_import(lines=lines, format="jsonl", set_name=name, user=None, now=NOW)
    return [
        Check(question, list(Rationale.objects.filter(question=question)), expected=0)
        for question in Question.objects.filter(question_set__name=name)
    ]


def test_checks_come_once_each_at_their_rate_and_never_count():
    study = make_study(questions=40, raters_per_triple=1, check_percent=40, seed=2)
    assert checks_add(study=study, checks=checks_of(study, 5)) == 5
    rater = make_rater(study)
    kinds = []
    while hand := take(rater):
        kinds.append((hand[0].kind, hand[0].triple_id))
        submit(rater, hand[0])
    met = [triple for kind, triple in kinds if kind == "check"]
    assert len(met) == len(set(met)) == 5
    rater.refresh_from_db()
    assert rater.rated_count == 40
    assert not rater.assignments.filter(kind="check", place__isnull=False).exists()


@pytest.mark.parametrize("settings", [{}, {"triples_per_rater": 6}])
def test_a_full_study_hands_out_no_checks(settings):
    for seed in range(6):
        study = make_study(
            name=f"{seed}", raters_per_triple=1, check_percent=50, seed=seed, **settings
        )
        checks_add(study=study, checks=checks_of(study, 4))
        rate_all(study, [make_rater(study)])
        assert take(make_rater(study)) == []


def test_a_check_shows_its_texts_as_the_study_does_and_knows_what_is_right():
    study = make_study()
    checks_add(study=study, checks=checks_of(study, 1))
    triple = study.triples.get(kind="check")
    assert (triple.number, triple.expected, triple.members.count()) == (6, 0, 3)
    assert "answer is" not in triple.members.first().shown_text


def test_checks_with_another_number_of_texts_are_refused():
    study = make_study(sources=("S1", "S2"))
    with pytest.raises(StudyRefused, match="has 2 texts"):
        checks_add(study=study, checks=checks_of(study, 1))


def test_a_question_that_the_study_asks_itself_is_no_check():
    study = make_study(questions=2, raters_per_triple=1, check_percent=40)
    triple = study.triples.get(number=0)
    rationales = [member.rationale for member in triple.members.all()]
    with pytest.raises(StudyRefused, match="needs a question of its own"):
        checks_add(
            study=study,
            checks=[Check(question=triple.question, rationales=rationales, expected=0)],
        )
    assert not study.triples.filter(kind="check").exists()


def test_a_study_with_checks_keeps_its_places_when_more_are_wanted():
    study = make_study(raters_per_triple=2)
    checks_add(study=study, checks=checks_of(study, 2))
    assert change(study, 3) == 6
    assert not study.places.filter(triple__kind="check").exists()
