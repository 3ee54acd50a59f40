"""Reading answers: which questions are asked, and whether each is answered rightly."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Protocol

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from itsm.requests.forms.definition import (
    LARGEST,
    Column,
    Field,
    Fields,
    Type,
    is_storable,
)

LONGEST = {Type.TEXT: 250, Type.LONG_TEXT: 10_000}
MOST_FILES, MOST_ROWS = 10, 50
Given = Mapping[str, Any]


class Known(Protocol):
    """What answers may name."""

    def person(self, email: str) -> str | None:
        """Their address as we write it; None where nobody has it."""

    def service(self, slug: str) -> str | None:
        """Its slug; None where there is no such service for them."""


class Wrong(ValueError):
    """An answer that cannot be used; the message says what is possible."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What was answered, the files apart, and what is wrong with the rest."""

    answers: dict[str, Any] = field(default_factory=dict)
    files: dict[str, list[Any]] = field(default_factory=dict)
    errors: dict[str, list[str]] = field(default_factory=dict)


def visible(fields: Fields, answers: Given) -> frozenset[str]:
    """The questions that are asked, given these answers."""
    shown: set[str] = set()
    for one in fields:
        if one.when is None or _holds(one, shown, answers):
            shown.add(one.slug)
    return frozenset(shown)


def _holds(one: Field, shown: set[str], answers: Given) -> bool:
    assert one.when is not None
    if one.when.field not in shown:
        return False
    answer = answers.get(one.when.field)
    if one.when.answers:
        return isinstance(answer, str) and answer in one.when.answers
    return not is_blank(answer)


def clean(
    fields: Fields, given: Given, *, known: Known, day: date, but_files: bool = False
) -> Answered:
    """Read what was answered on `day`; answers to questions not asked are left out.

    `but_files`: the files came with an earlier order, and are not asked for again.
    """
    found = Answered()
    slugs = {one.slug for one in fields}
    for name in given.keys() - slugs:
        found.errors[name] = [_("There is no such question.")]
    shown: set[str] = set()
    for one in fields:
        if one.when is not None and not _holds(one, shown, _whole(found)):
            continue
        shown.add(one.slug)
        if one.type == Type.FILE and but_files:
            continue
        try:
            value = _read(one, given.get(one.slug), known, day)
        except Wrong as wrong:
            found.errors[one.slug] = [str(wrong)]
            continue
        if not is_blank(value):
            kept = found.files if one.type == Type.FILE else found.answers
            kept[one.slug] = value
    return found


def _whole(found: Answered) -> Given:
    return {**found.answers, **found.files}


def is_blank(value: Any) -> bool:
    """Whether nothing was answered."""
    return (
        value is None or value == [] or (isinstance(value, str) and not value.strip())
    )


def _read(one: Field, value: Any, known: Known, day: date) -> Any:
    if one.type == Type.TABLE:
        return _rows(one, value, day)
    if one.type == Type.FILE:
        return _files(one, value)
    if is_blank(value):
        if one.required:
            raise Wrong(_("This is needed."))
        return None
    match one.type:
        case Type.NUMBER:
            return _within(one, _number(value))
        case Type.DATE:
            return _soon(one, _date(value), day)
        case Type.CHOICE:
            return _choice(one, value)
        case Type.PERSON:
            return _named(known.person(_text(value, 254)), value)
        case Type.SERVICE:
            return _named(known.service(_text(value, 50)), value)
    return _long(one, _text(value, LONGEST[one.type]))


def _text(value: Any, most: int) -> str:
    if not isinstance(value, str) or not is_storable(value):
        raise Wrong(_("Send a text."))
    text = value.replace("\r\n", "\n").strip()
    if len(text) > most:
        said = ngettext("At most %(n)s character.", "At most %(n)s characters.", most)
        raise Wrong(said % {"n": most})
    return text


def _long(one: Field, text: str) -> str:
    if one.least is not None and len(text) < one.least:
        n = int(one.least)
        said = ngettext("At least %(n)s character.", "At least %(n)s characters.", n)
        raise Wrong(said % {"n": n})
    if one.most is not None:
        return _text(text, int(one.most))
    return text


def _number(value: Any) -> int | float:
    """A number, from JSON or as people type it, with a point or a comma."""
    typed = value.strip().replace(",", ".") if isinstance(value, str) else value
    is_number = isinstance(typed, str | int | float) and not isinstance(typed, bool)
    try:
        found = Decimal(str(typed)) if is_number else Decimal("NaN")
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite() or abs(found) > LARGEST:
        raise Wrong(_("Write a number."))
    return int(found) if found == int(found) else float(found)


def _within(one: Field, number: int | float) -> int | float:
    if one.least is not None and number < one.least:
        raise Wrong(_("At least %(n)s.") % {"n": one.least})
    if one.most is not None and number > one.most:
        raise Wrong(_("At most %(n)s.") % {"n": one.most})
    return number


def _date(value: Any) -> str:
    try:
        return date.fromisoformat(value.strip()).isoformat()
    except (ValueError, AttributeError) as error:
        raise Wrong(_("Write a date such as 2026-05-31.")) from error


def _soon(one: Field, text: str, day: date) -> str:
    """Not before and not after so many days from the order."""
    for days, is_wrong, said in (
        (one.least, lambda limit: text < limit, _("Not before %(day)s.")),
        (one.most, lambda limit: text > limit, _("Not after %(day)s.")),
    ):
        if days is None:
            continue
        try:
            limit = (day + timedelta(days=days)).isoformat()
        except OverflowError:
            continue
        if is_wrong(limit):
            raise Wrong(said % {"day": limit})
    return text


def _choice(one: Field | Column, value: Any) -> str:
    if value not in one.choices:
        raise Wrong(_("Choose one of: %(words)s.") % {"words": ", ".join(one.choices)})
    return str(value)


def _named(found: str | None, value: Any) -> str:
    if found is None:
        raise Wrong(_("There is no “%(name)s”.") % {"name": str(value)[:100]})
    return found


def _files(one: Field, value: Any) -> list[Any]:
    found = [] if value is None else value
    if not isinstance(found, list):
        raise Wrong(_("Send a list of files."))
    _count(one, len(found), MOST_FILES)
    return found


def _rows(one: Field, value: Any, day: date) -> list[dict[str, Any]]:
    rows = [] if value is None else value
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise Wrong(_("Send a list of rows."))
    rows = [row for row in rows if not all(map(is_blank, row.values()))]
    _count(one, len(rows), MOST_ROWS)
    return [_row(one.columns, row, n) for n, row in enumerate(rows, start=1)]


def _row(columns: Sequence[Column], row: Given, n: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if row.keys() - {column.slug for column in columns}:
        raise Wrong(_("Row %(n)s has a column that is not asked for.") % {"n": n})
    for column in columns:
        try:
            value = _cell(column, row.get(column.slug))
        except Wrong as wrong:
            where = {"n": n, "column": column.label, "why": str(wrong)}
            raise Wrong(_("Row %(n)s, %(column)s: %(why)s") % where) from wrong
        if value is not None:
            found[column.slug] = value
    return found


def _cell(column: Column, value: Any) -> Any:
    if is_blank(value):
        if column.required:
            raise Wrong(_("This is needed."))
        return None
    match column.type:
        case Type.NUMBER:
            return _number(value)
        case Type.DATE:
            return _date(value)
        case Type.CHOICE:
            return _choice(column, value)
    return _text(value, LONGEST[Type.TEXT])


def _count(one: Field, n: int, most: int) -> None:
    """How many rows or files."""
    least = max(int(one.least or 0), 1 if one.required else 0)
    if n == 0 and least == 0:
        return
    if n == 0 and one.required:
        raise Wrong(_("This is needed."))
    if 0 < n < least or (n == 0 and one.required):
        raise Wrong(_("At least %(n)s.") % {"n": least})
    limit = most if one.most is None else min(most, int(one.most))
    if n > limit:
        raise Wrong(_("At most %(n)s.") % {"n": limit})
