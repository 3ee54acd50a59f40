"""Putting a ticket back to what it was before one act of a batch.

Columns come from a snapshot, which holds no text; texts, links, tags and messages from
the events of that act. What happened since is never overwritten: the version says so.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import FieldDoesNotExist
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from core.errors import Refused
from core.log import act, record
from core.models import Event, TextVersion
from itsm.tickets import details, kinds
from itsm.tickets.actions.common import Changes, changed_since, logged, save
from itsm.tickets.actions.linking import PARENT
from itsm.tickets.actions.moving import LOGGED
from itsm.tickets.actions.tagging import set_tags
from itsm.tickets.mentions import noting
from itsm.tickets.models import Comment, Link, Participant, Ticket
from itsm.tickets.policy import approvals_of
from itsm.tickets.queries import lock
from itsm.tickets.reckoning import definition_of
from itsm.tickets.tags.models import Tag
from people.models import User

TEXTS = ("resolution", "priority_reason")
WATCHER = Participant.Role.WATCHER
KEPT = (
    *("state", "state_category", "state_since", "wait_reason", "wake_at"),
    *("category", "impact", "urgency", "priority", "size", "affected"),
    *("owner", "offered_to", "team", "service", "parent", "restricted"),
    *("responded_at", "informed_at", "paused_since", "paused_for"),
    *("resolved_at", "closed_at", "resolution_code", "verified_by"),
    *("handovers", "reopens"),
)
SHOWN = (*LOGGED, "priority", "size", "affected", "parent", "offered_to", "restricted")
Snapshot = dict[str, Any]


def snapshot(ticket: Ticket) -> Snapshot:
    """Its columns as they are, in JSON, without any text."""
    kept: Snapshot = {}
    for name in KEPT:
        field: Any = Ticket._meta.get_field(name)
        value = field.value_from_object(ticket)
        kept[name] = None if value is None else field.value_to_string(ticket)
    kept["texts"] = [name for name in TEXTS if getattr(ticket, name)]
    kept["approvals"] = _decisions(ticket)
    return kept


def restore(
    *,
    ticket: Ticket,
    before: Snapshot,
    version: int | None,
    act_id: UUID,
    by: User,
    at: datetime,
) -> Ticket:
    """Make it what it was before the events with this request id.

    Raises Refused where somebody touched it since, or where a decision hangs on it.
    """
    with act():
        ticket = lock(ticket)
        check_untouched(ticket, version)
        _check_decisions(ticket, before)
        events = _events(ticket, act_id)
        changes = put_back(ticket, before)
        changes |= _texts_back(ticket, before, events)
        changes |= _fields_back(ticket, events)
        changes |= _things_back(ticket, events, by, at)
        save(ticket, at=at, fields=(*KEPT, *TEXTS, "extra"))
        changes["act"] = (str(act_id), None)
        public = any(event.public for event in events)
        record(kinds.UNDO, subject=ticket, by=by, at=at, changes=changes, public=public)
    return ticket


def put_back(ticket: Ticket, before: Mapping[str, Any]) -> Changes:
    """Set the columns of a snapshot; what the log shows of it. The caller saves."""
    shown = logged(ticket, SHOWN)
    for name in KEPT:
        field: Any = Ticket._meta.get_field(name)
        value = before[name]
        if field.is_relation:
            key = None if value is None else int(value)
            if getattr(ticket, field.attname) != key:
                setattr(ticket, field.attname, key)
        else:
            setattr(ticket, name, None if value is None else field.to_python(value))
    return changed_since(ticket, shown)


def check_untouched(ticket: Ticket, version: int | None) -> None:
    """Raise Refused where its row changed after that version."""
    if version is not None and ticket.version != version:
        raise Refused(
            _("Somebody has worked on %(number)s since, so it stays as it is.")
            % {"number": ticket.number}
        )


def _check_decisions(ticket: Ticket, before: Snapshot) -> None:
    if _decisions(ticket) != before["approvals"]:
        raise Refused(
            _("A decision on %(number)s was asked for or given; take it back there.")
            % {"number": ticket.number}
        )


def _decisions(ticket: Ticket) -> list[list[Any]]:
    return [[row.pk, row.decision] for row in approvals_of(ticket)]


def _events(ticket: Ticket, act_id: UUID) -> list[Event]:
    """What the act did to it, newest first."""
    rows = Event.objects.filter(
        subject_type=Ticket.subject_type, subject_id=ticket.pk, request_id=act_id
    )
    return list(rows.order_by("-id"))


def _texts_back(ticket: Ticket, before: Snapshot, events: Iterable[Event]) -> Changes:
    """The former wording, from the versions that are kept of every text."""
    changes: Changes = {}
    for event in events:
        for name in TEXTS:
            if name not in event.changes:
                continue
            old, new = event.changes[name]
            if name not in before["texts"]:
                body = ""
            else:
                body = _wording(ticket, name, old, new)
            setattr(ticket, name, body)
            changes[name] = (new, old)
    return changes


def _wording(ticket: Ticket, name: str, old: int | None, new: int) -> str:
    rows = TextVersion.objects.filter(
        subject_type=Ticket.subject_type, subject_id=ticket.pk, field=name
    )
    rows = rows.filter(pk=old) if old else rows.filter(pk__lt=new).order_by("-pk")
    found = rows.first()
    if found is None:
        raise Refused(_("The former text is not kept, so it stays as it is."))
    return found.body


def _fields_back(ticket: Ticket, events: Iterable[Event]) -> Changes:
    """The process's own fields and the practice's own row."""
    changes: Changes = {}
    detail = details.of(ticket.type)
    extra = dict(ticket.extra)
    fields = definition_of(ticket).fields
    for event in events:
        for name, (old, new) in event.changes.items():
            slug = name.removeprefix("fields.")
            if name.startswith("fields.") and slug in fields:
                extra[slug] = _custom(fields[slug].type, old)
                changes[name] = (new, old)
            elif detail is not None and name in detail.fields:
                _set_detail(ticket, detail, name, old)
                changes[name] = (new, old)
    ticket.extra = {slug: value for slug, value in extra.items() if value is not None}
    if detail is not None and any(name in detail.fields for name in changes):
        detail.load(ticket).save()
    return changes


def _custom(kind: str, old: Any) -> Any:
    if old is None:
        return None
    if kind == "text":
        return _body(old)
    if kind == "person":
        return User.objects.filter(pk=old).values_list("email", flat=True).first()
    return old


def _set_detail(ticket: Ticket, detail: details.Detail, name: str, old: Any) -> None:
    row = detail.load(ticket)
    if name in detail.texts:
        setattr(row, name, _body(old) if old else "")
        return
    try:
        field: Any = detail.model._meta.get_field(name)
    except FieldDoesNotExist:  # a pair of columns under one name, such as a window
        ends = [parse_datetime(one) for one in old or () if one]
        setattr(row, name, tuple(ends) or None)
        return
    setattr(row, field.attname, None if old is None else field.to_python(old))


def _body(pk: int) -> str:
    return TextVersion.objects.filter(pk=pk).values_list("body", flat=True).get()


def _things_back(
    ticket: Ticket, events: Iterable[Event], by: User, at: datetime
) -> Changes:
    """Messages that were sent go, links and tags and followers are as they were."""
    changes: Changes = {}
    is_referred_to = False
    for event in events:
        for name, (old, new) in event.changes.items():
            if name == "comment" and old is None:
                Comment.objects.filter(pk=new, ticket=ticket).delete()
                changes[name] = (new, None)
            elif name == "mentioned":  # being named made them watch
                Participant.objects.filter(
                    ticket=ticket, user_id=new, role=WATCHER, at=event.at
                ).delete()
            elif name == "reference":
                is_referred_to = True
            elif name == "link":
                _link_back(ticket, old, new, at)
                changes[name] = (new, old)
            elif name == "tags":
                set_tags(ticket, _still(old), by=by, at=at)
            elif name in Participant.Role.values:
                _follower_back(ticket, name, old, new, at)
                changes[name] = (new, old)
    if is_referred_to:
        noting.forget(ticket)
    return changes


def _still(tags: list[int]) -> list[int]:
    known = set(Tag.objects.filter(pk__in=tags).values_list("pk", flat=True))
    return [pk for pk in tags if pk in known]


def _link_back(ticket: Ticket, old: Any, new: Any, at: datetime) -> None:
    """A parent is a column; every other link is a row."""
    if new and new["kind"] != PARENT:
        Link.objects.filter(
            source=ticket, target_id=new["ticket"], kind=new["kind"]
        ).delete()
    if old and old["kind"] != PARENT:
        Link.objects.get_or_create(
            source=ticket,
            target_id=old["ticket"],
            kind=old["kind"],
            defaults={"at": at},
        )


def _follower_back(
    ticket: Ticket, role: str, old: int | None, new: int | None, at: datetime
) -> None:
    if new is not None:
        Participant.objects.filter(ticket=ticket, user_id=new, role=role).delete()
    if old is not None:
        Participant.objects.get_or_create(
            ticket=ticket, user_id=old, role=role, defaults={"at": at}
        )
