"""What is written, as rows: question sets, questions, sources, batches, chunks, rationales."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from generation.answers import Choice, display_answer, read_choices


class QuestionSet(models.Model):
    name = models.CharField(max_length=200, unique=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL
    )
    created_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name


class Question(models.Model):
    """One item and its gold answer. `solution` is what a data set keeps behind it: never shown."""

    question_set = models.ForeignKey(
        QuestionSet, on_delete=models.CASCADE, related_name="questions"
    )
    key = models.CharField(max_length=200, help_text="the file's own id, or a digest of the text")
    text = models.TextField()
    choices = models.JSONField(default=list, help_text='[{"label": "A", "text": "bank"}, ...]')
    gold_answer = models.CharField(max_length=200, help_text="a number or a label")
    solution = models.TextField(blank=True)

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["question_set", "key"], name="question_once_per_set"),
            models.CheckConstraint(condition=~Q(text=""), name="question_has_text"),
            models.CheckConstraint(condition=~Q(gold_answer=""), name="question_has_gold_answer"),
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def offered(self) -> tuple[Choice, ...]:
        return read_choices(self.choices)

    @property
    def asks(self) -> str:
        """Its text and choices: the same for questions that differ in white space alone."""
        return " ".join(f"{self.text}\n{self.offered}".split())

    @property
    def gold_shown(self) -> str:
        """The gold answer as people are shown it, words and label of a choice included."""
        return display_answer(self.gold_answer, self.offered)


class Source(models.Model):
    """What wrote a rationale. Its name is what raters must never learn."""

    class Kind(models.TextChoices):
        FEW_SHOT = "few-shot", "few-shot"
        STAR = "star", "STaR loop"
        VERIFIER = "verifier", "verifier-selected"
        PREFERENCES = "preferences", "trained on preferences"
        PROGRAM = "program", "program-written reference"
        HUMAN = "human", "human"
        IMPORTED = "imported", "imported"

    class Prompt(models.TextChoices):
        NONE = "", "none"
        FEW_SHOT = "few-shot", "few-shot"
        ZERO_SHOT = "zero-shot", "zero-shot"

    class Api(models.TextChoices):
        NONE = "", "none"
        COMPLETIONS = "completions", "completions"
        CHAT = "chat", "chat"

    name = models.CharField(max_length=100, unique=True)
    kind = models.CharField(max_length=20, choices=Kind)
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT)
    model = models.CharField(
        max_length=500, blank=True, help_text="folder, hub id, or its name at the server"
    )
    revision = models.CharField(max_length=100, blank=True)
    prompt = models.CharField(max_length=20, choices=Prompt, blank=True, default="")
    style = models.CharField(max_length=30, blank=True, help_text='"": what fits the question')
    examples = models.TextField(blank=True, help_text="worked examples; empty: ours of the style")
    server = models.CharField(max_length=500, blank=True, help_text="https://host/v1; empty: local")
    api = models.CharField(max_length=20, choices=Api, blank=True, default="")
    key_variable = models.CharField(
        max_length=100, blank=True, help_text="the NAME of the variable that holds the key"
    )
    at_once = models.PositiveIntegerField(default=8, help_text="requests to the server at a time")
    created_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(model="", prompt="") | (~Q(model="") & ~Q(prompt="")),
                name="source_model_and_prompt_together",
            ),
            models.CheckConstraint(
                condition=Q(server="", api="", key_variable="")
                | (~Q(server="") & ~Q(api="") & ~Q(model="")),
                name="source_server_api_and_model_together",
            ),
            models.CheckConstraint(condition=Q(at_once__gte=1), name="source_at_once"),
        ]

    def __str__(self) -> str:
        return self.name


class GenerationBatch(models.Model):
    """Source x question set x settings, frozen. An import is a batch too."""

    class Kind(models.TextChoices):
        IMPORT = "import", "import"
        GENERATION = "generation", "generation"

    class State(models.TextChoices):
        QUEUED = "queued", "queued"
        RUNNING = "running", "running"
        PAUSED = "paused", "paused"
        DONE = "done", "done"
        FAILED = "failed", "failed"
        CANCELLED = "cancelled", "cancelled"

    class Priority(models.IntegerChoices):
        LOW = -1, "low"
        NORMAL = 0, "normal"
        HIGH = 1, "high"

    OVER = (State.DONE, State.FAILED, State.CANCELLED)

    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="batches")
    question_set = models.ForeignKey(QuestionSet, on_delete=models.PROTECT, related_name="batches")
    kind = models.CharField(max_length=20, choices=Kind)
    state = models.CharField(max_length=20, choices=State)
    samples = models.PositiveIntegerField(default=1)
    temperature = models.FloatField(default=0.0)
    seed = models.BigIntegerField(default=0)
    rationalize = models.BooleanField(default=False)
    calculator = models.BooleanField(default=False, help_text="computes what stands in << =")
    max_new_tokens = models.PositiveIntegerField(default=256)
    priority = models.SmallIntegerField(choices=Priority, default=Priority.NORMAL)
    prompt_hash = models.CharField(max_length=64, blank=True)
    model_revision = models.CharField(max_length=1100, blank=True)
    conditions = models.JSONField(
        default=dict, blank=True, help_text="where its first chunk was written: dtype, threads, ..."
    )
    problem = models.TextField(blank=True, help_text="why it failed, in a sentence")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL
    )
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        verbose_name_plural = "generation batches"
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(state__in=["queued", "running", "paused"], finished_at=None)
                | Q(state__in=["done", "failed", "cancelled"], finished_at__isnull=False),
                name="batch_finished_at_with_its_state",
            ),
            models.CheckConstraint(condition=Q(temperature__gte=0), name="batch_temperature"),
            models.CheckConstraint(condition=Q(samples__gte=1), name="batch_samples"),
        ]

    def __str__(self) -> str:
        return f"{self.source} on {self.question_set} ({self.kind} {self.pk})"


class GenerationChunk(models.Model):
    """A few minutes of a batch: safe to run twice, handed to one worker at a time by its lease."""

    class State(models.TextChoices):
        QUEUED = "queued", "queued"
        RUNNING = "running", "running"
        DONE = "done", "done"
        FAILED = "failed", "failed"

    batch = models.ForeignKey(GenerationBatch, on_delete=models.CASCADE, related_name="chunks")
    number = models.PositiveIntegerField()
    question_ids = models.JSONField()
    state = models.CharField(max_length=20, choices=State, default=State.QUEUED)
    sent_at = models.DateTimeField(null=True, blank=True, help_text="when a worker was last told")
    attempts = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    tokens = models.PositiveIntegerField(default=0)
    seconds = models.FloatField(default=0)
    problem = models.TextField(blank=True)

    class Meta:
        ordering: ClassVar = ["batch", "number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["batch", "number"], name="chunk_once_per_batch"),
            models.CheckConstraint(
                condition=Q(state="running", lease_until__isnull=False)
                | (~Q(state="running") & Q(lease_until=None)),
                name="chunk_lease_while_running",
            ),
        ]

    def __str__(self) -> str:
        return f"chunk {self.number} of batch {self.batch_id}"


class RationaleQuerySet(models.QuerySet["Rationale"]):
    def reaching_gold(self) -> "RationaleQuerySet":
        """Those whose answer is the gold one, by extraction or by declaration."""
        return self.filter(verdict__in=[Rationale.Verdict.RIGHT, Rationale.Verdict.DECLARED])


class Rationale(models.Model):
    """Reasoning text for an answer, with its verdict; wrong answers are kept too."""

    class Verdict(models.TextChoices):
        RIGHT = "right", "right"
        WRONG = "wrong", "wrong"
        UNPARSED = "unparsed", "unparsed"
        DECLARED = "declared", "declared"

    batch = models.ForeignKey(GenerationBatch, on_delete=models.CASCADE, related_name="rationales")
    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="rationales")
    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="rationales")
    sample_index = models.PositiveIntegerField(default=0)
    hinted = models.BooleanField(default=False)
    text = models.TextField()
    answer = models.CharField(max_length=200, blank=True)
    verdict = models.CharField(max_length=20, choices=Verdict)
    reason = models.CharField(max_length=300, blank=True, help_text="why it is unparsed or wrong")
    prompt = models.TextField(blank=True, help_text="as sent")
    training_text = models.TextField(blank=True, help_text="hint-free")
    seed = models.BigIntegerField(null=True, blank=True)
    tokens = models.PositiveIntegerField(null=True, blank=True)
    import_digest = models.CharField(max_length=64, blank=True, help_text="of an imported text")
    created_at = models.DateTimeField()

    objects = RationaleQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["batch", "question", "sample_index", "hinted"],
                name="rationale_once_per_sample",
            ),
            models.UniqueConstraint(
                fields=["source", "question", "import_digest"],
                condition=~Q(import_digest=""),
                name="rationale_text_imported_once",
            ),
            models.CheckConstraint(
                condition=~Q(verdict="unparsed") | (Q(answer="") & ~Q(reason="")),
                name="rationale_unparsed_says_why",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["question", "source", "verdict"])]

    def __str__(self) -> str:
        return f"rationale {self.pk}"
