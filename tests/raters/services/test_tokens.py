"""Tokens: shown once, kept as a digest, ended by time, by a person, or with their researcher."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command

from raters.models import ApiToken
from raters.services.tokens import SCOPES, TokenRefused, token_create, token_read, token_revoke
from tests.factories import NOW, make_researcher

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=2)


def make(**changes):
    asked = {"user": make_researcher(), "name": "n", "scopes": ["read"], "days": 1, "now": NOW}
    return token_create(**{**asked, **changes})


def test_a_token_is_read_by_its_text_of_which_only_a_digest_is_kept():
    token, text = make()
    assert token_read(text=text, now=NOW) == token
    kept = "".join(str(value) for value in ApiToken.objects.values_list().get())
    assert text not in kept
    assert text.removeprefix("triptych_") not in kept
    assert len(text) >= 50
    assert token_read(text=text[:-1], now=NOW) is None
    assert token_read(text=token.digest, now=NOW) is None


def test_a_token_ends_when_its_time_is_over_and_never_without_one():
    _, text = make()
    _, for_ever = make(days=None)
    assert token_read(text=text, now=NOW + timedelta(hours=23))
    assert token_read(text=text, now=NOW + timedelta(days=1)) is None
    assert token_read(text=for_ever, now=NOW + timedelta(days=9999))


def test_a_token_ends_when_it_is_revoked():
    token, text = make()
    token_revoke(token=token, now=NOW)
    assert token_read(text=text, now=NOW) is None
    token_revoke(token=token, now=LATER)
    assert ApiToken.objects.get().revoked_at == NOW


@pytest.mark.parametrize("lost", ["is_active", "is_staff"])
def test_a_token_ends_with_its_researcher(lost):
    token, text = make()
    setattr(token.user, lost, False)
    token.user.save()
    assert token_read(text=text, now=NOW) is None


def test_the_last_use_is_kept_to_the_minute():
    _, text = make()
    for seconds, kept in ((0, 0), (59, 0), (61, 61)):
        token_read(text=text, now=NOW + timedelta(seconds=seconds))
        assert ApiToken.objects.get().last_used_at == NOW + timedelta(seconds=kept)


@pytest.mark.parametrize(
    "wrong",
    [{"name": " "}, {"name": "a" * 101}, {"scopes": []}, {"scopes": ["all"]}, {"days": 0},
     {"days": 9999}],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_with_a_sentence(wrong):
    with pytest.raises(TokenRefused, match=r"[.;]"):
        make(**wrong)
    assert not ApiToken.objects.exists()


def test_the_command_prints_a_token_that_works(capsys):
    make_researcher("alice")
    call_command("create_token", "alice", "--name", "mine", "--scopes", "read", "rate")
    found = token_read(text=capsys.readouterr().out.strip(), now=NOW)
    assert (found.name, found.scopes) == ("mine", ["read", "rate"])
    assert set(found.scopes) < set(SCOPES)


@pytest.mark.parametrize(
    "words", [("nobody", "--name", "n"), ("alice", "--name", "n", "--days", "-1")]
)
def test_the_command_says_what_is_wrong(words):
    make_researcher("alice")
    with pytest.raises(CommandError):
        call_command("create_token", *words)
