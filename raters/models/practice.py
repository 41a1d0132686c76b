"""What raters practise on before their first triple, and how they did.

Its own tables on purpose: a practice text is no rationale of any source and an answer to it is no
rating, so neither can ever be counted, exported or trained on. Knows: the rules that the database
itself keeps. Does not know: who has to practise, or what passing means (services/practice.py).
"""

from typing import ClassVar

from django.db import models

from .handing import Rater
from .studies import Study


class PracticeTripleQuerySet(models.QuerySet["PracticeTriple"]):
    def of(self, study: Study) -> "PracticeTripleQuerySet":
        """A study's practice in the order in which every rater meets it."""
        return self.filter(study=study).order_by("number")


class PracticeTriple(models.Model):
    """A question with rationales, one of which is right for a reason that nobody can dispute.

    The texts stand in the slots in this order for every rater, so that `why` can name a slot.
    """

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="practice")
    number = models.PositiveIntegerField(help_text="its turn, from 0")
    question = models.TextField()
    gold_answer = models.TextField(blank=True, help_text="shown as the correct answer")
    rationales = models.JSONField(help_text="two to six texts, A1 first, as they were written")
    expected = models.PositiveSmallIntegerField(help_text="slot of the one to pick: 0 is A1")
    why = models.TextField(help_text="the planted defect, shown as feedback")
    qualifies = models.BooleanField(default=True, help_text="counts towards qualification")

    objects = PracticeTripleQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["study", "number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["study", "number"], name="practice_number_once"),
        ]

    def __str__(self) -> str:
        return f"practice {self.number} of study {self.study_id}"


class PracticeAnswer(models.Model):
    """A rater's first answer to a practice triple: only that one counts towards qualification."""

    rater = models.ForeignKey(Rater, on_delete=models.CASCADE, related_name="practice_answers")
    triple = models.ForeignKey(PracticeTriple, on_delete=models.CASCADE, related_name="answers")
    slot = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="the one they called the best; null where none alone"
    )
    is_passed = models.BooleanField()
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["rater", "triple"], name="practice_answer_once"),
        ]

    def __str__(self) -> str:
        return f"practice answer {self.pk}"
