"""add_checks STUDY --set NAME --sources BEST OTHER OTHER"""

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from generation.models import QuestionSet
from raters.models import Study
from raters.protocols import StudyRefused
from raters.services.checking import checks_of_set, checks_write


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
            added = checks_write(
                study=found,
                checks=checks_of_set(question_set=question_set, sources=sources),
                user=None,
                now=timezone.now(),
                why="add_checks",
            )
        except StudyRefused as refused:
            raise CommandError(str(refused)) from None
        self.stdout.write(f"{added} checks added to '{found.name}', {found.check_percent} % asked.")
