"""The room asks of everyone: who are you, and is this yours? And of every form: is it whole?

Alice and Bob rate one study, Carol rates another; Rosa is a researcher; a stranger has no link.
"""

import re
from uuid import UUID, uuid4

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from raters.blinding import token_read, token_sign
from raters.models import Assignment, Flag, Place, Rater, Rating, Study
from raters.services.study_states import study_close, study_pause
from tests.factories import make_rater, make_study
from tests.raters.views.room import FRAGMENT, answer, begin, entered, fields, room, send

pytestmark = pytest.mark.django_db

FOR_RATERS = [("rate", ""), ("rate", "?begin"), ("rate", "?mine"), ("rate", "?again")]
FOR_HOLDERS = ["submit", "skip", "flag", "beat", "leave"]


@pytest.fixture
def study() -> Study:
    return make_study(questions=4, raters_per_triple=2)


@pytest.fixture
def alice(study):
    return make_rater(study)


def in_hand(rater) -> Assignment:
    """What is on this rater's screen; the other one that is held is ahead."""
    return rater.assignments.filter(state="held").order_by("claimed_at", "pk").first()


# --- who may enter ---
def outsiders(study, alice) -> list[Client]:
    """A stranger, a researcher, a rater of another study, and somebody with a forged cookie."""
    other = make_study(name="another", questions=2, owner=study.owner)
    carol = entered(make_rater(other))
    carol.cookies["rater"]["path"] = "/"
    rosa = Client()
    rosa.force_login(User.objects.create_user("rosa-r", is_staff=True))
    owner = Client()
    owner.force_login(study.owner)
    forged = Client()
    forged.cookies["rater"] = alice.code
    return [Client(), rosa, owner, carol, forged]


@pytest.mark.parametrize(("name", "query"), FOR_RATERS)
def test_only_its_raters_look_into_a_study(study, alice, name, query):
    for client in outsiders(study, alice):
        response = client.get(reverse(name, args=[study.code]) + query)
        assert response.status_code == 403
        assert "personal link" in response.content.decode()
    assert not Assignment.objects.exists()


@pytest.mark.parametrize("name", FOR_HOLDERS)
def test_without_a_triples_token_only_its_raters_get_an_answer(study, alice, name):
    for client in outsiders(study, alice):
        for form in ({}, {"token": "x", "key": str(uuid4()), "answer": "1"}):
            response = send(client, study, name, form)
            assert response.status_code == 403
            assert "personal link" in response.content.decode()
    assert not Assignment.objects.exists()
    assert send(entered(alice), study, name, {}).status_code == 400


@pytest.mark.parametrize("name", FOR_HOLDERS)
def test_a_token_that_was_not_signed_here_is_none(study, alice, name):
    client = entered(alice)
    begin(client, study)
    held = in_hand(alice)
    for token in (str(held.token), token_sign(held.token)[:-1], token_sign(UUID(int=4))):
        form = {"token": token, "key": str(uuid4()), "answer": "1", "reason": "other"}
        assert send(client, study, name, form).status_code in (400, 404)
    assert in_hand(alice) == held
    assert not Rating.objects.exists()


def test_an_unknown_study_answers_a_stranger_as_a_known_one_does(study):
    known, unknown = Client().get(room(study)), Client().get("/rate/nothing/")
    assert (known.status_code, known.content) == (unknown.status_code, unknown.content)


@pytest.mark.parametrize("name", FOR_HOLDERS)
def test_who_holds_a_token_is_heard_without_a_cookie_and_shown_nothing(study, alice, name):
    page = begin(entered(alice), study)
    form = fields(page) | {"answer": "1", "reason": "unclear"}
    for client in (Client(enforce_csrf_checks=True), entered(make_rater(study))):
        response = send(client, study, name, form, **FRAGMENT)
        html = response.content.decode()
        assert response.status_code in (200, 204)
        assert ('id="sorry" class="prose" data-stored' in html) == (response.status_code == 200)
        assert "How many balls" not in html
    if name == "submit":
        assert Rating.objects.get().assignment.rater == alice
    if name in ("skip", "flag"):
        assert alice.assignments.filter(state__in=["skipped", "flagged"]).count() == 1


@pytest.mark.parametrize("name", FOR_HOLDERS)
def test_what_changes_something_is_posted(study, alice, name):
    assert entered(alice).get(reverse(f"rate-{name}", args=[study.code])).status_code == 405


def test_a_researchers_session_is_not_looked_at(study, alice, django_assert_max_num_queries):
    client = entered(alice)
    client.force_login(User.objects.create_user("rosa-r", is_staff=True))
    begin(client, study)
    with django_assert_max_num_queries(8) as queries:
        response = begin(client, study)
    assert not [query for query in queries if "session" in query["sql"]]
    assert "no-store" in response["Cache-Control"]
    assert "rosa-r" not in response.content.decode()
    assert "Set-Cookie" not in response
    assert "csrfmiddlewaretoken" not in response.content.decode()


def test_the_page_names_no_study(study, alice):
    Study.objects.update(name="GPT-J against people")
    client = entered(alice)
    for response in (client.get(room(study)), begin(client, study)):
        assert "GPT-J" not in response.content.decode()


# --- rating ---
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


@pytest.mark.parametrize(
    ("protocol", "form", "kept"),
    [
        ("ranking", {"answer": "rank", "rank_1": "3", "rank_2": "1", "rank_3": "2"}, "312"),
        ("best-worst", {"answer": "best-worst", "best": "3", "worst": "1"}, "321"),
    ],
)
def test_rankings_and_the_best_and_worst_are_kept_by_slot(alice, protocol, form, kept):
    Study.objects.update(protocol=protocol)
    client = entered(alice)
    page = fields(begin(client, alice.study))
    assert send(client, alice.study, "submit", page | form).status_code == 303
    rating = Rating.objects.get()
    assert (rating.outcome, rating.ranks, rating.picked) == (protocol, kept, None)


def test_all_that_a_study_asks_is_kept(study, alice):
    Study.objects.update(
        reasons=[{"key": "q", "name": "skips steps"}],
        asks_step_marks=True,
        criteria=[{"name": "clear", "points": 5}],
        asks_comment=True,
    )
    client = entered(alice)
    form = fields(begin(client, study)) | {
        "answer": "pick", "pick": "2", "reason": ["1:q", "3:q"], "comment": "because",
        "mark_1_1": "-1", "no_errors_2": "1", "no_errors_3": "1",
        "score_1_1": "1", "score_2_1": "5", "score_3_1": "3",
    }  # fmt: skip
    assert send(client, study, "submit", form).status_code == 303
    rating = Rating.objects.get()
    assert (rating.slot, rating.comment) == (1, "because")
    assert rating.reasons == [[0, "q"], [2, "q"]]
    assert rating.step_marks == [[-1], [], []]
    assert rating.scores == [[1], [5], [3]]


def test_times_and_viewport_come_along_and_nonsense_is_none(study, alice):
    client = entered(alice)
    for elapsed, visible, blurred, viewport in (
        ("1500", "1200", "300", "390x844"),
        ("", "-1", "soon", "wide"),
        ("9" * 5000, "9" * 5000, "", "1x" + "2" * 50),
    ):
        form = fields(begin(client, study)) | {"answer": "1", "viewport": viewport}
        times = {"elapsed_ms": elapsed, "visible_ms": visible, "blurred_ms": blurred}
        send(client, study, "submit", form | times)
    kept = Rating.objects.values_list("elapsed_ms", "visible_ms", "blurred_ms", "viewport")
    assert list(kept) == [(1500, 1200, 300, "390x844"), (None, None, None, ""), (None,) * 3 + ("",)]


def test_sent_twice_is_stored_once(study, alice):
    client = entered(alice)
    page = begin(client, study)
    assert [answer(client, study, page).status_code for _ in range(2)] == [303, 303]
    assert Rating.objects.count() == 1


def test_a_second_answer_meets_the_one_that_is_stored(study, alice):
    client = entered(alice)
    here, stale = begin(client, study), begin(client, study)
    answer(client, study, here, "1")
    for headers in ({}, FRAGMENT):
        response = answer(client, study, stale, "3", **headers)
        html = response.content.decode()
        assert response.status_code == 409
        assert "rated this one already" in html
        assert fields(response)["token"] == fields(stale)["token"]
        assert fields(response)["revise"] == "1"
        assert html.count("<small>your answer</small>") == 1
    assert Rating.objects.get().slot == 0


@pytest.mark.parametrize("change", [{"token": "x"}, {"token": ""}, {"key": ""}, {"key": "\0"}])
def test_a_form_without_its_token_or_key_stores_nothing(study, alice, change):
    client = entered(alice)
    page = begin(client, study)
    form = fields(page) | {"answer": "1"} | change
    response = send(client, study, "submit", form)
    assert response.status_code == 400
    assert fields(response)["token"] == fields(page)["token"]
    assert not Rating.objects.exists()


@pytest.mark.parametrize("headers", [{}, FRAGMENT], ids=["page", "fragment"])
def test_an_answer_that_is_not_whole_comes_back_as_it_was_sent(study, alice, headers):
    Study.objects.update(protocol="ranking", asks_comment=True)
    client = entered(alice)
    page = begin(client, study)
    form = fields(page) | {"answer": "rank", "rank_1": "2", "rank_2": "", "comment": "so far"}
    response = send(client, study, "submit", form, **headers)
    html = response.content.decode()
    assert response.status_code == 422
    assert html.startswith('<div id="rating"') == bool(headers)
    assert 'role="alert">Give every rationale a rank.' in html
    assert fields(response)["token"] == fields(page)["token"]
    assert "revise" not in fields(response)
    assert ">so far</textarea>" in html
    assert len(re.findall(r"<option[^>]* selected>2</option>", html)) == 1
    assert not Rating.objects.exists()


@pytest.mark.parametrize("value", ["", "7", "6", "best"])
def test_an_answer_that_is_none_leaves_the_triple_in_hand(study, alice, value):
    client = entered(alice)
    page = begin(client, study)
    response = answer(client, study, page, value)
    assert response.status_code == 422
    assert fields(response)["token"] == fields(page)["token"]


def test_a_sentence_about_an_answer_is_in_the_raters_language(study, alice, monkeypatch):
    client = entered(alice)
    page = begin(client, study)
    monkeypatch.setattr("raters.services.rating._", lambda text: f"<<{text}")
    assert "&lt;&lt;Choose an answer first." in answer(client, study, page, "").content.decode()


def test_a_late_answer_is_kept_and_the_rater_told(study, alice):
    client = entered(alice)
    for headers in ({}, FRAGMENT):
        page = begin(client, study)
        Assignment.objects.filter(pk=in_hand(alice).pk).update(
            state="lapsed", place=None, lease_until=None
        )
        Place.objects.update(state="filled")
        response = answer(client, study, page, **headers)
        Place.objects.filter(assignments=None).update(state="open")
        shown = response if headers else client.get(response.url)
        assert "was kept and is marked as late" in shown.content.decode()
    assert list(Rating.objects.values_list("is_late", flat=True)) == [True, True]


# --- looking back ---
def test_undo_shows_the_last_triple_and_its_answer_and_takes_another(study, alice):
    client = entered(alice)
    first = begin(client, study)
    answer(client, study, first, "1")
    again = client.get(room(study) + "?again")
    assert fields(again)["token"] == fields(first)["token"]
    assert again.content.decode().count("<small>your answer</small>") == 1
    answer(client, study, again, "2")
    assert list(Rating.objects.values_list("slot", "is_current")) == [(0, False), (1, True)]


def test_a_rater_sees_their_own_last_ratings_and_may_change_each(study, alice):
    client, bob = entered(alice), entered(make_rater(study))
    pages = [begin(bob, study)]
    answer(bob, study, pages[0], "2")
    for value in ("1", "tie", "none"):
        pages.append(begin(client, study))
        answer(client, study, pages[-1], value)
    html = client.get(room(study) + "?mine").content.decode()
    listed = re.findall(r"\?edit=([^\"]+)\"", html)
    assert len(listed) == 3
    assert re.findall(r'<span class="given">([^<]+)<', html) == ["None good", "Too close", "A1"]
    edited = client.get(f"{room(study)}?edit={listed[-1]}")
    assert fields(edited)["token"] == fields(pages[1])["token"]
    answer(client, study, edited, "3")
    current = Rating.objects.filter(is_current=True, assignment__rater=alice)
    assert sorted(current.values_list("outcome", "slot")) == [
        ("none", None), ("pick", 2), ("tie", None),
    ]  # fmt: skip


def test_nobody_elses_rating_and_none_in_hand_is_shown_for_a_change(study, alice):
    client, bob = entered(alice), entered(make_rater(study))
    his = begin(bob, study)
    answer(bob, study, his, "2")
    hers = begin(client, study)
    for token in (fields(his)["token"], fields(hers)["token"], "x", ""):
        shown = client.get(room(study) + "?begin&edit=" + token)
        assert fields(shown)["token"] == fields(hers)["token"]
        assert "revise" not in fields(shown)


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


def test_only_a_form_of_ours_from_a_raters_own_browser_gives_back(study, alice):
    for client in outsiders(study, alice):
        assert send(client, study, "return", {}).status_code == 403
    strict = Client(enforce_csrf_checks=True)
    strict.get(reverse("rater-link", args=[alice.code]))
    assert send(strict, study, "return", {}).status_code == 403
    assert entered(alice).get(reverse("rate-return", args=[study.code])).status_code == 405
    alice.refresh_from_db()
    assert alice.returned_at is None


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


def test_a_token_on_the_page_is_the_assignments_own_signed(study, alice):
    page = begin(entered(alice), study)
    assert token_read(fields(page)["token"]) == str(in_hand(alice).token)
