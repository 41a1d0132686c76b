"""import_questions FILE --format gsm8k|commonsenseqa|jsonl --set NAME"""

from generation.datasets import QUESTION_FORMATS
from generation.management.importing import ImportCommand
from generation.services.imports import QuestionsImported, questions_import


class Command(ImportCommand):
    help = "Import questions from a file into a question set; the same file twice adds nothing."
    formats = QUESTION_FORMATS
    service = questions_import

    def report(self, imported: QuestionsImported) -> None:
        self.stdout.write(
            f"{imported.read} questions read, {imported.added} added, "
            f"{imported.present} already in '{imported.question_set.name}'"
        )
