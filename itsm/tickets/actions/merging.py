"""Two tickets about the same become one, and two again.

The merged ticket keeps its number, its conversation and its timeline; work goes on in
the other. Both rows are locked in the order of their ids, so that two merges at once
wait for each other instead of crossing.
"""

from collections.abc import Iterable
from datetime import datetime

from django.utils.translation import gettext as _

from core.errors import Forbidden, Invalid, Refused, WrongState
from core.log import act, record
from itsm.tickets import kinds
from itsm.tickets.actions.common import (
    Changes,
    changed_since,
    logged,
    require_open,
    save,
    verb_names,
)
from itsm.tickets.actions.undoing import KEPT, put_back, snapshot
from itsm.tickets.joining.models import Merged
from itsm.tickets.models import Participant, Ticket
from itsm.tickets.policy import approvals_of, require_on
from itsm.tickets.queries import lock
from itsm.tickets.reckoning import definition_of
from itsm.tickets.states import StateCategory
from people.models import User

CODE = "duplicate"
ENDS = (StateCategory.CANCELLED, StateCategory.CLOSED)  # the first that there is


def merge(*, ticket: Ticket, by: User, at: datetime, into: Ticket) -> Ticket:
    """`ticket` goes on in `into`. Raises Forbidden, WrongState, Invalid, Refused."""
    with act():
        ticket, target = lock_both(ticket, into)
        require_on(by, "ticket.merge", ticket)
        require_on(by, "ticket.merge", target)
        require_open(ticket, "merge", by, at=at)
        _check(ticket, target)
        before = snapshot(ticket)
        changes = end(ticket, at) | {"merged_into": (None, target.pk)}
        Merged.objects.create(
            ticket=ticket,
            into=target,
            at=at,
            by=by,
            before=before,
            followers=_bring_followers(ticket, target, at),
        )
        save(ticket, at=at, fields=KEPT)
        save(target, at=at)
        record(kinds.MERGE, subject=ticket, by=by, at=at, changes=changes, public=True)
        told: Changes = {"merged": (None, ticket.pk)}
        record(kinds.MERGED_HERE, subject=target, by=by, at=at, changes=told)
    return ticket


def unmerge(*, ticket: Ticket, by: User, at: datetime) -> Ticket:
    """It is a ticket of its own again, where it stood before."""
    with act():
        into = Merged.objects.filter(ticket_id=ticket.pk).values_list("into", flat=True)
        target_id = into.first()
        if target_id is None:
            raise Refused(_("%(n)s is not merged into any.") % {"n": ticket.number})
        ticket, target = lock_both(ticket, Ticket(pk=target_id))
        require_on(by, "ticket.merge", ticket)
        if not _sees(by, target):  # restricted since
            raise Forbidden(_("This is not yours to do."))
        row = Merged.objects.filter(ticket_id=ticket.pk, into_id=target.pk).first()
        if row is None:
            raise Refused(_("%(n)s is not merged into any.") % {"n": ticket.number})
        changes = put_back(ticket, row.before) | {"merged_into": (target.pk, None)}
        Participant.objects.filter(
            ticket=target, user_id__in=row.followers, role=Participant.Role.WATCHER
        ).delete()
        row.delete()
        save(ticket, at=at, fields=KEPT)
        save(target, at=at)
        record(
            kinds.UNMERGE, subject=ticket, by=by, at=at, changes=changes, public=True
        )
        told: Changes = {"merged": (ticket.pk, None)}
        record(kinds.UNMERGED_HERE, subject=target, by=by, at=at, changes=told)
    return ticket


def lock_both(one: Ticket, other: Ticket) -> tuple[Ticket, Ticket]:
    """Both rows, locked in the order of their ids whichever comes first."""
    held = {pk: lock(Ticket(pk=pk)) for pk in sorted({one.pk, other.pk})}
    return held[one.pk], held[other.pk]


def merged_into(ticket: Ticket) -> Ticket | None:
    """Where it goes on; no query for a ticket that cannot have been merged."""
    if not might_be_merged(ticket):
        return None
    row = Merged.objects.filter(ticket_id=ticket.pk).select_related("into").first()
    return row.into if row else None


def might_be_merged(ticket: Ticket) -> bool:
    """Whether it stands as merged ones do; its row says whether it is one."""
    return ticket.state_category in ENDS and ticket.resolution_code == CODE


def require_not_merged(ticket: Ticket, by: User | None, *, at: datetime) -> None:
    """A merged ticket moves no more until it is one of its own again."""
    target = merged_into(ticket)
    if target is not None:
        raise WrongState(
            _("%(number)s goes on in %(other)s; undo the merge first.")
            % {"number": ticket.number, "other": target.number},
            allowed=verb_names(ticket, by, at=at),
        )


def _check(ticket: Ticket, target: Ticket) -> None:
    words = {"n": ticket.number, "other": target.number}
    problem = ""
    if ticket.pk == target.pk:
        problem = _("A ticket cannot be merged into itself.")
    elif (further := merged_into(target)) is not None:
        words["further"] = further.number
        problem = _("%(other)s goes on in %(further)s; merge it into that one.") % words
    elif target.state_category in {*ENDS, StateCategory.RESOLVED}:
        problem = _("%(other)s has ended; merge it into one that is open.") % words
    elif "change" in {ticket.type, target.type} and ticket.type != target.type:
        problem = _("A change is decided on by itself; link %(other)s instead.") % words
    elif target.restricted and ticket.requester_id != target.requester_id:
        problem = _("%(other)s is for the people on it alone; link it instead.") % words
    if problem:
        raise Invalid({"into": [problem]})
    if any(not row.decision for row in approvals_of(ticket)):
        raise Refused(_("Somebody is asked to decide on %(n)s first.") % words)
    if ticket.children.exists():
        raise Refused(
            _("Tickets stand below %(n)s; put them below %(other)s first.") % words
        )


def end(ticket: Ticket, at: datetime) -> Changes:
    """Into the state in which its process ends what is not done by itself."""
    states = definition_of(ticket).states.values()
    ends = (s for category in ENDS for s in states if s.category == category)
    last = next(ends)
    names = ("state", "state_category", "wait_reason", "wake_at", "resolution_code")
    before = logged(ticket, names)
    ticket.state, ticket.state_category = last.slug, last.category
    ticket.state_since = ticket.closed_at = at
    ticket.wait_reason, ticket.wake_at, ticket.paused_since = "", None, None
    ticket.resolution_code = CODE
    return changed_since(ticket, before)


def _bring_followers(ticket: Ticket, target: Ticket, at: datetime) -> list[int]:
    """Who watched or owned it watches the other, as far as they may see it."""
    watching = Participant.objects.filter(role=Participant.Role.WATCHER)
    ids = set(watching.filter(ticket=ticket).values_list("user_id", flat=True))
    if ticket.owner_id is not None and ticket.owner_id != target.owner_id:
        ids.add(ticket.owner_id)
    ids -= set(watching.filter(ticket=target).values_list("user_id", flat=True))
    people = User.objects.people().filter(pk__in=ids)
    wanted = sorted(p.pk for p in people if _sees(p, target))
    Participant.objects.bulk_create(
        Participant(ticket=target, user_id=pk, role=Participant.Role.WATCHER, at=at)
        for pk in wanted
    )
    return wanted


def _sees(person: User, ticket: Ticket) -> bool:
    seen: Iterable[Ticket] = Ticket.objects.visible_to(person).filter(pk=ticket.pk)
    return person.is_staff and bool(seen)
