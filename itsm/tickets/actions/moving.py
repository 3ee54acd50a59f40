"""A ticket moves through its process: `transition()` does it, the rest name it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from core import texts
from core.context import Door, current
from core.errors import Invalid
from core.log import act, record
from itsm.tickets import kinds
from itsm.tickets.actions import approvals
from itsm.tickets.actions.common import (
    Changes,
    changed_since,
    logged,
    plain,
    save,
    set_fields,
)
from itsm.tickets.actions.planning import Scene, plan_move
from itsm.tickets.actions.sorting import restrict_for, set_detail, set_extra
from itsm.tickets.models import Ticket
from itsm.tickets.policy import require_on
from itsm.tickets.queries import lock
from itsm.tickets.reckoning import enter
from itsm.tickets.states import OPEN, StateCategory
from people.models import Service, User
from processes import engine

# Words of a verb that are columns of the ticket under another name.
COLUMNS = {"until": "wake_at", "reason": "wait_reason"}
SORTED = ("service", "category", "owner", "team", "impact", "urgency")
SETTABLE = (*SORTED, "resolution", "resolution_code")
STATE = ("state", "state_category", "wait_reason", "wake_at")
LOGGED = (*STATE, *SORTED, "resolution_code", "verified_by", "informed_at")
MOVED = (
    *(*STATE, *SETTABLE, "verified_by", "extra", "restricted"),
    *("state_since", "paused_since", "paused_for", "resolved_at", "closed_at"),
    *("reopens", "responded_at", "informed_at"),
)


def start(
    *, ticket: Ticket, by: User, at: datetime, service: Service | None = None
) -> Ticket:
    """Begin to work on it."""
    given = {} if service is None else {"service": service}
    return transition(ticket=ticket, verb="start", by=by, at=at, given=given)


def wait(
    *,
    ticket: Ticket,
    by: User,
    at: datetime,
    reason: str,
    until: datetime | None = None,
    comment: str = "",
) -> Ticket:
    """Wait for a named reason; at `until` it wakes by itself. A question is public."""
    given = {"reason": reason, "until": until, "comment": comment}
    return transition(ticket=ticket, verb="wait", by=by, at=at, given=given)


def resume(*, ticket: Ticket, by: User | None, at: datetime) -> Ticket:
    """Go on: by hand, by the requester's reply, or at the wake time (`by` None)."""
    return transition(ticket=ticket, verb="resume", by=by, at=at, given={})


def resolve(
    *,
    ticket: Ticket,
    by: User,
    at: datetime,
    resolution: str,
    resolution_code: str = "",
) -> Ticket:
    """Say what solved it; the requester reads this text."""
    given = {"resolution": resolution, "resolution_code": resolution_code}
    return transition(ticket=ticket, verb="resolve", by=by, at=at, given=given)


def reopen(*, ticket: Ticket, by: User, at: datetime, comment: str) -> Ticket:
    """It is not solved after all: back to the same owner."""
    return transition(
        ticket=ticket, verb="reopen", by=by, at=at, given={"comment": comment}
    )


def close(*, ticket: Ticket, by: User | None, at: datetime) -> Ticket:
    """Close it; `verified_by` says whether the requester confirmed it."""
    return transition(ticket=ticket, verb="close", by=by, at=at, given={})


def cancel(*, ticket: Ticket, by: User, at: datetime, comment: str) -> Ticket:
    """It is not going to be done; the requester reads why."""
    return transition(
        ticket=ticket, verb="cancel", by=by, at=at, given={"comment": comment}
    )


def transition(
    *,
    ticket: Ticket,
    verb: str,
    by: User | None,
    at: datetime,
    given: Mapping[str, Any],
    version: int | None = None,
) -> Ticket:
    """Run one verb of the ticket's own process; `by` None is its timer.

    `given` brings what the verb requires, rows as rows and instants as instants.
    `version` is the one the caller saw, if they want a newer one refused. Raises
    Forbidden, Stale, WrongState or Invalid, looked at in this order.
    """
    with act():
        ticket = lock(ticket)
        require_on(by, "ticket.transition", ticket)
        scene = Scene.of(ticket, by=by, at=at, given=given)
        move = plan_move(scene, verb, version=version)
        _check_until(given, at)
        _check_own(scene, verb)
        before = logged(ticket, LOGGED)
        set_fields(ticket, _columns(given, move))
        enter(ticket, move, at=at)
        _note_dates(ticket, move, by, at)
        changes = changed_since(ticket, before)
        changes |= restrict_for(ticket, given.get("service"))
        changes |= _keep_resolution(scene)
        changes |= set_extra(ticket, _own_fields(given), by, at)
        changes |= set_detail(ticket, _of_detail(scene, verb), by, at, scene.row)
        approvals.decide(scene, move)
        save(ticket, at=at, fields=MOVED)
        record(
            kinds.of(verb), subject=ticket, by=by, at=at, changes=changes, public=True
        )
        _say(scene, move)
        approvals.ask(scene.anew(), move)
        if move.from_state != move.to_state:
            approvals.count_reviews(ticket=ticket, at=at)
    return ticket


def _check_until(given: Mapping[str, Any], at: datetime) -> None:
    until = given.get("until")
    if until is not None and until <= at:
        raise Invalid({"until": [_("Choose a time that is still ahead.")]})


def _check_own(scene: Scene, verb: str) -> None:
    """What the practice itself refuses of a move."""
    if scene.detail is not None:
        rules = scene.definition.transitions[verb]
        asked = {name for rule in rules for name in rule.requires}
        scene.detail.check(scene.ticket, scene.row, asked, scene.given, scene.at)


def _columns(given: Mapping[str, Any], move: engine.Move) -> dict[str, Any]:
    """The given words that are columns of the ticket."""
    named = {COLUMNS.get(name, name): value for name, value in given.items()}
    if move.category != StateCategory.WAITING:
        named.pop("wake_at", None)
        named.pop("wait_reason", None)
    settable = {*SETTABLE, *COLUMNS.values()}
    return {
        name: value
        for name, value in named.items()
        if name in settable and value is not None
    }


def _own_fields(given: Mapping[str, Any]) -> dict[str, Any]:
    """The given words that are fields of the process's own, by their slug."""
    return {
        name.removeprefix("fields."): plain(value)
        for name, value in given.items()
        if name.startswith("fields.") and value is not None
    }


def _of_detail(scene: Scene, verb: str) -> Mapping[str, Any]:
    """What the move writes on the practice's own row."""
    if scene.detail is None:
        return {}
    return {**scene.given, **scene.detail.brings.get(verb, {})}


def _note_dates(
    ticket: Ticket, move: engine.Move, by: User | None, at: datetime
) -> None:
    """What a move says about response, verification and reopening."""
    came_back = (
        move.from_category in {StateCategory.RESOLVED, StateCategory.CLOSED}
        and move.category in OPEN
    )
    if came_back:
        ticket.reopens += 1
        ticket.verified_by = ""
    closes = move.verb == "close" and move.category == StateCategory.CLOSED
    if closes and by is not None:
        if current().door == Door.SOURCE:
            ticket.verified_by = "monitoring"
        elif ticket.requester_id == by.pk:
            ticket.verified_by = "requester"
    told = bool(ticket.resolution) and move.category == StateCategory.RESOLVED
    if told and by is not None and by.pk != ticket.requester_id:
        ticket.responded_at = ticket.responded_at or at
        ticket.informed_at = at


def _keep_resolution(scene: Scene) -> Changes:
    """Each resolution keeps its own wording, also after a reopening."""
    text = str(scene.given.get("resolution") or "")
    if not text:
        return {}
    version = texts.keep(
        subject=scene.ticket, field="resolution", body=text, by=scene.by, at=scene.at
    )
    return {"resolution": (None, version)}


def _say(scene: Scene, move: engine.Move) -> None:
    """The words that came with a move: a question is public, a note is not.

    Words to the requester (why it was cancelled, what is asked, why it came back)
    are public; the reason for waiting on somebody else is ours.
    """
    said = scene.given.get("comment") or scene.given.get("condition")
    body = str(said or "").strip()
    if not body:
        return
    from itsm.tickets.actions.talking import add_comment

    by_us = scene.by is not None and scene.by.is_staff
    ours = by_us and move.category == StateCategory.WAITING and not move.resumes_on
    add_comment(
        ticket=scene.ticket, by=scene.by, at=scene.at, body=body, public=not ours
    )
