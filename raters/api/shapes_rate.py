"""What a rater's program is handed and sends: blind values, by slots A1, A2 ..., as on the screen.

Slots, steps and ranks count from 1, as the rating room shows them.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from rest_framework import serializers

from generation.api.asked import Asked
from raters.blinding import BlindTriple
from raters.judgement import ANSWERS, LONGEST_COMMENT, MOST_SLOTS, Judgement
from raters.models import Assignment, Flag

STATES = ("rate", "paused", "done", "full", "closed", "not-open", "left", "consent", "practice")
MOST_STEPS = 999


class ChoiceShape(serializers.Serializer):
    label = serializers.CharField()  # type: ignore[assignment]
    text = serializers.CharField()


class ReasonAskedShape(serializers.Serializer):
    key = serializers.CharField()
    name = serializers.CharField()


class CriterionAskedShape(serializers.Serializer):
    name = serializers.CharField()
    points = serializers.IntegerField()


class AskedShape(serializers.Serializer):
    protocol = serializers.CharField()
    slots = serializers.IntegerField()
    allows_none = serializers.BooleanField()
    allows_tie = serializers.BooleanField()
    allows_equal = serializers.BooleanField()
    reasons = ReasonAskedShape(many=True)
    asks_marks = serializers.BooleanField()
    criteria = CriterionAskedShape(many=True)
    asks_comment = serializers.BooleanField()


class TripleShape(serializers.Serializer):
    """`texts` has the steps of the rationale in each slot; `gold` is empty where it is hidden."""

    token = serializers.CharField()
    question = serializers.CharField()
    choices = ChoiceShape(many=True)
    gold = serializers.CharField(allow_blank=True)
    texts = serializers.ListField(child=serializers.ListField(child=serializers.CharField()))
    asked = AskedShape()
    lease_seconds = serializers.IntegerField()


class RaterProgressShape(serializers.Serializer):
    done = serializers.IntegerField()
    total = serializers.IntegerField(allow_null=True)


class HandShape(serializers.Serializer):
    """What a rater has to do now; `ahead` is the triple that comes next."""

    state = serializers.ChoiceField(choices=STATES)
    triple = TripleShape(allow_null=True)
    ahead = TripleShape(allow_null=True)
    progress = RaterProgressShape()


class NextAsked(Asked):
    skipped = serializers.BooleanField(
        default=False, help_text="Once all else is done: what was skipped before, again."
    )


class ReasonGiven(Asked):
    slot = serializers.IntegerField(min_value=1, max_value=MOST_SLOTS)
    key = serializers.CharField(max_length=1)


class JudgementAsked(Asked):
    outcome = serializers.ChoiceField(choices=sorted(set(ANSWERS.values())))
    slot = serializers.IntegerField(
        min_value=1, max_value=MOST_SLOTS, required=False, allow_null=True, help_text="Of a pick."
    )
    ranks = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=MOST_SLOTS),
        max_length=MOST_SLOTS,
        required=False,
        help_text="One a slot, 1 the best. Best and worst: 1 the best, 3 the worst, 2 the others.",
    )
    reasons = ReasonGiven(many=True, required=False)
    marks = serializers.ListField(
        child=serializers.ListField(
            child=serializers.IntegerField(min_value=-1, max_value=1, allow_null=True),
            max_length=MOST_STEPS,
        ),
        max_length=MOST_SLOTS,
        required=False,
        help_text="A list a slot: empty without an error, else a mark a step up to the first -1.",
    )
    scores = serializers.ListField(
        child=serializers.ListField(
            child=serializers.IntegerField(min_value=1, max_value=99), max_length=99
        ),
        max_length=MOST_SLOTS,
        required=False,
        help_text="A list a slot: 1 to its points for each criterion.",
    )
    comment = serializers.CharField(
        required=False, allow_blank=True, max_length=LONGEST_COMMENT, default=""
    )


class TokenAsked(Asked):
    token = serializers.CharField(max_length=200, help_text="Of the triple, as it was handed out.")


class SubmitAsked(TokenAsked):
    key = serializers.UUIDField(help_text="Yours, once for each answer: the same again is safe.")
    judgement = JudgementAsked()
    elapsed_ms = serializers.IntegerField(required=False, allow_null=True)
    visible_ms = serializers.IntegerField(required=False, allow_null=True)
    blurred_ms = serializers.IntegerField(required=False, allow_null=True)
    revise = serializers.BooleanField(default=False)


class FlagAsked(TokenAsked):
    reason = serializers.ChoiceField(choices=Flag.Reason.choices)
    comment = serializers.CharField(
        required=False, allow_blank=True, max_length=LONGEST_COMMENT, default=""
    )


class SubmittedShape(serializers.Serializer):
    """`is_repeat`: this answer was stored before, under the same key."""

    is_late = serializers.BooleanField()
    is_repeat = serializers.BooleanField()


def triple_plain(triple: BlindTriple, assignment: Assignment, now: datetime) -> dict[str, Any]:
    """A blind triple with its lease, under the names of `TripleShape`."""
    asked = triple.asked
    left = (assignment.lease_until - now).total_seconds() if assignment.lease_until else 0
    return {
        "token": triple.token,
        "question": triple.question,
        "choices": [{"label": label, "text": text} for label, text in _pairs(triple)],
        "gold": triple.gold,
        "texts": [list(steps) for steps in triple.texts],
        "asked": {
            "protocol": asked.protocol,
            "slots": asked.slots,
            "allows_none": asked.allows_none,
            "allows_tie": asked.allows_tie,
            "allows_equal": asked.allows_equal,
            "reasons": [{"key": key, "name": name} for key, name in asked.reasons],
            "asks_marks": asked.asks_marks,
            "criteria": [{"name": name, "points": points} for name, points in asked.criteria],
            "asks_comment": asked.asks_comment,
        },
        "lease_seconds": max(0, int(left)),
    }


def _pairs(triple: BlindTriple) -> list[tuple[str, str]]:
    return [(choice[0], choice[1]) for choice in triple.choices]


def judgement_read(given: Mapping[str, Any]) -> Judgement:
    """What was sent, as the rating room's form would have said it; whether it is whole is asked
    where it is stored."""
    slot = given.get("slot")
    return Judgement(
        outcome=given["outcome"],
        slot=None if slot is None else slot - 1,
        ranks="".join(map(str, given.get("ranks", ()))),
        reasons=tuple((each["slot"] - 1, each["key"]) for each in given.get("reasons", ())),
        marks=tuple(map(tuple, given.get("marks", ()))),
        scores=tuple(map(tuple, given.get("scores", ()))),
        comment=given["comment"],
    )
