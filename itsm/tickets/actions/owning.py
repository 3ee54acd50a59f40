"""Who has it: taking, assigning, and handing over with the receiver's consent."""

from datetime import datetime

from django.utils.translation import gettext as _

from core.errors import Forbidden, Invalid, Refused
from core.log import act, record
from itsm.tickets import kinds
from itsm.tickets.actions.common import (
    UNSET,
    Unset,
    check_version,
    require_open,
    save,
    set_fields,
)
from itsm.tickets.actions.handing import Kind, ask, has_moved, rows, tell
from itsm.tickets.actions.moving import transition
from itsm.tickets.actions.planning import Scene, plan_move
from itsm.tickets.actions.talking import add_comment
from itsm.tickets.models import Ticket
from itsm.tickets.policy import allows, relations, require_on
from itsm.tickets.queries import lock
from itsm.tickets.states import StateCategory
from people.changes import not_a_person
from people.models import Service, Team, User


def take(
    *,
    ticket: Ticket,
    by: User,
    at: datetime,
    service: Service | None = None,
    version: int | None = None,
) -> Ticket:
    """Become the owner; a new ticket is started where nothing is missing for that.

    Taking what one has already changes nothing. Somebody else's ticket is refused
    with their name, unless it was offered to the taker.
    """
    with act():
        ticket = lock(ticket)
        require_on(by, "ticket.take", ticket)
        check_version(ticket, version)
        require_open(ticket, "take", by, at=at)
        if ticket.owner is not None and ticket.owner_id != by.pk:
            if ticket.offered_to_id != by.pk:
                raise Refused(
                    _("%(person)s has %(number)s. Ask for it, or offer to help.")
                    % {"person": ticket.owner.name, "number": ticket.number}
                )
            ticket.handovers += 1
        if ticket.owner_id != by.pk:
            former, by_others = ticket.owner, rows(ticket, Kind.OFFERED)
            changes = set_fields(ticket, {"owner": by, "offered_to": None})
            save(ticket, at=at, fields=["owner", "offered_to", "handovers"])
            record(
                kinds.TAKE, subject=ticket, by=by, at=at, changes=changes, public=True
            )
            if former is not None:  # who offered it themselves knows
                has_moved(ticket, former, by=by, at=at, told=by_others.exists())
        if ticket.state_category == StateCategory.NEW and _can_start(
            ticket, by, at, service
        ):
            given = {"service": service} if service else {}
            transition(ticket=ticket, verb="start", by=by, at=at, given=given)
    return ticket


def assign(
    *,
    ticket: Ticket,
    by: User,
    at: datetime,
    owner: User | Unset | None = UNSET,
    team: Team | Unset | None = UNSET,
    comment: str = "",
    version: int | None = None,
) -> Ticket:
    """Give it to a person or a team.

    At once where nobody owns it, or by a lead, dispatcher or administrator; its former
    owner is told. Otherwise the person is offered it and becomes owner by taking; the
    owner stays until then. Wanting somebody else's ticket oneself is asking for it.
    A team cannot be asked, so only its owner or they move an owned ticket to one.
    """
    with act():
        ticket = lock(ticket)
        require_on(by, "ticket.assign", ticket)
        check_version(ticket, version)
        require_open(ticket, "assign", by, at=at)
        _check_receiver(owner)
        at_once = ticket.owner_id is None or allows(
            by, "ticket.assign_now", relations(by, ticket)
        )
        if not at_once and ticket.owner_id != by.pk:
            _check_leaves_owner(ticket, owner, team)
        if isinstance(owner, User) and not at_once and owner.pk != ticket.owner_id:
            if owner.pk == by.pk:
                ask(ticket=ticket, by=by, at=at)
            else:
                _check_sees(ticket, owner)
                _offer(ticket, owner, by, at)
            owner = UNSET
        _give(ticket, owner, team, by, at)
        if comment.strip():
            add_comment(ticket=ticket, by=by, at=at, body=comment, public=False)
    return ticket


def _give(
    ticket: Ticket,
    owner: User | Unset | None,
    team: Team | Unset | None,
    by: User,
    at: datetime,
) -> None:
    had, former = (ticket.owner_id, ticket.team_id), ticket.owner
    changes = set_fields(ticket, {"owner": owner, "team": team})
    if not changes:
        return
    if not isinstance(owner, Unset):
        changes |= set_fields(ticket, {"offered_to": None})
    moved = any(
        name in changes and had_one is not None and changes[name][1] is not None
        for name, had_one in zip(("owner", "team"), had, strict=True)
    )
    ticket.handovers += 1 if moved else 0
    save(ticket, at=at, fields=["owner", "team", "offered_to", "handovers"])
    record(kinds.ASSIGN, subject=ticket, by=by, at=at, changes=changes)
    if "owner" in changes:
        has_moved(ticket, former, by=by, at=at)


def _offer(ticket: Ticket, to: User, by: User, at: datetime) -> None:
    changes = set_fields(ticket, {"offered_to": to})
    if changes:
        save(ticket, at=at, fields=["offered_to"])
        rows(ticket, Kind.OFFERED).delete()
        if ticket.owner is not None and ticket.owner_id != by.pk:
            tell(ticket, Kind.OFFERED, to=ticket.owner, about=by, at=at)
        record(kinds.OFFER, subject=ticket, by=by, at=at, changes=changes)


def _check_leaves_owner(
    ticket: Ticket, owner: User | Unset | None, team: Team | Unset | None
) -> None:
    """Whoever is neither its owner nor leads may ask for a ticket, not move it."""
    if owner is None:
        raise Forbidden(_("Only its owner or a lead can leave it without one."))
    if not isinstance(team, Unset) and team != ticket.team:
        raise Forbidden(
            _("%(person)s has %(number)s; only they or a lead move it to another team.")
            % {
                "person": ticket.owner.name if ticket.owner else "",
                "number": ticket.number,
            }
        )


def _check_receiver(owner: User | Unset | None) -> None:
    if isinstance(owner, User) and owner.is_machine:
        raise Invalid({"owner": [not_a_person(owner)]})
    if isinstance(owner, User) and not (owner.is_active and owner.is_staff):
        raise Invalid(
            {
                "owner": [
                    _("%(person)s does not work here, so cannot own a ticket.")
                    % {"person": owner.name}
                ]
            }
        )


def _check_sees(ticket: Ticket, owner: User) -> None:
    """Nobody can be offered what they may not see: they could not take it."""
    if not Ticket.objects.visible_to(owner).filter(pk=ticket.pk).exists():
        raise Invalid(
            {
                "owner": [
                    _("%(number)s is restricted; copy %(person)s on first.")
                    % {"number": ticket.number, "person": owner.name}
                ]
            }
        )


def _can_start(ticket: Ticket, by: User, at: datetime, service: Service | None) -> bool:
    """Whether `start` exists here and everything it asks for is there."""
    given = {"service": service} if service else {}
    try:
        plan_move(Scene.of(ticket, by=by, at=at, given=given), "start")
    except Refused:
        return False
    return True
