"""The shapes of question sets, sources and batches in the API. What makes sense is for the forms
and services to say; here stands only what kind of value each name has."""

from rest_framework import serializers

from generation.api.asked import Asked
from generation.models import GenerationBatch, QuestionSet, Source


class QuestionSetShape(serializers.ModelSerializer[QuestionSet]):
    questions = serializers.IntegerField(source="questions_n")

    class Meta:
        model = QuestionSet
        fields = ("id", "name", "questions", "created_at")


class SourceShape(serializers.ModelSerializer[Source]):
    class Meta:
        model = Source
        fields = (
            "id", "name", "kind", "parent", "model", "revision", "prompt", "style", "server",
            "created_at",
        )  # fmt: skip


class WrittenShape(serializers.Serializer):
    """What one source wrote for one of your question sets."""

    question_set = serializers.IntegerField(source="pk")
    name = serializers.CharField()
    right = serializers.IntegerField(source="verdicts.right")
    wrong = serializers.IntegerField(source="verdicts.wrong")
    unparsed = serializers.IntegerField(source="verdicts.unparsed")


class SourceWithSetsShape(SourceShape):
    wrote = WrittenShape(many=True)

    class Meta(SourceShape.Meta):
        fields = (*SourceShape.Meta.fields, "wrote")  # type: ignore[assignment]


class ImportAsked(Asked):
    set_name = serializers.CharField(max_length=200, help_text="A new name makes a new set.")
    format = serializers.CharField(
        max_length=50,
        help_text="questions:jsonl, questions:gsm8k, questions:commonsenseqa, rationales:jsonl, "
        "rationales:gsm8k-solutions or rationales:cos-e.",
    )
    file = serializers.FileField(help_text="UTF-8 text, one JSON object a line.")


class ImportedSourceShape(serializers.Serializer):
    name = serializers.CharField()
    read = serializers.IntegerField()
    added = serializers.IntegerField()
    right = serializers.IntegerField()
    wrong = serializers.IntegerField()
    declared = serializers.IntegerField()
    unparsed = serializers.IntegerField()


class ImportedShape(serializers.Serializer):
    """What became of a file: of one with a bad line, nothing."""

    question_set = serializers.IntegerField()
    name = serializers.CharField()
    questions_added = serializers.IntegerField()
    sources = ImportedSourceShape(many=True)


class BatchAsked(Asked):
    source = serializers.IntegerField()  # type: ignore[assignment]
    question_set = serializers.IntegerField()
    samples = serializers.IntegerField(default=1)
    temperature = serializers.FloatField(default=0.0)
    max_new_tokens = serializers.IntegerField(default=256)
    seed = serializers.IntegerField(default=0)
    rationalize = serializers.BooleanField(default=False)
    calculator = serializers.BooleanField(default=False)
    priority = serializers.IntegerField(default=0, help_text="-1 low, 0 normal, 1 high.")


class BatchCloned(Asked):
    seed = serializers.IntegerField(
        required=False, help_text="Of the new batch; the same again would write the same."
    )


class ProgressShape(serializers.Serializer):
    chunks = serializers.IntegerField()
    chunks_done = serializers.IntegerField()
    chunks_failed = serializers.IntegerField()
    rationales = serializers.IntegerField()
    right = serializers.IntegerField()
    wrong = serializers.IntegerField()
    unparsed = serializers.IntegerField()
    percent = serializers.IntegerField()
    seconds_left = serializers.FloatField(allow_null=True)


class BatchShape(serializers.ModelSerializer[GenerationBatch]):
    class Meta:
        model = GenerationBatch
        fields = (
            "id", "source", "question_set", "state", "samples", "temperature", "seed",
            "rationalize", "calculator", "max_new_tokens", "priority", "prompt_hash",
            "model_revision", "problem", "created_at", "started_at", "finished_at",
        )  # fmt: skip


class BatchWithProgressShape(BatchShape):
    progress = ProgressShape()

    class Meta(BatchShape.Meta):
        fields = (*BatchShape.Meta.fields, "progress")  # type: ignore[assignment]
