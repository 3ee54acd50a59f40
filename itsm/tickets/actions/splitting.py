"""A ticket that holds two things becomes two: chosen messages and files move over."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from core.errors import Invalid, Refused
from core.log import act, record
from itsm.tickets import kinds
from itsm.tickets.actions.common import Changes, save
from itsm.tickets.actions.merging import ENDS, end, lock_both
from itsm.tickets.actions.opening import open_ticket
from itsm.tickets.joining.models import Split
from itsm.tickets.mentions.models import Mention
from itsm.tickets.models import Attachment, Comment, Link, Ticket
from itsm.tickets.policy import require_on
from itsm.tickets.queries import lock
from itsm.tickets.states import LinkKind
from people.models import User

SHARED = (  # what the new ticket has of the first
    *("type", "requester", "organisation", "channel", "restricted"),
    *("service", "category", "team", "impact", "urgency"),
)
STATE = (
    *("state", "state_category", "state_since", "wait_reason", "wake_at"),
    *("paused_since", "closed_at", "resolution_code"),
)


def split(
    *,
    ticket: Ticket,
    by: User,
    at: datetime,
    title: str,
    comments: Sequence[int] = (),
    attachments: Sequence[int] = (),
) -> Ticket:
    """Make a new ticket of the same kind from messages and files of this one.

    Who said what and when stays. Answers the new ticket. Raises Forbidden, Invalid.
    """
    with act():
        ticket = lock(ticket)
        require_on(by, "ticket.split", ticket)
        said, files = _chosen(ticket, comments, attachments)
        shared = {name: getattr(ticket, name) for name in SHARED}
        made = open_ticket(title=title, by=by, at=at, **shared)
        _move(said, files, to=made)
        done: dict[str, Any] = {"at": at, "by": by}
        Link.objects.create(source=made, target=ticket, kind=LinkKind.RELATED, **done)
        moved: dict[str, Any] = {"comments": said, "attachments": files}
        Split.objects.create(ticket=made, origin=ticket, **moved, **done)
        save(ticket, at=at)
        save(made, at=at)
        gone: Changes = {"split_off": (None, made.pk)}
        record(kinds.SPLIT, subject=ticket, by=by, at=at, changes=gone)
        came: Changes = {"split_from": (None, ticket.pk), **_came(moved)}
        record(kinds.SPLIT_HERE, subject=made, by=by, at=at, changes=came)
    return made


def unsplit(*, ticket: Ticket, by: User, at: datetime) -> Ticket:
    """Take a split back: `ticket` is the new one; its messages return to the first.

    Possible while nothing else was said on it. It ends as a duplicate.
    """
    with act():
        origin = Split.objects.filter(ticket_id=ticket.pk).values_list("origin").first()
        if origin is None:
            raise Refused(_("%(n)s was not split off any.") % {"n": ticket.number})
        ticket, first = lock_both(ticket, Ticket(pk=origin[0]))
        require_on(by, "ticket.split", ticket)
        row = Split.objects.filter(ticket_id=ticket.pk).first()
        if row is None:
            raise Refused(_("%(n)s was not split off any.") % {"n": ticket.number})
        _check_unused(ticket, row)
        moved = {"comments": row.comments, "attachments": row.attachments}
        _move(row.comments, row.attachments, to=first)
        changes = _ended(ticket, at) | {"split_from": (first.pk, None)}
        row.delete()
        save(ticket, at=at, fields=STATE)
        save(first, at=at)
        record(
            kinds.UNSPLIT, subject=ticket, by=by, at=at, changes=changes, public=True
        )
        back: Changes = {"split_off": (ticket.pk, None), **_came(moved)}
        record(kinds.UNSPLIT, subject=first, by=by, at=at, changes=back)
    return first


def _ended(ticket: Ticket, at: datetime) -> Changes:
    return {} if ticket.state_category in ENDS else end(ticket, at)


def _chosen(
    ticket: Ticket, comments: Sequence[int], attachments: Sequence[int]
) -> tuple[list[int], list[int]]:
    """The ids, with the files of the messages; refused where one is not its own."""
    said = list(
        Comment.objects.filter(ticket=ticket, pk__in=comments)
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    if len(said) != len(set(comments)):
        raise Invalid({"comments": [_("There is no such message on this ticket.")]})
    rows = Attachment.objects.filter(ticket=ticket)
    own = list(rows.filter(pk__in=attachments).values_list("pk", flat=True))
    if len(own) != len(set(attachments)):
        raise Invalid({"attachments": [_("There is no such file on this ticket.")]})
    if not said and not own:
        raise Invalid({"comments": [_("Choose at least one message or file.")]})
    with_them = rows.filter(comment_id__in=said).values_list("pk", flat=True)
    return said, sorted({*own, *with_them})


def _came(moved: Mapping[str, list[int]]) -> Changes:
    return {name: (None, ids) for name, ids in moved.items()}


def _move(said: list[int], files: list[int], *, to: Ticket) -> None:
    Comment.objects.filter(pk__in=said).update(ticket=to)
    Mention.objects.filter(comment_id__in=said).update(ticket=to)
    Attachment.objects.filter(pk__in=files).update(ticket=to)


def _check_unused(ticket: Ticket, row: Split) -> None:
    others = Comment.objects.filter(ticket=ticket).exclude(pk__in=row.comments)
    files = Attachment.objects.filter(ticket=ticket).exclude(pk__in=row.attachments)
    if others.exists() or files.exists():
        raise Refused(
            _("More was said on %(n)s since; merge it instead.") % {"n": ticket.number}
        )
