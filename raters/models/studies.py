"""What is judged: studies, their settings, their triples.

Knows: the rules that the database itself keeps (the sources of a study triple are distinct). Does
not know: how triples are drawn (services/drawing.py) or what a rater may see of them (blinding.py).
"""

from typing import ClassVar

from django.conf import settings
from django.contrib.auth.models import User
from django.db import models
from django.db.models import Q

from generation.models import new_code


class StudyQuerySet(models.QuerySet["Study"]):
    def of(self, user: User) -> "StudyQuerySet":
        """A researcher's own studies; an admin sees all."""
        return self if user.is_superuser else self.filter(owner=user)


class Study(models.Model):
    class Protocol(models.TextChoices):
        PICK_BEST = "pick-best", "pick the best"
        RANKING = "ranking", "rank them all"
        BEST_WORST = "best-worst", "pick the best and the worst"

    class State(models.TextChoices):
        DRAFT = "draft", "draft"
        OPEN = "open", "open"
        PAUSED = "paused", "paused"
        CLOSED = "closed", "closed"

    code = models.CharField(max_length=32, unique=True, default=new_code, editable=False)
    # Not `code`, which every rater's address shows. Null lets nobody join, and is unique (DJ001).
    invitation_code = models.CharField(  # noqa: DJ001
        max_length=32, unique=True, null=True, default=None, editable=False
    )
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    name = models.CharField(max_length=200, unique=True)
    question_set = models.ForeignKey("generation.QuestionSet", on_delete=models.PROTECT)
    protocol = models.CharField(max_length=20, choices=Protocol, default=Protocol.PICK_BEST)
    state = models.CharField(max_length=20, choices=State, default=State.DRAFT)
    raters_per_triple = models.PositiveIntegerField()
    triples_per_rater = models.PositiveIntegerField(
        null=True, blank=True, help_text="a bundle of as many places is kept for each rater"
    )
    most_per_rater = models.PositiveIntegerField(
        null=True, blank=True, help_text="a rater's share, where no bundles are kept"
    )
    bundle_hours = models.PositiveIntegerField(default=24)
    counts_partial = models.BooleanField(
        default=False, help_text="whether ratings of a bundle that was given back count"
    )
    repeat_percent = models.PositiveSmallIntegerField(default=0)
    check_percent = models.PositiveSmallIntegerField(default=0)
    triple_count = models.PositiveIntegerField(default=0)
    seed = models.BigIntegerField(default=0)
    last_question = models.PositiveBigIntegerField(
        null=True, editable=False, help_text="of its set, when it was made: splits know no later"
    )
    shows_gold_answer = models.BooleanField(default=True)
    allows_none_good = models.BooleanField(default=True)
    allows_too_close = models.BooleanField(default=True)
    allows_ties = models.BooleanField(default=False, help_text="two equal ranks in a ranking")
    reasons = models.JSONField(default=list, blank=True, help_text="[{key, name}]; none: not asked")
    asks_step_marks = models.BooleanField(default=False)
    criteria = models.JSONField(default=list, blank=True, help_text="[{name, points}] of scales")
    asks_comment = models.BooleanField(default=False)
    lease_minutes = models.PositiveIntegerField(default=20)
    instructions = models.TextField(blank=True)
    practice_sha256 = models.CharField(
        max_length=64, blank=True, help_text="of its practice triples; empty: none"
    )
    funnel = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    filled_count = models.PositiveIntegerField(
        null=True, editable=False, help_text="places, when it closed: so that no list counts them"
    )

    objects = StudyQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-id"]
        verbose_name_plural = "studies"
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(state="draft", opened_at=None, closed_at=None)
                | Q(state__in=["open", "paused"], opened_at__isnull=False, closed_at=None)
                | Q(state="closed", opened_at__isnull=False, closed_at__isnull=False),
                name="study_times_with_its_state",
            ),
            models.CheckConstraint(condition=Q(raters_per_triple__gte=1), name="study_raters"),
            models.CheckConstraint(
                condition=Q(triples_per_rater=None) | Q(most_per_rater=None),
                name="study_bundle_or_share",
            ),
            models.CheckConstraint(
                condition=Q(repeat_percent__lte=50, check_percent__lte=50), name="study_rates"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class StudySource(models.Model):
    """A source that takes part; its position is its index in every triple of the study."""

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="study_sources")
    source = models.ForeignKey("generation.Source", on_delete=models.PROTECT)
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering: ClassVar = ["study", "position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["study", "source"], name="study_source_once"),
            models.UniqueConstraint(fields=["study", "position"], name="study_position_once"),
        ]

    def __str__(self) -> str:
        return f"source {self.position} of study {self.study_id}"


class Triple(models.Model):
    """Three rationales for one question, all reaching its gold answer."""

    class Kind(models.TextChoices):
        STUDY = "study", "study"
        PRACTICE = "practice", "practice"
        CHECK = "check", "check"
        VOID = "void", "of a question whose answer was wrong"

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="triples")
    question = models.ForeignKey("generation.Question", on_delete=models.PROTECT)
    kind = models.CharField(max_length=20, choices=Kind, default=Kind.STUDY)
    number = models.PositiveIntegerField()
    has_identical_texts = models.BooleanField(
        default=False, help_text="as their sources wrote them"
    )
    has_identical_shown = models.BooleanField(default=False, help_text="once normalised alike")
    expected = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="position of the one to pick, of a check or practice"
    )
    why = models.TextField(blank=True, help_text="why that one, of a check; raters never see it")

    class Meta:
        ordering: ClassVar = ["study", "number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["study", "number"], name="triple_number_once"),
            models.CheckConstraint(
                condition=Q(kind="study", expected=None) | ~Q(kind="study"),
                name="triple_of_a_study_expects_nothing",
            ),
        ]

    def __str__(self) -> str:
        return f"triple {self.number} of study {self.study_id}"


class TripleRationale(models.Model):
    """One of a triple's rationales, with the text as every rater sees it."""

    triple = models.ForeignKey(Triple, on_delete=models.CASCADE, related_name="members")
    kind = models.CharField(max_length=20, choices=Triple.Kind, default=Triple.Kind.STUDY)
    position = models.PositiveSmallIntegerField()
    rationale = models.ForeignKey("generation.Rationale", on_delete=models.PROTECT)
    source = models.ForeignKey("generation.Source", on_delete=models.PROTECT)
    shown_text = models.TextField(help_text="normalised alike for all sources")
    changes = models.JSONField(default=list, help_text="what normalising changed")

    class Meta:
        ordering: ClassVar = ["triple", "position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["triple", "position"], name="member_position_once"),
            models.UniqueConstraint(fields=["triple", "rationale"], name="member_rationale_once"),
            # Checks may show two samples of one source; a study triple never does.
            models.UniqueConstraint(
                fields=["triple", "source"],
                condition=Q(kind="study"),
                name="member_source_distinct",
            ),
        ]

    def __str__(self) -> str:
        return f"rationale {self.position} of triple {self.triple_id}"
