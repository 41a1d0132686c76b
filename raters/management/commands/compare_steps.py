"""compare_steps STUDY: in how many triples the sources reason differently. Counts only."""

from itertools import combinations

from django.core.management.base import BaseCommand, CommandError, CommandParser

from generation.steps import step_sequence
from raters.models import Study, TripleRationale


class Command(BaseCommand):
    help = "Count the triples of a study whose step sequences differ between its sources."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("study")

    def handle(self, *, study: str, **_: object) -> None:
        found = Study.objects.filter(name=study).first()
        if found is None:
            raise CommandError(f"No study is named '{study}'.")
        texts: dict[int, list[tuple[str, ...]]] = {}
        members = TripleRationale.objects.filter(triple__study=found).order_by("triple", "position")
        for triple, text in members.values_list("triple", "shown_text"):
            texts.setdefault(triple, []).append(step_sequence(text))
        differ = sum(len(set(steps)) > 1 for steps in texts.values())
        all_differ = sum(len(set(steps)) == len(steps) for steps in texts.values())
        self.stdout.write(f"triples: {len(texts)}")
        self.stdout.write(f"step sequences differ between some sources: {_of(differ, len(texts))}")
        self.stdout.write(f"all step sequences differ: {_of(all_differ, len(texts))}")
        places = {m.source.name: m.position for m in found.study_sources.select_related("source")}
        for a, b in combinations(sorted(places), 2):
            apart = sum(steps[places[a]] != steps[places[b]] for steps in texts.values())
            self.stdout.write(f"{a} against {b}: {_of(apart, len(texts))}")


def _of(part: int, whole: int) -> str:
    return f"{part} of {whole} ({100 * part / whole:.0f} %)" if whole else "0 of 0"
