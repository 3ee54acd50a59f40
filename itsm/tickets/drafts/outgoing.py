"""Replies that go out when their few seconds are over: a due column, swept by beat.

The row is deleted in the transaction that writes the message, so that a reply goes out
once, whatever crashes; one that is refused comes back to its author as a draft.
"""

import logging
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext as _

from core import reader
from core.context import Door, through
from core.errors import Forbidden, Refused
from core.log import act
from itsm.tickets import promising
from itsm.tickets.doors import say
from itsm.tickets.drafts import uploads
from itsm.tickets.drafts.actions import come_back
from itsm.tickets.drafts.models import Draft
from itsm.tickets.queries import get_ticket
from people.models import User

log = logging.getLogger(__name__)
BATCH = 200
PATIENCE = timedelta(minutes=10)  # after which a reply that fails is its author's again
DISCARDED = timedelta(days=1)


def sweep(*, at: datetime) -> int:
    """Send what is due at `at`, oldest first; how many went out.

    Several sweeps may run at once: a reply that another holds is skipped.
    """
    sent = 0
    with through(Door.PAGE):
        for pk in list(_due(at).values_list("pk", flat=True)[:BATCH]):
            sent += _run(pk, at)
    return sent


def tidy(*, at: datetime) -> int:
    """Forget drafts that were discarded a day ago, and uploads that nobody sent."""
    gone, _each = Draft.objects.filter(discarded_at__lt=at - DISCARDED).delete()
    return int(gone) + uploads.sweep(at=at)


def seconds_late(*, at: datetime) -> float:
    """How long the oldest reply that is due has been waiting; 0 where none is."""
    oldest = _due(at).values_list("due_at", flat=True).first()
    return 0.0 if oldest is None else (at - oldest).total_seconds()


def _due(at: datetime) -> QuerySet[Any, Any]:
    return Draft.objects.filter(due_at__lte=at).order_by("due_at", "pk")


def _run(pk: int, at: datetime) -> int:
    """One reply in its own action; 1 where it went out."""
    try:
        return _send(pk, at)
    except (Refused, Http404) as refused:
        _return(pk, at, str(refused))
    except Exception:
        log.exception("the reply %s failed and will be tried again", pk)
        _return(pk, at, "", only_before=at - PATIENCE)
    return 0


def _claimed(pk: int, at: datetime) -> Draft | None:
    rows = Draft.objects.select_for_update(skip_locked=True, of=("self",))
    found: Draft | None = (
        rows.select_related("user", "ticket").filter(pk=pk, due_at__lte=at).first()
    )
    return found


def _send(pk: int, at: datetime) -> int:
    with act():
        held = _claimed(pk, at)
        if held is None or held.ticket is None:
            return 0
        with _speaking(held.user):
            if not held.user.is_active:
                raise Forbidden(_("You have no access any more."))
            ticket = get_ticket(held.user, held.ticket.number)
            files = held.fields.get("files", ())
            kept = uploads.of(held.user, ticket, files)
            raw = {"body": held.body, "public": True}
            say(ticket, raw, uploads.opened(kept), by=held.user, at=at)
            if until := held.fields.get("until"):
                promising.renew(
                    ticket=ticket,
                    by=held.user,
                    at=at,
                    until=datetime.fromisoformat(until),
                )
        held.delete()
        for one in kept:
            uploads.drop(one)
    return 1


def _return(
    pk: int, at: datetime, why: str, *, only_before: datetime | None = None
) -> None:
    """Give it back to its author, with the reason."""
    with act():
        held = _claimed(pk, at)
        if held is None or (only_before and held.due_at and held.due_at > only_before):
            return
        with _speaking(held.user):
            reason = why or _("Something went wrong on our side.")
            come_back(held, at=at, why=reason)


def _speaking(user: User) -> Any:
    """The language that the author reads."""
    return reader.speaking(user.language)
