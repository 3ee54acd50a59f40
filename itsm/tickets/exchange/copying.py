"""COPY: rows as PostgreSQL reads them, streamed."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from io import RawIOBase
from typing import Any

from django.db import Error

READ_FAILED = "error in .read() call"
_ESCAPES = str.maketrans({"\\": r"\\", "\n": r"\n", "\r": r"\r", "\t": r"\t"})


def cell(value: Any) -> str:
    """One value in COPY's text format."""
    if value is None:
        return r"\N"
    if isinstance(value, str):
        return value.translate(_ESCAPES)
    if value is True:
        return "t"
    if value is False:
        return "f"
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value)


class _Lines(RawIOBase):
    """What COPY reads from: rows made as they are asked for."""

    def __init__(self, rows: Iterable[Sequence[Any]]) -> None:
        self.rows: Iterator[Sequence[Any]] = iter(rows)
        self.rest = b""
        self.error: BaseException | None = None

    def read(self, size: int = -1) -> bytes:
        try:
            return self._read(size)
        except BaseException as error:  # psycopg2 would make one of its own of it
            self.error = error
            raise

    def _read(self, size: int) -> bytes:
        parts, length = [self.rest], len(self.rest)
        while size < 0 or length < size:
            row = next(self.rows, None)
            if row is None:
                break
            line = ("\t".join(map(cell, row)) + "\n").encode()
            parts.append(line)
            length += len(line)
        data = b"".join(parts)
        if size < 0:
            self.rest = b""
            return data
        self.rest = data[size:]
        return data[:size]


def copy(
    cursor: Any, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    """Copy rows into a table. Names come from our own code, never from a file.

    An error of the rows themselves is raised as it is, one of the database as
    Django's.
    """
    names = ", ".join(columns)
    lines = _Lines(rows)
    try:
        with cursor.db.wrap_database_errors:
            cursor.copy_expert(f"COPY {table} ({names}) FROM STDIN", lines)
    except Error as error:
        if lines.error is not None:
            raise lines.error from None
        if READ_FAILED in str(error):  # Ctrl-C between two of our lines
            raise KeyboardInterrupt from None
        raise
