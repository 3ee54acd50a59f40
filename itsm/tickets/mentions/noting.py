"""Who and what a text names: people and teams who are told, tickets that link back.

Only people who work here name each other, and only those are told who may see the
ticket: being named never opens a door.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from core.log import record
from core.wording import NUMBER
from itsm.tickets import kinds
from itsm.tickets.mentions.models import Mention, Reference
from itsm.tickets.models import Comment, Participant, Ticket
from people.handles import handles, named_people
from people.models import Membership, Team, User
from people.roles import Role

MOST_NUMBERS = 50


@dataclass(slots=True)
class Told:
    """`unseen`: named, but they may not see the ticket and are not told."""

    people: list[User] = field(default_factory=list)
    teams: list[tuple[Team, list[User]]] = field(default_factory=list)
    unseen: list[str] = field(default_factory=list)


def told(ticket: Ticket, text: str, by: User | None) -> Told:
    """Whom a text names; no query where it names nobody, else three at most."""
    names = handles(text) if by is not None and by.is_staff else []
    if not names:
        return Told()
    people, taken = named_people(names)
    teams = Team.objects.filter(is_active=True, slug__in=set(names) - taken)
    members: dict[int, list[User]] = {team.pk: [] for team in teams}
    rows = Membership.objects.filter(team_id__in=members).select_related("user")
    for row in rows:
        if row.user.works_here:
            members[row.team_id].append(row.user)
    found = Told()
    for person in people:
        if may_see(person, ticket):
            found.people.append(person)
        else:
            found.unseen.append(person.name)
    for team in teams:
        seeing = [one for one in members[team.pk] if may_see(one, ticket)]
        found.teams.append((team, seeing))
        if not seeing:
            found.unseen.append(team.name)
    return found


def may_see(person: User, ticket: Ticket) -> bool:
    """Whether somebody who works here sees it; no query where all of them do."""
    if not ticket.restricted or person.has_role(Role.ADMINISTRATOR):
        return True
    seen: Any = Ticket.objects.visible_to(person)
    return bool(seen.filter(pk=ticket.pk).exists())


def note(*, ticket: Ticket, said: Comment, by: User | None, at: datetime) -> None:
    """Tell those a message names, and link the tickets it names; joins the action."""
    named = told(ticket, said.body, by)
    common: dict[str, Any] = {"subject": ticket, "by": by, "at": at}
    comment = (None, said.pk)
    rows: dict[int, Mention] = {}
    for person in named.people:
        if by is not None and person.pk == by.pk:
            continue
        rows[person.pk] = Mention(user=person)
        Participant.objects.get_or_create(
            ticket=ticket,
            user=person,
            role=Participant.Role.WATCHER,
            defaults={"at": at},
        )
        changes = {"mentioned": (None, person.pk), "comment": comment}
        record(kinds.MENTION, changes=changes, **common)
    for team, members in named.teams:
        for one in members:
            if by is None or one.pk != by.pk:
                rows.setdefault(one.pk, Mention(user=one, team=team))
        changes = {"mentioned_team": (None, team.pk), "comment": comment}
        record(kinds.MENTION, changes=changes, **common)
    for row in rows.values():
        row.ticket, row.comment, row.by, row.at = ticket, said, by, at
    Mention.objects.bulk_create(rows.values(), ignore_conflicts=True)
    refer(ticket=ticket, text=said.body, by=by, at=at, comment=said.pk)


def refer(
    *,
    ticket: Ticket,
    text: str,
    by: User | None,
    at: datetime,
    comment: int | None = None,
) -> None:
    """Link the tickets whose numbers stand in a text and that its author sees."""
    numbers = _numbers([text], ticket)
    if not numbers or by is None:
        return
    seen: Any = Ticket.objects.visible_to(by)
    targets = list(seen.filter(number__in=numbers).values_list("pk", flat=True))
    known = Reference.objects.filter(source=ticket, target_id__in=targets)
    new = set(targets) - set(known.values_list("target_id", flat=True))
    Reference.objects.bulk_create(
        [Reference(source=ticket, target_id=pk, at=at) for pk in sorted(new)],
        ignore_conflicts=True,
    )
    for pk in sorted(new):
        changes: dict[str, tuple[Any, Any]] = {"reference": (None, pk)}
        if comment is not None:
            changes["comment"] = (None, comment)
        record(kinds.MENTION, subject=ticket, by=by, at=at, changes=changes)


def _numbers(texts: Iterable[str], ticket: Ticket) -> list[str]:
    found = {number for text in texts if "-" in text for number in NUMBER.findall(text)}
    return sorted(found - {ticket.number})[:MOST_NUMBERS]


def forget(ticket: Any) -> None:
    """A text was removed for good: what only that text referred to is not any more."""
    if not isinstance(ticket, Ticket):
        return
    rows = Reference.objects.filter(source_id=ticket.pk)
    if not rows.exists():
        return
    texts = [ticket.description, ticket.resolution]
    said = Comment.objects.filter(ticket_id=ticket.pk)
    still = _numbers([*texts, *said.values_list("body", flat=True)], ticket)
    rows.exclude(target__number__in=still).delete()
