"""What a rater sends, whole or not, once or twice, in time or late; and looking back at it."""

import re
from uuid import UUID

import pytest

from raters.blinding import link_sign, token_read
from raters.models import Assignment, Place, Rating, Study
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


def test_a_mark_for_every_step_of_six_long_rationales_is_not_too_many_fields(study, alice):
    client = entered(alice)
    marks = {f"mark_{slot}_{step}": "1" for slot in range(1, 7) for step in range(1, 1000)}
    form = marks | fields(begin(client, study)) | {"answer": "2"}
    response = send(client, study, "submit", form, **FRAGMENT)
    assert 'id="rating"' in response.content.decode()


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
    links = [link_sign(UUID(token_read(fields(page)["token"]))) for page in (his, hers)]
    for link in (*links, "x", ""):
        shown = client.get(room(study) + "?begin&edit=" + link)
        assert fields(shown)["token"] == fields(hers)["token"]
        assert "revise" not in fields(shown)
