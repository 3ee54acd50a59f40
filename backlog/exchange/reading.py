"""A file of stories: its rows, and what each would become. Nothing is written here."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from backlog.exchange.columns import DONE
from backlog.stories.actions.common import LONGEST, PARTS
from backlog.stories.models import MOST_OF_ONE, SCALE, Story
from core import cells
from core.errors import Invalid
from people.models import User
from processes.models import Process

LARGEST = 1024 * 1024  # bytes of a file
MOST = 1000  # stories of one file
MOST_COLUMNS = 500  # Jira writes a column for each comment
NUMBERS = (*PARTS, "points")


@dataclass(frozen=True, slots=True)
class Table:
    """The heads and the rows of a file."""

    heads: list[str]
    rows: list[list[str]]


@dataclass(slots=True)
class Row:
    """What one row would become. `wrong` says why it cannot; `left` why it is left."""

    line: int
    given: dict[str, Any] = field(default_factory=dict)
    wrong: str = ""
    left: str = ""
    notes: list[str] = field(default_factory=list)

    @property
    def title(self) -> str:
        """What it is about."""
        return str(self.given.get("title", ""))


def decode(data: bytes) -> str:
    """The text of a file; Windows' letters where it is no UTF-8. Raises Invalid."""
    if len(data) > LARGEST:
        raise Invalid({"file": [_("At most 1 MB; split the file.")]})
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")
    return text.replace("\x00", "")


def table(text: str) -> Table:
    """Its heads and rows, whatever separates them. Raises Invalid."""
    first = text.lstrip().splitlines()[:1]
    if not first:
        raise Invalid({"file": [_("This file is empty.")]})
    mark = max(",;\t", key=first[0].count)
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=mark))
    except csv.Error as error:
        raise Invalid({"file": [_("This is no CSV file.")]}) from error
    lines = [line for line in lines if any(cell.strip() for cell in line)]
    if len(lines) < 2:
        raise Invalid({"file": [_("There is no row below the heads.")]})
    if len(lines) > MOST + 1 or len(lines[0]) > MOST_COLUMNS:
        raise Invalid({"file": [_("At most %(n)s stories at once.") % {"n": MOST}]})
    return Table([cells.plain(head) for head in lines[0]], lines[1:])


def read(table: Table, mapping: Mapping[int, str], process: Process) -> list[Row]:
    """What each row would become; four queries for any number."""
    known = Known(process)
    seen: set[str] = set()
    found = []
    for line, cells_ in enumerate(table.rows, 2):
        row = _row(line, cells_, mapping, known)
        ref = row.given.get("external_ref", "")
        if ref and ref in seen and not row.wrong:
            row.left = _("%(ref)s stands twice in this file") % {"ref": ref}
        seen.add(ref)
        found.append(row)
    return found


class Known:
    """What rows can name, asked once."""

    def __init__(self, process: Process) -> None:
        self.activity = {one.name.lower(): one for one in process.activities.all()}
        self.increment = {one.name.lower(): one for one in process.increments.all()}
        people = User.objects.people()
        self.assignee = {one.email.lower(): one for one in people}
        self.assignee |= {one.name.lower(): one for one in people}
        refs = Story.objects.filter(process=process).exclude(external_ref="")
        self.refs = set(refs.values_list("external_ref", flat=True))


def _row(
    line: int, values: Sequence[str], mapping: Mapping[int, str], known: Known
) -> Row:
    row = Row(line)
    for place, name in mapping.items():
        value = cells.plain(values[place]) if place < len(values) else ""
        if value:
            _take(row, name, value, known)
    if not row.given.get("title"):
        row.wrong = row.wrong or _("It has no title.")
    elif (ref := row.given.get("external_ref")) in known.refs:
        row.left = _("%(ref)s came before") % {"ref": ref}
    return row


def _take(row: Row, name: str, value: str, known: Known) -> None:
    if name == "status":
        if value.lower() in DONE:
            row.left = _("It is %(status)s") % {"status": value.lower()}
    elif name == "criteria":
        lines = [one.strip(" -*•\t") for one in value.splitlines()]
        row.given[name] = [one[:MOST_OF_ONE] for one in lines if one][:50]
    elif name in NUMBERS:
        _number(row, name, value)
    elif name in ("activity", "increment", "assignee"):
        found = getattr(known, name).get(value.lower())
        if found is None:
            row.notes.append(_("“%(name)s” is not known here") % {"name": value[:60]})
        else:
            row.given[name] = found
    else:
        most = LONGEST.get(name, 100)
        if len(value) > most:
            row.notes.append(_("shortened to %(n)s characters") % {"n": most})
        row.given[name] = value[:most]


def _number(row: Row, name: str, value: str) -> None:
    """A number as the scale has it; what lies between goes up to the next."""
    try:
        number = float(value.replace(",", "."))
    except ValueError:
        number = -1
    if not 0 <= number < 10_000:
        row.notes.append(_("“%(value)s” is no number") % {"value": value[:20]})
        return
    fitting = next((step for step in SCALE if step >= number), SCALE[-1])
    if fitting != number:
        words = {"value": value[:20], "fitting": fitting}
        row.notes.append(_("%(value)s becomes %(fitting)s") % words)
    row.given[name] = fitting
