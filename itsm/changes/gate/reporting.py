"""How a deployment went, as its pipeline tells it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from core.errors import Invalid, WrongState
from core.log import act, record
from core.reader import inside
from itsm.changes.gate.reading import AHEAD, Told
from itsm.changes.gate.walking import END, is_running, row_of
from itsm.changes.models import Change
from itsm.tickets import actions, kinds
from itsm.tickets.actions.common import plain, save, state_name, verb_names
from itsm.tickets.actions.planning import Scene
from itsm.tickets.models import Ticket
from itsm.tickets.policy import require_on
from itsm.tickets.queries import lock
from people.models import User
from people.policy import require

Result = Change.Result
OUTCOMES: Mapping[str, Result] = {
    "deployed": Result.SUCCESS,
    "failed": Result.FAILED,
    "rolled_back": Result.ROLLED_BACK,
}
AGAIN = "reopen"
WELL = (Result.SUCCESS, Result.ISSUES)


def report(
    *, ticket: Ticket, outcome: str, told: Told, by: User, at: datetime
) -> Ticket:
    """Say how it went: `deployed`, `failed` or `rolled_back`.

    The same said again changes nothing. Said otherwise later, it is what came of it: a
    rollback after it was deployed is its result, and one deployed after all had issues.
    Raises Forbidden, WrongState, Invalid.
    """
    with act():
        ticket = lock(ticket)
        require_may(by, ticket)
        row = row_of(ticket)
        result = _result(row, outcome)
        if result is None:
            return ticket
        if not (row.result or is_running(ticket)):
            words = {"number": ticket.number, "state": inside(state_name(ticket))}
            raise WrongState(
                _("%(number)s is %(state)s: it was not begun, so nothing came of it.")
                % words,
                allowed=verb_names(ticket, by, at=at),
            )
        _end(ticket, row, outcome, result, told, by, at)
    return ticket


def require_may(user: User, ticket: Ticket) -> None:
    """Who works here and may move it: whoever asked for a change does not say how it
    went. Raises Forbidden."""
    require(user, "change.gate")
    require_on(user, "ticket.transition", ticket)


def _result(row: Change, outcome: str) -> Result | None:
    """What this report makes of the result; None where it says nothing new."""
    new = OUTCOMES[outcome]
    if row.result == new or (new == Result.SUCCESS and row.result in WELL):
        return None
    return Result.ISSUES if row.result and new == Result.SUCCESS else new


def _end(
    ticket: Ticket,
    row: Change,
    outcome: str,
    result: Result,
    told: Told,
    by: User,
    at: datetime,
) -> None:
    former = {"ended_at": row.ended_at, "result": row.result}
    row.ended_at = _ended(row, told, at)
    if former["result"] and result not in WELL:
        _take_up(ticket, told, by, at)
    if is_running(ticket):
        row.ended_at = _ended(row, told, at)
        row.save(update_fields=["ended_at"])
        given = {"result": result.value}
        actions.transition(ticket=ticket, verb=END, by=by, at=at, given=given)
    else:
        row.result = result
        row.save(update_fields=["result", "ended_at"])
        save(ticket, at=at)
    changes = {
        name: (plain(old or None), plain(getattr(row, name)))
        for name, old in former.items()
    }
    record(kinds.of(outcome), subject=ticket, by=by, at=at, changes=changes)
    _note(ticket, told, by, at)


def _take_up(ticket: Ticket, told: Told, by: User, at: datetime) -> None:
    """What was over and went wrong after all is open again, where its process lets it:
    it is looked at like any that went wrong."""
    comment = told.text.strip() or _("It went wrong after all.")
    given = {"comment": comment}
    scene = Scene.of(ticket, by=by, at=at, given=given)
    if any(verb.name == AGAIN for verb in scene.verbs()):
        actions.transition(ticket=ticket, verb=AGAIN, by=by, at=at, given=given)


def _ended(row: Change, told: Told, at: datetime) -> datetime:
    """When it really was over; clocks that are a little off are put right."""
    ended, began = min(told.at or at, at), row.started_at
    if began is None or ended >= began:
        return ended
    if began - ended > AHEAD:
        raise Invalid({"at": [_("That is before it was begun.")]})
    return began


def _note(ticket: Ticket, told: Told, by: User, at: datetime) -> None:
    """What the pipeline says besides, for the people who work on it."""
    body: Any = "\n\n".join(part for part in (told.text.strip(), told.url) if part)
    if body:
        actions.comment(ticket=ticket, by=by, at=at, body=body, public=False)
