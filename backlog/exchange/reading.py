"""A file of stories: its rows, and what each would become. Nothing is written here."""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from backlog.exchange.columns import DONE, FIELDS
from backlog.exchange.known import Known
from backlog.stories.actions.common import LONGEST, PARTS
from backlog.stories.models import MOST_OF_ONE, SCALE
from core import cells
from core.errors import Invalid
from processes.models import Process

LARGEST = 1024 * 1024  # bytes of a file
MOST = 1000  # stories of one file
MOST_COLUMNS = 500  # Jira writes a column for each comment
MOST_CRITERIA = 50  # of one story
NUMBERS = (*PARTS, "points")
LINES = ("title", "as_a")  # what has one line
SEPARATOR = re.compile(r'\s*"?sep=(.)"?\s*\n')  # Excel's own first line
BULLETS = " -*•\t"


@dataclass(frozen=True, slots=True)
class Table:
    """The heads of a file, and its rows with the numbers a spreadsheet gives them."""

    heads: list[str]
    rows: list[tuple[int, list[str]]]

    def sample(self, place: int) -> str:
        """The first that stands in a column."""
        found = (row[place].strip() for _number, row in self.rows if place < len(row))
        return next(filter(None, found), "")[:80]


@dataclass(slots=True)
class Row:
    """What one row would become. `wrong` says why it cannot; `left` why it is left."""

    number: int
    given: dict[str, Any] = field(default_factory=dict)
    wrong: str = ""
    left: str = ""
    notes: list[str] = field(default_factory=list)

    @property
    def title(self) -> str:
        """What it is about."""
        return str(self.given.get("title", ""))

    @property
    def comes(self) -> bool:
        """Whether it becomes a story."""
        return not (self.wrong or self.left)

    def note(self, name: str, words: str) -> None:
        """What of a field does not come in as it stands there."""
        self.notes.append(f"{FIELDS[name]}: {words}")


def decode(data: bytes, most: int = LARGEST) -> str:
    """The text of a file; Windows' letters where it is no Unicode. Raises Invalid."""
    if len(data) > most:
        raise Invalid({"file": [_("At most 1 MB; split the file.")]})
    is_wide = data[:2] in (b"\xff\xfe", b"\xfe\xff")
    try:
        text = data.decode("utf-16" if is_wide else "utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")
    return text.replace("\x00", "").replace("\r\n", "\n").replace("\r", "\n")


def table(text: str) -> Table:
    """Its heads and rows, whatever separates them. Raises Invalid."""
    told = SEPARATOR.match(text)
    text = text[told.end() :] if told else text
    first = text.lstrip().splitlines()[:1]
    if not first:
        raise Invalid({"file": [_("This file is empty.")]})
    lines = _lines(text, told[1] if told else max(",;\t", key=first[0].count))
    if len(lines) < 2:
        raise Invalid({"file": [_("There is no row below the heads.")]})
    (_number, heads), *rows = lines
    if len(rows) > MOST:
        words = {"most": MOST, "n": len(rows)}
        said = _("At most %(most)s stories at once; this file has %(n)s. Split it.")
        raise Invalid({"file": [said % words]})
    if len(heads) > MOST_COLUMNS:
        said = _("At most %(most)s columns; this file has %(n)s.")
        words = {"most": MOST_COLUMNS, "n": len(heads)}
        raise Invalid({"file": [said % words]})
    return Table([cells.plain(head) for head in heads], rows)


def _lines(text: str, mark: str) -> list[tuple[int, list[str]]]:
    """Whatever is not blank, numbered from 1 as a spreadsheet does."""
    found, number = [], 0
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True)
        for number, line in enumerate(reader, 1):
            if any(cell.strip() for cell in line):
                found.append((number, line))
    except csv.Error as error:
        said = _(
            "Row %(n)s cannot be read: a quotation mark is not closed, or stands"
            " where none may."
        )
        raise Invalid({"file": [said % {"n": number + 1}]}) from error
    return found


def read(table: Table, mapping: Mapping[int, str], process: Process) -> list[Row]:
    """What each row would become; four queries for any number."""
    known = Known(process)
    found = []
    for number, values in table.rows:
        row = _row(number, values, mapping, known)
        if any(cell.strip() for cell in values[len(table.heads) :]):
            row.notes.append(_("what stands beyond the last head is left out"))
        found.append(row)
    return found


def _row(
    number: int, values: Sequence[str], mapping: Mapping[int, str], known: Known
) -> Row:
    row = Row(number)
    for place, name in mapping.items():
        value = cells.plain(values[place]) if place < len(values) else ""
        if value:
            _take(row, name, value, known)
    if not row.title:
        row.wrong = _("It has no title.")
    elif not row.left:
        ref = row.given.get("external_ref", "")
        row.left = known.before(number, row.title, ref)
    return row


def _take(row: Row, name: str, value: str, known: Known) -> None:
    if name == "status":
        if value.lower() in DONE:
            row.left = _("It is “%(status)s”") % {"status": value[:40]}
    elif name == "criteria":
        _criteria(row, value)
    elif name in NUMBERS:
        _number(row, name, value)
    elif name in ("activity", "increment", "assignee"):
        found = getattr(known, name).get(value.lower())
        if found is None:
            words = _("“%(name)s” is not known here, or not the only one")
            row.note(name, words % {"name": value[:60]})
        else:
            row.given[name] = found
    else:
        value = " ".join(value.split()) if name in LINES else value
        row.given[name] = _fitting(row, name, value, LONGEST.get(name, 100))


def _fitting(row: Row, name: str, value: str, most: int) -> str:
    if len(value) > most:
        row.note(name, _("shortened to %(n)s characters") % {"n": most})
    return value[:most].rstrip()


def _criteria(row: Row, value: str) -> None:
    lines = [one for line in value.splitlines() if (one := line.strip(BULLETS))]
    if len(lines) > MOST_CRITERIA:
        words = _("only the first %(n)s come in") % {"n": MOST_CRITERIA}
        row.note("criteria", words)
    row.given["criteria"] = [
        _fitting(row, "criteria", one, MOST_OF_ONE) for one in lines[:MOST_CRITERIA]
    ]


def _number(row: Row, name: str, value: str) -> None:
    """A number as the scale has it; what lies between goes up to the next."""
    try:
        number = float(value.replace(",", "."))
    except ValueError:
        number = -1
    if not 0 <= number < 10_000:
        row.note(name, _("“%(value)s” is no number") % {"value": value[:20]})
        return
    fitting = next((step for step in SCALE if step >= number), SCALE[-1])
    if fitting != number:
        words = {"value": value[:20], "fitting": fitting}
        row.note(name, _("%(value)s becomes %(fitting)s") % words)
    row.given[name] = fitting
