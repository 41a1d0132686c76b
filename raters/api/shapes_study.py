"""The shapes of studies, triples, raters, results and exports in the API.

Names and kinds of values, and which files there are: what else makes sense is for the form and the
services to say.
"""

from typing import Any

from rest_framework import serializers

from generation.api.asked import Asked
from raters.exports import EXPORTS, TYPES, ExportRefused, Wishes
from raters.models import Study
from raters.protocols import PRESETS


class StudyShape(serializers.ModelSerializer[Study]):
    class Meta:
        model = Study
        fields = ("code", "name", "state", "protocol", "question_set", "raters_per_triple",
                  "created_at", "opened_at", "closed_at")  # fmt: skip


class FillShape(serializers.Serializer):
    """Counts of places; nothing about sources."""

    places = serializers.IntegerField()
    filled = serializers.IntegerField()
    held = serializers.IntegerField()
    open = serializers.IntegerField()
    raters = serializers.IntegerField()


class StudyWithFillShape(StudyShape):
    """`sources` are named in the order of their places in the design, which no rater learns."""

    sources = serializers.ListField(child=serializers.CharField())
    triples = serializers.IntegerField(source="triple_count")
    fill = FillShape()

    class Meta(StudyShape.Meta):
        fields = (*StudyShape.Meta.fields, "sources", "triples", "seed", "fill")  # type: ignore[assignment]


class ReasonShape(Asked):
    key = serializers.CharField(max_length=1)
    name = serializers.CharField(max_length=60)


class CriterionShape(Asked):
    name = serializers.CharField(max_length=60)
    points = serializers.IntegerField()


class StudyAsked(Asked):
    """What is left out is as the preset has it, or as the page for a new study proposes it."""

    name = serializers.CharField(max_length=200)
    question_set = serializers.IntegerField()
    sources = serializers.ListField(child=serializers.IntegerField(), min_length=2, max_length=6)
    preset = serializers.ChoiceField(choices=[(name, name) for name in PRESETS], required=False)
    questions = serializers.IntegerField(required=False, allow_null=True)
    raters_per_triple = serializers.IntegerField(required=False)
    triples_per_rater = serializers.IntegerField(required=False, allow_null=True)
    most_per_rater = serializers.IntegerField(required=False, allow_null=True)
    seed = serializers.IntegerField(required=False, allow_null=True)
    protocol = serializers.ChoiceField(choices=Study.Protocol.choices, required=False)
    allows_none_good = serializers.BooleanField(required=False)
    allows_too_close = serializers.BooleanField(required=False)
    allows_ties = serializers.BooleanField(required=False)
    shows_gold_answer = serializers.BooleanField(required=False)
    reasons = ReasonShape(many=True, required=False)
    asks_step_marks = serializers.BooleanField(required=False)
    criteria = CriterionShape(many=True, required=False)
    asks_comment = serializers.BooleanField(required=False)
    instructions = serializers.CharField(required=False, allow_blank=True)
    repeat_percent = serializers.IntegerField(required=False)
    check_percent = serializers.IntegerField(required=False)
    lease_minutes = serializers.IntegerField(required=False)
    bundle_hours = serializers.IntegerField(required=False)
    counts_partial = serializers.BooleanField(required=False)


class MemberShape(serializers.Serializer):
    source = serializers.CharField()  # type: ignore[assignment]
    text = serializers.CharField()
    shown_text = serializers.CharField()
    picked = serializers.IntegerField()


class TripleLineShape(serializers.Serializer):
    """While the study runs: counts alone. Once it is closed: the texts and who wrote them."""

    number = serializers.IntegerField()
    kind = serializers.CharField()
    places = serializers.IntegerField()
    filled = serializers.IntegerField()
    question = serializers.CharField(allow_null=True)
    answer = serializers.CharField(allow_null=True)
    rationales = MemberShape(many=True, allow_null=True)


class RatersAsked(Asked):
    count = serializers.IntegerField(default=1)
    simulated = serializers.BooleanField(
        default=False, help_text="A program; its ratings are marked wherever they are read."
    )


class RaterShape(serializers.Serializer):
    """`code` is what the rater shows to rate, here or in the link /r/<code>/."""

    name = serializers.CharField()
    code = serializers.CharField()
    is_simulated = serializers.BooleanField()
    rated = serializers.IntegerField(source="rated_count")
    returned_at = serializers.DateTimeField(allow_null=True)


class RatersAddedShape(serializers.Serializer):
    raters = RaterShape(many=True)


class ResultsShape(serializers.Serializer):
    """`figures` is what the results page prints, once a worker has computed it."""

    state = serializers.ChoiceField(choices=["queued", "made", "failed"])
    problem = serializers.CharField(allow_blank=True)
    figures = serializers.DictField(allow_null=True)


class ExportAsked(Asked):
    name = serializers.ChoiceField(choices=list(EXPORTS))
    form = serializers.ChoiceField(choices=list(TYPES), default="jsonl")
    wishes = serializers.DictField(required=False, default=dict, help_text="Such as per_rater.")

    def validate(self, asked: dict[str, Any]) -> dict[str, Any]:
        """What a study's state does not decide: whether there is such a file at all."""
        export, form = EXPORTS[asked["name"]], asked["form"]
        try:
            problem = export.why_not(form, Wishes.read(asked["wishes"]))
        except ExportRefused as refused:
            problem = str(refused)
        if problem:
            field = "wishes" if form in export.forms else "form"
            raise serializers.ValidationError({field: problem})
        return asked


class ExportShape(serializers.Serializer):
    code = serializers.CharField()
    name = serializers.CharField()
    form = serializers.CharField()
    wishes = serializers.DictField()
    state = serializers.CharField()
    is_snapshot = serializers.BooleanField()
    share_done = serializers.FloatField()
    rows = serializers.IntegerField(source="rows_done")
    size = serializers.IntegerField(allow_null=True)
    sha256 = serializers.CharField(allow_blank=True)
    problem = serializers.CharField(allow_blank=True)
    asked_at = serializers.DateTimeField()
    built_at = serializers.DateTimeField(allow_null=True)
    expires_at = serializers.DateTimeField(allow_null=True)
