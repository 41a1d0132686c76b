"""People who write rationales: what they are asked, who they are here, and what they wrote.

Knows: the rules that the database itself keeps (a writer meets a question once). Does not know: who
rates what they write, which is of the other app.
"""

from typing import ClassVar

from django.conf import settings
from django.contrib.auth.models import User
from django.db import models
from django.db.models import Q

from generation.models.codes import new_code
from generation.models.writing import Question, QuestionSet, Rationale, Source


class WritingQuerySet(models.QuerySet["Writing"]):
    def of(self, user: User) -> "WritingQuerySet":
        """A researcher's own; an admin sees all."""
        return self if user.is_superuser else self.filter(owner=user)


class Writing(models.Model):
    """People are asked to write for the questions of a set, and so become a source of kind human.

    Nothing in it is read by a model or a rater.
    """

    code = models.CharField(max_length=32, unique=True, default=new_code, editable=False)
    # Null lets nobody join, and is unique (DJ001).
    invitation_code = models.CharField(  # noqa: DJ001
        max_length=32, unique=True, null=True, default=None, editable=False
    )
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="writings")
    question_set = models.ForeignKey(QuestionSet, on_delete=models.CASCADE, related_name="writings")
    questions_per_writer = models.PositiveIntegerField(null=True, blank=True)
    shows_answer = models.BooleanField(default=False, help_text="writers see the gold answer")
    consent = models.TextField(blank=True, help_text="plain text; a changed one is asked anew")
    instructions = models.TextField(blank=True)
    minutes = models.PositiveIntegerField(null=True, blank=True, help_text="expected of a writer")
    created_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = WritingQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["source", "question_set"], name="writing_once"),
        ]

    def __str__(self) -> str:
        return f"{self.source} on {self.question_set}"


class Writer(models.Model):
    """A person who writes, known by a personal link that works on every device."""

    writing = models.ForeignKey(Writing, on_delete=models.CASCADE, related_name="writers")
    name = models.CharField(max_length=100, help_text="what the researcher calls them")
    code = models.CharField(max_length=32, unique=True, default=new_code, editable=False)
    agreed_at = models.DateTimeField(null=True, blank=True)
    agreed_sha256 = models.CharField(max_length=64, blank=True, help_text="of the consent text")
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    deleted = models.PositiveIntegerField(
        null=True, blank=True, help_text="texts that went with them; null: they let them stand"
    )
    created_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["writing", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["writing", "name"], name="writer_name_once"),
            models.CheckConstraint(
                condition=Q(deleted=None) | Q(withdrawn_at__isnull=False),
                name="writer_deleted_once_withdrawn",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class WrittenText(models.Model):
    """A question that a writer was given, and their text: a draft until they hand it in.

    `rationale` is what it became once the researcher took it over.
    """

    class State(models.TextChoices):
        DRAFT = "draft", "draft"
        WRITTEN = "written", "handed in"
        LEFT = "left", "left out"

    writer = models.ForeignKey(Writer, on_delete=models.CASCADE, related_name="texts")
    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="+")
    number = models.PositiveIntegerField(help_text="its turn with this writer, from 1")
    text = models.TextField(blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    verdict = models.CharField(max_length=20, choices=Rationale.Verdict, blank=True)
    rationale = models.ForeignKey(
        Rationale, null=True, blank=True, on_delete=models.SET_NULL, related_name="written"
    )
    begun_at = models.DateTimeField(null=True, blank=True, help_text="first shown")
    handed_in_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["writer", "number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["writer", "question"], name="written_question_once"),
            models.UniqueConstraint(fields=["writer", "number"], name="written_number_once"),
            models.CheckConstraint(
                condition=Q(state="written", handed_in_at__isnull=False)
                | (~Q(state="written") & Q(rationale=None)),
                name="written_taken_once_handed_in",
            ),
        ]

    def __str__(self) -> str:
        return f"text {self.number} of writer {self.writer_id}"
