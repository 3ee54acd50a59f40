"""What stands in a file: its columns, and rows as CSV or JSON.

CSV is for spreadsheets: a byte order mark so that letters survive, header words, one
separator per language, times in ISO 8601, and no text that a spreadsheet would run.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from core.api.answers import encode, iso
from core.cells import safe

MARK = "\ufeff"
SEPARATORS = {"de": ";"}  # what spreadsheets expect there; a comma elsewhere
# name (as the API's), what a query reads, header words
COLUMNS: tuple[tuple[str, str, Any], ...] = (
    ("number", "number", _("Number")),
    ("type", "type", _("Practice")),
    ("title", "title", _("Title")),
    ("state", "state", _("State")),
    ("state_category", "state_category", _("State category")),
    ("wait_reason", "wait_reason", _("Waits for")),
    ("priority", "priority", _("Priority")),
    ("impact", "impact", _("Impact")),
    ("urgency", "urgency", _("Urgency")),
    ("affected", "affected", _("People affected")),
    ("service", "service__slug", _("Service")),
    ("category", "category__slug", _("Category")),
    ("requester", "requester__email", _("Requester")),
    ("organisation", "organisation__slug", _("Organisation")),
    ("owner", "owner__email", _("Owner")),
    ("team", "team__slug", _("Team")),
    ("channel", "channel", _("Came by")),
    ("opened_at", "opened_at", _("Opened")),
    ("updated_at", "updated_at", _("Changed")),
    ("next_due_at", "next_due_at", _("Due")),
    ("resolved_at", "resolved_at", _("Resolved")),
    ("closed_at", "closed_at", _("Closed")),
    ("resolution_code", "resolution_code", _("Resolution code")),
    ("handovers", "handovers", _("Hand-overs")),
    ("reopens", "reopens", _("Reopened")),
    ("restricted", "restricted", _("Restricted")),
)
READ = tuple(column for _name, column, _label in COLUMNS)
Rows = Iterable[Sequence[Any]]


def csv_header(language: str) -> str:
    """The first line of a file, in the words of the language that is active."""
    labels = [str(label) for _name, _column, label in COLUMNS]
    return MARK + _lines([labels], language)


def csv_rows(rows: Rows, language: str) -> str:
    """Tickets as lines."""
    return _lines(([_cell(n, v) for n, v in _named(row)] for row in rows), language)


def json_rows(rows: Rows) -> str:
    """Tickets as objects, without the brackets around all of them."""
    return ",\n".join(encode(dict(_values(row))) for row in rows)


def _lines(rows: Iterable[Sequence[str]], language: str) -> str:
    text = io.StringIO()
    separator = SEPARATORS.get(language[:2], ",")
    csv.writer(text, delimiter=separator, lineterminator="\r\n").writerows(rows)
    return text.getvalue()


def _named(row: Sequence[Any]) -> Iterable[tuple[str, Any]]:
    names = (name for name, _column, _label in COLUMNS)
    return zip(names, row, strict=True)


def _values(row: Sequence[Any]) -> Iterable[tuple[str, Any]]:
    for name, value in _named(row):
        yield name, f"P{value}" if name == "priority" else value


def _cell(name: str, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return iso(value.replace(microsecond=0)) or ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if name == "priority":
        return f"P{value}"
    return safe(value) if isinstance(value, str) else str(value)
