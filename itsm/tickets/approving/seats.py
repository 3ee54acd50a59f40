"""Who may answer a decision, for whom, and who never may: for many decisions at once.

A seat is somebody whose yes counts: the named person, a member of the group, who has
the role, a peer. Others may sit on it for a while: whom they delegated to, who covers
their absence. Nobody sits on a seat who made what is decided on, nor does such a
person's own seat count; where too few are left, administrators fill in, and never for
themselves.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Q

from core import log
from core.models import Event
from itsm.tickets import details, kinds
from itsm.tickets.approving.models import Approval, Authority, Delegation
from itsm.tickets.checklist.models import Task
from itsm.tickets.models import Ticket
from people.models import Absence, Membership, Service, User
from people.roles import Role

# Authorities that are one person's; the others belong to whoever has the role.
PERSONAL = frozenset({"manager", "data_owner", "hr", "service_owner"})
REQUESTER, OWNER, AUTHOR, DOER, PROGRAM = "requester", "owner", "author", "doer", "own"
Pairs = list[tuple[int, int]]
Barred = dict[int, dict[int, str]]


@dataclass(frozen=True, slots=True)
class Seats:
    """`by`: each who may answer, with whose seat they sit on (their own, mostly).

    `barred`: who may not, and as what; `fills_in`: administrators do, as too few are
    left of those whom the rule means.
    """

    by: dict[int, int]
    barred: dict[int, str]
    fills_in: bool


@dataclass(slots=True)
class Known:
    """What the seats of some decisions are made of; eight queries, however many."""

    barred: Barred
    roles: dict[str, set[int]]
    groups: dict[int, set[int]]
    teams: dict[int, set[int]]
    leads: dict[int, set[int]]
    supports: dict[int, set[int]]
    stand_ins: Pairs
    alive: set[int] = field(default_factory=set)
    staff: set[int] = field(default_factory=set)
    reviewers: dict[int, list[int]] = field(default_factory=dict)


def seats_of(
    rows: Sequence[Approval], at: datetime, barred: Barred | None = None
) -> list[Seats]:
    """The seats of each of these decisions at that moment. Nine queries at most.

    `barred` is what `barred_of` says of their tickets, where that is known already.
    """
    if not rows:
        return []
    known = _know(rows, at, barred)
    return [_seats(row, known) for row in rows]


def _seats(row: Approval, known: Known) -> Seats:
    barred = known.barred[row.ticket_id]
    principals = _free(_principals(row, known), barred, known)
    if row.authority == "peer" and not principals:
        principals = _free(known.roles[Role.CHANGE_AUTHORITY], barred, known)
    by = {pk: pk for pk in principals}
    for giver, to in known.stand_ins:
        if giver in principals and to in known.alive and to not in barred:
            by.setdefault(to, giver)
    fills_in = len(set(by.values())) < row.quorum
    if fills_in:
        for pk in _free(known.roles[Role.ADMINISTRATOR], barred, known):
            by.setdefault(pk, pk)
    return Seats(by, barred, fills_in)


def _free(people: Iterable[int], barred: dict[int, str], known: Known) -> set[int]:
    return {pk for pk in people if pk in known.alive and pk not in barred}


def _principals(row: Approval, known: Known) -> set[int]:
    """Whose yes the rule means, before anybody is left out."""
    if row.approver_id is not None:
        return {row.approver_id}
    if row.group_id is not None:
        return known.groups[row.group_id]
    ticket = row.ticket
    if row.authority == "peer":
        teams = {ticket.team_id, *known.supports[ticket.service_id or 0]} - {None}
        peers = set().union(*(known.teams[team] for team in teams if team))
        return (peers & known.staff) | set(known.reviewers.get(row.ticket_id, ()))
    if row.authority == "lead":
        return known.leads[ticket.team_id] if ticket.team_id else set()
    if row.authority in PERSONAL:
        return set()
    return known.roles[row.authority]


def _know(rows: Sequence[Approval], at: datetime, barred: Barred | None) -> Known:
    tickets = list({row.ticket_id: row.ticket for row in rows}.values())
    supports = _supports([r.ticket for r in rows if r.authority == "peer"])
    of_teams = [r.ticket for r in rows if r.authority in {"peer", "lead"}]
    wanted = {t.team_id for t in of_teams} | set().union(*supports.values())
    teams, leads = _members(wanted - {None})
    known = Known(
        barred=barred_of(tickets) if barred is None else barred,
        roles=_roles(),
        groups=_groups({row.group_id for row in rows if row.group_id}),
        teams=teams,
        leads=leads,
        supports=supports,
        stand_ins=stand_ins(at),
        reviewers=_reviewers([r.ticket for r in rows if r.authority == "peer"]),
    )
    people = {row.approver_id for row in rows} | {to for _giver, to in known.stand_ins}
    for many in (known.roles, known.groups, known.teams, known.reviewers):
        people = people.union(*many.values())
    for user in User.objects.people().filter(pk__in=people - {None}):
        known.alive.add(user.pk)
        if user.is_staff:
            known.staff.add(user.pk)
    return known


def stand_ins(at: datetime) -> Pairs:
    """Who sits on whose seat now: delegations first, then covers; two queries."""
    given = Delegation.objects.filter(starts_at__lte=at, ends_at__gt=at)
    covers = Absence.objects.filter(starts_at__lte=at, ends_at__gt=at)
    covers = covers.exclude(cover=None)
    return [
        *given.order_by("pk").values_list("giver_id", "to_id"),
        *covers.order_by("pk").values_list("user_id", "cover_id"),
    ]


def barred_of(tickets: Sequence[Ticket]) -> Barred:
    """Of each ticket who never decides on it, and as what; three queries at most.

    What a program of theirs did is theirs.
    """
    found: Barred = {ticket.pk: {} for ticket in tickets}
    for ticket in tickets:
        _bar(found, ticket.pk, ticket.requester_id, REQUESTER)
        _bar(found, ticket.pk, ticket.owner_id, OWNER)
    made = {t.pk: t for t in tickets if asks_anew(t)}
    if made:
        for pk, author in _authors(made):
            _bar(found, pk, author, AUTHOR)
        doers = Task.objects.filter(ticket_id__in=made, waived_reason="")
        for pk, doer in doers.values_list("ticket_id", "assignee_id"):
            _bar(found, pk, doer, DOER)
    people = set().union(*found.values())
    programs = User.objects.filter(pk__in=people, is_machine=True)
    for program, owner in programs.values_list("pk", "manager_id"):
        for pk, barred in found.items():
            if program in barred:
                _bar(found, pk, owner, PROGRAM)
    return found


def _bar(
    found: dict[int, dict[int, str]], ticket: int, who: int | None, why: str
) -> None:
    if who is not None:
        found[ticket].setdefault(who, why)


def asks_anew(ticket: Ticket) -> frozenset[str]:
    """What of it a decision rests on: edits of it are asked about again."""
    detail = details.of(ticket.type)
    own = detail.asks_anew if detail else frozenset()
    return own | {"service"} if own else own


def _authors(tickets: dict[int, Ticket]) -> Iterable[tuple[int, int | None]]:
    """Who wrote any of what a decision rests on: by the log, and by what is being done.

    What an action has recorded is written at its end, so it is looked at besides.
    """
    names = sorted(frozenset().union(*map(asks_anew, tickets.values())))
    events = Event.objects.filter(
        subject_type=Ticket.subject_type,
        subject_id__in=list(tickets),
        changes__has_any_keys=names,
    )
    yield from events.values_list("subject_id", "actor_id").distinct()
    for event in log.recorded():
        is_one = event.subject_type == Ticket.subject_type
        if is_one and event.subject_id in tickets and event.changes.keys() & {*names}:
            yield event.subject_id, event.actor_id


def _roles() -> dict[str, set[int]]:
    found: dict[str, set[int]] = defaultdict(set)
    deciding = [Role.CHANGE_AUTHORITY, Role.PROCESS_OWNER, Role.ADMINISTRATOR]
    rows = User.objects.people().filter(roles__overlap=[r.value for r in deciding])
    for pk, roles in rows.values_list("pk", "roles"):
        for role in roles:
            found[role].add(pk)
    return found


def _groups(ids: Collection[int]) -> dict[int, set[int]]:
    found: dict[int, set[int]] = defaultdict(set)
    if ids:
        rows = Authority.members.through.objects.filter(authority_id__in=ids)
        for group, user in rows.values_list("authority_id", "user_id"):
            found[group].add(user)
    return found


def _supports(tickets: Iterable[Ticket]) -> dict[int, set[int]]:
    found: dict[int, set[int]] = defaultdict(set)
    services = {ticket.service_id for ticket in tickets} - {None}
    if not services:
        return found
    rows = Service.support_teams.through.objects.filter(service_id__in=services)
    for service, team in rows.values_list("service_id", "team_id"):
        found[service].add(team)
    return found


def _members(teams: Collection[Any]) -> tuple[dict[int, set[int]], dict[int, set[int]]]:
    members: dict[int, set[int]] = defaultdict(set)
    leads: dict[int, set[int]] = defaultdict(set)
    if not teams:
        return members, leads
    rows = Membership.objects.filter(team_id__in=teams)
    for team, user, is_lead in rows.values_list("team_id", "user_id", "is_lead"):
        members[team].add(user)
        if is_lead:
            leads[team].add(user)
    return members, leads


def _reviewers(tickets: Sequence[Ticket]) -> dict[int, list[int]]:
    """Who reviewed what is to be merged, as the change's evidence says."""
    emails = {ticket.pk: reviewed_by(ticket) for ticket in tickets}
    wanted = {email for found in emails.values() for email in found}
    if not wanted:
        return {}
    rows = User.objects.people().filter(email__in=wanted)
    ids = dict(rows.values_list("email", "pk"))
    return {
        pk: [ids[email] for email in found if email in ids]
        for pk, found in emails.items()
    }


def reviewed_by(ticket: Ticket) -> dict[str, str]:
    """Reviews of merge requests in its evidence: who, in small letters, and where.

    Only what a program reported counts: a person could name anybody.
    """
    detail = details.of(ticket.type)
    found = detail.reviews(ticket, detail.load(ticket)) if detail else {}
    return dict(found) if found and _is_reported(ticket) else {}


def _is_reported(ticket: Ticket) -> bool:
    """Whether a program brought the newest evidence; two queries."""
    now = [e for e in log.recorded() if e.subject_id == ticket.pk]
    now = [e for e in now if e.subject_type == Ticket.subject_type]
    rows = Event.objects.filter(
        subject_type=Ticket.subject_type, subject_id=ticket.pk
    ).filter(Q(kind=kinds.OPEN) | Q(changes__has_key="evidence"))
    news = [e for e in now if e.kind == kinds.OPEN or "evidence" in e.changes]
    last = news[-1] if news else rows.order_by("-id").first()
    by = last.actor_id if last else None
    return by is not None and User.objects.filter(pk=by, is_machine=True).exists()
