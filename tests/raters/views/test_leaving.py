"""Consent, refusal and withdrawal, as a rater's browser meets them."""

import pytest
from django.test import Client
from django.urls import reverse

from raters.models import Assignment, Consent, Place, Rating, Withdrawal
from raters.services.consent import consent_text_save
from raters.services.study_states import invitation_switch, study_close
from tests.factories import NOW, claim, make_rater, make_study, rate, take
from tests.raters.views.room import begin, entered, fields, room, whole

pytestmark = pytest.mark.django_db


def asking(**settings):
    study = make_study(**settings)
    consent_text_save(study=study, text="You **rate** <b>texts</b>.", language="de", now=NOW)
    return study


def decide(client, study, answer, version="1"):
    return client.post(room(study) + "consent/", {"answer": answer, "version": version})


# --- consent ---
def test_nothing_is_shown_and_nothing_is_kept_before_consent():
    study = asking()
    client = entered(make_rater(study))
    for address in ("", "?begin", "?again", "?instructions"):
        html = client.get(room(study) + address).content.decode()
        assert "<strong>rate</strong> &lt;b&gt;texts&lt;/b&gt;" in html
        assert 'lang="de"' in html
        assert "Read them all" not in html
    assert "Your consent" in client.post(room(study) + "submit/", {"token": "x"}).content.decode()
    assert not Assignment.objects.exists()
    assert not Consent.objects.exists()


def test_consent_is_kept_with_version_language_and_time_and_instructions_follow():
    study = asking()
    rater = make_rater(study)
    client = entered(rater)
    assert decide(client, study, "agree").url == room(study)
    assert "Read them all" in client.get(room(study)).content.decode()
    given = rater.consents.get()
    assert (given.text.version, given.text.language) == (1, "de")
    assert given.given_at
    decide(client, study, "agree")
    assert rater.consents.count() == 1


def test_a_changed_text_is_a_new_version_that_is_asked_anew():
    study = asking()
    rater = make_rater(study)
    client = entered(rater)
    decide(client, study, "agree")
    consent_text_save(study=study, text="You **rate** <b>texts</b>.", language="de", now=NOW)
    assert "Your consent" not in client.get(room(study)).content.decode()
    consent_text_save(study=study, text="Another", language="en", now=NOW)
    assert "Version 2" in client.get(room(study)).content.decode()
    decide(client, study, "agree", version="1")
    assert "Version 2" in client.get(room(study)).content.decode()
    decide(client, study, "agree", version="2")
    assert [each.text.version for each in rater.consents.all()] == [1, 2]


def test_who_refuses_sees_their_own_way_out_and_may_think_again():
    study = asking()
    rater = make_rater(study)
    client = entered(rater)
    decide(client, study, "refuse")
    html = client.get(room(study)).content.decode()
    assert "You did not agree" in html
    assert "Read it again" in html
    assert "Your consent" in client.get(room(study) + "?consent").content.decode()
    decide(client, study, "agree")
    rater.refresh_from_db()
    assert rater.way_out == ""
    assert "1 of 6" in begin(client, study).content.decode()


def test_who_refuses_with_triples_in_hand_gives_them_back():
    study = make_study(raters_per_triple=1, triples_per_rater=6)
    rater = make_rater(study)
    take(rater)
    consent_text_save(study=study, text="New", language="en", now=NOW)
    decide(entered(rater), study, "refuse")
    rater.refresh_from_db()
    assert rater.returned_at
    assert not Place.objects.exclude(state="open").exists()
    assert study.bundles.get().rater is None


def test_an_invitation_makes_a_rater_by_agreeing_only():
    study = asking()
    invitation_switch(study=study, user=study.owner, on=True, now=NOW)
    client, code = Client(), study.invitation_code
    assert "Your consent" in client.get(reverse("invitation", args=[code])).content.decode()
    join = reverse("rate-join", args=[study.code])
    assert "Your consent" in client.post(join, {"invitation": code}).content.decode()
    assert "did not agree" in decide(client, study, "refuse").content.decode()
    assert study.raters.count() == 0
    response = client.post(join, {"invitation": code, "version": "1"})
    assert study.raters.get().consents.count() == 1
    assert "Read them all" in client.get(response.url).content.decode()


# --- withdrawal ---
def withdraw(client, study, answers):
    return client.post(reverse("rate-withdraw", args=[study.code]), {"answers": answers})


def test_only_its_rater_may_withdraw():
    study = make_study()
    assert withdraw(Client(), study, "delete").status_code == 403
    other = make_study(name="other", owner=study.owner)
    assert withdraw(entered(make_rater(other)), study, "delete").status_code == 403
    assert not Withdrawal.objects.exists()


def test_withdrawing_says_in_numbers_what_it_does_and_an_unclear_choice_does_nothing():
    study = make_study()
    rater = make_rater(study)
    rate(rater)
    client = entered(rater)
    address = reverse("rate-withdraw", args=[study.code])
    assert "You gave 1 answer." in client.get(address).content.decode()
    assert withdraw(client, study, "").status_code == 422
    assert Rating.objects.count() == 1


def test_withdrawing_with_deletion_leaves_no_answer_and_releases_every_place():
    study = make_study(raters_per_triple=1, triples_per_rater=3)
    rater = make_rater(study)
    for _ in range(3):
        rate(rater)
    client = entered(rater)
    withdraw(client, study, "delete")
    assert "No answer of yours is kept" in client.get(room(study) + "withdraw/").content.decode()
    assert not Assignment.objects.exists()
    assert not Place.objects.exclude(state="open").exists()
    assert Withdrawal.objects.get().deleted == 3
    other = make_rater(study)
    assert claim(other)
    assert "have withdrawn" in client.get(room(study)).content.decode()


def test_withdrawing_without_deletion_keeps_answers_that_may_be_deleted_later():
    study = make_study()
    rater = make_rater(study)
    rate(rater)
    client = entered(rater)
    withdraw(client, study, "keep")
    assert Rating.objects.count() == 1
    assert Withdrawal.objects.get().deleted is None
    study_close(study=study, user=study.owner, now=NOW)
    assert reverse("rate-withdraw", args=[study.code]) in client.get(room(study)).content.decode()
    withdraw(client, study, "delete")
    assert Rating.objects.count() == 0
    assert Withdrawal.objects.get().deleted == 1
    withdraw(client, study, "keep")
    assert Withdrawal.objects.get().deleted == 1


@pytest.mark.parametrize("answers", ["keep", "delete"])
def test_what_comes_in_after_a_withdrawal_is_not_stored(answers):
    study = make_study()
    rater = make_rater(study)
    client = entered(rater)
    page = begin(client, study)
    withdraw(client, study, answers)
    for name in ("submit", "skip", "flag"):
        form = whole(page) | fields(page) | {"reason": "other"}
        response = client.post(reverse(f"rate-{name}", args=[study.code]), form)
        assert "withdrawn" in response.content.decode()
    assert not Rating.objects.exists()


# --- a way out without withdrawing ---
def test_a_fault_is_a_way_out_of_its_own():
    study = make_study()
    rater = make_rater(study)
    client = entered(rater)
    begin(client, study)
    client.post(room(study) + "return/", {"fault": ""})
    rater.refresh_from_db()
    assert rater.way_out == "fault"
    assert "something did not work" in client.get(room(study)).content.decode()
    assert not Place.objects.filter(state="held").exists()
