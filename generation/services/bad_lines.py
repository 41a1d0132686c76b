"""What an import complains of: the lines that cannot be taken, up to as many as a person reads."""

from generation.datasets.items import BadLine

MOST_BAD_LINES = 1000


class ImportRefused(Exception):
    """The file holds lines that cannot be taken; nothing was written.

    `is_all` is False where reading stopped: there may be more than `bad_lines`.
    """

    def __init__(self, bad_lines: list[BadLine], *, is_all: bool = True) -> None:
        self.bad_lines = sorted(bad_lines, key=lambda bad: bad.line)
        self.is_all = is_all
        count = len(self.bad_lines)
        at_least = "" if is_all else "at least "
        super().__init__(
            f"{at_least}{count} line{'s' * (count != 1)} could not be read; nothing was imported"
        )


class BadLines:
    """Collects complaints. A line that carries five rationales is named once."""

    def __init__(self) -> None:
        self._found: dict[BadLine, None] = {}

    def add(self, bad_line: BadLine) -> None:
        """Raises ImportRefused at the thousandth: more would fill the memory and help nobody."""
        self._found[bad_line] = None
        if len(self._found) == MOST_BAD_LINES:
            raise ImportRefused(list(self._found), is_all=False)

    def refuse(self) -> None:
        """Raises ImportRefused where there is a bad line."""
        if self._found:
            raise ImportRefused(list(self._found))
