"""import_rationales FILE --format gsm8k-solutions|cos-e|jsonl --set NAME"""

from generation.datasets import RATIONALE_FORMATS
from generation.management.importing import ImportCommand
from generation.services.imports import RationalesImported, rationales_import


class Command(ImportCommand):
    help = "Import rationales for the questions of a set, and say per source how many are right."
    formats = RATIONALE_FORMATS
    service = rationales_import

    def report(self, imported: RationalesImported) -> None:
        if imported.questions_added:
            self.stdout.write(f"{imported.questions_added} questions added")
        columns = ("read", "added", "right", "wrong", "declared", "unparsed")
        width = max(len(name) for name in [*imported.sources, "source"])
        self.stdout.write("  ".join(["source".ljust(width), *(f"{c:>8}" for c in columns)]))
        for name, counts in imported.sources.items():
            cells = (f"{getattr(counts, column):>8}" for column in columns)
            self.stdout.write("  ".join([name.ljust(width), *cells]))
