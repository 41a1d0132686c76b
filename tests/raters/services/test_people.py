"""Bringing people in: by an invitation, or by a link that works once."""

import threading
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection

from raters.models import SignInLink, Study
from raters.services.people import (
    NotOpen,
    rater_join,
    sign_in_link_create,
    sign_in_link_use,
    staff_ensure,
)
from tests.factories import NOW, make_admin, make_researcher, make_study

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


@pytest.fixture
def link():
    """A token that lets alice in within two hours."""
    return sign_in_link_create(user=make_researcher("alice"), now=NOW, hours=2)


def test_an_open_study_takes_whoever_follows_its_invitation():
    study = make_study()
    names = [rater_join(study=study, now=NOW).name for _ in range(2)]
    assert names == ["Rater 1", "Rater 2"]


@pytest.mark.parametrize("state", [{"opened": False}, {"closed": True}])
def test_a_study_that_is_not_open_takes_nobody(state):
    study = make_study(**state)
    with pytest.raises(NotOpen):
        rater_join(study=study, now=NOW)
    assert study.raters.count() == 0


def test_a_study_that_closed_since_the_page_was_read_takes_nobody():
    study = make_study()
    Study.objects.update(state="closed", closed_at=NOW)
    with pytest.raises(NotOpen):
        rater_join(study=study, now=NOW)


def test_a_sign_in_link_lets_its_user_in_once(link):
    assert sign_in_link_use(token=link, now=NOW).username == "alice"
    assert sign_in_link_use(token=link, now=NOW) is None
    assert SignInLink.objects.get().used_at == NOW


def test_a_sign_in_link_ends_with_its_hours(link):
    assert sign_in_link_use(token=link, now=NOW + 2 * HOUR) is None
    assert sign_in_link_use(token=link, now=NOW + 2 * HOUR - timedelta(seconds=1)) is not None


def test_a_made_up_token_lets_nobody_in(link):
    assert sign_in_link_use(token="x" + link, now=NOW) is None
    assert sign_in_link_use(token="", now=NOW) is None


def test_a_disabled_user_is_not_let_in(link):
    User.objects.update(is_active=False)
    assert sign_in_link_use(token=link, now=NOW) is None
    assert SignInLink.objects.get().used_at is None


def test_the_token_itself_is_not_stored(link):
    stored = SignInLink.objects.get()
    assert link not in stored.digest
    assert len(stored.digest) == 64


@pytest.mark.django_db(transaction=True)
def test_a_link_that_is_opened_eight_times_at_once_lets_in_once():
    token = sign_in_link_create(user=make_researcher("alice"), now=NOW, hours=2)
    start, let_in = threading.Barrier(8), []

    def enter() -> None:
        start.wait(timeout=10)
        try:
            let_in.append(sign_in_link_use(token=token, now=NOW) is not None)
        finally:
            connection.close()

    threads = [threading.Thread(target=enter) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert sorted(let_in) == [False] * 7 + [True]


def test_staff_are_made_without_a_password_and_only_once():
    alice = make_researcher("alice")
    assert staff_ensure(username="alice", is_admin=True) == alice
    assert (alice.is_staff, alice.is_superuser, alice.has_usable_password()) == (True, False, False)
    assert make_admin("root").is_superuser


def test_somebody_who_has_a_password_keeps_it():
    User.objects.create_user("bob", password="correct horse")
    assert staff_ensure(username="bob", is_admin=False).check_password("correct horse")
