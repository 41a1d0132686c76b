"""Steps, difficulty and suspects: counted from the shown texts and what they state."""

import pytest

from generation.models import Source
from raters.models import Flag, TripleRationale
from raters.services.results import study_results
from tests.factories import NOW
from tests.raters.judged import make_judged, picking

pytestmark = pytest.mark.django_db


def says(rater, question, sources):
    return picking(sources, "S1" if question == 0 else ("S2", "S3")[rater % 2])


@pytest.fixture
def study():
    study = make_judged(says, protocol="pick-best", questions=6, raters_per_triple=3)
    Source.objects.filter(name="S1").update(kind=Source.Kind.HUMAN)
    return study


def write(source, key, shown):
    found = TripleRationale.objects.filter(source__name=source, triple__question__key=key)
    assert found.update(shown_text=shown) == 1


def test_people_and_a_model_are_counted_step_by_step(study):
    write("S1", "q000", "One thing.\nAnother.\nA third.")
    write("S2", "q000", "One thing.\nAnother.")
    reasoning = study_results(study=study).reasoning
    assert reasoning.human == "S1"
    table = {each.source: each.counts for each in reasoning.against_human}
    assert set(table) == {"S2", "S3"}
    assert table["S2"].questions == 6
    assert table["S2"].fewer >= 1


def test_difficulty_is_the_steps_that_people_take(study):
    write("S1", "q000", "\n".join(f"Step {n} is said." for n in range(7)))
    difficulty = study_results(study=study).reasoning.difficulty
    hardest = {each.source: each.bins[-1] for each in difficulty}
    assert hardest["S1"].most == 7
    assert hardest["S1"].share.value == 1.0  # q000 alone, where all picked S1
    assert hardest["S2"].share.value == 0.0


def test_suspects_are_flagged_or_preferred_to_people_by_all_or_state_other_answers(study):
    asked = study.assignments.filter(triple__question__key="q000").first()
    Flag.objects.create(assignment=asked, reason="unclear", at=NOW)
    other = TripleRationale.objects.get(source__name="S2", triple__question__key="q001").rationale
    type(other).objects.filter(pk=other.pk).update(text="The answer is 180.")
    found = {one.question: one.reasons for one in study_results(study=study).suspects}
    assert found["q000"] == ("flagged by 1 rater",)
    assert "its texts state different answers" in found["q001"]
    assert found["q002"] == ("all 3 ratings put a model above the human",)


def test_without_people_difficulty_is_the_mean_and_nobody_is_compared(study):
    Source.objects.update(kind=Source.Kind.IMPORTED)
    results = study_results(study=study)
    reasoning = results.reasoning
    assert (reasoning.human, reasoning.against_human, results.suspects) == ("", (), ())
    assert {each.source for each in reasoning.difficulty} == {"S1", "S2", "S3"}
