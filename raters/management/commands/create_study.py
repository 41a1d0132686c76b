"""create_study NAME --set NAME --sources A B C --raters-per-triple K [...]"""

from pathlib import Path

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from generation.models import QuestionSet, Source
from raters.models import Study
from raters.protocols import StudyRefused
from raters.services.people import staff_ensure
from raters.services.studies import study_create
from raters.services.study_states import study_open

RESEARCHER = "researcher"  # as `make run` names the one that it makes


class Command(BaseCommand):
    help = "Make a study from a question set and its sources, and print the funnel."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name")
        parser.add_argument("--set", required=True, dest="set_name", metavar="NAME")
        parser.add_argument("--sources", required=True, nargs="+", metavar="SOURCE")
        parser.add_argument("--raters-per-triple", required=True, type=int, metavar="K")
        parser.add_argument("--questions", type=int, metavar="N")
        parser.add_argument("--triples-per-rater", type=int, metavar="M")
        parser.add_argument("--seed", type=int, help="for the draw and the orders; else secret")
        parser.add_argument("--instructions", metavar="FILE", help="what raters read first")
        parser.add_argument("--hide-gold", action="store_true", help="keep the answer from raters")
        parser.add_argument("--no-none-good", action="store_true", help="a pick or too close only")
        parser.add_argument("--no-too-close", action="store_true", help="a pick or none good only")
        parser.add_argument("--lease-minutes", type=int, default=20, metavar="N")
        parser.add_argument("--open", action="store_true", help="open it at once")
        parser.add_argument("--owner", default=RESEARCHER, help="whose study it is")

    def handle(self, **given: object) -> None:
        try:
            study = self._created(given)
        except StudyRefused as refused:
            raise CommandError(str(refused)) from None
        self._report(study)

    def _created(self, given: dict[str, object]) -> Study:
        now = timezone.now()
        owner = self._owner(str(given["owner"]))
        study = study_create(
            owner=owner,
            name=given["name"],  # type: ignore[arg-type]
            question_set=self._question_set(str(given["set_name"])),
            sources=self._sources(given["sources"]),  # type: ignore[arg-type]
            raters_per_triple=given["raters_per_triple"],
            questions=given["questions"],  # type: ignore[arg-type]
            triples_per_rater=given["triples_per_rater"],
            seed=given["seed"],  # type: ignore[arg-type]
            instructions=self._instructions(given["instructions"]),
            shows_gold_answer=not given["hide_gold"],
            allows_none_good=not given["no_none_good"],
            allows_too_close=not given["no_too_close"],
            lease_minutes=given["lease_minutes"],
            now=now,
        )
        if given["open"]:
            study_open(study=study, user=owner, now=now)
        return study

    def _owner(self, username: str) -> User:
        found = User.objects.filter(username=username, is_staff=True).first()
        if found is None and username != RESEARCHER:
            raise CommandError(f"Nobody named '{username}' is a researcher or admin here.")
        return found or staff_ensure(username=RESEARCHER, is_admin=False)

    def _instructions(self, path: object) -> str:
        if path is None:
            return ""
        try:
            return Path(str(path)).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as problem:
            raise CommandError(f"The instructions in '{path}' cannot be read: {problem}") from None

    def _question_set(self, name: str) -> QuestionSet:
        found = QuestionSet.objects.filter(name=name).first()
        if found is None:
            names = ", ".join(QuestionSet.objects.values_list("name", flat=True)) or "none yet"
            raise CommandError(f"No question set is named '{name}' (there are: {names}).")
        return found

    def _sources(self, names: list[str]) -> list[Source]:
        by_name = {source.name: source for source in Source.objects.filter(name__in=names)}
        unknown = [name for name in names if name not in by_name]
        if unknown:
            known = ", ".join(Source.objects.values_list("name", flat=True)) or "none yet"
            raise CommandError(f"No source is named '{unknown[0]}' (there are: {known}).")
        return [by_name[name] for name in names]

    def _report(self, study: Study) -> None:
        funnel = study.funnel
        self.stdout.write(f"questions in '{study.question_set}': {funnel['questions']}")
        for name, parsed in funnel["parsed"].items():
            self.stdout.write(f"  {name}: parsed {parsed}, right {funnel['right'][name]}")
        self.stdout.write(f"right by every source: {funnel['all_right']}")
        self.stdout.write(f"triples drawn: {funnel['drawn']}")
        self.stdout.write(
            f"of these with identical texts: {funnel['identical']} as written, "
            f"{funnel['identical_shown']} as shown"
        )
        self.stdout.write(f"seed: {study.seed}")
        self.stdout.write(f"'{study.name}' is {study.get_state_display()}: /studies/{study.code}/")
