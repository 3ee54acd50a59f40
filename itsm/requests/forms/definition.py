"""Questions as data: read strictly from JSON, written back the same.

A form is a list of `{slug, label, type, help, required, choices, least, most, default,
takes, when: {field, is}, columns}`; what is empty is left out. `least` and `most` mean
characters of a text, the value of a number, days from the order of a date, how many
files, how many rows of a table. `when` names an earlier question: this one is asked if
that has one of these answers; with no answers listed, if it has any.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as T


class Type(StrEnum):
    """What kind of answer a question wants."""

    TEXT = "text"
    LONG_TEXT = "long_text"
    NUMBER = "number"
    DATE = "date"
    CHOICE = "choice"
    PERSON = "person"
    SERVICE = "service"
    FILE = "file"
    TABLE = "table"

    @property
    def label(self) -> Any:
        """As the builder calls it."""
        return TYPE_WORDS[self]


TYPE_WORDS: Mapping[Type, Any] = {
    Type.TEXT: T("Short text"),
    Type.LONG_TEXT: T("Long text"),
    Type.NUMBER: T("Number"),
    Type.DATE: T("Date"),
    Type.CHOICE: T("Choice"),
    Type.PERSON: T("Person"),
    Type.SERVICE: T("Service"),
    Type.FILE: T("File"),
    Type.TABLE: T("Table"),
}
IN_TABLES = (Type.TEXT, Type.NUMBER, Type.DATE, Type.CHOICE)
SLUG = re.compile(r"[a-z][a-z0-9_]{0,39}")
MOST_QUESTIONS, MOST_CHOICES, MOST_COLUMNS = 50, 50, 8
LONGEST_LABEL, LONGEST_HELP, LONGEST_CHOICE = 200, 500, 200
LARGEST = 10**12
# What is known of whoever it is for, by the type of question it can fill in.
TAKES: Mapping[Type, Sequence[str]] = {
    Type.TEXT: ("name", "email", "phone", "place", "cost_centre", "organisation"),
    Type.PERSON: ("requester", "manager"),
}


@dataclass(frozen=True, slots=True)
class When:
    """An earlier question, and the answers to it that show this one."""

    field: str
    answers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table."""

    slug: str
    label: str
    type: Type = Type.TEXT
    required: bool = False
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Field:
    """One question."""

    slug: str
    label: str
    type: Type = Type.TEXT
    help: str = ""
    required: bool = False
    choices: tuple[str, ...] = ()
    least: float | None = None
    most: float | None = None
    default: str = ""
    takes: str = ""
    when: When | None = None
    columns: tuple[Column, ...] = ()


Fields = Sequence[Field]


class Garbled(ValueError):
    """Not a form: the message says where and what is possible."""


def read(raw: Any) -> list[Field]:
    """A form from JSON. Raises Garbled where its shape is wrong."""
    if not isinstance(raw, list) or len(raw) > MOST_QUESTIONS:
        words = _("Send a list of at most %(most)s questions.")
        raise Garbled(words % {"most": MOST_QUESTIONS})
    return [_field(one, n) for n, one in enumerate(raw, start=1)]


def dump(fields: Fields) -> list[dict[str, Any]]:
    """A form as JSON, without what is empty."""
    return [_dumped(field) for field in fields]


def _dumped(one: Field | Column) -> dict[str, Any]:
    found: dict[str, Any] = {"slug": one.slug, "label": one.label, "type": one.type}
    found["type"] = str(one.type)
    for name in ("help", "required", "least", "most", "default", "takes"):
        value = getattr(one, name, None)
        if value is not None and value is not False and value != "":
            found[name] = value
    if one.choices:
        found["choices"] = list(one.choices)
    if isinstance(one, Field) and one.when is not None:
        found["when"] = {"field": one.when.field, "is": list(one.when.answers)}
    if isinstance(one, Field) and one.columns:
        found["columns"] = [_dumped(column) for column in one.columns]
    return found


_OWN = ("slug", "label", "type", "required", "choices")
_KEYS = frozenset((*_OWN, "help", "least", "most", "default", "takes"))


def _field(raw: Any, n: int) -> Field:
    where = _("Question %(n)s") % {"n": n}
    given = _object(raw, _KEYS | {"when", "columns"}, where)
    return Field(
        slug=_slug(given, where),
        label=_text(given, "label", LONGEST_LABEL, where),
        type=_type(given, tuple(Type), where),
        help=_text(given, "help", LONGEST_HELP, where),
        required=_flag(given, "required", where),
        choices=_texts(given, "choices", where),
        least=_number(given, "least", where),
        most=_number(given, "most", where),
        default=_text(given, "default", LONGEST_HELP, where),
        takes=_text(given, "takes", 40, where),
        when=_when(given.get("when"), where),
        columns=_columns(given.get("columns"), where),
    )


def _when(raw: Any, where: str) -> When | None:
    if raw is None:
        return None
    given = _object(raw, frozenset({"field", "is"}), where)
    return When(_text(given, "field", 40, where), _texts(given, "is", where))


def _columns(raw: Any, where: str) -> tuple[Column, ...]:
    if raw is None:
        return ()
    if not isinstance(raw, list) or len(raw) > MOST_COLUMNS:
        words = _("%(where)s: send a list of at most %(most)s columns.")
        raise Garbled(words % {"where": where, "most": MOST_COLUMNS})
    found = []
    for one in raw:
        given = _object(one, frozenset(_OWN), where)
        found.append(
            Column(
                slug=_slug(given, where),
                label=_text(given, "label", LONGEST_LABEL, where),
                type=_type(given, IN_TABLES, where),
                required=_flag(given, "required", where),
                choices=_texts(given, "choices", where),
            )
        )
    return tuple(found)


def _object(raw: Any, known: frozenset[str], where: str) -> Mapping[str, Any]:
    words = {"where": where, "known": ", ".join(sorted(known))}
    if not isinstance(raw, dict) or not raw.keys() <= known:
        said = _("%(where)s: send an object of these: %(known)s.")
        raise Garbled(said % words)
    return raw


def _slug(given: Mapping[str, Any], where: str) -> str:
    value = given.get("slug")
    if not isinstance(value, str) or not SLUG.fullmatch(value):
        said = _("%(where)s: its slug is 1 to 40 of a to z, 0 to 9 and _.")
        raise Garbled(said % {"where": where})
    return value


def _text(given: Mapping[str, Any], name: str, most: int, where: str) -> str:
    value = given.get(name, "")
    if not isinstance(value, str) or len(value) > most or not is_storable(value):
        said = _("%(where)s: “%(name)s” is a text of at most %(most)s characters.")
        raise Garbled(said % {"where": where, "name": name, "most": most})
    return value


def _texts(given: Mapping[str, Any], name: str, where: str) -> tuple[str, ...]:
    values = given.get(name, [])
    if not isinstance(values, list) or len(values) > MOST_CHOICES:
        said = _("%(where)s: “%(name)s” is a list of at most %(most)s texts.")
        raise Garbled(said % {"where": where, "name": name, "most": MOST_CHOICES})
    return tuple(_text({name: one}, name, LONGEST_CHOICE, where) for one in values)


def _type(given: Mapping[str, Any], known: Sequence[Type], where: str) -> Type:
    value = given.get("type", Type.TEXT)
    if not isinstance(value, str) or value not in known:
        said = _("%(where)s: its type is one of: %(known)s.")
        raise Garbled(said % {"where": where, "known": ", ".join(known)})
    return Type(value)


def _flag(given: Mapping[str, Any], name: str, where: str) -> bool:
    value = given.get(name, False)
    if not isinstance(value, bool):
        said = _("%(where)s: “%(name)s” is true or false.")
        raise Garbled(said % {"where": where, "name": name})
    return value


def _number(given: Mapping[str, Any], name: str, where: str) -> float | None:
    value = given.get(name)
    if value is None:
        return None
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not abs(value) <= LARGEST:
        said = _("%(where)s: “%(name)s” is a number.")
        raise Garbled(said % {"where": where, "name": name})
    return int(value) if value == int(value) else float(value)


def is_storable(text: str) -> bool:
    """Without NUL, and without halves of a character, as JSON may hold them."""
    try:
        return b"\x00" not in text.encode()
    except UnicodeEncodeError:
        return False
