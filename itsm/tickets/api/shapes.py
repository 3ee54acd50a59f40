"""A ticket, a comment, a file as the API tells them; the contract's field names."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from django.http import HttpRequest

from core.api.schema import (
    FLAG,
    INSTANT,
    OPTIONAL_INSTANT,
    OPTIONAL_TEXT,
    TEXT,
    WHOLE,
    Schema,
    component,
    obj,
    one_of,
    page_of,
)
from itsm.tickets import details
from itsm.tickets.models import Attachment, Comment, Ticket
from itsm.tickets.states import Channel, DueKind, Level, StateCategory, TicketType
from people.models import User

# What the API calls it, and where it stands on the record.
COLUMNS: Mapping[str, str] = {
    "number": "number",
    "type": "type",
    "title": "title",
    "description": "description",
    "state": "state",
    "state_category": "state_category",
    "category": "category__slug",
    "impact": "impact",
    "urgency": "urgency",
    "priority": "priority",
    "size": "size",
    "affected": "affected",
    "requester": "requester__email",
    "owner": "owner__email",
    "offered_to": "offered_to__email",
    "team": "team__slug",
    "service": "service__slug",
    "organisation": "organisation__slug",
    "parent": "parent__number",
    "restricted": "restricted",
    "channel": "channel",
    "process_version": "process_version__number",
    "wait_reason": "wait_reason",
    "wake_at": "wake_at",
    "start_by": "start_by",
    "next_due_at": "next_due_at",
    "next_due_kind": "next_due_kind",
    "opened_at": "opened_at",
    "updated_at": "updated_at",
    "resolved_at": "resolved_at",
    "closed_at": "closed_at",
    "resolution": "resolution",
    "resolution_code": "resolution_code",
    "verified_by": "verified_by",
    "external_ref": "external_ref",
    "extra": "extra",
}
NULL_WHERE_EMPTY = frozenset(
    {"next_due_kind", "resolution_code", "verified_by", "wait_reason", "external_ref"}
)
PRIORITIES = ("P1", "P2", "P3", "P4", "P5")
_PATHS: Mapping[str, Sequence[str]] = {
    name: column.split("__") for name, column in COLUMNS.items()
}

TICKET: Mapping[str, Schema] = {
    "number": TEXT,
    "type": one_of(*TicketType.values),
    "title": TEXT,
    "description": TEXT,
    "state": TEXT,
    "state_category": one_of(*StateCategory.values),
    "category": OPTIONAL_TEXT,
    "impact": one_of(*Level.values),
    "urgency": one_of(*Level.values),
    "priority": one_of(*PRIORITIES),
    "size": {"type": "integer", "enum": [1, 2, 3, 5, 8]},
    "affected": WHOLE,
    "requester": OPTIONAL_TEXT,
    "owner": OPTIONAL_TEXT,
    "offered_to": OPTIONAL_TEXT,
    "team": OPTIONAL_TEXT,
    "service": OPTIONAL_TEXT,
    "organisation": OPTIONAL_TEXT,
    "parent": OPTIONAL_TEXT,
    "restricted": FLAG,
    "channel": one_of(*Channel.values),
    "process_version": WHOLE,
    "wait_reason": OPTIONAL_TEXT,
    "wake_at": OPTIONAL_INSTANT,
    "start_by": INSTANT,
    "next_due_at": OPTIONAL_INSTANT,
    "next_due_kind": one_of(*DueKind.values, empty=True),
    "opened_at": INSTANT,
    "updated_at": INSTANT,
    "resolved_at": OPTIONAL_INSTANT,
    "closed_at": OPTIONAL_INSTANT,
    "resolution": TEXT,
    "resolution_code": OPTIONAL_TEXT,
    "verified_by": OPTIONAL_TEXT,
    "external_ref": OPTIONAL_TEXT,
    "extra": {"type": "object"},
}
COMMENT: Mapping[str, Schema] = {
    "id": WHOLE,
    "author": OPTIONAL_TEXT,
    "body": TEXT,
    "public": FLAG,
    "channel": one_of(*Channel.values),
    "at": INSTANT,
    "redacted_at": OPTIONAL_INSTANT,
}
FILE: Mapping[str, Schema] = {
    "id": WHOLE,
    "name": TEXT,
    "content_type": TEXT,
    "size": WHOLE,
    "digest": TEXT,
    "public": FLAG,
    "author": OPTIONAL_TEXT,
    "comment": {"type": ["integer", "null"]},
    "at": INSTANT,
    "redacted_at": OPTIONAL_INSTANT,
    "url": OPTIONAL_TEXT,
}
component("Ticket", obj(TICKET))
component("Comment", obj(COMMENT))
component("Attachment", obj(FILE))
TICKET_PAGE = page_of("Ticket")
COMMENT_PAGE = page_of("Comment")
FILE_PAGE = page_of("Attachment")


def of_ticket(ticket: Ticket, user: User) -> dict[str, Any]:
    """One ticket with its practice's own fields.

    Costs one query where the practice has a row of its own, one where it has a parent.
    """
    told = _clean({name: _at(ticket, path) for name, path in _PATHS.items()})
    if told["parent"] is not None:
        told["parent"] = visible_numbers(user, [told["parent"]]).get(told["parent"])
    detail = details.of(ticket.type)
    if detail is not None:
        row = detail.load(ticket)
        names = (*detail.fields, *detail.shown)
        told |= {name: _told(getattr(row, name)) for name in names}
        if not user.is_staff:  # causes, plans: words among those who work here
            told |= dict.fromkeys(detail.texts, "")
        told |= detail.tells(ticket, row, user)
    return told


def of_rows(user: User) -> Callable[[Sequence[Any]], Iterable[dict[str, Any]]]:
    """Tickets of a list, read by `values_list(*COLUMNS.values(), named=True)`."""

    def build(rows: Sequence[Any]) -> Iterable[dict[str, Any]]:
        parents = visible_numbers(user, [row.parent__number for row in rows])
        for row in rows:
            told = _clean({n: getattr(row, c) for n, c in COLUMNS.items()})
            told["parent"] = parents.get(told["parent"])
            yield told

    return build


def visible_numbers(user: User, numbers: Iterable[str | None]) -> dict[str | None, str]:
    """Those of these tickets that the person may see; no query for none."""
    wanted = {number for number in numbers if number}
    if not wanted:
        return {}
    seen = Ticket.objects.visible_to(user).filter(number__in=wanted)
    return {number: number for number in seen.values_list("number", flat=True)}


def _at(ticket: Ticket, path: Sequence[str]) -> Any:
    value: Any = ticket
    for name in path:
        value = getattr(value, name)
        if value is None:
            return None
    return value


def _clean(told: dict[str, Any]) -> dict[str, Any]:
    told["priority"] = f"P{told['priority']}"
    for name in NULL_WHERE_EMPTY:
        told[name] = told[name] or None
    return told


def _told(value: Any) -> Any:
    """A practice's own field: rows by slug, windows as start and end."""
    if hasattr(value, "slug"):
        return value.slug
    if isinstance(value, tuple):
        return {"start": value[0], "end": value[1]}
    return value


def of_comment(comment: Comment) -> dict[str, Any]:
    """One message; its author has to be at hand."""
    return {
        "id": comment.pk,
        "author": comment.author.email if comment.author else None,
        "body": comment.body,
        "public": comment.is_public,
        "channel": comment.channel,
        "at": comment.at,
        "redacted_at": comment.redacted_at,
    }


def address(ticket: Ticket) -> str:
    """Where the API has a ticket."""
    return f"/api/v1/{ticket.type}s/{ticket.number}/"


def of_file(file: Attachment, request: HttpRequest, ticket: Ticket) -> dict[str, Any]:
    """One file; its author has to be at hand. A redacted one has no address."""
    url = None
    if file.redacted_at is None:
        path = f"{address(ticket)}attachments/{file.pk}/"
        url = request.build_absolute_uri(path)
    return {
        "id": file.pk,
        "name": file.name,
        "content_type": file.content_type,
        "size": file.size,
        "digest": file.digest,
        "public": file.is_public,
        "author": file.author.email if file.author else None,
        "comment": file.comment_id,
        "at": file.at,
        "redacted_at": file.redacted_at,
        "url": url,
    }
