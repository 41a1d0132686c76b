"""The rater's pages ask of everyone: who are you, and is this yours?

Alice and Bob rate one study, Carol rates another; Rosa is a researcher; a stranger has no link.
"""

import re
import uuid

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from raters.models import Assignment, Rating, Study
from raters.services.people import sign_in_link_create
from raters.services.study_states import invitation_switch, study_close
from tests.factories import make_rater, make_researcher, make_study

pytestmark = pytest.mark.django_db


@pytest.fixture
def study() -> Study:
    return make_study(questions=4, raters_per_triple=2)


@pytest.fixture
def alice(study):
    return make_rater(study)


def entered(rater) -> Client:
    client = Client()
    client.get(reverse("rater-link", args=[rater.code]))
    return client


def room(study) -> str:
    return reverse("rate", args=[study.code])


def fields(response) -> dict[str, str]:
    names = ("token", "key", "revise")
    html = response.content.decode()
    found = {name: re.search(rf'name="{name}" value="([^"]+)"', html) for name in names}
    return {name: match[1] for name, match in found.items() if match}


def answer(client, study, response, value="2", **headers):
    url = reverse("rate-submit", args=[study.code])
    return client.post(url, fields(response) | {"answer": value}, headers=headers)


def begin(client, study):
    return client.get(room(study) + "?begin")


# --- who may enter ---
def test_a_personal_link_lets_its_rater_in_by_a_cookie_for_these_pages_only(study, alice):
    response = Client().get(reverse("rater-link", args=[alice.code]))
    assert response.url == room(study)
    cookie = response.cookies["rater"]
    assert cookie["path"] == room(study)
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


def test_an_unknown_link_is_one_sentence(study):
    for name in ("rater-link", "invitation"):
        response = Client().get(reverse(name, args=["nobody"]))
        assert response.status_code == 404
        assert "leads nowhere" in response.content.decode()


@pytest.mark.parametrize("code", ["%00", "a%00b", "%C3%A9", "a" * 65, "a.b"])
@pytest.mark.parametrize(
    "address", ["/r/{}/", "/s/{}/", "/enter/{}/", "/rate/{}/", "/rate/{}/submit/", "/studies/{}/"]
)
def test_what_cannot_be_a_code_is_no_address(address, code):
    client = Client()
    client.force_login(make_researcher())
    for method in (client.get, client.post):
        assert method(address.format(code)).status_code == 404


@pytest.mark.parametrize(
    ("name", "method"), [("rate", "get"), ("rate-submit", "post"), ("rate-skip", "post")]
)
def test_a_stranger_a_researcher_and_another_studys_rater_stay_out(study, alice, name, method):
    other = make_study(name="another", questions=2, owner=study.owner)
    carol = entered(make_rater(other))
    carol.cookies["rater"]["path"] = "/"
    rosa = Client()
    rosa.force_login(User.objects.create_user("rosa-r", is_staff=True))
    forged = Client()
    forged.cookies["rater"] = alice.code
    for client in (Client(), rosa, carol, forged):
        response = getattr(client, method)(reverse(name, args=[study.code]))
        assert response.status_code == 403
        assert "personal link" in response.content.decode()
    assert not Assignment.objects.exists()


def test_an_unknown_study_answers_a_stranger_as_a_known_one_does(study):
    known, unknown = Client().get(room(study)), Client().get("/rate/nothing/")
    assert (known.status_code, known.content) == (unknown.status_code, unknown.content)


def test_anothers_triple_cannot_be_rated_or_skipped(study, alice):
    bob = entered(make_rater(study))
    page = begin(entered(alice), study)
    assert answer(bob, study, page).status_code == 404
    bob.post(reverse("rate-skip", args=[study.code]), fields(page))
    assert Assignment.objects.get(rater=alice).state == Assignment.State.HELD
    assert not Rating.objects.exists()


@pytest.mark.parametrize("name", ["rate-submit", "rate-skip", "rate-join"])
def test_posting_needs_the_forms_own_token(study, alice, name):
    client = Client(enforce_csrf_checks=True)
    client.get(reverse("rater-link", args=[alice.code]))
    url = reverse(name, args=[study.code])
    assert client.post(url, {"answer": "1"}).status_code == 403
    assert client.get(url).status_code == 405
    assert not Rating.objects.exists()


# --- rating ---
def test_instructions_come_first_and_claim_nothing(study, alice):
    response = entered(alice).get(room(study))
    assert "Begin" in response.content.decode()
    assert not Assignment.objects.exists()


def test_instructions_can_be_read_again(study, alice):
    client = entered(alice)
    answer(client, study, begin(client, study))
    html = client.get(room(study) + "?instructions").content.decode()
    assert "Go on" in html
    assert "Read them all" in html


def test_a_late_answer_is_kept_and_the_rater_told(study, alice):
    client = entered(alice)
    page = begin(client, study)
    Assignment.objects.update(state=Assignment.State.LAPSED, place=None, lease_until=None)
    response = answer(client, study, page)
    assert Rating.objects.get().is_late
    assert "was kept and is marked as late" in client.get(response.url).content.decode()


def test_a_triple_is_shown_picked_and_followed_by_the_next(study, alice):
    client = entered(alice)
    page = begin(client, study)
    assert "1 of 4" in page.content.decode()
    response = answer(client, study, page, "3")
    assert (response.status_code, response.url) == (303, room(study))
    rating = Rating.objects.get()
    assert (rating.outcome, rating.slot) == ("pick", 2)
    assert "2 of 4" in client.get(response.url).content.decode()


@pytest.mark.parametrize("value", ["none", "tie"])
def test_none_good_and_too_close_are_answers(study, alice, value):
    client = entered(alice)
    answer(client, study, begin(client, study), value)
    rating = Rating.objects.get()
    assert (rating.outcome, rating.slot, rating.picked) == (value, None, None)


def test_a_script_gets_the_next_triple_in_the_same_answer(study, alice):
    client = entered(alice)
    response = answer(client, study, begin(client, study), **{"X-Fragment": "1"})
    html = response.content.decode()
    assert response.status_code == 200
    assert html.startswith('<div id="rating"')
    assert 'data-said="Saved. 2 of 4"' in html


def test_times_come_along_and_nonsense_is_no_time(study, alice):
    client, url = entered(alice), reverse("rate-submit", args=[study.code])
    for visible, blurred in (("1200", "300"), ("-1", "soon"), ("9" * 5000, "")):
        form = fields(client.get(room(study) + "?begin"))
        client.post(url, form | {"answer": "1", "visible_ms": visible, "blurred_ms": blurred})
    times = list(Rating.objects.values_list("visible_ms", "blurred_ms"))
    assert times == [(1200, 300), (None, None), (None, None)]


def test_sent_twice_is_stored_once(study, alice):
    client = entered(alice)
    page = begin(client, study)
    assert [answer(client, study, page).status_code for _ in range(2)] == [303, 303]
    assert Rating.objects.count() == 1


def test_a_stale_tab_is_told_so_and_changes_nothing(study, alice):
    client = entered(alice)
    here, stale = begin(client, study), begin(client, study)
    answer(client, study, here, "1")
    response = answer(client, study, stale, "3")
    assert response.status_code == 409
    assert "rated this one already" in response.content.decode()
    assert "2 of 4" in response.content.decode()
    assert Rating.objects.get().slot == 0


@pytest.mark.parametrize("change", [{"answer": "7"}, {"answer": ""}, {"token": "x"}, {"key": ""}])
def test_an_incomplete_answer_is_refused_and_the_triple_shown_again(study, alice, change):
    client = entered(alice)
    form = fields(begin(client, study)) | {"answer": "1"} | change
    response = client.post(reverse("rate-submit", args=[study.code]), form)
    assert response.status_code == 400
    assert fields(response)["token"] == str(Assignment.objects.get().token)
    assert not Rating.objects.exists()


def test_undo_shows_the_last_triple_and_its_answer_and_takes_another(study, alice):
    client = entered(alice)
    first = begin(client, study)
    answer(client, study, first, "1")
    again = client.get(room(study) + "?again")
    assert fields(again)["token"] == fields(first)["token"]
    assert again.content.decode().count("<small>your answer</small>") == 1
    answer(client, study, again, "2")
    assert list(Rating.objects.values_list("slot", "is_current")) == [(0, False), (1, True)]


def test_a_skipped_triple_goes_to_others_and_does_not_come_back(study, alice):
    client = entered(alice)
    page = begin(client, study)
    response = client.post(reverse("rate-skip", args=[study.code]), fields(page))
    assert response.status_code == 303
    assert fields(client.get(response.url))["token"] != fields(page)["token"]
    assert Assignment.objects.filter(state=Assignment.State.SKIPPED).count() == 1


def test_when_nothing_is_left_the_rater_is_thanked_with_a_count(study, alice):
    client = entered(alice)
    for _ in range(4):
        answer(client, study, begin(client, study))
    html = client.get(room(study)).content.decode()
    assert "That was all" in html
    assert "You rated 4 triples" in html


def test_what_was_skipped_comes_again_at_the_end_and_then_if_asked(alice):
    study = alice.study
    client, skip = entered(alice), reverse("rate-skip", args=[study.code])
    for _ in range(3):
        answer(client, study, begin(client, study))
    first = fields(begin(client, study))
    again = client.post(skip, first, headers={"X-Fragment": "1"})
    assert fields(again)["token"] == first["token"]
    html = client.post(skip, first, headers={"X-Fragment": "1"}).content.decode()
    assert "1 triple that you skipped still waits" in html
    assert fields(client.get(room(study) + "?begin")) == {}
    asked = client.get(room(study) + "?begin&skipped")
    assert fields(asked)["token"] == first["token"]
    answer(client, study, asked)
    assert "That was all" in begin(client, study).content.decode()


@pytest.mark.parametrize(
    ("count", "all_of", "any_of"),
    [(2, "A1 and A2", "A1 or A2"), (4, "A1, A2, A3 and A4", "A1, A2, A3 or A4")],
)
def test_words_and_keys_fit_the_number_of_sources(count, all_of, any_of):
    sources = [f"S{n}" for n in range(count)]
    study = make_study(questions=1, sources=sources, raters_per_triple=1)
    client = entered(make_rater(study))
    assert f"the rationales {all_of}," in client.get(room(study)).content.decode()
    for page in (begin(client, study), answer(client, study, begin(client, study), str(count))):
        html = (page if page.status_code == 200 else client.get(page.url)).content.decode()
        assert f"Pick {any_of}: sent at once" in html
        assert html.count("<kbd>") == count + 5
        assert "three" not in html


# --- a study that is not open ---
def test_a_closed_study_says_so_and_keeps_an_answer_on_its_way(study, alice):
    client = entered(alice)
    answer(client, study, begin(client, study))
    page = begin(client, study)
    study_close(study=study, user=study.owner, now=timezone.now())
    assert answer(client, study, page, **{"X-Fragment": "1"}).status_code == 303
    assert Rating.objects.filter(is_late=True).count() == 1
    response = client.get(room(study))
    assert response.status_code == 410
    assert "You rated 2 triples" in response.content.decode()


def test_a_draft_is_not_open_yet(alice, study):
    Study.objects.update(state="draft", opened_at=None)
    response = entered(alice).get(room(study))
    assert response.status_code == 403
    assert "Not open yet" in response.content.decode()


# --- invitations ---
@pytest.fixture
def invited(study) -> dict[str, str]:
    """What the form behind the study's invitation sends."""
    invitation_switch(study=study, user=study.owner, on=True, now=timezone.now())
    return {"invitation": study.invitation_code}


def test_an_invitation_makes_a_rater_once_a_browser(study, invited):
    client, join = Client(), reverse("rate-join", args=[study.code])
    html = client.get(reverse("invitation", args=[study.invitation_code])).content.decode()
    assert f'name="invitation" value="{study.invitation_code}"' in html
    assert study.raters.count() == 0
    for _ in range(2):
        response = client.post(join, invited)
        assert response.status_code == 303
    assert study.raters.get().is_invited
    assert "1 of 4" in client.get(response.url).content.decode()


@pytest.mark.parametrize("is_on", [False, True])
def test_what_a_raters_address_shows_makes_no_second_rater(study, alice, is_on):
    invitation_switch(study=study, user=study.owner, on=is_on, now=timezone.now())
    private_window, join = Client(), reverse("rate-join", args=[study.code])
    assert private_window.get(reverse("invitation", args=[study.code])).status_code == 404
    for given in ({}, {"invitation": study.code}, {"invitation": ""}, {"invitation": "é\0"}):
        response = private_window.post(join, given)
        assert response.status_code == 404
        assert "leads nowhere" in response.content.decode()
    assert study.raters.get() == alice


def test_the_invitation_to_one_study_is_none_to_another(study, invited):
    other = make_study(name="another", questions=2, owner=study.owner)
    invitation_switch(study=other, user=study.owner, on=True, now=timezone.now())
    assert Client().post(reverse("rate-join", args=[other.code]), invited).status_code == 404


def test_an_invitation_that_was_switched_off_leads_nowhere(study, invited):
    client, code = Client(), study.invitation_code
    client.get(reverse("invitation", args=[code]))
    for on in (False, True):
        invitation_switch(study=study, user=study.owner, on=on, now=timezone.now())
        assert client.get(reverse("invitation", args=[code])).status_code == 404
        assert client.post(reverse("rate-join", args=[study.code]), invited).status_code == 404
    assert study.raters.count() == 0


def test_an_invitation_to_a_closed_study_makes_nobody(study, invited):
    study_close(study=study, user=study.owner, now=timezone.now())
    assert Client().get(reverse("invitation", args=[study.invitation_code])).status_code == 410
    assert Client().post(reverse("rate-join", args=[study.code]), invited).status_code == 410
    assert study.raters.count() == 0


# --- what the pages do not do ---
def test_a_raters_page_reads_no_session_and_is_not_kept(
    study, alice, django_assert_max_num_queries
):
    client = entered(alice)
    client.force_login(User.objects.create_user("rosa-r", is_staff=True))
    begin(client, study)
    with django_assert_max_num_queries(6) as queries:
        response = begin(client, study)
    assert not [query for query in queries if "session" in query["sql"]]
    assert "no-store" in response["Cache-Control"]
    assert "rosa-r" not in response.content.decode()


def test_the_page_names_no_study(study, alice):
    Study.objects.update(name="GPT-J against people")
    client = entered(alice)
    for response in (client.get(room(study)), begin(client, study)):
        assert "GPT-J" not in response.content.decode()


# --- researchers' door ---
def test_a_sign_in_link_is_used_by_its_button_not_by_a_preview():
    rosa = User.objects.create_user("rosa-r", is_staff=True)
    token = sign_in_link_create(user=rosa, now=timezone.now(), hours=1)
    url, client = reverse("sign-in-link", args=[token]), Client()
    for _ in range(2):
        assert client.get(url).status_code == 200
    assert "_auth_user_id" not in client.session
    assert client.post(url).status_code == 302
    assert client.session["_auth_user_id"] == str(rosa.pk)
    assert Client().post(url).status_code == 410


def test_home_sends_researchers_to_their_studies_and_tells_others_what_this_is():
    assert "Sign in" in Client().get("/").content.decode()
    client = Client()
    client.force_login(User.objects.create_user("rosa-r", is_staff=True))
    assert client.get("/").url == reverse("studies")


def test_a_wrong_password_is_one_sentence():
    response = Client().post(reverse("sign-in"), {"username": "a", "password": str(uuid.uuid4())})
    assert "do not belong together" in response.content.decode()
