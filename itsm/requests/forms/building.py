"""Building a form question by question. Pure: each step answers the whole form anew."""

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _

from itsm.requests.forms.definition import (
    IN_TABLES,
    MOST_CHOICES,
    MOST_COLUMNS,
    MOST_QUESTIONS,
    Column,
    Field,
    Fields,
    Garbled,
    Type,
    When,
    dump,
    read,
)

Typed = Mapping[str, Any]


def slug_of(label: str, taken: Collection[str]) -> str:
    """A name for a question out of its words, which no other has."""
    plain = unicodedata.normalize("NFKD", label).encode("ascii", "ignore").decode()
    base = re.sub(r"[^a-z0-9]+", "_", plain.lower()).strip("_")[:34].strip("_")
    if not base or not base[0].isalpha():
        base = f"q_{base}".rstrip("_")
    if base not in taken:
        return base
    return next(s for n in range(2, 1000) if (s := f"{base}_{n}") not in taken)


def add(fields: Fields, type_: str, label: str = "") -> list[Field]:
    """One more question at the end. Raises Garbled."""
    if len(fields) >= MOST_QUESTIONS:
        raise Garbled(_("At most %(n)s questions.") % {"n": MOST_QUESTIONS})
    if type_ not in tuple(Type):
        raise Garbled(_("Choose a type."))
    kind = Type(type_)
    words = label.strip() or str(kind.label)
    slug = slug_of(words, {one.slug for one in fields})
    new = Field(slug=slug, label=words, type=kind)
    if kind == Type.CHOICE:
        new = replace(new, choices=(_("Yes"), _("No")))
    if kind == Type.TABLE:
        new = replace(new, columns=(Column("name", _("Name")),))
    return read(dump([*fields, new]))


def remove(fields: Fields, slug: str) -> list[Field]:
    """Without a question; what depended on it is asked of everybody."""
    return [
        replace(one, when=None) if one.when and one.when.field == slug else one
        for one in fields
        if one.slug != slug
    ]


def move(fields: Fields, slug: str, to: int) -> list[Field]:
    """A question at another place, from 0."""
    rest = [one for one in fields if one.slug != slug]
    moved = [one for one in fields if one.slug == slug]
    to = max(0, min(to, len(rest)))
    return [*rest[:to], *moved, *rest[to:]]


def change(fields: Fields, slug: str, typed: Typed) -> list[Field]:
    """A question as its form was filled in. Raises Garbled for what cannot be kept."""
    found = [_changed(one, typed) if one.slug == slug else one for one in fields]
    return read(dump(found))


def _changed(one: Field, typed: Typed) -> Field:
    kind = _type(typed.get("type", one.type), tuple(Type), one.type)
    return Field(
        slug=one.slug,
        label=" ".join(str(typed.get("label", "")).split()),
        type=kind,
        help=str(typed.get("help", "")).strip(),
        required=bool(typed.get("required")),
        choices=_lines(typed.get("choices", "")) if kind == Type.CHOICE else (),
        least=_number(typed.get("least", "")),
        most=_number(typed.get("most", "")),
        default=str(typed.get("default", "")).strip(),
        takes=str(typed.get("takes", "")),
        when=_when(typed),
        columns=_columns(typed) if kind == Type.TABLE else (),
    )


def _type(value: Any, known: Sequence[Type], otherwise: Type) -> Type:
    return Type(value) if value in known else otherwise


def _lines(text: Any) -> tuple[str, ...]:
    lines = (line.strip() for line in str(text).splitlines())
    return tuple(line for line in lines if line)[:MOST_CHOICES]


def _number(text: Any) -> float | None:
    typed = str(text).strip().replace(",", ".")
    if not typed:
        return None
    try:
        found = float(typed)
        return int(found) if found == int(found) else found
    except (ValueError, OverflowError) as error:
        raise Garbled(_("The smallest and the largest are numbers.")) from error


def _when(typed: Typed) -> When | None:
    field = str(typed.get("when", ""))
    if not field:
        return None
    answers = typed.get("is", ())
    return When(field, tuple(answers) if typed.get("was") == field else ())


def _columns(typed: Typed) -> tuple[Column, ...]:
    """Those with a name; `col.<n>.label`, `.type`, `.required`, `.choices`."""
    found: list[Column] = []
    for n in range(MOST_COLUMNS):
        label = " ".join(str(typed.get(f"col.{n}.label", "")).split())
        if not label:
            continue
        kind = _type(typed.get(f"col.{n}.type", ""), IN_TABLES, Type.TEXT)
        taken = {column.slug for column in found}
        kept = str(typed.get(f"col.{n}.slug", ""))
        choices = str(typed.get(f"col.{n}.choices", "")).replace(",", "\n")
        found.append(
            Column(
                slug=kept if kept and kept not in taken else slug_of(label, taken),
                label=label,
                type=kind,
                required=bool(typed.get(f"col.{n}.required")),
                choices=_lines(choices) if kind == Type.CHOICE else (),
            )
        )
    return tuple(found)
