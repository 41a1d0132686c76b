"""What is judged, as rows: studies, triples, places, raters, assignments, ratings.

Knows: the rules that the database itself keeps (a place is filled once, a rater meets a triple
once, the sources of a study triple are distinct). Does not know: how an order is drawn
(assignment.py), what a rater may see (blinding.py), or how anything is written (services).
"""

import secrets
import uuid
from typing import ClassVar

from django.conf import settings
from django.contrib.auth.models import User
from django.db import models
from django.db.models import Q


def new_code() -> str:
    """An opaque name for links: 128 random bits, safe in a URL."""
    return secrets.token_urlsafe(16)


class StudyQuerySet(models.QuerySet["Study"]):
    def of(self, user: User) -> "StudyQuerySet":
        """A researcher's own studies; an admin sees all."""
        return self if user.is_superuser else self.filter(owner=user)


class Study(models.Model):
    class Protocol(models.TextChoices):
        PICK_BEST = "pick-best", "pick the best"

    class State(models.TextChoices):
        DRAFT = "draft", "draft"
        OPEN = "open", "open"
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
    triples_per_rater = models.PositiveIntegerField(null=True, blank=True)
    triple_count = models.PositiveIntegerField(default=0)
    seed = models.BigIntegerField(default=0)
    shows_gold_answer = models.BooleanField(default=True)
    allows_none_good = models.BooleanField(default=True)
    allows_too_close = models.BooleanField(default=True)
    lease_minutes = models.PositiveIntegerField(default=20)
    instructions = models.TextField(blank=True)
    funnel = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = StudyQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-id"]
        verbose_name_plural = "studies"
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(state="draft", opened_at=None, closed_at=None)
                | Q(state="open", opened_at__isnull=False, closed_at=None)
                | Q(state="closed", opened_at__isnull=False, closed_at__isnull=False),
                name="study_times_with_its_state",
            ),
            models.CheckConstraint(condition=Q(raters_per_triple__gte=1), name="study_raters"),
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


class AssignmentKind(models.TextChoices):
    STUDY = "study", "study"
    PRACTICE = "practice", "practice"
    CHECK = "check", "check"
    REPEAT = "repeat", "repeat"


class Triple(models.Model):
    """Three rationales for one question, all reaching its gold answer."""

    class Kind(models.TextChoices):
        STUDY = "study", "study"
        PRACTICE = "practice", "practice"
        CHECK = "check", "check"

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="triples")
    question = models.ForeignKey("generation.Question", on_delete=models.PROTECT)
    kind = models.CharField(max_length=20, choices=Kind, default=Kind.STUDY)
    number = models.PositiveIntegerField()
    has_identical_texts = models.BooleanField(
        default=False, help_text="as their sources wrote them"
    )
    has_identical_shown = models.BooleanField(default=False, help_text="once normalised alike")

    class Meta:
        ordering: ClassVar = ["study", "number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["study", "number"], name="triple_number_once"),
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


class Rater(models.Model):
    """A person in one study, known by a personal link that works on every device."""

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="raters")
    name = models.CharField(max_length=100, help_text="what the researcher calls this rater")
    code = models.CharField(max_length=32, unique=True, default=new_code, editable=False)
    is_simulated = models.BooleanField(default=False)
    is_invited = models.BooleanField(default=False, help_text="joined by the study's invitation")
    rated_count = models.PositiveIntegerField(default=0, help_text="so that no page counts rows")
    created_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["study", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["study", "name"], name="rater_name_once_per_study"),
        ]

    def __str__(self) -> str:
        return self.name


class Place(models.Model):
    """One of the k ratings that a triple is to get, with its own order of the rationales.

    `order` is one digit a slot: "201" shows rationale 2 as A1, 0 as A2 and 1 as A3. `queue` is
    the place's turn in the study, drawn beforehand, so the next one is a single indexed read.
    """

    class State(models.TextChoices):
        OPEN = "open", "open"
        HELD = "held", "held"
        FILLED = "filled", "filled"

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="places")
    triple = models.ForeignKey(Triple, on_delete=models.CASCADE, related_name="places")
    number = models.PositiveIntegerField()
    order = models.CharField(max_length=6)
    queue = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)

    class Meta:
        ordering: ClassVar = ["study", "queue"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["triple", "number"], name="place_once_per_triple"),
            models.UniqueConstraint(fields=["study", "queue"], name="place_turn_once_per_study"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["study", "queue"], condition=Q(state="open"), name="place_open"),
        ]

    def __str__(self) -> str:
        return f"place {self.number} of triple {self.triple_id}"


class Assignment(models.Model):
    """One triple handed to one rater. Its token is all of it that a browser ever holds."""

    Kind = AssignmentKind

    class State(models.TextChoices):
        HELD = "held", "in hand"
        RATED = "rated", "rated, fills its place"
        LATE = "late", "rated after its place was gone"
        SKIPPED = "skipped", "skipped"
        LAPSED = "lapsed", "its lease ran out"

    token = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="assignments")
    rater = models.ForeignKey(Rater, on_delete=models.CASCADE, related_name="assignments")
    triple = models.ForeignKey(Triple, on_delete=models.CASCADE, related_name="assignments")
    place = models.ForeignKey(
        Place, null=True, blank=True, on_delete=models.PROTECT, related_name="assignments"
    )
    kind = models.CharField(max_length=10, choices=AssignmentKind, default=AssignmentKind.STUDY)
    state = models.CharField(max_length=10, choices=State, default=State.HELD)
    order = models.CharField(max_length=6, help_text="as its place has it, kept when it lapses")
    claimed_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True, blank=True)
    skip_count = models.PositiveIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["triple", "rater"],
                condition=Q(kind="study"),
                name="assignment_once_per_rater_and_triple",
            ),
            models.UniqueConstraint(fields=["place"], name="assignment_once_per_place"),
            models.CheckConstraint(
                condition=Q(kind="study", state__in=["held", "rated"], place__isnull=False)
                | Q(kind="study", state__in=["late", "skipped", "lapsed"], place=None)
                | (~Q(kind="study") & Q(place=None)),
                name="assignment_place_with_its_state",
            ),
            models.CheckConstraint(
                condition=Q(state="held", lease_until__isnull=False)
                | (~Q(state="held") & Q(lease_until=None)),
                name="assignment_lease_while_held",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["rater", "state"]),
            models.Index(
                fields=["study", "lease_until"], condition=Q(state="held"), name="assignment_held"
            ),
        ]

    def __str__(self) -> str:
        return f"assignment {self.pk}"


class Rating(models.Model):
    """A submitted judgement. A revision replaces it without deleting it: one is current."""

    class Outcome(models.TextChoices):
        PICK = "pick", "picked the best"
        NONE = "none", "none good"
        TIE = "tie", "too close to call"

    assignment = models.ForeignKey(Assignment, on_delete=models.CASCADE, related_name="ratings")
    key = models.UUIDField(help_text="the browser's own: the same key twice answers the same")
    outcome = models.CharField(max_length=10, choices=Outcome)
    slot = models.PositiveSmallIntegerField(null=True, blank=True, help_text="0 is A1")
    picked = models.ForeignKey(TripleRationale, null=True, blank=True, on_delete=models.PROTECT)
    is_current = models.BooleanField(default=True)
    is_late = models.BooleanField(default=False)
    visible_ms = models.PositiveIntegerField(null=True, blank=True)
    blurred_ms = models.PositiveIntegerField(null=True, blank=True)
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
        ]

    def __str__(self) -> str:
        return f"rating {self.pk}"


class AuditEntry(models.Model):
    """Who did what to a study that a reviewer may ask about: opened, closed, un-blinded."""

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="audit")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL)
    action = models.CharField(max_length=50)
    detail = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["id"]
        verbose_name_plural = "audit entries"

    def __str__(self) -> str:
        return f"{self.action} {self.study_id}"


class SignInLink(models.Model):
    """Lets a researcher or admin in once, without a password; only its digest is kept."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    digest = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return f"sign-in link {self.pk}"
