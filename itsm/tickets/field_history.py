"""One field's history, read from the log: three queries, however long it is."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F
from django.utils.translation import gettext as _

from core.models import Event, TextVersion
from core.texts import REDACTED
from itsm.tickets import details
from itsm.tickets import timeline_rows as rows
from itsm.tickets.field_words import LABELS, TEXTUAL, label, value_words
from itsm.tickets.models import Ticket
from itsm.tickets.reckoning import definition_of
from people.models import User

MOST = 200
OWN = "fields."
ALSO = frozenset({"state", "wait_reason", "requester", "priority_reason", "resolution"})


@dataclass(frozen=True, slots=True)
class Change:
    """One change. `old` and `new` in words; `is_text`: wordings, to stand below."""

    at: datetime
    who: str
    old: str
    new: str
    is_text: bool


def label_of(ticket: Ticket, field: str) -> str:
    """The field in words; "" where a ticket has no such field."""
    if field.startswith("own-"):
        own = definition_of(ticket).fields.get(field.removeprefix("own-"))
        return (own.label or field.removeprefix("own-")) if own else ""
    detail = details.of(ticket.type)
    known = field in LABELS or field in ALSO or (detail and field in detail.fields)
    return label(field).strip().capitalize() if known else ""


def of(ticket: Ticket, field: str, reader: User) -> list[Change]:
    """Its changes, newest first."""
    name = OWN + field.removeprefix("own-") if field.startswith("own-") else field
    events = Event.objects.filter(
        subject_type=Ticket.subject_type, subject_id=ticket.pk, changes__has_key=name
    )
    columns = ("pk", "kind", "at", "actor_id", "changes")
    found = events.order_by("-id").values_list(*columns)[:MOST]
    happened = [
        rows.Happened(pk, kind, at, actor, {name: changes[name]})
        for pk, kind, at, actor, changes in found
    ]
    names = rows.names_of(happened, (), (), ticket, reader)
    texts = _texts(ticket, name, happened)
    return [_told(one, name, names, texts) for one in happened]


def _told(
    one: rows.Happened, name: str, names: rows.Names, texts: dict[int, str] | None
) -> Change:
    old, new = one.changes[name]
    if texts is None:
        shown = [value_words(name, value, names) for value in (old, new)]
    else:
        shown = [texts.get(value, "") if value else "" for value in (old, new)]
        gone = _("This text was removed.")
        shown = [gone if words == REDACTED else words for words in shown]
    who = names.user.get(one.actor_id or 0, _("Beeline"))
    return Change(one.at, who, shown[0], shown[1], texts is not None)


def _texts(
    ticket: Ticket, name: str, happened: list[rows.Happened]
) -> dict[int, str] | None:
    """The wordings that the events name; None where the field holds no text."""
    detail: Any = details.of(ticket.type)
    is_text = name in TEXTUAL | {"resolution", "priority_reason"}
    is_text = is_text or bool(detail and name in detail.texts)
    if name.startswith(OWN):
        own = definition_of(ticket).fields.get(name.removeprefix(OWN))
        is_text = own is not None and own.type == "text"
    if not is_text:
        return None
    ids = {v for one in happened for v in one.changes[name] if isinstance(v, int)}
    found = TextVersion.objects.filter(
        pk__in=ids, subject_type=Ticket.subject_type, subject_id=F("subject_id")
    )
    return dict(found.values_list("pk", "body"))
