"""What can be wrong with a file, and the report of rows that need a person's eye."""

import csv
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

from core.cells import safe


class BadFile(Exception):
    """The file cannot be imported at all; the message is the sentence to print."""


class Unplaceable(Exception):
    """This row cannot become part of a ticket; the message says why."""


class Report:
    """A CSV of rows that were not placed, or placed with a remark.

    `path=None` counts without writing (a dry run prints instead).
    """

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.refused = 0
        self.noted = 0
        self.first: list[str] = []  # the first lines, for the terminal
        self._file: TextIO | None = None

    def __enter__(self) -> Self:
        if self.path is not None:
            try:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                self._file = self.path.open("w", encoding="utf-8", newline="")
            except OSError as error:
                raise BadFile(
                    f"The report cannot be written to {self.path}: {error.strerror}. "
                    "Name another place with --report."
                ) from error
            self._write("row", "number", "outcome", "reason")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._file is not None:
            self._file.close()

    def refuse(self, row: int, number: str, reason: str) -> None:
        """A row that was not placed."""
        self.refused += 1
        self._say(row, number, "not placed", reason)

    def note(self, row: int, number: str, remark: str) -> None:
        """A row that was placed, with something to know about it."""
        self.noted += 1
        self._say(row, number, "placed", remark)

    def _say(self, row: int, number: str, outcome: str, reason: str) -> None:
        if len(self.first) < 20:
            self.first.append(f"row {row} ({number or 'no number'}): {reason}")
        self._write(str(row), number, outcome, reason)

    def _write(self, *values: str) -> None:
        if self._file is not None:
            csv.writer(self._file, lineterminator="\n").writerow(map(safe, values))
