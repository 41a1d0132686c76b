"""Moving studies: opening, pausing, going on, closing, and letting raters in."""

from datetime import timedelta

import pytest

from raters.models import Assignment, AuditEntry, Rater
from raters.protocols import StudyRefused
from raters.services.study_states import (
    Fill,
    raters_add,
    study_close,
    study_fill,
    study_open,
    study_pause,
    study_resume,
    study_unblind_note,
)
from tests.factories import NOW, claim, make_rater, make_researcher, make_study, rate

pytestmark = pytest.mark.django_db


# --- opening and closing -----------------------------------------------------------------------
def test_a_draft_opens_and_an_open_study_closes_and_each_is_written_down():
    alice, later = make_researcher("alice"), NOW + timedelta(days=1)
    study = make_study(opened=False)
    assert (study.state, study.opened_at) == ("draft", None)
    study_open(study=study, user=alice, now=NOW)
    assert (study.state, study.opened_at, study.closed_at) == ("open", NOW, None)
    study_close(study=study, user=alice, now=later)
    assert (study.state, study.opened_at, study.closed_at) == ("closed", NOW, later)
    notes = AuditEntry.objects.values_list("study", "user__username", "action", "at")
    assert list(notes) == [
        (study.pk, "alice", "opened", NOW),
        (study.pk, "alice", "closed", later),
    ]


@pytest.mark.parametrize(
    ("state", "act", "sentence"),
    [
        ({"opened": True}, study_open, "is open: only a draft can be opened"),
        ({"closed": True}, study_open, "is closed: only a draft can be opened"),
        ({"opened": False}, study_close, "is draft: only an open one can close"),
        ({"closed": True}, study_close, "is closed: only an open one can close"),
        ({"opened": False}, study_pause, "is draft: only an open one can be paused"),
        ({"closed": True}, study_pause, "is closed: only an open one can be paused"),
        ({"opened": True}, study_resume, "is open: only a paused one can go on"),
        ({"closed": True}, study_resume, "is closed: only a paused one can go on"),
    ],
)
def test_a_study_moves_as_its_state_allows(state, act, sentence):
    study = make_study(**state)
    before = AuditEntry.objects.count()
    with pytest.raises(StudyRefused, match=sentence):
        act(study=study, user=study.owner, now=NOW)
    assert AuditEntry.objects.count() == before


def test_a_paused_study_keeps_what_is_in_hand_and_goes_on_where_it_was():
    study = make_study()
    held = claim(make_rater(study))
    study_pause(study=study, user=study.owner, now=NOW)
    assert study.state == "paused"
    held.refresh_from_db()
    assert held.state == Assignment.State.HELD
    study_resume(study=study, user=study.owner, now=NOW)
    assert study.state == "open"
    actions = list(AuditEntry.objects.values_list("action", flat=True))
    assert actions == ["opened", "paused", "resumed"]


def test_a_paused_study_can_be_closed():
    study = make_study()
    study_pause(study=study, user=study.owner, now=NOW)
    study_close(study=study, user=study.owner, now=NOW)
    assert (study.state, study.opened_at, study.closed_at) == ("closed", NOW, NOW)


def test_unblinding_leaves_an_audit_row():
    study = make_study(closed=True)
    study_unblind_note(study=study, user=study.owner, page="results", now=NOW)
    last = AuditEntry.objects.last()
    assert (last.action, last.detail, last.user) == ("un-blinded", "results", study.owner)


def test_the_fill_counts_places_and_raters():
    study = make_study(questions=1, raters_per_triple=3)
    one, other = make_rater(study), make_rater(study)
    rate(one)
    claim(other)
    assert study_fill(study=study) == Fill(places=3, filled=1, held=1, open=1, raters=2)


# --- raters ------------------------------------------------------------------------------------
def test_raters_are_numbered_in_their_study_and_have_links_of_their_own():
    study = make_study()
    raters = raters_add(study=study, count=2, now=NOW) + raters_add(study=study, count=1, now=NOW)
    assert [rater.name for rater in raters] == ["Rater 1", "Rater 2", "Rater 3"]
    assert len({rater.code for rater in raters}) == 3
    assert min(len(rater.code) for rater in raters) >= 22


def test_a_number_that_was_freed_does_not_stop_the_next_rater():
    study = make_study()
    _, second, _ = raters_add(study=study, count=3, now=NOW)
    second.delete()
    assert raters_add(study=study, count=1, now=NOW)[0].name == "Rater 4"


def test_a_closed_study_takes_no_more_raters():
    with pytest.raises(StudyRefused, match="is closed: it takes no more raters"):
        make_rater(make_study(closed=True))


@pytest.mark.parametrize("count", [0, -3, 1001])
def test_raters_are_added_in_sensible_numbers(count):
    with pytest.raises(StudyRefused, match=f"{count} raters cannot be added"):
        raters_add(study=make_study(), count=count, now=NOW)
    assert Rater.objects.count() == 0
