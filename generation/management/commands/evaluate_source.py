"""evaluate_source NAME --set NAME [--greedy | --temperature T] [--seed S]"""

from django.core.management.base import BaseCommand, CommandError, CommandParser

from generation.models import QuestionSet, Source


class Command(BaseCommand):
    help = "Print a source's accuracy on a question set, by number of steps. Stores nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name")
        parser.add_argument("--set", required=True, dest="set_name", metavar="NAME")
        parser.add_argument("--greedy", action="store_true", help="temperature 0")
        parser.add_argument("--temperature", type=float, default=0.8, metavar="T")
        parser.add_argument("--seed", type=int, default=0, metavar="S")
        parser.add_argument("--limit", type=int, metavar="N", help="the first N questions only")
        parser.add_argument("--max-new-tokens", type=int, default=256, metavar="N")

    def handle(
        self, *, name: str, set_name: str, greedy: bool, temperature: float, seed: int,
        limit: int | None, max_new_tokens: int, **_: object,
    ) -> None:  # fmt: skip
        from generation.services.evaluation import source_evaluate  # httpx, and perhaps torch
        from generation.services.failures import SENTENCES, failure_sentence

        source = Source.objects.filter(name=name).exclude(model="").first()
        question_set = QuestionSet.objects.filter(name=set_name).first()
        if source is None:
            raise CommandError(f"No source with a model is named '{name}'.")
        if question_set is None or not question_set.questions.exists():
            raise CommandError(f"No question set with questions is named '{set_name}'.")
        if limit is not None and limit < 1:
            raise CommandError(
                f"--limit is the number of questions to ask, 1 or more, not {limit}."
            )
        if not temperature > 0 or max_new_tokens < 1:
            raise CommandError("--temperature and --max-new-tokens are more than 0; see --greedy.")
        try:
            found = source_evaluate(
                source=source,
                question_set=question_set,
                temperature=0.0 if greedy else temperature,
                seed=seed,
                limit=limit,
                max_new_tokens=max_new_tokens,
            )
        except (*SENTENCES, MemoryError, RuntimeError) as problem:
            raise CommandError(failure_sentence(problem)) from problem
        how = "greedy" if greedy else f"T {temperature}"
        self.stdout.write(f"{name} on {found.n} questions of '{set_name}', {how}, {source.prompt}")
        self.stdout.write(f"right            {_share(found.right, found.n)}")
        self.stdout.write(f"unparsed         {_share(found.unparsed, found.n)}")
        self.stdout.write(
            f"right answers by wrong reasoning  {_share(found.wrong_reasoning, found.right)}"
        )
        for steps, (right, total) in found.by_steps.items():
            self.stdout.write(f"{steps:2d} steps         {_share(right, total)}")


def _share(part: int, whole: int) -> str:
    return f"{part}/{whole} = {100 * part / whole:.1f} %" if whole else "0/0"
