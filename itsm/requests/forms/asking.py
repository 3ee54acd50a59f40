"""A form as a page asks it: each question with what stands in it and what is wrong."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from itsm.requests.forms import posted
from itsm.requests.forms.answers import MOST_FILES, MOST_ROWS, visible
from itsm.requests.forms.definition import Column, Field, Fields, Type

FEW = 5  # so many answers to choose from stand open

Options = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Cell:
    """One input of a table."""

    name: str
    value: str
    column: Column


@dataclass(frozen=True, slots=True)
class Question:
    """One question; `only` says when it is asked, `shows` whether it is now."""

    field: Field
    name: str
    value: str
    fault: str = ""
    is_new: bool = False
    only: str = ""
    shows: bool = True
    limits: str = ""
    least: str = ""
    most: str = ""
    options: Options = ()
    rows: Sequence[Sequence[Cell]] = ()
    may_grow: bool = False

    @property
    def kind(self) -> str:
        """How it is asked: radio is a choice of a few that has to be made."""
        few = self.field.required and len(self.field.choices) <= FEW
        return "radio" if self.field.type == Type.CHOICE and few else self.field.type

    @property
    def said(self) -> str:
        """The ids of what is said of it, for who listens."""
        parts = {"help": self.field.help or self.limits, "fault": self.fault}
        return " ".join(f"{self.id}-{part}" for part, text in parts.items() if text)

    @property
    def id(self) -> str:
        """Its element."""
        return f"q-{self.field.slug}"


@dataclass(frozen=True, slots=True)
class Page:
    """What a form is shown with."""

    typed: Mapping[str, str] = field(default_factory=dict)
    faults: Mapping[str, str] = field(default_factory=dict)
    new: Collection[str] = ()
    services: Options = ()
    more: str = ""  # the table that gets one more row
    day: date | None = None


def ask(fields: Fields, page: Page) -> list[Question]:
    """The questions of a form, in order."""
    shown = visible(fields, posted.read(fields, page.typed))
    labels = {one.slug: one.label for one in fields}
    return [_ask(one, page, labels, shown) for one in fields]


def _ask(
    one: Field, page: Page, labels: Mapping[str, str], shown: Collection[str]
) -> Question:
    options: Options = [(choice, choice) for choice in one.choices]
    least, most = _ends(one, page.day)
    return Question(
        field=one,
        name=posted.name(one.slug),
        value=page.typed.get(posted.name(one.slug), ""),
        fault=page.faults.get(one.slug, ""),
        is_new=one.slug in page.new,
        only=_only(one, labels),
        shows=one.slug in shown,
        limits=_limits(one),
        least=least,
        most=most,
        options=page.services if one.type == Type.SERVICE else options,
        rows=_rows(one, page) if one.type == Type.TABLE else (),
        may_grow=posted.how_many(one, page.typed) < _most_rows(one),
    )


def _most_rows(one: Field) -> int:
    return MOST_ROWS if one.most is None else min(MOST_ROWS, int(one.most))


def _rows(one: Field, page: Page) -> list[list[Cell]]:
    """Those typed into, one at least, and one more where it was asked for."""
    count = posted.how_many(one, page.typed) + (page.more == one.slug)
    count = min(max(count, int(one.least or 1)), _most_rows(one))
    return [
        [
            Cell(name := posted.cell(one.slug, n, c.slug), page.typed.get(name, ""), c)
            for c in one.columns
        ]
        for n in range(count)
    ]


def _only(one: Field, labels: Mapping[str, str]) -> str:
    """When it is asked, for a page without scripts."""
    if one.when is None:
        return ""
    words: dict[str, Any] = {"question": labels.get(one.when.field, one.when.field)}
    if not one.when.answers:
        return _("Only if you answered “%(question)s”.") % words
    words["answers"] = _(" or ").join(one.when.answers)
    return _("Only if “%(question)s” is: %(answers)s.") % words


def _ends(one: Field, day: date | None) -> tuple[str, str]:
    """The smallest and largest a browser lets through; dates as days."""
    ends = (one.least, one.most)
    if one.type == Type.NUMBER:
        low, high = ("" if end is None else f"{end:g}" for end in ends)
        return low, high
    if one.type == Type.DATE and day is not None:
        low, high = ("" if end is None else _day(day, end) for end in ends)
        return low, high
    return "", ""


def _day(day: date, days: float) -> str:
    try:
        return (day + timedelta(days=days)).isoformat()
    except OverflowError:
        return ""


def _limits(one: Field) -> str:
    """How much it may be, in words."""
    least, most = one.least, one.most
    words = {"least": _plain(least), "most": _plain(most)}
    match one.type:
        case Type.NUMBER if least is not None and most is not None:
            return _("From %(least)s to %(most)s.") % words
        case Type.NUMBER if least is not None:
            return _("At least %(least)s.") % words
        case Type.NUMBER if most is not None:
            return _("At most %(most)s.") % words
        case Type.TEXT | Type.LONG_TEXT if most is not None:
            said = ngettext(
                "At most %(most)s character.", "At most %(most)s characters.", int(most)
            )
            return said % words
        case Type.FILE:
            n = min(MOST_FILES, int(most or MOST_FILES))
            return ngettext("One file.", "At most %(n)s files.", n) % {"n": n}
        case Type.TABLE if most is not None:
            return ngettext("One row.", "At most %(n)s rows.", int(most)) % {
                "n": int(most)
            }
    return ""


def _plain(number: float | None) -> str:
    return "" if number is None else f"{number:g}"
