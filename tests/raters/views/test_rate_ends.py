"""What is not rated: put aside, left, given back; and a study that pauses, fills or closes."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from raters.blinding import token_sign
from raters.models import Assignment, Bundle, Flag, Rater, Rating, Study
from raters.services.bundles import bundles_lapse
from raters.services.study_states import study_close, study_pause
from tests.factories import make_rater, make_study
from tests.raters.views.room import FRAGMENT, answer, begin, entered, fields, room, send

pytestmark = pytest.mark.django_db


@pytest.fixture
def study() -> Study:
    return make_study(questions=4, raters_per_triple=2)


@pytest.fixture
def alice(study):
    return make_rater(study)


def in_hand(rater) -> Assignment:
    """What is on this rater's screen; the other one that is held is ahead."""
    return rater.assignments.filter(state="held").order_by("claimed_at", "pk").first()


# --- what is put aside ---
@pytest.mark.parametrize("name", ["skip", "flag"])
def test_what_is_put_aside_goes_to_others_and_does_not_come_back(study, alice, name):
    client = entered(alice)
    page = begin(client, study)
    form = fields(page) | {"reason": "wrong-answer", "comment": "It is 4.\0"}
    response = send(client, study, name, form)
    assert response.status_code == 303
    assert fields(client.get(response.url))["token"] != fields(page)["token"]
    state = {"skip": "skipped", "flag": "flagged"}[name]
    assignment = Assignment.objects.get(state=state)
    assert assignment.place is None
    flags = list(Flag.objects.values_list("assignment", "reason", "comment"))
    assert flags == ([(assignment.pk, "wrong-answer", "It is 4.")] if name == "flag" else [])


@pytest.mark.parametrize("reason", ["", "bad", "\0"])
def test_a_flag_says_what_is_wrong(study, alice, reason):
    client = entered(alice)
    page = begin(client, study)
    response = send(client, study, "flag", fields(page) | {"reason": reason}, **FRAGMENT)
    assert response.status_code == 422
    assert fields(response)["token"] == fields(page)["token"]
    assert not Flag.objects.exists()


def test_when_nothing_is_left_the_rater_is_thanked_with_a_count(study, alice):
    client = entered(alice)
    for _ in range(4):
        answer(client, study, begin(client, study))
    html = client.get(room(study)).content.decode()
    assert "That was all" in html
    assert "You rated 4 triples" in html


def test_what_was_skipped_comes_again_at_the_end_and_then_if_asked(study, alice):
    client = entered(alice)
    for _ in range(3):
        answer(client, study, begin(client, study))
    first = fields(begin(client, study))
    again = send(client, study, "skip", first, **FRAGMENT)
    assert fields(again)["token"] == first["token"]
    html = send(client, study, "skip", first, **FRAGMENT).content.decode()
    assert "1 triple that you skipped still waits" in html
    assert fields(begin(client, study)) == {}
    asked = client.get(room(study) + "?begin&skipped")
    assert fields(asked)["token"] == first["token"]
    answer(client, study, asked)
    assert "That was all" in begin(client, study).content.decode()


# --- leases ---
def test_a_heartbeat_renews_what_is_held_and_says_when_it_is_lost(study, alice):
    client = entered(alice)
    begin(client, study)
    held = list(alice.assignments.filter(state="held"))
    before = held[0].lease_until
    form = {"token": [token_sign(each.token) for each in held]}
    assert send(client, study, "beat", form).status_code == 204
    assert in_hand(alice).lease_until > before
    Assignment.objects.filter(pk=held[1].pk).update(state="lapsed", place=None, lease_until=None)
    assert send(client, study, "beat", form).status_code == 410
    assert send(client, study, "beat", {"token": form["token"][:1]}).status_code == 204
    study_close(study=study, user=study.owner, now=timezone.now())
    assert send(client, study, "beat", {"token": form["token"][:1]}).status_code == 410


def test_leaving_gives_back_what_was_never_shown_and_soon_what_was(study, alice):
    client = entered(alice)
    page = begin(client, study)
    shown = in_hand(alice)
    unseen = alice.assignments.filter(state="held").exclude(pk=shown.pk).get()
    form = {"token": fields(page)["token"], "ahead": token_sign(unseen.token)}
    assert send(client, study, "leave", form).status_code == 204
    unseen.refresh_from_db()
    shown.refresh_from_db()
    assert (unseen.state, shown.state) == ("lapsed", "held")
    assert 60 < (shown.lease_until - timezone.now()).total_seconds() <= 120


def test_a_page_that_shows_what_is_in_hand_no_longer_leaves_nothing(study, alice):
    client = entered(alice)
    old = begin(client, study)
    page = answer(client, study, old, **FRAGMENT)
    unseen = alice.assignments.filter(state="held").order_by("claimed_at", "pk").last()
    before = in_hand(alice).lease_until
    for token in (fields(old)["token"], token_sign(unseen.token)):
        form = {"token": token, "ahead": token_sign(unseen.token)}
        assert send(client, study, "leave", form).status_code == 204
    unseen.refresh_from_db()
    assert (unseen.state, in_hand(alice).lease_until) == ("held", before)
    form = {"token": fields(page)["token"], "ahead": token_sign(unseen.token)}
    send(client, study, "leave", form)
    unseen.refresh_from_db()
    assert unseen.state == "lapsed"


# --- a study that is not open ---
def test_a_closed_study_says_so_and_keeps_an_answer_on_its_way(study, alice):
    client = entered(alice)
    answer(client, study, begin(client, study))
    page = begin(client, study)
    study_close(study=study, user=study.owner, now=timezone.now())
    assert answer(client, study, page, **FRAGMENT).status_code == 303
    assert Rating.objects.filter(is_late=True).count() == 1
    for query in ("", "?begin", "?mine", "?again", "?instructions"):
        response = client.get(room(study) + query)
        assert response.status_code == 410
        assert "You rated 2 triples" in response.content.decode()


def test_one_triple_is_not_said_to_be_several(study, alice):
    client = entered(alice)
    answer(client, study, begin(client, study))
    study_close(study=study, user=study.owner, now=timezone.now())
    assert "You rated 1 triple:" in client.get(room(study)).content.decode()


def test_a_paused_study_takes_what_is_in_hand_and_hands_out_no_more(study, alice):
    client = entered(alice)
    page = begin(client, study)
    study_pause(study=study, user=study.owner, now=timezone.now())
    page = answer(client, study, page, **FRAGMENT)
    assert page.status_code == 200
    page = answer(client, study, page, **FRAGMENT)
    assert "Look again" in page.content.decode()
    assert 'id="rating"' in page.content.decode()
    assert Rating.objects.filter(is_late=False).count() == 2
    assert Assignment.objects.count() == 2
    assert begin(client, study).status_code == 200


def test_a_draft_is_not_open_yet(alice, study):
    Study.objects.update(state="draft", opened_at=None)
    response = entered(alice).get(room(study))
    assert response.status_code == 403
    assert "Not open yet" in response.content.decode()


def test_who_has_left_the_study_gets_no_more_of_it(study, alice):
    client = entered(alice)
    page = begin(client, study)
    Rater.objects.update(returned_at=timezone.now())
    for response in (client.get(room(study)), begin(client, study)):
        assert "You have left this study" in response.content.decode()
    assert answer(client, study, page, **FRAGMENT).status_code == 200
    assert Rating.objects.count() == 1


def test_giving_back_is_asked_for_then_done_for_good(alice):
    study = make_study(name="with bundles", questions=4, raters_per_triple=2, triples_per_rater=2)
    client = entered(make_rater(study))
    page = begin(client, study)
    answer(client, study, page)
    asked = client.get(room(study) + "?return").content.decode()
    assert reverse("rate-return", args=[study.code]) in asked
    assert "csrfmiddlewaretoken" in asked
    assert study.bundles.filter(state="held").count() == 1
    response = send(client, study, "return", {})
    assert response.status_code == 303
    assert "You have left this study" in client.get(response.url).content.decode()
    assert not study.bundles.filter(state="held").exists()
    response = answer(client, study, page, "3", **FRAGMENT)
    assert "You have left this study" in response.content.decode()
    assert Rating.objects.get().slot == 1


@pytest.mark.parametrize(
    ("counts_partial", "words"), [(False, "does not count"), (True, "counts all")]
)
def test_who_answers_after_their_set_went_on_is_told_so(counts_partial, words):
    study = make_study(
        questions=4, raters_per_triple=1, triples_per_rater=2, counts_partial=counts_partial
    )
    rater = make_rater(study)
    client = entered(rater)
    page = answer(client, study, begin(client, study), **FRAGMENT)
    past = timezone.now() - timedelta(minutes=1)
    Bundle.objects.filter(rater=rater).update(held_until=past)
    rater.assignments.filter(state="held").update(lease_until=past)
    bundles_lapse(study=study, now=timezone.now())
    html = answer(client, study, page, **FRAGMENT).content.decode()
    assert "That was all" not in html
    assert "went to someone else, because their time had run out" in html
    assert f"What you rated of them {words}" in html
    assert f'href="{room(study)}?begin"' in html


@pytest.mark.parametrize("counts_partial", [False, True])
def test_who_asks_to_leave_is_told_whether_their_ratings_will_count(counts_partial):
    study = make_study(
        questions=4, raters_per_triple=1, triples_per_rater=2, counts_partial=counts_partial
    )
    client = entered(make_rater(study))
    page = answer(client, study, begin(client, study), **FRAGMENT)
    asked = client.get(room(study) + "?return").content.decode()
    assert ("ratings of an unfinished set do not count" in asked) is not counts_partial
    assert ("What you rated counts" in asked) is counts_partial
    answer(client, study, page, **FRAGMENT)
    assert "What you rated counts" in client.get(room(study) + "?return").content.decode()


def test_a_triple_that_was_skipped_keeps_a_set_unfinished_and_is_said_to():
    study = make_study(questions=2, raters_per_triple=1, triples_per_rater=2)
    client = entered(make_rater(study))
    answer(client, study, begin(client, study))
    page = begin(client, study)
    for _ in range(2):
        html = send(client, study, "skip", fields(page), **FRAGMENT).content.decode()
    assert "Until you have judged them all, your set is not finished." in html


def test_begin_reserves_a_bundle_and_says_when_the_study_is_full():
    study = make_study(questions=4, raters_per_triple=1, triples_per_rater=2)
    first, second, third = (entered(make_rater(study)) for _ in range(3))
    assert first.get(room(study)).status_code == 200
    assert not study.bundles.filter(state="held").exists()
    assert fields(begin(first, study))
    assert fields(begin(second, study))
    response = begin(third, study)
    assert response.status_code == 200
    assert 'id="sorry"' in response.content.decode()
    assert "The study is full: thank you" in response.content.decode()
    for _ in range(2):
        answer(first, study, begin(first, study))
    assert "You rated 2 triples" in begin(first, study).content.decode()
