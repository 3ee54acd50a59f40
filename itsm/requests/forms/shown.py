"""Answers in words, with the questions they were given to."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from core.texts import REDACTED
from itsm.requests.forms.definition import Column, Field, Fields, Type


@dataclass(frozen=True, slots=True)
class Shown:
    """One answer; a table has `head` and `rows`, files are ids of attachments."""

    slug: str
    label: str
    type: Type
    text: str = ""
    head: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()
    files: Sequence[int] = field(default_factory=tuple)
    value: Any = None


Name = Callable[[str], str]


def of(
    fields: Fields, answers: Mapping[str, Any], *, person: Name, service: Name
) -> list[Shown]:
    """What was answered, in the order of the questions."""
    return [
        _shown(one, answers[one.slug], person, service)
        for one in fields
        if one.slug in answers
    ]


def _shown(one: Field, value: Any, person: Name, service: Name) -> Shown:
    if value == REDACTED:
        return Shown(one.slug, one.label, Type.TEXT, _("This text was removed."))
    if one.type == Type.TABLE:
        head = [column.label for column in one.columns]
        rows = [[_cell(c, row.get(c.slug)) for c in one.columns] for row in value]
        return Shown(one.slug, one.label, one.type, head=head, rows=rows, value=value)
    if one.type == Type.FILE:
        return Shown(one.slug, one.label, one.type, files=value, value=value)
    text = {Type.PERSON: person, Type.SERVICE: service}.get(one.type, str)(value)
    if one.type in {Type.NUMBER, Type.DATE}:
        text = _plain(one.type, value)
    return Shown(one.slug, one.label, one.type, text, value=value)


def _cell(column: Column, value: Any) -> str:
    return "" if value is None else _plain(column.type, value)


def _plain(type_: Type, value: Any) -> str:
    """Numbers and dates as the reader writes them."""
    if type_ == Type.NUMBER:
        return str(number_format(value, use_l10n=True, force_grouping=True))
    if type_ == Type.DATE:
        return str(date_format(date.fromisoformat(value), "SHORT_DATE_FORMAT"))
    return str(value)


def texts(answers: Mapping[str, Any]) -> Iterator[str]:
    """Every word that somebody typed."""
    for value in answers.values():
        if isinstance(value, str):
            yield value
        elif isinstance(value, list):
            for row in value:
                if isinstance(row, dict):
                    yield from (v for v in row.values() if isinstance(v, str))


def people(fields: Fields, answers: Mapping[str, Any]) -> set[str]:
    """The e-mails that answers name."""
    return {
        answers[one.slug]
        for one in fields
        if one.type == Type.PERSON and one.slug in answers
    }
