"""Reading a CSV file, packed or not, row by row, with its faults told in sentences."""

import bz2
import csv
import gzip
import lzma
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import TextIOWrapper
from pathlib import Path
from typing import IO, Any

from itsm.tickets.exchange.problems import BadFile

PACKERS: dict[bytes, Callable[..., Any]] = {
    b"\xfd7zXZ": lzma.open,
    b"\x1f\x8b": gzip.open,
    b"BZh": bz2.open,
}
UNPACK_ERRORS = (lzma.LZMAError, zlib.error, EOFError)


@dataclass(frozen=True, slots=True)
class Row:
    """One data row; `number` counts as a spreadsheet does, the header being 1."""

    number: int
    cells: Sequence[str]


@contextmanager
def opened(path: Path) -> Iterator[tuple[list[str], Iterator[Row], IO[bytes]]]:
    """The header, the rows and the raw file (for progress). Raises BadFile."""
    try:
        with path.open("rb") as raw:
            start = raw.read(6)
            raw.seek(0)
            packer = next((p for m, p in PACKERS.items() if start.startswith(m)), None)
            unpacked = packer(raw) if packer else raw
            text = TextIOWrapper(unpacked, encoding="utf-8-sig", newline="")
            with _in_sentences(path):
                header, rows = _table(path, text)
            yield header, rows, raw
    except OSError as error:
        why = error.strerror or str(error)
        raise BadFile(f"{path} cannot be read: {why}.") from error


@contextmanager
def _in_sentences(path: Path, row: int = 1) -> Iterator[None]:
    try:
        yield
    except UnicodeDecodeError as error:
        raise BadFile(
            f"{path} is not UTF-8 text (after row {row}). Save it as CSV in UTF-8."
        ) from error
    except UNPACK_ERRORS as error:
        raise BadFile(f"{path} is packed, and the package is damaged.") from error
    except gzip.BadGzipFile as error:
        raise BadFile(f"{path} is packed, and the package is damaged.") from error
    except csv.Error as error:
        raise BadFile(
            f"{path} is not a CSV file (after row {row}: {error}). "
            "Is a quotation mark missing?"
        ) from error


def _table(path: Path, text: TextIOWrapper) -> tuple[list[str], Iterator[Row]]:
    first = text.readline()
    while first and not first.strip():
        first = text.readline()
    if not first:
        raise BadFile(f"{path} is empty.")
    if "\0" in first:
        raise BadFile(f"{path} is not a CSV file.")
    delimiter = max(",;\t", key=first.count)
    header = [name.strip() for name in next(csv.reader([first], delimiter=delimiter))]
    return header, _rows(path, text, delimiter)


def _rows(path: Path, text: TextIOWrapper, delimiter: str) -> Iterator[Row]:
    reader = csv.reader(text, delimiter=delimiter)
    number = 1
    while True:
        with _in_sentences(path, number):
            cells = next(reader, None)
        if cells is None:
            return
        number += 1
        if cells:
            yield Row(number, cells)


def positions(
    path: Path, header: Sequence[str], required: Sequence[str]
) -> dict[str, int]:
    """Where each column stands. Raises BadFile naming those missing or doubled."""
    missing = [name for name in required if name not in header]
    if missing:
        raise BadFile(
            f"{path} has no column {', '.join(missing)}. "
            f"Its columns are: {', '.join(header)[:500]}."
        )
    doubled = sorted({name for name in required if header.count(name) > 1})
    if doubled:
        raise BadFile(f"{path} has the column {', '.join(doubled)} more than once.")
    return {name: place for place, name in enumerate(header)}
