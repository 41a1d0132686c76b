"""A rater who walks through all pages, answers, mistakes and ends, and searches each of them.

Knows: every address of the room and what it may answer. What is searched for, sentinels.py knows.
"""

import re
from uuid import uuid4

from django.test import Client
from django.urls import reverse

from generation.models import Source
from raters.blinding import token_read, token_sign
from raters.models import Assignment, Place, Study, StudyPath
from raters.services.consent import consent_text_save
from raters.services.crowd import crowd_switch
from raters.services.practice import practice_import
from raters.services.study_states import raters_add, study_pause, study_resume
from tests.factories import NOW, as_lines
from tests.flows.sentinels import leaks
from tests.raters.views.room import fields, whole

FRAGMENT = {"HTTP_X_FRAGMENT": "1"}


class Walk:
    """A rater's browser that searches whatever it is given and remembers where it has been."""

    def __init__(self) -> None:
        self.client = Client(raise_request_exception=False)
        self.visited: set[str] = set()

    def go(self, path: str, expected: int, data: dict | None = None, **more):
        method = more.pop("method", "get" if data is None else "post")
        response = getattr(self.client, method)(path, data, **more)
        assert response.status_code == expected, (path, data, response.status_code)
        assert leaks(response) == [], (path, data)
        assert b"####" not in response.content
        assert b"&lt;&lt;" not in response.content
        match = response.wsgi_request.resolver_match
        self.visited.update({match.view_name} if match else ())
        return response

    def answer(self, room: str, expected: int, **changes):
        """Answer the triple that the page shows in full, or say something else instead."""
        given = {**whole(self.client.get(f"{room}?begin")), **changes}
        fragment = FRAGMENT if given.pop("fragment", True) else {}
        return given, self.go(f"{room}submit/", expected, given, **fragment)


def come_in(walk: Walk, studies: dict[str, Study]) -> str:
    """Links and invitations of all kinds; the address of the room that is open at last."""
    code = studies["open"].code
    room = reverse("rate", args=[code])
    walk.go(room, 403)
    for name in ("submit", "skip", "flag", "beat", "leave", "return"):
        walk.go(f"{room}{name}/", 403, {"answer": "1"})
    walk.go("/r/unknown/", 404)
    walk.go("/s/unknown/", 404)
    walk.go("/rate/unknown/join/", 404, {})
    walk.go(f"/s/{code}/", 404)
    walk.go(f"{room}join/", 404, {"invitation": code})
    for state, expected in (("open", 200), ("closed", 410), ("draft", 403)):
        walk.go(f"/s/{studies[state].invitation_code}/", expected)
    for state, expected in (("closed", 410), ("draft", 403)):
        rater = studies[state].raters.first()
        invitation = {"invitation": studies[state].invitation_code}
        walk.go(f"/rate/{studies[state].code}/join/", expected, invitation)
        walk.go(f"/r/{rater.code}/", 302)
        for path, data in (("", None), ("submit/", {"answer": "1"}), ("skip/", {}), ("flag/", {})):
            walk.go(f"/rate/{rater.study.code}/{path}", expected, data)
    for _ in range(2):
        walk.go(f"{room}join/", 303, {"invitation": studies["open"].invitation_code})
    walk.go(f"/r/{studies['open'].raters.first().code}/", 302)
    return room


def rate_everything(walk: Walk, room: str) -> None:
    """Every answer, every mistake, undo, skip, flag, lateness, and the thanks at the end."""
    walk.go(room, 200)
    walk.go(f"{room}?again", 200)
    walk.go(f"{room}?mine", 200)
    page = walk.go(f"{room}?begin", 200)
    assert b'<template id="ahead">' in page.content
    walk.go(f"{room}?begin", 200, **FRAGMENT)
    walk.go(f"{room}?begin", 200, method="head")
    for name in ("submit", "skip", "flag", "beat", "leave", "return", "join"):
        walk.go(f"{room}{name}/", 405)
    walk.go(room, 405, method="options")
    for changes, expected in (
        ({"answer": "7"}, 422),
        ({"answer": "6", "fragment": False}, 422),
        ({"comment": "x" * 2001}, 422),
        ({"token": "7"}, 400),
        ({"token": token_sign(uuid4())}, 404),
        ({"fragment": False}, 303),
        ({"answer": "none"}, 200),
    ):
        walk.answer(room, expected, **changes)
    given, page = walk.answer(room, 200, answer="tie", showing=ahead_of(walk, room))
    assert b'id="saved"' in page.content
    look_back(walk, room, given)
    put_aside(walk, room, given)
    hold_and_leave(walk, room)
    walk.go(f"{room}?late", 200)
    be_late(walk, room)
    skip_to_the_end(walk, room)
    while b'name="token"' in walk.go(f"{room}?begin", 200).content:
        walk.answer(room, 200)
    walk.go(f"{room}?begin", 200, **FRAGMENT)
    walk.go(f"{room}?again", 200)


def ahead_of(walk: Walk, room: str) -> str:
    """The token of what comes after what is in hand."""
    page = walk.go(f"{room}?begin", 200).content.decode()
    return re.findall(r'data-token="([^"]+)"', page)[1]


def look_back(walk: Walk, room: str, given: dict) -> None:
    """The same again, something else instead, undo, the list of the last, and one of these."""
    given = {**given, "showing": ""}
    walk.go(f"{room}submit/", 200, given, **FRAGMENT)
    walk.go(f"{room}submit/", 409, given | {"key": str(uuid4())}, **FRAGMENT)
    walk.go(f"{room}submit/", 409, given | {"key": str(uuid4())})
    walk.go(f"{room}submit/", 200, given | {"key": str(uuid4()), "revise": "1"}, **FRAGMENT)
    walk.go(f"{room}?again", 200)
    walk.go(f"{room}?again", 200, **FRAGMENT)
    listed = walk.go(f"{room}?mine", 200).content.decode()
    edit = re.search(r"\?edit=([^\"]+)", listed)[1]
    assert b'name="revise"' in walk.go(f"{room}?edit={edit}", 200).content
    walk.go(f"{room}?edit={edit}", 200, **FRAGMENT)
    walk.go(f"{room}?edit=7", 200)
    walk.go(f"{room}?instructions", 200)


def put_aside(walk: Walk, room: str, given: dict) -> None:
    token = {"token": given["token"]}
    walk.go(f"{room}skip/", 400, {"token": "7"})
    walk.go(f"{room}skip/", 303, token)
    walk.go(f"{room}skip/", 200, token, **FRAGMENT)
    in_hand = fields(walk.go(f"{room}?begin", 200))
    walk.go(f"{room}flag/", 422, in_hand | {"reason": "none"})
    walk.go(f"{room}flag/", 200, in_hand | {"reason": "other", "comment": "why"}, **FRAGMENT)
    walk.go(f"{room}flag/", 303, in_hand | {"reason": "other"})


def hold_and_leave(walk: Walk, room: str) -> None:
    """Heartbeats, and a page that is left; one who holds a token, but whom nobody knows."""
    held = {"token": fields(walk.go(f"{room}?begin", 200))["token"]}
    walk.go(f"{room}beat/", 204, held)
    walk.go(f"{room}leave/", 204, held | {"ahead": ahead_of(walk, room)})
    walk.go(f"{room}?begin", 200)
    walk.go(f"{room}beat/", 400, {})
    stranger = Walk()
    form = whole(walk.client.get(f"{room}?begin"))
    for path, expected in (("beat", 204), ("leave", 204), ("submit", 200), ("skip", 200)):
        stranger.go(f"{room}{path}/", expected, form, **FRAGMENT)
    stranger.go(f"{room}submit/", 409, form | {"key": str(uuid4())}, **FRAGMENT)
    walk.go(f"{room}beat/", 410, held)


def be_late(walk: Walk, room: str) -> None:
    """The lease ran out and the place was filled while the page was open."""
    form = whole(walk.client.get(f"{room}?begin"))
    held = Assignment.objects.get(token=token_read(form["token"]))
    while held.kind != Assignment.Kind.STUDY:
        walk.answer(room, 200)
        form = whole(walk.client.get(f"{room}?begin"))
        held = Assignment.objects.get(token=token_read(form["token"]))
    Assignment.objects.filter(pk=held.pk).update(state="lapsed", place=None, lease_until=None)
    Place.objects.filter(triple=held.triple).update(state="filled")
    late = walk.go(f"{room}submit/", 200, form, **FRAGMENT)
    assert b"marked as late" in late.content


def skip_to_the_end(walk: Walk, room: str) -> None:
    """Skip all that is left, twice; look again at what was skipped."""
    page = walk.go(f"{room}?begin", 200)
    while form := fields(page):
        page = walk.go(f"{room}skip/", 200, form, **FRAGMENT)
    assert b"that you skipped" in page.content
    assert b"that you skipped" in walk.go(f"{room}?begin", 200).content
    assert b'name="token"' in walk.go(f"{room}?begin&skipped", 200).content


def pause(walk: Walk, study: Study) -> None:
    """What a rater, one who is invited and one with empty hands see of a study that rests."""
    room = reverse("rate", args=[study.code])
    walk.go(f"/r/{study.raters.all()[1].code}/", 302)
    page = walk.go(f"{room}?begin", 200)
    study_pause(study=study, user=study.owner, now=NOW)
    walk.go(room, 200)
    while form := fields(page):
        page = walk.go(f"{room}submit/", 200, whole(page) | form, **FRAGMENT)
    assert b"Look again" in page.content
    walk.go(f"{room}?begin", 200)
    walk.go(f"/s/{study.invitation_code}/", 200)
    Walk().go(f"{room}join/", 200, {"invitation": study.invitation_code})
    study_resume(study=study, user=study.owner, now=NOW)


def leave_for_good(walk: Walk, room: str) -> None:
    walk.go(f"{room}?return", 200)
    form = whole(walk.client.get(f"{room}?begin"))
    walk.go(f"{room}return/", 303, {})
    for path in ("", "?begin", "?mine", "?again", "?instructions"):
        assert b"have left this study" in walk.go(room + path, 200).content
    walk.go(f"{room}submit/", 200, form, **FRAGMENT)
    walk.go(f"{room}skip/", 200, form, **FRAGMENT)


def agree(walk: Walk, study: Study, room: str) -> None:
    """A consent text: refused, read again, agreed to; by a rater and by one who is invited."""
    consent_text_save(study=study, text="# We ask\n\nDo you **agree**?", language="en", now=NOW)
    assert b"<strong>agree</strong>" in walk.go(f"{room}?begin", 200).content
    walk.go(f"{room}submit/", 200, {"token": "7"})
    walk.go(f"{room}consent/", 303, {"answer": "agree", "version": "7"})
    walk.go(f"{room}consent/", 303, {"answer": "agree", "version": "1"})
    other = Walk()
    other.go(f"/r/{study.raters.all()[1].code}/", 302)
    other.go(f"{room}consent/", 303, {"answer": "refuse"})
    assert b"Read it again" in other.go(room, 200).content
    other.go(f"{room}?consent", 200)
    other.go(f"{room}consent/", 303, {"answer": "agree", "version": "1"})
    other.go(room, 200)
    invited = Walk()
    invited.go(f"/s/{study.invitation_code}/", 200)
    invited.go(f"{room}join/", 200, {"invitation": study.invitation_code})
    invited.go(f"{room}consent/", 403, {"answer": "agree"})
    invited.go(f"{room}consent/", 200, {"answer": "refuse"})
    joined = {"invitation": study.invitation_code, "version": "1"}
    invited.go(f"{room}join/", 303, joined)
    invited.go(f"{room}?begin", 200)


def come_to_an_end(walk: Walk, study: Study, room: str) -> None:
    """The guess of who wrote what, the debrief, and a reveal that is not due yet."""
    for source, kind in zip(
        Source.objects.order_by("pk"), ("few-shot", "star", "human"), strict=True
    ):
        Source.objects.filter(pk=source.pk).update(kind=kind)
    ending = {"asks_guesses": True, "debrief": "# We asked\n\nThat is **why**.", "reveals": True}
    StudyPath.objects.update_or_create(study=study, defaults=ending)
    page = walk.go(f"{room}closing/", 200).content.decode()
    links = re.findall(r'name="triple" value="([^"]+)"', page)
    guesses = {f"guess {link}": ["human", "", "star"] for link in links}
    walk.go(f"{room}closing/", 303, {"triple": links, **guesses})
    assert b"That is <strong>why</strong>" in walk.go(f"{room}closing/", 200).content
    assert b"not closed yet" in walk.go(f"{room}reveal/", 403).content
    StudyPath.objects.filter(study=study).update(reveals=False)
    walk.go(f"{room}reveal/", 404)


def withdraw(walk: Walk, room: str) -> None:
    walk.go(f"{room}withdraw/", 200)
    walk.go(f"{room}withdraw/", 422, {"answers": "7"})
    for answers in ("keep", "delete"):
        walk.go(f"{room}withdraw/", 303, {"answers": answers})
        walk.go(f"{room}withdraw/", 200)
        walk.go(room, 200)


PRACTICE = {
    "rationales": ["Three times.", "Twice.", "Once."],
    "expected": "A1",
    "why": "A2 is twice, A3 once.",
}


def practise(visitor: Walk, study: Study) -> None:
    """Practice that a new rater does, with a mistake; and one who is screened out by it."""
    lines = as_lines({"question": f"3 * {n}?", **PRACTICE} for n in range(2))
    practice_import(study=study, user=study.owner, now=NOW, lines=lines)
    StudyPath.objects.filter(study=study).update(qualification_percent=60)
    room = reverse("rate", args=[study.code])
    for best, then in (("1", b'name="token"'), ("2", b"Thank you for practising")):
        walk = Walk()
        walk.visited = visitor.visited
        walk.go(f"/r/{raters_add(study=study, count=1, now=NOW)[0].code}/", 302)
        walk.go(room, 200)
        walk.go(f"{room}consent/", 303, {"answer": "agree", "version": "1"})
        assert b"to practise on" in walk.go(room, 200).content
        walk.go(f"{room}?begin", 303)
        walk.go(f"{room}?begin", 200, **FRAGMENT)
        walk.go(f"{room}submit/", 200, {"token": "7"}, **FRAGMENT)
        for _ in range(2):
            form = whole(walk.go(f"{room}practice/", 200))
            walk.go(f"{room}practice/", 422, {**form, "answer": "7"})
            said = {"pick": best, "best": best, "worst": "1" if best == "2" else "3"}
            said |= {"rank_1": best, "rank_2": "1" if best == "2" else "2"}
            said["answer"] = best if form["answer"] == "2" else form["answer"]
            walk.go(f"{room}practice/", 303, {**form, **said})
            walk.go(f"{room}practice/?feedback", 200)
        walk.go(f"{room}practice/", 302)
        assert then in walk.go(f"{room}?begin", 200).content


def come_from_a_platform(walk: Walk, study: Study) -> None:
    """Unknown links, no id, no possible id, a study that is full, and a person known again."""
    crowd_switch(study=study, user=study.owner, on=True, now=NOW)
    code = StudyPath.objects.get(study=study).crowd_code
    walk.go("/c/unknown/", 404)
    walk.go("/c/unknown/full/", 404)
    walk.go("/c/unknown/?PROLIFIC_PID=5f", 302)
    walk.go(f"/c/{code}/", 400)
    walk.go(f"/c/{code}/full/", 200)
    for query in ("STUDY_ID=7", "PROLIFIC_PID=a%20b", "PROLIFIC_PID=5f0c", "PROLIFIC_PID=5f0c"):
        walk.go(f"/c/{code}/?{query}", 302)
