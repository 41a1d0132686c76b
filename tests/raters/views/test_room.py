"""What comes back into the room: what is saved, what is next, what is ahead, and at what cost."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from raters.judgement import Judgement
from raters.models import Assignment, Study
from raters.views.room import answer_words
from tests.factories import make_rater, make_study
from tests.raters.views.room import (
    FRAGMENT,
    ahead_of,
    answer,
    begin,
    entered,
    fields,
    fields_in,
    room,
    send,
)

pytestmark = pytest.mark.django_db

# A submit that also brings the triple after the next: of the rating 6, of the handing out 5, of
# what is shown 1.
QUERIES_OF_A_RATING = 12
QUERIES_OF_A_LOOK = 5


@pytest.fixture
def study() -> Study:
    """So many raters a triple that every order has places: the first search finds one."""
    return make_study(questions=12, raters_per_triple=6, seed=1)


@pytest.fixture
def client(study):
    return entered(make_rater(study))


def move_on(client, study, page, value="1"):
    """As rate.js does it: send the answer while the page already shows the triple ahead."""
    ahead = fields_in(ahead_of(page))
    form = fields(page) | {"answer": value, "showing": ahead["token"]}
    return ahead, send(client, study, "submit", form, **FRAGMENT)


def counted(queries) -> list[str]:
    """The statements themselves, without the frames of transactions."""
    frames = ("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT")
    return [each["sql"] for each in queries if not each["sql"].startswith(frames)]


def test_a_page_holds_the_triple_ahead_inert(client, study):
    page = begin(client, study)
    ahead = fields_in(ahead_of(page))
    assert ahead["token"] != fields(page)["token"]
    assert ahead["key"] != fields(page)["key"]
    assert "2 of 12" in ahead_of(page)
    assert page.content.decode().index('<template id="ahead">') > page.content.decode().index(
        'id="rating"'
    )
    assert begin(client, study, **FRAGMENT).content.decode().startswith('<div id="rating"')


def test_a_page_that_moved_on_is_told_what_is_saved_and_gets_the_one_after(client, study):
    ahead, response = move_on(client, study, begin(client, study))
    html = response.content.decode()
    assert html.startswith('<p id="saved" data-said="Saved. 2 of 12"')
    assert 'data-count="2 of 12" data-done="1" data-total="12"' in html
    assert fields_in(ahead_of(response))["token"] != ahead["token"]
    assert "3 of 12" in ahead_of(response)
    assert 'id="rating"' not in html.replace(ahead_of(response), "")


def test_a_page_that_shows_something_else_gets_what_is_in_hand(client, study):
    page = begin(client, study)
    ahead = fields_in(ahead_of(page))["token"]
    for showing in ("", "x", fields(page)["token"]):
        Assignment.objects.filter(state="rated").update(state="rated")
        form = fields(page) | {"answer": "1", "showing": showing}
        response = send(client, study, "submit", form, **FRAGMENT)
        assert response.content.decode().startswith('<div id="rating"')
        assert 'data-said="Saved. 2 of 12"' in response.content.decode()
        assert fields(response)["token"] == ahead


@pytest.mark.parametrize("name", ["skip", "flag"])
def test_what_is_put_aside_answers_in_the_same_shape(client, study, name):
    page = begin(client, study)
    ahead = fields_in(ahead_of(page))
    form = fields(page) | {"reason": "unclear", "showing": ahead["token"]}
    html = send(client, study, name, form, **FRAGMENT).content.decode()
    assert html.startswith('<p id="saved"')
    assert '<template id="ahead">' in html
    assert 'data-done="0"' in html


def test_at_the_end_nothing_is_ahead(client, study):
    page = begin(client, study)
    for _ in range(11):
        page = answer(client, study, page, **FRAGMENT)
    assert ahead_of(page) == ""
    page = answer(client, study, page, **FRAGMENT)
    assert "That was all" in page.content.decode()


@pytest.mark.parametrize("protocol", ["pick-best", "ranking", "best-worst"])
def test_the_room_says_what_it_shows(client, study, protocol):
    Study.objects.update(protocol=protocol, lease_minutes=20)
    html = begin(client, study, **FRAGMENT).content.decode()
    opening = html[: html.index(">")]
    assert f'data-protocol="{protocol}"' in opening
    assert f'data-token="{fields_in(html)["token"]}"' in opening
    assert 1190 <= int(re.search(r'data-lease="(\d+)"', opening)[1]) <= 1200


def test_a_rating_costs_as_many_queries_as_it_must(client, study):
    page = begin(client, study)
    for _ in range(4):
        with CaptureQueriesContext(connection) as queries:
            ahead, _page = move_on(client, study, page)
        assert len(counted(queries)) <= QUERIES_OF_A_RATING, "\n".join(counted(queries))
        assert len(set(counted(queries))) == len(counted(queries))
        page = begin(client, study)
        assert fields(page)["token"] == ahead["token"]


def test_looking_at_what_is_in_hand_costs_as_much_as_it_must(client, study):
    begin(client, study)
    with CaptureQueriesContext(connection) as queries:
        begin(client, study)
    assert len(counted(queries)) <= QUERIES_OF_A_LOOK, "\n".join(counted(queries))


def test_a_list_of_ratings_costs_the_same_for_one_and_for_many(client, study):
    costs = []
    for _ in range(3):
        answer(client, study, begin(client, study))
        with CaptureQueriesContext(connection) as queries:
            client.get(room(study) + "?mine")
        costs.append(len(counted(queries)))
    assert costs == [2, 2, 2]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (Judgement("pick", 1), "A2"),
        (Judgement("none"), "None good"),
        (Judgement("tie"), "Too close"),
        (Judgement("ranking", ranks="312"), "A2 > A3 > A1"),
        (Judgement("ranking", ranks="121"), "A1 = A3 > A2"),
        (Judgement("best-worst", ranks="3212"), "A3 best, A1 worst"),
    ],
)
def test_an_answer_in_words(given, words):
    assert answer_words(given) == words
