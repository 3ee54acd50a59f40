"""Taking a text out for good: out of rows, search and copies; the log says who and why.

Erased are a comment, a file, or a field with all its former wordings. Other rooms
that keep copies register a scrubber with `core.texts.on_redact`.
"""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from core import texts
from core.errors import Invalid
from core.log import act, record
from core.models import Event
from itsm.tickets import details, kinds
from itsm.tickets.actions.common import facts_of, save
from itsm.tickets.models import Attachment, Comment, Ticket
from itsm.tickets.policy import require_on
from itsm.tickets.queries import lock
from people.models import User

FIELDS = ("title", "description", "resolution")


def redact(
    *,
    ticket: Ticket,
    by: User,
    at: datetime,
    why: str,
    comment: int | None = None,
    event: int | None = None,
    attachment: int | None = None,
    field: str | None = None,
) -> Ticket:
    """Remove one text or file for good; name exactly one thing, and say why.

    An event id means the comment or file that the event is about.
    """
    with act():
        ticket = lock(ticket)
        require_on(by, "ticket.redact", ticket)
        if not why.strip():
            raise Invalid({"why": [_("Say why it has to go; the log keeps this.")]})
        if event is not None:
            comment, attachment, field = _named_by(ticket, event)
        what, which = _erase(ticket, comment, attachment, field, at)
        reason = texts.keep(
            subject=ticket, field="redaction", body=why.strip(), by=by, at=at
        )
        save(ticket, at=at, fields=FIELDS, facts=facts_of(ticket))
        texts.redacted(ticket)
        changes = {what: (which, None), "why": (None, reason)}
        record(kinds.REDACT, subject=ticket, by=by, at=at, changes=changes)
    return ticket


def _named_by(
    ticket: Ticket, event_id: int
) -> tuple[int | None, int | None, str | None]:
    """The comment, file or field that an event of this ticket is about."""
    found = Event.objects.filter(
        pk=event_id, subject_type=ticket.subject_type, subject_id=ticket.pk
    ).first()
    changes: dict[str, Any] = found.changes if found else {}
    if "comment" in changes:
        return changes["comment"][1], None, None
    if "attachment" in changes:
        return None, changes["attachment"][1], None
    field = next(
        (name for name in (*FIELDS, *_detail_texts(ticket)) if name in changes), None
    )
    if field is None:
        raise Invalid({"event": [_("This event holds no text that could be removed.")]})
    return None, None, field


def _erase(
    ticket: Ticket,
    comment: int | None,
    attachment: int | None,
    field: str | None,
    at: datetime,
) -> tuple[str, Any]:
    if comment is not None:
        return "comment", _erase_comment(ticket, comment, at)
    if attachment is not None:
        return "attachment", _erase_file(ticket, attachment, at)
    if field in FIELDS:
        setattr(ticket, field, texts.REDACTED)
        texts.redact_versions(subject=ticket, field=field, at=at)
        return "field", field
    detail = details.of(ticket.type)
    if detail is not None and field in detail.texts:
        row = detail.load(ticket)
        setattr(row, field, texts.REDACTED)
        row.save()
        texts.redact_versions(subject=ticket, field=field, at=at)
        return "field", field
    raise Invalid(
        {
            "comment": [
                _("Name what has to go: a comment, an event, an attachment or a field.")
            ]
        }
    )


def _erase_comment(ticket: Ticket, pk: int, at: datetime) -> int:
    found = Comment.objects.filter(pk=pk, ticket=ticket).first()
    if found is None:
        raise Invalid({"comment": [_("There is no such comment on this ticket.")]})
    found.body, found.redacted_at = texts.REDACTED, at
    found.save(update_fields=["body", "redacted_at"])
    return found.pk


def _erase_file(ticket: Ticket, pk: int, at: datetime) -> int:
    found = Attachment.objects.filter(pk=pk, ticket=ticket).first()
    if found is None:
        raise Invalid({"attachment": [_("There is no such file on this ticket.")]})
    if found.redacted_at is None:
        found.file.delete(save=False)
        found.name, found.redacted_at = texts.REDACTED, at
        found.save(update_fields=["name", "redacted_at", "file"])
    return found.pk


def _detail_texts(ticket: Ticket) -> frozenset[str]:
    detail = details.of(ticket.type)
    return frozenset() if detail is None else detail.texts
