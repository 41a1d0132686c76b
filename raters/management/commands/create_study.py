"""create_study NAME --set NAME --sources A B C --raters-per-triple K [...]"""

from dataclasses import fields
from pathlib import Path
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from generation.models import QuestionSet, Source
from raters.models import Study
from raters.protocols import DEFAULT_REASONS, PICK_BEST, PROTOCOLS, StudyRefused, StudySettings
from raters.services.people import staff_ensure
from raters.services.studies import study_create
from raters.services.study_states import study_open

RESEARCHER = "researcher"  # as `make run` names the one that it makes


def _add_amounts(group: Any) -> None:
    group.add_argument("--raters-per-triple", required=True, type=int, metavar="K")
    group.add_argument("--triples-per-rater", type=int, metavar="M", help="kept as a bundle")
    group.add_argument(
        "--most-per-rater", type=int, metavar="M", help="without bundles; 0: no limit"
    )
    group.add_argument("--bundle-hours", type=int, default=24, metavar="N")
    group.add_argument(
        "--counts-partial", action="store_true", help="ratings of bundles given back count"
    )
    group.add_argument("--repeat-percent", type=int, default=0, metavar="P")
    group.add_argument("--check-percent", type=int, default=0, metavar="P")
    group.add_argument("--lease-minutes", type=int, default=20, metavar="N")


def _add_questions(group: Any) -> None:
    """Every `dest` is a setting of StudySettings, but for --default-reasons."""
    group.add_argument("--protocol", choices=PROTOCOLS, default=PICK_BEST)
    for option, dest, text in (
        ("--allow-ties", "allows_ties", "equal ranks in a ranking"),
        ("--step-marks", "asks_step_marks", "every step marked up to the first error"),
        ("--comment", "asks_comment", "room for a comment"),
        ("--default-reasons", "default_reasons", "reasons from the list that the page has"),
    ):
        group.add_argument(option, dest=dest, action="store_true", help=text)
    for option, dest, text in (
        ("--hide-gold", "shows_gold_answer", "keep the answer from raters"),
        ("--no-none-good", "allows_none_good", "nobody can say that none is good"),
        ("--no-too-close", "allows_too_close", "nobody can say that it is too close"),
    ):
        group.add_argument(option, dest=dest, action="store_false", help=text)
    for option, dest, names in (
        ("--reason", "reasons", ("KEY", "NAME")),
        ("--criterion", "criteria", ("NAME", "POINTS")),
    ):
        group.add_argument(option, dest=dest, nargs=2, action="append", metavar=names)
    group.add_argument("--instructions", metavar="FILE", help="what raters read first")


def _criterion(name: str, points: str) -> dict[str, Any]:
    if not points.isdecimal() or len(points) > 2:
        raise CommandError(f"The scale of '{name}' needs a number of points, not '{points}'.")
    return {"name": name, "points": int(points)}


class Command(BaseCommand):
    help = "Make a study from a question set and its sources, and print the funnel."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name")
        parser.add_argument("--set", required=True, dest="set_name", metavar="NAME")
        parser.add_argument("--sources", required=True, nargs="+", metavar="SOURCE")
        parser.add_argument("--questions", type=int, metavar="N")
        parser.add_argument("--seed", type=int, help="for the draw and the orders; else secret")
        parser.add_argument("--open", action="store_true", help="open it at once")
        parser.add_argument("--owner", default=RESEARCHER, help="whose study it is")
        _add_amounts(parser.add_argument_group("how much"))
        _add_questions(parser.add_argument_group("what raters are asked"))

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
            questions=given["questions"],  # type: ignore[arg-type]
            seed=given["seed"],  # type: ignore[arg-type]
            now=now,
            **self._settings(given),
        )
        if given["open"]:
            study_open(study=study, user=owner, now=now)
        return study

    def _owner(self, username: str) -> User:
        found = User.objects.filter(username=username, is_staff=True).first()
        if found is None and username != RESEARCHER:
            raise CommandError(f"Nobody named '{username}' is a researcher or admin here.")
        return found or staff_ensure(username=RESEARCHER, is_admin=False)

    def _settings(self, given: dict[str, Any]) -> dict[str, Any]:
        named = given["reasons"] or []
        return {each.name: given[each.name] for each in fields(StudySettings)} | {
            "reasons": [
                *(DEFAULT_REASONS if given["default_reasons"] else ()),
                *({"key": key, "name": name} for key, name in named),
            ],
            "criteria": [_criterion(name, points) for name, points in given["criteria"] or []],
            "instructions": self._instructions(given["instructions"]),
        }

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
        self.stdout.write(f"the same as another question: {funnel['repeated']}")
        self.stdout.write(f"triples drawn: {funnel['drawn']}")
        self.stdout.write(
            f"of these with identical texts: {funnel['identical']} as written, "
            f"{funnel['identical_shown']} as shown"
        )
        self.stdout.write(f"seed: {study.seed}")
        self.stdout.write(f"'{study.name}' is {study.get_state_display()}: /studies/{study.code}/")
