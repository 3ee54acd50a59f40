"""A ticket comes to be."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from core import texts
from core.errors import Forbidden, Invalid
from core.log import act, record
from itsm.tickets import details, kinds, promising
from itsm.tickets.actions.common import logged, matrix_priority
from itsm.tickets.actions.sorting import check_category
from itsm.tickets.mentions import noting
from itsm.tickets.models import Ticket
from itsm.tickets.queries import hold, next_number
from itsm.tickets.reckoning import definition_of, promise, reckon
from itsm.tickets.states import Channel, Level, Size, TicketType
from people.models import Category, Organisation, Service, Team, User
from people.policy import Scope, allows, require
from processes.queries import version_for

Facts = Mapping[str, Any]
LOGGED = (
    *("number", "type", "state", "state_category", "process_version"),
    *("priority", "impact", "urgency", "size", "affected", "restricted"),
    *("channel", "requester", "owner", "team", "service", "category"),
    *("organisation", "parent"),
)


def open_ticket(
    *,
    type: TicketType | str,
    title: str,
    by: User,
    at: datetime,
    description: str = "",
    requester: User | None = None,
    service: Service | None = None,
    category: Category | None = None,
    team: Team | None = None,
    owner: User | None = None,
    organisation: Organisation | None = None,
    impact: str | None = None,
    urgency: str | None = None,
    priority: int | None = None,
    priority_reason: str = "",
    size: int | None = None,
    affected: int = 1,
    parent: Ticket | None = None,
    restricted: bool = False,
    channel: Channel | str | None = None,
    external_ref: str = "",
    extra: Facts | None = None,
    detail: Facts | None = None,
    is_for_report: bool = False,
) -> Ticket:
    """Open a ticket on the process version that is live for it.

    Requesters open for themselves; staff for anybody. `detail` holds the fields of
    the practice's own row. `is_for_report`: a manager orders for who reports to them,
    which counts as for themselves. Raises Forbidden or Invalid.
    """
    requester = requester or by
    is_own = requester.pk == by.pk or is_for_report
    _check(type, by=by, is_own=is_own, owner=owner, title=title)
    _check_decided_here(by, requester, owner, priority, organisation)
    with act():
        ticket = Ticket(
            **_beginning(type, team, at),
            title=title.strip(),
            description=description,
            channel=channel or _channel(by, requester),
            requester=requester,
            owner=owner,
            team=team,
            service=service,
            category=category,
            organisation=organisation or requester.organisation,
            impact=impact or Level.LOW,
            urgency=urgency or Level.MEDIUM,
            size=size or Size.S,
            affected=affected,
            parent=parent,
            restricted=restricted or bool(service and service.is_restricted),
            external_ref=external_ref,
            extra=dict(extra or {}),
        )
        _enter(ticket, priority, priority_reason.strip(), at)
        row = _own_row(ticket, detail)
        changes = _as_opened(ticket) | _keep_reason(ticket, by, at)
        record(kinds.OPEN, subject=ticket, by=by, at=at, changes=changes, public=True)
        if practice := details.of(ticket.type):
            practice.opened(ticket, row, by, at)
        noting.refer(ticket=ticket, text=description, by=by, at=at)
    return ticket


def _beginning(type_: str, team: Team | None, at: datetime) -> dict[str, Any]:
    """Its number, the version it runs on, and the instant from which all counts."""
    number = next_number(type_)
    version = version_for(type_, ticket_key=number, team=team.pk if team else None)
    instants = dict.fromkeys(("opened_at", "updated_at", "state_since"), at)
    return {"type": type_, "number": number, "process_version": version, **instants}


def _enter(ticket: Ticket, priority: int | None, reason: str, at: datetime) -> None:
    """Into its process's first state, with its priority and place, and saved."""
    first = definition_of(ticket).initial
    ticket.state, ticket.state_category = first.slug, first.category
    _set_priority(ticket, priority, reason)
    check_category(ticket)
    promise(ticket, promising.begin(ticket, at=at), at=at)
    reckon(ticket, at=at)
    ticket.save(force_insert=True)
    hold(ticket)


def _own_row(ticket: Ticket, given: Facts | None) -> Any:
    """The row of its practice, saved where it holds something; None without one."""
    practice = details.of(ticket.type)
    if practice is None:
        return None
    row = ticket.detail_row = practice.model(ticket=ticket, **(given or {}))
    if given or practice.always:
        row.save(force_insert=True)
    return row


def _check(
    type_: str, *, by: User, is_own: bool, owner: User | None, title: str
) -> None:
    own = frozenset({Scope.OWN}) if is_own else frozenset()
    require(
        by, "ticket.open", own, why=_("You can report for yourself, not for others.")
    )
    if type_ in {TicketType.CHANGE, TicketType.PROBLEM} and not by.is_staff:
        raise Forbidden(
            _("Changes and problems are opened by the people who work here.")
        )
    if not title.strip():
        raise Invalid({"title": [_("Say in a few words what it is about.")]})
    if owner is not None and not (owner.is_active and owner.is_staff):
        raise Invalid({"owner": [_("Only somebody who works here can own a ticket.")]})


def _check_decided_here(
    by: User,
    requester: User,
    owner: User | None,
    priority: int | None,
    organisation: Organisation | None,
) -> None:
    """What is for the people who work here to decide, whoever fills in the form."""
    if allows(by, "ticket.queue"):
        return
    if owner is not None or priority is not None:
        raise Forbidden(_("The people who work here decide who takes it, and when."))
    if organisation is not None and organisation.pk != requester.organisation_id:
        raise Forbidden(_("You can report for your own organisation only."))


def _set_priority(ticket: Ticket, priority: int | None, reason: str) -> None:
    """The matrix's, or another one with a reason."""
    ticket.priority = by_matrix = matrix_priority(ticket)
    if priority is None and reason:
        raise Invalid({"priority": [_("Say which priority this is the reason for.")]})
    if priority is None or priority == by_matrix:
        return
    if not reason:
        raise Invalid({"reason": [_("Say why this priority is not the matrix's.")]})
    ticket.priority, ticket.priority_reason = priority, reason


def _keep_reason(ticket: Ticket, by: User, at: datetime) -> dict[str, tuple[None, int]]:
    if not ticket.priority_reason:
        return {}
    body = ticket.priority_reason
    kept = texts.keep(subject=ticket, field="priority_reason", body=body, by=by, at=at)
    return {"priority_reason": (None, kept)}


def _channel(by: User, requester: User) -> Channel:
    if by.pk == requester.pk and not by.is_staff:
        return Channel.PORTAL
    return Channel.AGENT


def _as_opened(ticket: Ticket) -> dict[str, tuple[None, Any]]:
    """What the log keeps of a new ticket: everything but its texts."""
    values = logged(ticket, LOGGED)
    return {name: (None, v) for name, v in values.items() if v not in (None, "", False)}
