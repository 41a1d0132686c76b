"""first_start --url URL: what `make run` adds to an empty Triptych, and the links it prints.

The whole thin circle, through the services that pages and commands use. Every step looks first
whether it was done, so that a second start reuses everything and one cut short goes on. It lives
in config because it is the one place that speaks to both apps.
"""

import time

from django.conf import settings
from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandParser
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from generation.datasets import text_lines
from generation.models import GenerationBatch, QuestionSet, Source
from generation.services.batches import batch_create, batch_progress
from generation.services.imports import questions_import, rationales_import
from generation.services.problems import REFERENCE, problems_make
from generation.services.sources import SourceRefused, source_create
from raters.models import Study
from raters.protocols import StudyRefused
from raters.services.people import sign_in_link_create, staff_ensure
from raters.services.studies import study_create
from raters.services.study_states import raters_add, study_open

SAMPLES = settings.BASE_DIR / "generation" / "samples"
CHECKPOINTS = settings.BASE_DIR / "generation" / "checkpoints"

WRITTEN_SET, WRITTEN_STUDY = "sample: twelve questions", "Sample: three ways of writing it down"
WRITTEN_SOURCES = ("careful", "terse", "winding")
PROBLEM_SET, PROBLEM_STUDY = "sample: word problems", "Sample: GPT-J, STaR and a reference"
FEW_SHOT, STAR = "tiny GPT-J, few-shot", "tiny GPT-J, STaR"
# Seeds 2, 5, 8 ... are kept for samples (generation.datasets.word_problems): nothing here was
# trained on.
PROBLEMS, PROBLEM_SEED, PROBLEM_STEPS = 90, 2, range(2, 6)
SAMPLES_PER_QUESTION, TEMPERATURE, BATCH_SEED = 4, 0.8, 2022
RATERS_PER_TRIPLE = 3


class Command(BaseCommand):
    help = "Make the sample studies and print the links to begin with."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--url", required=True, help="where the site answers")

    def handle(self, *, url: str, **_: object) -> None:
        self.url = url
        researcher = staff_ensure(username="researcher", is_admin=False)
        admin = staff_ensure(username="admin", is_admin=True)
        for name, user in (("researcher", researcher), ("admin", admin)):
            token = sign_in_link_create(
                user=user, now=timezone.now(), hours=settings.SIGN_IN_LINK_HOURS
            )
            self._say(f"{name:<11}{url}{reverse('sign-in-link', args=[token])}  (works once)")
        self._rater_link(_written_study(researcher))
        try:
            batches = _queued_batches(admin)
        except SourceRefused as refused:
            self._say(f"{'worker':<11}{refused}")
            return
        self._follow(batches)
        if all(batch.state == GenerationBatch.State.DONE for batch in batches):
            try:
                self._rater_link(_problem_study(researcher))
            except StudyRefused as refused:
                self._say(f"{'study':<11}{refused}")

    def _rater_link(self, study: Study) -> None:
        rater = study.raters.order_by("id").first()
        if rater:
            link = f"{self.url}{reverse('rater-link', args=[rater.code])}"
            self._say(f"{'rater':<11}{link}  ({study.name}, {study.triple_count} triples)")

    def _follow(self, batches: list[GenerationBatch]) -> None:
        """Wait for the worker; the batch pages show the same as it happens."""
        for batch in batches:
            if batch.state not in GenerationBatch.OVER:
                self._say(f"{'worker':<11}{batch.source} is writing rationales ...")
            while batch.state not in GenerationBatch.OVER:
                time.sleep(1)
                batch.refresh_from_db()
            found = batch_progress(batch=batch)
            self._say(
                f"{'worker':<11}{batch.source}: {batch.get_state_display()}, "
                f"{found.right} of {found.rationales} right {batch.problem}"
            )
            if batch.state == GenerationBatch.State.FAILED:
                page = reverse("batch", args=[batch.pk])
                self._say(f"{'':<11}Go on at {self.url}{page}")

    def _say(self, line: str) -> None:
        self.stdout.write(line.rstrip())
        self.stdout.flush()


def _written_study(owner: User) -> Study:
    """Our own questions and rationales, there at once."""
    study = Study.objects.filter(name=WRITTEN_STUDY).first()
    if study is None:
        now = timezone.now()
        with (SAMPLES / "questions.jsonl").open("rb") as file:
            questions_import(
                lines=text_lines(file), format="jsonl", set_name=WRITTEN_SET, user=None, now=now
            )
        with (SAMPLES / "rationales.jsonl").open("rb") as file:
            rationales_import(
                lines=text_lines(file), format="jsonl", set_name=WRITTEN_SET, user=None, now=now
            )
        study = _opened(owner, WRITTEN_STUDY, WRITTEN_SET, WRITTEN_SOURCES)
    return study


def _queued_batches(admin: User) -> list[GenerationBatch]:
    """One batch for each of the two shipped models, over the sample's word problems."""
    question_set = problems_make(
        number=PROBLEMS,
        seed=PROBLEM_SEED,
        steps=PROBLEM_STEPS,
        set_name=PROBLEM_SET,
        now=timezone.now(),
    ).question_set
    few_shot = _source(FEW_SHOT, Source.Kind.FEW_SHOT, "few-shot-base", None)
    star = _source(STAR, Source.Kind.STAR, "star-loop-2", few_shot)
    return [_batch(source, question_set, admin) for source in (few_shot, star)]


def _source(name: str, kind: str, checkpoint: str, parent: Source | None) -> Source:
    found = Source.objects.filter(name=name).first()
    return found or source_create(
        name=name,
        kind=kind,
        model=str(CHECKPOINTS / checkpoint),
        prompt=Source.Prompt.FEW_SHOT,
        style="word-problems",
        parent=parent,
        now=timezone.now(),
    )


def _batch(source: Source, question_set: QuestionSet, admin: User) -> GenerationBatch:
    found = GenerationBatch.objects.filter(source=source, question_set=question_set).first()
    return found or batch_create(
        source=source,
        question_set=question_set,
        samples=SAMPLES_PER_QUESTION,
        temperature=TEMPERATURE,
        seed=BATCH_SEED,
        user=admin,
        now=timezone.now(),
    )


def _problem_study(owner: User) -> Study:
    study = Study.objects.filter(name=PROBLEM_STUDY).first()
    return study or _opened(owner, PROBLEM_STUDY, PROBLEM_SET, (FEW_SHOT, STAR, REFERENCE))


def _opened(owner: User, name: str, set_name: str, sources: tuple[str, ...]) -> Study:
    by_name = {source.name: source for source in Source.objects.filter(name__in=sources)}
    now = timezone.now()
    with transaction.atomic():  # a start cut short here leaves no draft that nobody opens
        study = study_create(
            owner=owner,
            name=name,
            question_set=QuestionSet.objects.get(name=set_name),
            sources=[by_name[source] for source in sources],
            raters_per_triple=RATERS_PER_TRIPLE,
            now=now,
        )
        study_open(study=study, user=owner, now=now)
        raters_add(study=study, count=1, now=now)
    return study
