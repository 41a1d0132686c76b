"""Training runs as rows, and their parts: each is done once, and a run goes on after the last."""

from typing import ClassVar

from django.conf import settings as site
from django.db import models
from django.db.models import Q

from generation.models.writing import GenerationBatch, QuestionSet, Source


class TrainingRun(models.Model):
    """STaR from a base source on a question set, or what raters preferred; its settings are frozen.

    A run on preferences has one part, which trains; its questions are those that were rated. A
    comparison trains nothing: it measures, as parts, what was made of one base, and the base.
    """

    class Kind(models.TextChoices):
        STAR = "star", "STaR"
        DPO = "dpo", "preferences (DPO)"
        SFT = "sft", "the best rated"
        ALL = "all", "all right ones"
        COMPARE = "compare", "comparison"

    class State(models.TextChoices):
        RUNNING = "running", "running"
        DONE = "done", "done"
        FAILED = "failed", "failed"
        STOPPED = "stopped", "stopped"

    name = models.CharField(max_length=80, unique=True)
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.STAR)
    base = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="runs")
    question_set = models.ForeignKey(QuestionSet, on_delete=models.PROTECT, related_name="runs")
    held_out = models.ForeignKey(QuestionSet, on_delete=models.PROTECT, related_name="measured")
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, help_text="it changes one setting"
    )
    settings = models.JSONField(help_text="all of services/training_settings.py, frozen")
    state = models.CharField(max_length=10, choices=State, default=State.RUNNING)
    problem = models.TextField(blank=True, help_text="why it failed, in a sentence")
    created_by = models.ForeignKey(
        site.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL
    )
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(state="running", finished_at=None)
                | (~Q(state="running") & Q(finished_at__isnull=False)),
                name="run_finished_at_with_its_state",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class TrainingPart(models.Model):
    """A part of a loop. To write or to measure is a batch; to train or score is held under a lease.

    `loop` 0 only measures the base; in a comparison it counts the sources that are compared.
    `source` is what a train part made; what a score part found is `told`.
    """

    class Name(models.TextChoices):
        WRITE = "write", "write"
        TRAIN = "train", "train"
        MEASURE = "measure", "measure"
        SCORE = "score", "score"

    class State(models.TextChoices):
        QUEUED = "queued", "queued"
        RUNNING = "running", "running"
        DONE = "done", "done"
        FAILED = "failed", "failed"

    LEASED = (Name.TRAIN, Name.SCORE)

    run = models.ForeignKey(TrainingRun, on_delete=models.CASCADE, related_name="parts")
    loop = models.PositiveIntegerField()
    name = models.CharField(max_length=10, choices=Name)
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    batch = models.ForeignKey(
        GenerationBatch, null=True, on_delete=models.PROTECT, related_name="training_parts"
    )
    source = models.OneToOneField(
        Source, null=True, on_delete=models.PROTECT, related_name="training_part"
    )
    kept_ids = models.JSONField(default=list, help_text="the rationales it is trained on, in order")
    sent_at = models.DateTimeField(null=True)
    attempts = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    steps = models.PositiveIntegerField(default=0)
    steps_done = models.PositiveIntegerField(default=0)
    loss = models.FloatField(null=True)
    told = models.JSONField(default=dict, help_text="what else the training told at last")
    seconds = models.FloatField(default=0)
    checkpoint_hash = models.CharField(max_length=64, blank=True)
    problem = models.TextField(blank=True)

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["run", "loop", "name"], name="part_once_per_loop"),
            models.CheckConstraint(
                condition=Q(state="running", lease_until__isnull=False)
                | (~Q(state="running") & Q(lease_until=None)),
                name="part_lease_while_running",
            ),
            models.CheckConstraint(
                condition=Q(name__in=["train", "score"], batch=None)
                | (~Q(name__in=["train", "score"]) & Q(batch__isnull=False)),
                name="part_batch_unless_leased",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} of loop {self.loop} of {self.run_id}"
