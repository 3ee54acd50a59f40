"""A ticket's tasks: adding one, who does it until when, done or not needed."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db.models import Max
from django.utils.translation import gettext as _

from core.errors import Invalid
from core.log import act, record
from itsm.tickets import kinds
from itsm.tickets.actions.common import plain, require_open, save
from itsm.tickets.checklist.models import Task
from itsm.tickets.models import Ticket
from itsm.tickets.policy import require_on
from itsm.tickets.queries import lock
from people.models import User

MOST = 100  # tasks of one ticket
LONGEST = 200  # characters of a title
FIELDS = frozenset({"title", "assignee", "due_on", "position", "done"})


def add_task(
    *,
    ticket: Ticket,
    by: User,
    at: datetime,
    title: str,
    assignee: User | None = None,
    due_on: date | None = None,
) -> Task:
    """One more thing to do, behind the others."""
    with act():
        ticket = _open(ticket, by, at)
        _check_assignee(assignee)
        rows = Task.objects.filter(ticket=ticket)
        if rows.count() >= MOST:
            raise Invalid({"title": [_("At most %(n)s tasks.") % {"n": MOST}]})
        last = rows.aggregate(last=Max("position"))["last"]
        task = Task.objects.create(
            ticket=ticket,
            position=0 if last is None else last + 1,
            title=_title(title),
            assignee=assignee,
            due_on=due_on,
        )
        given = {"assignee": assignee, "due_on": due_on}
        changes = {n: (None, plain(v)) for n, v in given.items() if v is not None}
        _record(task, ticket, by, at, {"task_state": (None, "open"), **changes})
    return task


def change_task(
    *, ticket: Ticket, task: int, by: User, at: datetime, given: Mapping[str, Any]
) -> Task:
    """Set title, assignee, due_on, position (from 0) or done. What differs is told."""
    if unknown := given.keys() - FIELDS:
        raise Invalid({name: [_("There is no such field.")] for name in unknown})
    with act():
        ticket = _open(ticket, by, at)
        row = _find(ticket, task)
        changes: dict[str, tuple[Any, Any]] = {}
        if "title" in given and (title := _title(given["title"])) != row.title:
            row.title = title
            changes["task_title"] = (None, None)  # the words are not the log's
        if "assignee" in given and given["assignee"] != row.assignee:
            _check_assignee(given["assignee"])
            changes["assignee"] = (plain(row.assignee), plain(given["assignee"]))
            row.assignee = given["assignee"]
        if "due_on" in given and given["due_on"] != row.due_on:
            changes["due_on"] = (plain(row.due_on), plain(given["due_on"]))
            row.due_on = given["due_on"]
        if "done" in given:
            if given["done"]:
                _check_turn(row)
            changes |= _set_done(row, bool(given["done"]), by, at)
        row.save()
        if "position" in given:
            changes |= _move(ticket, row, given["position"])
        if changes:
            _record(row, ticket, by, at, changes)
    return row


def finish_task(*, ticket: Ticket, task: int, by: User | None, at: datetime) -> Task:
    """One step is done; `by` None: without hands. Doing it again changes nothing."""
    return _settle(ticket, task, by, at, waived=None)


def waive_task(
    *, ticket: Ticket, task: int, by: User, at: datetime, reason: str
) -> Task:
    """One step is not needed this time, and why."""
    return _settle(
        ticket, task, by, at, waived=reason.replace("\x00", "").strip()[:500]
    )


def remove_task(*, ticket: Ticket, task: int, by: User, at: datetime) -> None:
    """Take a task away that was added by mistake; one that was settled stays."""
    with act():
        ticket = _open(ticket, by, at)
        row = _find(ticket, task)
        if row.done_at is not None or row.waived_reason:
            raise Invalid({"task": [_("What was done stays on the list.")]})
        _record(row, ticket, by, at, {"task_state": ("open", "removed")})
        row.delete()


def _open(
    ticket: Ticket, by: User | None, at: datetime, verb: str = "ticket.edit"
) -> Ticket:
    """The ticket, locked, where this person may change it and it is open."""
    ticket = lock(ticket)
    require_on(by, verb, ticket)
    require_open(ticket, "task", by, at=at)
    return ticket


def _find(ticket: Ticket, pk: int) -> Task:
    rows = Task.objects.filter(ticket=ticket, pk=pk).select_related("assignee")
    found = rows.first()
    if found is None:
        raise Invalid({"task": [_("There is no such task on this ticket.")]})
    return found


def _title(title: str) -> str:
    title = " ".join(title.split())
    if not title:
        raise Invalid({"title": [_("Say what is to do.")]})
    if "\x00" in title:
        raise Invalid({"title": [_("It holds a character that cannot be stored.")]})
    if len(title) > LONGEST:
        raise Invalid({"title": [_("At most %(n)s characters.") % {"n": LONGEST}]})
    return title


def _check_assignee(person: User | None) -> None:
    if person is not None and not (person.is_active and person.is_staff):
        raise Invalid({"assignee": [_("Only somebody who works here can do it.")]})


def _set_done(
    row: Task, done: bool, by: User, at: datetime
) -> dict[str, tuple[Any, Any]]:
    """Done, or open again; what was waived is open again too."""
    was = "done" if row.done_at else "waived" if row.waived_reason else "open"
    if done == (was != "open"):
        return {}
    row.done_at, row.done_by = (at, by) if done else (None, None)
    row.waived_reason = ""
    return {"task_state": (was, "done" if done else "open")}


def _move(ticket: Ticket, row: Task, position: int) -> dict[str, tuple[Any, Any]]:
    """Put it at this place among the ticket's tasks."""
    rows = list(Task.objects.filter(ticket=ticket).order_by("position", "pk"))
    old = next(n for n, one in enumerate(rows) if one.pk == row.pk)
    new = max(0, min(position, len(rows) - 1))
    if old == new:
        return {}
    rows.insert(new, rows.pop(old))
    for n, one in enumerate(rows):
        one.position = n
    Task.objects.bulk_update(rows, ["position"])
    row.position = new
    return {"position": (old, new)}


def _settle(
    ticket: Ticket, pk: int, by: User | None, at: datetime, *, waived: str | None
) -> Task:
    """`waived` None means that the step is done."""
    with act():
        ticket = _open(ticket, by, at, "task.do")
        if waived == "":
            raise Invalid({"reason": [_("Say why this step is not needed.")]})
        task = _find(ticket, pk)
        if task.done_at is not None or task.waived_reason:
            return task
        if waived is None:
            _check_turn(task)
        task.done_by, task.waived_reason = by, waived or ""
        task.done_at = None if waived else at
        task.save()
        done = "waived" if waived else "done"
        _record(task, ticket, by, at, {"task_state": ("open", done)})
    return task


def _check_turn(task: Task) -> None:
    """What stands in a later stage is done when those before it are, not sooner."""
    if not task.stage or task.begun_at is not None:
        return
    rows = Task.objects.open().filter(ticket_id=task.ticket_id, stage__lt=task.stage)
    before = rows.order_by("stage", "position").values_list("title", flat=True).first()
    if before is None:
        raise Invalid({"task": [_("Its turn comes when the order is agreed.")]})
    raise Invalid({"task": [_("Before it comes: %(title)s") % {"title": before}]})


def _record(
    task: Task,
    ticket: Ticket,
    by: User | None,
    at: datetime,
    changes: Mapping[str, tuple[Any, Any]],
) -> None:
    save(ticket, at=at)
    told = {"task": (None, task.pk), **changes}
    record(kinds.TASK, subject=ticket, by=by, at=at, changes=told)
