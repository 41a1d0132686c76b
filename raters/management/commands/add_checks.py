"""add_checks STUDY --set NAME --sources BEST OTHER OTHER"""

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from generation.models import QuestionSet, Rationale
from raters.models import Study
from raters.protocols import StudyRefused
from raters.services.freezing import deviations_note
from raters.services.places import Check, checks_add


class Command(BaseCommand):
    help = (
        "Add the questions of a set to a study as checks: on each, the rationale of the first "
        "source is plainly the one to pick."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("study")
        parser.add_argument("--set", required=True, dest="set_name", metavar="NAME")
        parser.add_argument("--sources", required=True, nargs="+", metavar="SOURCE")

    def handle(self, *, study: str, set_name: str, sources: list[str], **_: object) -> None:
        found = Study.objects.filter(name=study).first()
        if found is None:
            raise CommandError(f"There is no study named '{study}'.")
        question_set = QuestionSet.objects.filter(name=set_name).first()
        if question_set is None:
            raise CommandError(f"No question set is named '{set_name}'.")
        try:
            added = checks_add(study=found, checks=_checks(question_set, sources))
            deviations_note(study=found, user=None, why="add_checks", now=timezone.now())
        except StudyRefused as refused:
            raise CommandError(str(refused)) from None
        self.stdout.write(f"{added} checks added to '{found.name}', {found.check_percent} % asked.")


def _checks(question_set: QuestionSet, sources: list[str]) -> list[Check]:
    """One for each question; a source that wrote twice is taken by its first text."""
    texts: dict[tuple[int, str], Rationale] = {}
    for rationale in (
        Rationale.objects.filter(question__question_set=question_set, source__name__in=sources)
        .select_related("source")
        .order_by("-pk")
    ):
        texts[rationale.question_id, rationale.source.name] = rationale
    checks = []
    for question in question_set.questions.order_by("pk"):
        missing = [name for name in sources if (question.pk, name) not in texts]
        if missing:
            raise CommandError(f"'{missing[0]}' wrote nothing for '{question.text[:60]}'.")
        rationales = [texts[question.pk, name] for name in sources]
        checks.append(Check(question=question, rationales=rationales, expected=0))
    return checks
