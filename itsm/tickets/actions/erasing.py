"""Taking a text out for good: out of rows, search and copies; the log says who and why.

Erased are a comment, a file, or a field with all its former wordings. Other rooms
that keep copies register a scrubber with `core.texts.on_redact`.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from core import texts
from core.errors import Invalid
from core.log import act, record, write_at_end
from core.models import Event
from itsm.tickets import details, kinds
from itsm.tickets.actions.common import save
from itsm.tickets.approving.models import Vote
from itsm.tickets.checklist.models import Task
from itsm.tickets.models import Approval, Attachment, Comment, Ticket
from itsm.tickets.policy import require_on
from itsm.tickets.queries import lock
from itsm.tickets.reckoning import definition_of
from people.models import User

FIELDS = ("title", "description", "resolution", "priority_reason")
OWN = "fields."  # before the slug of a field of the process's own


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
        named = {"comment": comment, "attachment": attachment, "field": field}
        if event is not None:
            what, which = _named_by(ticket, event, at)
        else:
            what, which = _erase(ticket, named, at)
        reason = texts.keep(
            subject=ticket, field="redaction", body=why.strip(), by=by, at=at
        )
        save(ticket, at=at, fields=[*FIELDS, "extra"])
        # after the row itself is written, so that copies are renewed from that
        write_at_end(("redacted", ticket.pk), partial(texts.redacted, ticket))
        changes = {what: (which, None), "why": (None, reason)}
        record(kinds.REDACT, subject=ticket, by=by, at=at, changes=changes)
    return ticket


def _named_by(ticket: Ticket, event_id: int, at: datetime) -> tuple[str, Any]:
    """Erase the text or file that an event of this ticket is about."""
    found = Event.objects.filter(
        pk=event_id, subject_type=ticket.subject_type, subject_id=ticket.pk
    ).first()
    changes: dict[str, Any] = found.changes if found else {}
    for name in ("comment", "attachment"):
        if changes.get(name):
            return _erase(ticket, {name: changes[name][1]}, at)
    field = next((name for name in changes if _is_text(ticket, name)), None)
    if field is not None:
        return _erase(ticket, {"field": field}, at)
    detail = details.of(ticket.type)
    erased = detail.erase(ticket, changes) if detail is not None else None
    erased = erased or _erase_task(ticket, changes)
    if erased is None:
        raise Invalid({"event": [_("This event holds no text that could be removed.")]})
    return erased


def _erase_task(ticket: Ticket, changes: Mapping[str, Any]) -> tuple[str, Any] | None:
    """Why a task was waived, or what it is called; None where it says neither."""
    pk = changes.get("task", (None, None))[1]
    state = changes.get("task_state", (None, None))
    if state[1] == "waived":
        text = "waived_reason"
    elif "task_title" in changes or state == [None, "open"]:
        text = "title"
    else:
        return None
    found = Task.objects.filter(ticket=ticket, pk=pk).exclude(**{text: ""})
    return ("task", pk) if found.update(**{text: texts.REDACTED}) else None


def _erase(ticket: Ticket, named: Mapping[str, Any], at: datetime) -> tuple[str, Any]:
    """Erase the one thing that is named; what it was, and which."""
    given = [(name, value) for name, value in named.items() if value is not None]
    if len(given) == 1:
        what, which = given[0]
        if what == "comment":
            return what, _erase_comment(ticket, which, at)
        if what == "attachment":
            return what, _erase_file(ticket, which, at)
        if _is_text(ticket, which):
            return what, _erase_field(ticket, which, at)
    raise Invalid(
        {
            "comment": [
                _("Name what has to go: a comment, an event, an attachment or a field.")
            ]
        }
    )


def _is_text(ticket: Ticket, name: str) -> bool:
    """Whether a field holds what a person typed."""
    if name.startswith(OWN):
        field = definition_of(ticket).fields.get(name.removeprefix(OWN))
        return field is not None and field.type == "text"
    detail = details.of(ticket.type)
    return name in FIELDS or (detail is not None and name in detail.texts)


def _erase_field(ticket: Ticket, name: str, at: datetime) -> str:
    """Empty a field and all its former wordings."""
    detail = details.of(ticket.type)
    if name in FIELDS:
        setattr(ticket, name, texts.REDACTED)
    elif name.startswith(OWN):
        slug = name.removeprefix(OWN)
        ticket.extra = {**ticket.extra, slug: texts.REDACTED}
    elif detail is not None:
        row = detail.load(ticket)
        setattr(row, name, texts.REDACTED)
        row.save()
    texts.redact_versions(subject=ticket, field=name[:40], at=at)
    return name


def _erase_comment(ticket: Ticket, pk: int, at: datetime) -> int:
    found = Comment.objects.filter(pk=pk, ticket=ticket).first()
    if found is None:
        raise Invalid({"comment": [_("There is no such comment on this ticket.")]})
    # words that came with a decision are kept beside it, too
    decisions = Approval.objects.filter(ticket=ticket, decided_by=found.author)
    decisions.filter(reason=found.body[:1000]).update(reason=texts.REDACTED)
    votes = Vote.objects.filter(approval__ticket=ticket, by=found.author)
    votes.filter(words=found.body).update(words=texts.REDACTED)
    found.body, found.redacted_at = texts.REDACTED, at
    found.save(update_fields=["body", "redacted_at"])
    return found.pk


def _erase_file(ticket: Ticket, pk: int, at: datetime) -> int:
    found = Attachment.objects.filter(pk=pk, ticket=ticket).first()
    if found is None:
        raise Invalid({"attachment": [_("There is no such file on this ticket.")]})
    if found.redacted_at is None:
        gone = partial(found.file.storage.delete, found.file.name)
        transaction.on_commit(gone, robust=True)
        found.name, found.digest, found.file = texts.REDACTED, "", ""
        found.redacted_at = at
        found.save(update_fields=["name", "digest", "redacted_at", "file"])
    return found.pk
