"""Stages one after the other: what begins when, and when an order is done by itself."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from core import followers, reader
from core.log import record
from core.worktime import CalendarError, add
from itsm.requests.fulfilment import answering, parts
from itsm.requests.fulfilment import kinds as told
from itsm.requests.models import Automatic, Request, Task
from itsm.tickets import details, kinds
from itsm.tickets.actions import transition
from itsm.tickets.models import Ticket
from itsm.tickets.reckoning import definition_of
from itsm.tickets.states import OPEN, StateCategory
from people.calendars.reading import default_version_id, worktime

if TYPE_CHECKING:
    from core.models import Event


def register() -> None:
    """Join the tickets' actions."""
    followers.follow(Ticket.subject_type, follow)


def follow(event: "Event", ticket: Any) -> None:
    """After a move or a task: begin what has its turn, end what came to an end."""
    moved = event.changes.get("state_category", (None, None))[1]
    if ticket.type != "request" or not (moved or event.kind == kinds.TASK):
        return
    if event.kind == kinds.OPEN:
        return  # its tasks are laid behind it: see itsm.requests.detail
    if event.kind == kinds.TASK:
        settled(event)
    if event.kind == kinds.CANCEL:
        parts.check_cancelling(ticket, order_of(ticket), event)
    if ticket.state_category not in OPEN:
        stop(ticket)
        row = order_of(ticket)
        if moved == StateCategory.RESOLVED and row is not None:
            parts.fulfilled(ticket, row, event=event)
    else:
        advance(ticket, at=event.at)
        if event.kind == kinds.TASK:
            finish_by_itself(ticket, at=event.at)


def settled(event: "Event") -> None:
    """A task was done, waived or opened again: what hangs on it follows."""
    task = event.changes.get("task", (None, None))[1]
    state = event.changes.get("task_state", (None, None))[1]
    if task and state:
        answering.by_hand(task, state)
        parts.settled(task, state, event)


def advance(ticket: Ticket, *, at: datetime) -> None:
    """Begin the stage whose turn it is, once its order is agreed."""
    rows = list(Task.objects.open().filter(ticket=ticket).order_by("stage", "position"))
    if not rows or not _is_agreed(ticket, rows):
        return
    due = [task for task in rows if task.stage == rows[0].stage]
    fresh = [task for task in due if task.begun_at is None]
    if fresh:
        begin(fresh, at=at)


def begin(fresh: Sequence[Task], *, at: datetime) -> None:
    """Their turn has come: their clocks run, the automatic ones are called."""
    pks = [task.pk for task in fresh]
    ours = Automatic.objects.filter(task__in=pks, state=Automatic.State.WAITING)
    without_hands = set(ours.values_list("task_id", flat=True))
    for task in fresh:
        task.begun_at, task.due_at = at, due_at(task, at)
        if task.stage and task.pk not in without_hands:
            changes = {"team": (None, task.team_id), "due": (None, _iso(task.due_at))}
            record(told.BEGIN, subject=task, by=None, at=at, changes=changes)
    Task.objects.bulk_update(fresh, ["begun_at", "due_at"])
    ours.update(state=Automatic.State.CALLING, next_at=at)


def due_at(task: Task, at: datetime) -> datetime | None:
    """So much working time from now; None where nothing is promised."""
    if task.length is None:
        return None
    try:
        return add(worktime(default_version_id()), at, task.length)
    except CalendarError:  # its working time ends before
        return at + task.length


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _is_agreed(ticket: Ticket, rows: Sequence[Task]) -> bool:
    """Whether it may be worked on: not while somebody's yes is still waited for."""
    if ticket.state_category == StateCategory.ACTIVE:
        return True
    if any(task.begun_at for task in rows):
        return True
    row = order_of(ticket)
    offering = row.offering if row else None
    is_new = ticket.state_category == StateCategory.NEW
    return is_new and (offering is None or not needs_a_yes(ticket))


def needs_a_yes(ticket: Ticket) -> bool:
    """Whether its process asks for an approval before it is worked on."""
    row = order_of(ticket)
    practice = details.of(ticket.type)
    if row is None or practice is None:
        return False
    return practice.facts(ticket, row).get("approval") not in (None, "", "none", [])


def order_of(ticket: Ticket) -> Request | None:
    """The request's own row; the one instance that its action knows."""
    practice = details.of(ticket.type)
    return practice.load(ticket) if practice else None


def stop(ticket: Ticket) -> None:
    """The order is over: nothing more is called, and nothing becomes late."""
    over = Automatic.objects.filter(task__ticket=ticket, next_at__isnull=False)
    over.update(next_at=None)
    if ticket.state_category == StateCategory.CANCELLED:
        Task.objects.open().filter(ticket=ticket).update(due_at=None)


def start_by_itself(ticket: Ticket, *, at: datetime) -> None:
    """An order with steps needs nobody to begin it, where nobody has to agree."""
    if may_by_itself(ticket, "begin"):
        transition(ticket=ticket, verb="begin", by=None, at=at, given={})


def finish_by_itself(ticket: Ticket, *, at: datetime) -> None:
    """What no hand has touched needs none to tell that it is done."""
    rows = Task.objects.filter(ticket=ticket)
    told_of = list(rows.values_list("done_at", "done_by", "waived_reason"))
    by_itself = told_of and all(
        done and by is None and not waived for done, by, waived in told_of
    )
    if by_itself and may_by_itself(ticket, "resolve"):
        given = {"resolution": _words(ticket)}
        transition(ticket=ticket, verb="resolve", by=None, at=at, given=given)


def may_by_itself(ticket: Ticket, verb: str) -> bool:
    """Whether the ticket's process lets time itself do this here."""
    rules = definition_of(ticket).rules
    return any(
        rule.verb == verb and ticket.state in rule.from_ and "timer" in rule.by
        for rule in rules
    )


def _words(ticket: Ticket) -> str:
    """What the automatic steps had to say, for the requester."""
    person = ticket.requester
    with reader.speaking(person.language if person else ""):
        said = _("%(what)s: done.") % {"what": ticket.title}
    rows = Automatic.objects.filter(task__ticket=ticket).exclude(note="")
    notes = rows.order_by("task__position").values_list("note", flat=True)
    return "\n\n".join([said, *notes])
