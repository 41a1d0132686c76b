"""The rating room for programs: next, submit, skip, flag; a rater shows the code of their link.

The same services as the room, and the same blind values (raters.blinding): no row reaches this
module's answers. A triple is named by its signed token, and only to the rater who was handed it.
"""

from datetime import datetime
from typing import Any, ClassVar

from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from raters.api import shapes_rate as shapes
from raters.blinding import blind_all, blind_progress, token_read
from raters.models import Rater, Study
from raters.services.assigning import (
    assignment_flag,
    assignment_skip,
    assignments_hand,
    rater_progress,
)
from raters.services.bundles import bundle_reserve
from raters.services.consent import consent_due
from raters.services.people import rater_place_regain
from raters.services.rating import rating_submit

State = Study.State


class RaterView(APIView):
    scopes: ClassVar = {"POST": "rater"}

    def asked(self, request: Request, kind: type[Serializer[Any]]) -> dict[str, Any]:
        said = kind(data=request.data)
        said.is_valid(raise_exception=True)
        given: dict[str, Any] = said.validated_data
        return given


class Next(RaterView):
    @extend_schema(request=shapes.NextAsked, responses=shapes.HandShape)
    def post(self, request: Request) -> Response:
        """What this rater has to do now: the triple in hand, or a new one, under a lease."""
        skipped = self.asked(request, shapes.NextAsked)["skipped"]
        return Response(_hand(_rater(request), timezone.now(), skipped))


class Submit(RaterView):
    @extend_schema(request=shapes.SubmitAsked, responses=shapes.SubmittedShape)
    def post(self, request: Request) -> Response:
        """Answer a triple. With the same key again nothing more is stored, and the same said."""
        given = self.asked(request, shapes.SubmitAsked)
        submitted = rating_submit(
            token=_own_token(_rater(request), given["token"]),
            key=str(given["key"]),
            judgement=shapes.judgement_read(given["judgement"]),
            now=timezone.now(),
            elapsed_ms=given.get("elapsed_ms"),
            visible_ms=given.get("visible_ms"),
            blurred_ms=given.get("blurred_ms"),
            revise=given["revise"],
        )
        return Response({"is_late": submitted.was_late, "is_repeat": submitted.is_repeat})


class Skip(RaterView):
    @extend_schema(request=shapes.TokenAsked, responses=shapes.HandShape)
    def post(self, request: Request) -> Response:
        """Put a triple aside: others get it first."""
        rater, now = _rater(request), timezone.now()
        token = _own_token(rater, self.asked(request, shapes.TokenAsked)["token"])
        assignment_skip(rater=rater, token=token, now=now)
        return Response(_hand(rater, now))


class FlagIt(RaterView):
    @extend_schema(request=shapes.FlagAsked, responses=shapes.HandShape)
    def post(self, request: Request) -> Response:
        """Call a question broken; it is put aside."""
        rater, now, given = (
            _rater(request),
            timezone.now(),
            self.asked(request, shapes.FlagAsked),
        )
        token = _own_token(rater, given["token"])
        assignment_flag(
            rater=rater, token=token, reason=given["reason"], comment=given["comment"], now=now
        )
        return Response(_hand(rater, now))


def _rater(request: Request) -> Rater:
    found: Rater = request.auth.rater  # type: ignore[union-attr]
    return found


def _own_token(rater: Rater, signed: str) -> str:
    token = token_read(signed)
    if token is None or not rater.assignments.filter(token=token).exists():
        raise Http404
    return token


def _hand(rater: Rater, now: datetime, skipped: bool = False) -> dict[str, Any]:
    state, hand = _standing(rater, now), []
    if state in ("rate", "paused"):
        hand = assignments_hand(rater=rater, now=now, skipped=skipped)
        if hand:
            state = "rate"
        elif state == "rate":
            state = "done"
    shown = [
        shapes.triple_plain(triple, assignment, now)
        for triple, assignment in zip(blind_all(hand), hand, strict=True)
    ]
    progress = blind_progress(rater, total=rater_progress(rater=rater).total)
    return {
        "state": state,
        "triple": shown[0] if shown else None,
        "ahead": shown[1] if len(shown) > 1 else None,
        "progress": {"done": progress.done, "total": progress.total},
    }


def _standing(rater: Rater, now: datetime) -> str:
    """Whether this rater may rate at all, before anything is handed out."""
    study = rater.study
    if study.state in (State.DRAFT, State.CLOSED):
        return "closed" if study.state == State.CLOSED else "not-open"
    if rater.returned_at:
        return "left"
    if consent_due(rater=rater):
        return "consent"
    if rater.owes_practice:
        return "practice"
    if study.state == State.PAUSED:
        return "paused"
    if not rater_place_regain(rater=rater, now=now):
        return "full"
    if study.triples_per_rater and not bundle_reserve(rater=rater, now=now):
        return "full"
    return "rate"
