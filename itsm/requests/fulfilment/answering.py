"""What comes back from a step without hands: an answer, once, late, or never."""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as T

from core import outbound
from core.errors import WrongState
from core.log import act, record
from itsm.requests.fulfilment import calls, kinds
from itsm.requests.models import Automatic, Task
from itsm.tickets.checklist.actions import finish_task
from itsm.tickets.models import Ticket
from itsm.tickets.policy import require_on
from itsm.tickets.queries import lock
from itsm.tickets.states import OPEN
from people.models import User

State = Automatic.State
LONGEST_NOTE = 900
WORDS: Mapping[str, Any] = {
    **outbound.WORDS,
    "step.status": T("The other side answered %(about)s"),
    "step.said_no": T("The other side could not do it. %(about)s"),
    "step.silent": T("No answer came in time."),
    "step.late_yes": T("Too late came the answer that it is done. %(about)s"),
    "step.late_no": T("Too late came the answer that it failed. %(about)s"),
    "step.reopened": T("It was opened again."),
}


class Outcome(StrEnum):
    """What an answer did."""

    DONE = "done"
    FAILED = "failed"
    LATE = "late"
    AGAIN = "again"  # it was answered before: nothing


def words(kept: str) -> str:
    """A failure in the reader's language; empty for none."""
    code, _sep, about = kept.partition("|")
    return (str(WORDS[code]) % {"about": about}).strip() if code in WORDS else code


def digest(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(f"task.answer {token}".encode()).hexdigest()


def clean(note: str) -> str:
    """A note of the other side, as we keep it."""
    return note.replace("\x00", "").strip()[:LONGEST_NOTE]


def answer(*, token: str, ok: bool, note: str = "", at: datetime) -> Outcome:
    """The other side says how it went. Whoever has the token may, once.

    Raises Automatic.DoesNotExist for a token that is none.
    """
    found = Automatic.objects.select_related("task__ticket").get(
        token_digest=digest(token)
    )
    with act():
        ticket = lock(found.task.ticket)
        row = _locked(found.pk)
        if row.answered_at is not None:
            return Outcome.AGAIN
        row.answered_at = at
        if _is_in_time(row, ticket, at):
            return _take(row, ticket, ok, clean(note), at)
        code = "step.late_yes" if ok else "step.late_no"
        row.failure = f"{code}|{clean(note)}"
        row.save(update_fields=["answered_at", "failure"])
        changes = _about(row) | {"ok": (None, ok)}
        record(kinds.LATE_ANSWER, subject=row.task, by=None, at=at, changes=changes)
    return Outcome.LATE


def settle_call(
    pk: int,
    *,
    attempts: int,
    failure: str,
    said: tuple[bool, str] | None,
    is_final: bool,
    at: datetime,
) -> None:
    """What came of a call, unless its answer was quicker or somebody else did it."""
    found = Automatic.objects.select_related("task__ticket").get(pk=pk)
    with act():
        ticket = lock(found.task.ticket)
        row = _locked(pk)
        if row.state != State.CALLING or row.attempts != attempts:
            return
        if row.next_at is None:  # its order is over, or it was done by hand
            return
        if failure and (is_final or attempts >= row.most_attempts):
            _fail(row, failure, at)
        elif failure:
            row.failure, row.next_at = failure[:1000], at + calls.pause(attempts)
            row.save(update_fields=["failure", "next_at"])
        elif said is not None:
            row.answered_at = at
            _take(row, ticket, *said, at)
        else:
            row.state, row.next_at = State.ANSWER, at + row.timeout
            row.failure = ""
            row.save(update_fields=["state", "next_at", "failure"])


def fail_silent(due: Iterable[Automatic], *, at: datetime) -> int:
    """Give up those whose answer did not come; others' are skipped. How many."""
    found = [(row.pk, row.task.ticket_id) for row in due.select_related("task")]  # type: ignore[attr-defined]
    return sum(_fail_one(pk, ticket, at) for pk, ticket in found)


def _fail_one(pk: int, ticket_pk: int, at: datetime) -> int:
    with act():
        rows = Ticket.objects.select_for_update(
            skip_locked=True, of=("self",), no_key=True
        )
        if rows.filter(pk=ticket_pk).first() is None:
            return 0
        row = _locked(pk)
        if row.state != State.ANSWER or row.next_at is None or row.next_at > at:
            return 0
        _fail(row, "step.silent", at)
    return 1


def retry(*, task: Task, by: User, at: datetime) -> Automatic:
    """Call again, by hand, what failed. Raises Forbidden, WrongState."""
    with act():
        ticket = lock(task.ticket)
        require_on(by, "task.do", ticket)
        row = Automatic.objects.select_for_update(of=("self",)).filter(task=task)
        found = row.select_related("task").first()
        is_open = ticket.state_category in OPEN and _waits_for_somebody(found)
        if found is None or not is_open:
            raise WrongState(_("Only a step that failed can be tried again."))
        found.state, found.next_at = State.CALLING, at
        found.attempts, found.rounds = 0, found.rounds + 1
        found.answered_at, found.failure, found.note = None, "", ""
        found.save()
        record(kinds.RETRY, subject=found.task, by=by, at=at, changes=_about(found))
    return found


def _waits_for_somebody(row: Automatic | None) -> bool:
    if row is None or row.task.done_at is not None or row.task.waived_reason:
        return False
    return row.state == State.FAILED


def by_hand(task: int, state: str) -> None:
    """A person settled the task, or opened it again: nothing more is called."""
    rows = Automatic.objects.filter(task_id=task)
    if state == "done":
        rows.exclude(state=State.DONE).update(state=State.DONE, next_at=None)
    elif state == "waived":
        rows.update(next_at=None)
    elif state == "open":
        rows.filter(state=State.DONE).update(
            state=State.FAILED, failure="step.reopened", next_at=None
        )


def _is_in_time(row: Automatic, ticket: Ticket, at: datetime) -> bool:
    """Whether it is still waited for: not given up, not done by hand, not over."""
    if row.state not in {State.CALLING, State.ANSWER} or row.next_at is None:
        return False
    late = row.state == State.ANSWER and row.next_at <= at
    return not late and ticket.state_category in OPEN


def _take(row: Automatic, ticket: Ticket, ok: bool, note: str, at: datetime) -> Outcome:
    if not ok:
        _fail(row, f"step.said_no|{note}", at)
        return Outcome.FAILED
    row.state, row.next_at, row.note, row.failure = State.DONE, None, note, ""
    row.save()
    finish_task(ticket=ticket, task=row.task_id, by=None, at=at)
    return Outcome.DONE


def _fail(row: Automatic, failure: str, at: datetime) -> None:
    """It waits for somebody, visibly, and its team is told."""
    row.state, row.next_at, row.failure = State.FAILED, None, failure[:1000]
    row.save()
    why = failure.partition("|")[0]
    changes = _about(row) | {"why": (None, why)}
    record(kinds.FAIL, subject=row.task, by=None, at=at, changes=changes)


def _locked(pk: int) -> Automatic:
    rows = Automatic.objects.select_for_update(of=("self",))
    return rows.select_related("task").get(pk=pk)


def _about(row: Automatic) -> dict[str, tuple[Any, Any]]:
    return {"team": (None, row.task.team_id), "ticket": (None, row.task.ticket_id)}
