"""Who judges, and what they have in hand: raters, bundles, places, assignments.

Knows: the rules that the database itself keeps (a place is filled once, a rater meets a triple
once). Does not know: how an order is drawn (assignment) or handed out (services/assigning.py).
"""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q

from generation.models import new_code

from .studies import Study, Triple


class AssignmentKind(models.TextChoices):
    STUDY = "study", "study"
    PRACTICE = "practice", "practice"
    CHECK = "check", "check"
    REPEAT = "repeat", "repeat"
    VOID = "void", "of a question whose answer was wrong"


class RaterQuerySet(models.QuerySet["Rater"]):
    def rehearsing(self, study: Study) -> list[int]:
        """The simulated raters, by primary key, whose ratings count no more: a person has rated.

        Until then they rehearse the whole study, results and all.
        """
        programs = list(self.filter(study=study, is_simulated=True).values_list("pk", flat=True))
        by_people = self.filter(
            study=study,
            is_simulated=False,
            assignments__kind=AssignmentKind.STUDY,
            assignments__ratings__is_late=False,
        )
        return programs if programs and by_people.exists() else []


class Rater(models.Model):
    """A person in one study, known by a personal link that works on every device.

    `way_out` is how they left, where they said so or were sent; whoever finished has none.
    """

    class WayOut(models.TextChoices):
        DONE = "done", "done"
        SCREENED_OUT = "screened-out", "screened out"
        FULL = "full", "full on arrival"
        NOTHING_LEFT = "nothing-left", "nothing left"
        REFUSED = "refused", "consent refused"
        RETURNED = "returned", "returned"
        FAULT = "fault", "something did not work"
        WITHDRAWN = "withdrawn", "withdrawn"

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="raters")
    name = models.CharField(max_length=100, help_text="what the researcher calls this rater")
    code = models.CharField(max_length=32, unique=True, default=new_code, editable=False)
    is_simulated = models.BooleanField(default=False)
    is_invited = models.BooleanField(default=False, help_text="joined by the study's invitation")
    rated_count = models.PositiveIntegerField(default=0, help_text="so that no page counts rows")
    aside_count = models.PositiveIntegerField(
        default=0, help_text="checks and repeats answered: shown with those that count"
    )
    # {order: [times handed out, where in the queue its next open place may be]}: see assigning.
    orders = models.JSONField(default=dict)
    returned_at = models.DateTimeField(null=True, blank=True, help_text="left the study for good")
    way_out = models.CharField(max_length=20, choices=WayOut, blank=True)
    crowd_digest = models.CharField(
        max_length=64, blank=True, help_text="keyed hash of a crowd platform's id, of this study"
    )
    practised_at = models.DateTimeField(
        null=True, blank=True, help_text="through all practice, passed or not"
    )
    created_at = models.DateTimeField()

    objects = RaterQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["study", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["study", "name"], name="rater_name_once_per_study"),
            models.UniqueConstraint(
                fields=["study", "crowd_digest"],
                condition=~Q(crowd_digest=""),
                name="rater_once_per_crowd_identity",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def owes_practice(self) -> bool:
        """Whether nothing is to be handed to them yet. Who has begun to rate is never sent back,
        and a program has nothing to learn. Costs no query where the study is at hand."""
        has_begun = self.practised_at or self.rated_count or self.aside_count or self.is_simulated
        return bool(self.study.practice_sha256) and not has_begun


class Bundle(models.Model):
    """The places that one rater of a fixed number is promised, each triple once.

    Given back (a return, a time-out), it is open for another rater, whole unless the study counts
    partial ratings.
    """

    class State(models.TextChoices):
        OPEN = "open", "open"
        HELD = "held", "held"

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="bundles")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    rater = models.OneToOneField(
        Rater, null=True, blank=True, on_delete=models.PROTECT, related_name="bundle"
    )
    held_until = models.DateTimeField(null=True, blank=True, help_text="moved on by every answer")

    class Meta:
        ordering: ClassVar = ["study", "number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["study", "number"], name="bundle_number_once"),
            models.CheckConstraint(
                condition=Q(state="open", rater=None, held_until=None)
                | Q(state="held", rater__isnull=False),
                name="bundle_rater_while_held",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["study", "number"], condition=Q(state="open"), name="bundle_open"),
        ]

    def __str__(self) -> str:
        return f"bundle {self.number} of study {self.study_id}"


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
    bundle = models.ForeignKey(
        Bundle, null=True, blank=True, on_delete=models.PROTECT, related_name="places"
    )

    class Meta:
        ordering: ClassVar = ["study", "queue"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["triple", "number"], name="place_once_per_triple"),
            models.UniqueConstraint(fields=["study", "queue"], name="place_turn_once_per_study"),
        ]
        indexes: ClassVar = [
            # What a claim walks: the open places of one order from a turn on, or of one bundle.
            models.Index(
                fields=["study", "order", "queue"],
                condition=Q(state="open", bundle=None),
                name="place_open",
            ),
            models.Index(
                fields=["bundle", "queue"], condition=Q(state="open"), name="place_open_in_bundle"
            ),
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
        FLAGGED = "flagged", "called broken, not rated"
        LAPSED = "lapsed", "its lease ran out"
        PARTIAL = "partial", "rated, in a bundle that was given back"

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
                | (
                    Q(kind="study", place=None)
                    & Q(state__in=["late", "skipped", "flagged", "lapsed", "partial"])
                )
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
