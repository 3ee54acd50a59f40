"""A ticket in plain words: how it stands, who has the ball, when one hears next."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from core.reader import phrase
from core.wording import clock_words, worked
from itsm.tickets.actions.approvals import stands_in
from itsm.tickets.actions.merging import CODE
from itsm.tickets.models import Approval, Ticket
from itsm.tickets.promising import Owed
from itsm.tickets.reckoning import definition_of
from itsm.tickets.states import OPEN, DueKind, StateCategory
from people.models import User
from processes.durations import WORKING_DAY
from processes.words import length

ANSWER, CONFIRM = "answer", "confirm"


@dataclass(frozen=True, slots=True)
class Ball:
    """Who has to move next: `asks` names what this reader is asked for, or is empty."""

    text: str
    asks: str = ""


@dataclass(frozen=True, slots=True)
class Hear:
    """The next promise, in words; `at` is its instant where there is one.

    `then` is what happens next where we are late; `solved` when a solution is meant.
    """

    label: str
    at: datetime | None
    late: bool
    then: str = ""
    solved: datetime | None = None


def first_name(user: User | None) -> str:
    """What people call somebody in a sentence."""
    return user.name.split()[0] if user and user.name.strip() else ""


def ball(
    ticket: Ticket, reader: User, approvals: Sequence[Approval] | None = None
) -> Ball:
    """Who has the ball, told to `reader`. `approvals` are those not yet decided."""
    is_mine = ticket.requester_id == reader.pk
    owner = ticket.owner.name if ticket.owner else ""
    match ticket.state_category:
        case StateCategory.NEW:
            return Ball(_new(ticket, owner))
        case StateCategory.ACTIVE:
            return Ball(
                _("%(name)s is working on it.") % {"name": owner}
                if owner
                else _("We are working on it.")
            )
        case StateCategory.WAITING:
            return _waiting(ticket, owner, is_mine, approvals)
        case StateCategory.RESOLVED:
            return _resolved(owner, is_mine)
        case StateCategory.CLOSED:
            return Ball(
                _("Done. You confirmed that it works.")
                if ticket.verified_by == "requester" and is_mine
                else _("Done.")
            )
    return Ball(
        _("This was declined.") if ticket.state == "rejected" else _("Cancelled.")
    )


def joined(into: Ticket | None, reader: User) -> Ball:
    """Of a ticket that goes on in another one: nothing of that but how it stands.

    None: in one that is for the people on it alone, of which nothing is told.
    """
    together = _("We put it together with others about the same.")
    if into is None:
        return Ball(f"{together} {_('Ask us here how it stands.')}")
    if into.state_category in (*OPEN, StateCategory.RESOLVED):
        how = ball(into, reader)
        return Ball(f"{together} {how.text}")
    return Ball(f"{together} {_('That is done.')}")


def _new(ticket: Ticket, owner: str) -> str:
    if owner:
        return _("%(name)s has it and starts on it next.") % {"name": owner}
    if ticket.team:
        return _("It has reached %(team)s; somebody takes it soon.") % {
            "team": ticket.team.name
        }
    return _("It has reached us; somebody takes it soon.")


def _resolved(owner: str, is_mine: bool) -> Ball:
    who = (
        _("%(name)s thinks it is solved.") % {"name": owner}
        if owner
        else _("We think it is solved.")
    )
    if is_mine:
        return Ball(f"{who} {_('Is it working?')}", CONFIRM)
    return Ball(who)


def _waiting(
    ticket: Ticket,
    owner: str,
    is_mine: bool,
    approvals: Sequence[Approval] | None,
) -> Ball:
    if ticket.wait_reason == "requester":
        if not is_mine:
            return Ball(_("We wait for an answer from the person who reported it."))
        asks = (
            _("You: please answer %(name)s's question.") % {"name": owner}
            if owner
            else _("You: please answer our question.")
        )
        return Ball(asks, ANSWER)
    if not ticket.wait_reason:
        return Ball(_approval(approvals or ()))
    plain = {
        "supplier": _("We are waiting for a supplier and keep at them."),
        "change": _("A planned change will solve this."),
        "problem": _("We are looking for the cause behind it."),
    }
    if ticket.wait_reason in plain:
        return Ball(plain[ticket.wait_reason])
    if ticket.wake_at:
        return Ball(_("Planned for %(when)s.") % {"when": clock_words(ticket.wake_at)})
    state = definition_of(ticket).states[ticket.state]
    reason = state.reasons.get(ticket.wait_reason)
    return Ball(
        _("Waiting: %(reason)s.")
        % {"reason": phrase(reason.name if reason else state.name)}
    )


def _approval(approvals: Sequence[Approval]) -> str:
    names = ", ".join(a.approver.name for a in approvals if a.approver)
    if names:
        return _("%(names)s has to say yes first.") % {"names": names}
    reasons = [stands_in(a.authority) for a in approvals]
    return next(filter(None, reasons), _("Somebody has to say yes first."))


def hear(
    ticket: Ticket, reader: User | None, at: datetime, owed: Owed | None = None
) -> Hear | None:
    """When the requester hears next, told to `reader`; None where nothing is owed.

    `owed` is what their promises say (`promising.owed`); without it, the ticket's row.
    """
    if ticket.state_category not in OPEN:
        return None
    if ticket.paused_since is not None:
        return _stands_still(ticket, is_mine=_is_theirs(ticket, reader))
    if owed is None:
        is_solution = ticket.next_due_kind == DueKind.RESOLUTION
        due = ticket.next_due_at
        owed = Owed(None, due) if is_solution else Owed(due, None)
    if owed.word is None and owed.solution is None:
        return None
    if owed.word is not None and owed.word < at:
        label = _("We are late. You should have heard by")
        return Hear(label, owed.word, True, _what_next(ticket))
    if owed.word is None and owed.solution is not None and owed.solution < at:
        label = _("We are late. It should have been solved by")
        return Hear(label, owed.solution, True, _what_next(ticket))
    if owed.word is None:
        return Hear(_("We mean to solve it by"), owed.solution, False)
    is_ahead = owed.solution is not None and owed.solution >= at
    return Hear(
        _("You hear by"), owed.word, False, solved=owed.solution if is_ahead else None
    )


def _is_theirs(ticket: Ticket, reader: User | None) -> bool:
    return reader is not None and ticket.requester_id == reader.pk


def _stands_still(ticket: Ticket, *, is_mine: bool) -> Hear | None:
    """They were asked: what is left of our time waits for them."""
    if ticket.time_left is None:
        return None
    if ticket.wait_reason != "requester" or not is_mine:
        return Hear(_("The clock stands still."), None, False)
    if ticket.time_left <= timedelta(0):
        return Hear(_("The clock stands still until you answer."), None, False)
    words = _("The clock stands still until you answer; %(time)s are left.")
    return Hear(words % {"time": worked(ticket.time_left)}, None, False)


def _what_next(ticket: Ticket) -> str:
    """What happens where we are late: true, and no excuse."""
    owner = first_name(ticket.owner)
    if owner:
        words = _("It stands first on %(name)s's list until you have heard.")
        return words % {"name": owner}
    return _("It stands out in our list until somebody has answered you.")


def status(ticket: Ticket, *, is_joined: bool = False) -> str:
    """The state in one or two words that need no training."""
    words = {
        StateCategory.NEW: _("Received"),
        StateCategory.ACTIVE: _("Being worked on"),
        StateCategory.WAITING: _("Waiting"),
        StateCategory.RESOLVED: _("Solved, we think"),
        StateCategory.CLOSED: _("Done"),
        StateCategory.CANCELLED: _("Cancelled"),
    }
    if is_joined and ticket.resolution_code == CODE:
        return _("Put together")
    if ticket.state == "rejected":
        return _("Declined")
    if ticket.state_category == StateCategory.WAITING and not ticket.wait_reason:
        return _("Needs a yes")
    return words[StateCategory(ticket.state_category)]


def within(promise: timedelta) -> str:
    """A promised time in words; a day is eight working hours."""
    return length(promise, day=WORKING_DAY)


def steps(ticket: Ticket) -> list[dict[str, Any]]:
    """The straight line from reported to confirmed, for `ui.line`."""
    is_request = ticket.type == "request"
    names = [
        _("Ordered") if is_request else _("Reported"),
        _("In work"),
        _("Ready") if is_request else _("Solved"),
        _("Confirmed"),
    ]
    place = {
        StateCategory.NEW: 0,
        StateCategory.ACTIVE: 1,
        StateCategory.WAITING: 1,
        StateCategory.RESOLVED: 2,
        StateCategory.CLOSED: 4,
    }
    if ticket.state_category == StateCategory.CANCELLED:
        return []
    now = place[StateCategory(ticket.state_category)]
    if ticket.state_category == StateCategory.WAITING and not ticket.wait_reason:
        names.insert(1, _("Approval"))
    return [
        {"name": name, "at": "done" if i < now else "now" if i == now else "todo"}
        for i, name in enumerate(names)
    ]
