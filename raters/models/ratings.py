"""What was said: ratings, of which one is current, and flags on questions.

Knows: which columns belong to which outcome. Does not know: what makes a judgement whole under a
protocol (judgement.py), or what it means (preferences.py, statistics).
"""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from .handing import Assignment
from .studies import TripleRationale


class Rating(models.Model):
    """A submitted judgement. A revision replaces it without deleting it: one is current."""

    class Outcome(models.TextChoices):
        PICK = "pick", "picked the best"
        RANKING = "ranking", "ranked them all"
        BEST_WORST = "best-worst", "picked the best and the worst"
        NONE = "none", "none good"
        TIE = "tie", "too close to call"

    assignment = models.ForeignKey(Assignment, on_delete=models.CASCADE, related_name="ratings")
    key = models.UUIDField(help_text="the browser's own: the same key twice answers the same")
    outcome = models.CharField(max_length=10, choices=Outcome)
    slot = models.PositiveSmallIntegerField(null=True, blank=True, help_text="0 is A1")
    picked = models.ForeignKey(TripleRationale, null=True, blank=True, on_delete=models.PROTECT)
    ranks = models.CharField(
        max_length=6, blank=True, help_text="a digit a slot, 1 the best; of best-worst 1, 2 and 3"
    )
    reasons = models.JSONField(default=list, blank=True, help_text="[[slot, key]]")
    step_marks = models.JSONField(
        default=list, blank=True, help_text="a list a slot: -1, 0, 1 or null a step, [] no errors"
    )
    scores = models.JSONField(default=list, blank=True, help_text="a list a slot: one a criterion")
    comment = models.TextField(blank=True)
    is_current = models.BooleanField(default=True)
    is_late = models.BooleanField(default=False)
    elapsed_ms = models.PositiveIntegerField(
        null=True, blank=True, help_text="from first paint to the answer"
    )
    visible_ms = models.PositiveIntegerField(null=True, blank=True)
    blurred_ms = models.PositiveIntegerField(null=True, blank=True)
    viewport = models.CharField(max_length=11, blank=True, help_text="width x height in CSS pixels")
    submitted_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["assignment", "key"], name="rating_once_per_key"),
            models.UniqueConstraint(
                fields=["assignment"], condition=Q(is_current=True), name="rating_one_current"
            ),
            models.CheckConstraint(
                condition=Q(outcome="pick", slot__isnull=False, picked__isnull=False)
                | (~Q(outcome="pick") & Q(slot=None, picked=None)),
                name="rating_pick_has_its_slot",
            ),
            models.CheckConstraint(
                condition=(Q(outcome__in=["ranking", "best-worst"]) & ~Q(ranks=""))
                | (~Q(outcome__in=["ranking", "best-worst"]) & Q(ranks="")),
                name="rating_ranks_with_its_outcome",
            ),
        ]

    def __str__(self) -> str:
        return f"rating {self.pk}"


class Guess(models.Model):
    """Of which kind of writer a rater thought the text in this slot to be; asked at the end."""

    assignment = models.ForeignKey(Assignment, on_delete=models.CASCADE, related_name="guesses")
    slot = models.PositiveSmallIntegerField(help_text="0 is A1")
    kind = models.CharField(max_length=20, blank=True, help_text="of a source; empty: do not know")
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["id"]
        verbose_name_plural = "guesses"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["assignment", "slot"], name="guess_once_per_slot"),
        ]

    def __str__(self) -> str:
        return f"guess {self.pk}"


class Flag(models.Model):
    """A rater says that a question is broken; the researcher reads why."""

    class Reason(models.TextChoices):
        WRONG_ANSWER = "wrong-answer", "the answer shown is not correct"
        SEVERAL_ANSWERS = "several-answers", "more than one answer is correct"
        UNCLEAR = "unclear", "the question cannot be understood"
        OTHER = "other", "something else"

    assignment = models.OneToOneField(Assignment, on_delete=models.CASCADE, related_name="flag")
    reason = models.CharField(max_length=20, choices=Reason)
    comment = models.TextField(blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return f"flag on assignment {self.assignment_id}"
