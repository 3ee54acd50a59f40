"""Columns of a ticket that are not its own: what was said, and its parent."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from core.api.problems import Malformed
from itsm.table import ids
from itsm.table.choices import TABLE_OF_TYPE
from itsm.table.columns import (
    NOTHING,
    PARTS,
    Column,
    Extras,
    Places,
    Read,
    Reference,
    written,
)
from itsm.table.query import Condition
from itsm.tickets.models import Comment, Ticket
from people.models import User

LABELS = {"comments": "Additional comments", "work_notes": "Work notes"}
PUBLIC = {"comments": True, "work_notes": False}


@dataclass(frozen=True, kw_only=True)
class Journal(Column):
    """What was said: its value is what one writes next, so always empty."""

    is_asked: bool = False
    path: str = "pk"

    def value(self, places: Places, extras: Extras) -> Read:
        """Empty."""
        return lambda row: ""

    def display(self, places: Places, extras: Extras) -> Read:
        """Everything that was said, the newest first."""
        place, name, journals = places[self.path], self.name, extras.journals
        return lambda row: journals.get((name, row[place]), "")


@dataclass(frozen=True, kw_only=True)
class Parent(Reference):
    """The ticket above, as far as the reader may see it: else there is none."""

    kind: str = ids.TICKET
    path: str = "parent_id"
    shown: str = "parent__number"
    target: str = "task"

    def paths(self) -> tuple[str, ...]:
        """With what says in which table it is."""
        return (self.path, self.shown, "parent__type")

    def value(self, places: Places, extras: Extras) -> Read:
        """Its `sys_id`."""
        place, seen = places[self.path], extras.parents
        return lambda row: (
            ids.sys_id(ids.TICKET, row[place]) if row[place] in seen else ""
        )

    def display(self, places: Places, extras: Extras) -> Read:
        """Its number."""
        place, shown, seen = places[self.path], places[self.shown], extras.parents
        return lambda row: row[shown] if row[place] in seen else ""

    def table_of(self, type_: str) -> str:
        """The table in which a parent of this type is."""
        return TABLE_OF_TYPE[type_]

    def order(self) -> str:
        """Not possible: the order would tell of parents that are hidden."""
        raise Malformed(_("Nothing is sorted by %(f)s here.") % {"f": self.name})

    def fits(self, asked: Condition, user: User) -> Q:
        """Among visible parents only, even where the question is whether it has one."""
        operator = asked.operator
        seen = Ticket.objects.visible_to(user).filter(pk=OuterRef("parent_id"))
        if operator == "ISEMPTY" or (operator == "=" and not asked.value):
            return ~Q(Exists(seen))
        if operator in {"=", "IN"}:
            found = [ids.pk_of(self.kind, value) for value in asked.values]
            pks = [pk for pk in found if pk is not None]
            return Q(parent_id__in=pks) & Q(Exists(seen)) if pks else NOTHING
        if lookup := PARTS.get(operator):
            return Q(Exists(seen.filter(**{f"number__{lookup}": asked.value})))
        raise self.refusal(asked)


def said(pks: Iterable[int], names: Iterable[str]) -> Mapping[tuple[str, int], str]:
    """What was said on these tickets, by column and ticket. One query."""
    wanted = {PUBLIC[name]: name for name in names}
    rows = Comment.objects.filter(ticket_id__in=list(pks), is_public__in=list(wanted))
    columns = ("ticket_id", "is_public", "at", "author__name", "body")
    found: dict[tuple[str, int], list[str]] = {}
    for pk, is_public, at, author, body in rows.order_by("-pk").values_list(*columns):
        name = wanted[is_public]
        head = f"{written(at)} - {author or ''} ({LABELS[name]})"
        found.setdefault((name, pk), []).append(f"{head}\n{body}\n\n")
    return {key: "".join(entries) for key, entries in found.items()}


def visible_parents(user: User, pks: Iterable[int | None]) -> frozenset[int]:
    """Those of these tickets that the reader may see; no query for none."""
    wanted = {pk for pk in pks if pk is not None}
    if not wanted:
        return frozenset()
    seen = Ticket.objects.visible_to(user).filter(pk__in=wanted)
    return frozenset(seen.values_list("pk", flat=True))
