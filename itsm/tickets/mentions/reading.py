"""Where somebody was named, and that they have looked."""

from datetime import datetime
from typing import Any

from django.db.models import Case, Q, QuerySet, When

from itsm.tickets.mentions.models import Mention
from itsm.tickets.mentions.noting import may_see
from itsm.tickets.models import Ticket
from people.handles import STAFF
from people.models import Team, User

MOST = 8


def unread(user: User) -> QuerySet[Mention]:
    """Mentions of this person that they have not looked at, on tickets they see."""
    seen: Any = Ticket.objects.visible_to(user)
    rows = Mention.objects.filter(user=user, read_at=None, ticket__in=seen)
    rows = rows.filter(comment__redacted_at=None)
    return rows.select_related("ticket", "comment", "by", "team").order_by("-at", "-pk")


def read(*, by: User, at: datetime, mention: int | None = None) -> Mention | None:
    """They have looked: at one of them, or at all. Only one's own."""
    rows = Mention.objects.filter(user=by)
    if mention is not None:
        rows = rows.filter(pk=mention)
        found = rows.select_related("ticket").first()
    else:
        found = None
    rows.filter(read_at=None).update(read_at=at)
    return found


def offered(ticket: Ticket, words: str) -> list[dict[str, str]]:
    """People and teams one may name here: those who see the ticket."""
    words = words.strip().lower()
    known = Q(name__icontains=words) | Q(email__istartswith=words)
    begins = Q(name__istartswith=words) | Q(email__istartswith=words)
    people: Any = (
        User.objects.filter(STAFF)
        .filter(known)
        .alias(first=Case(When(begins, then=0), default=1))
    )
    found: list[dict[str, str]] = []
    people = people.order_by("first", "name", "pk")
    for person in people[: MOST * (4 if ticket.restricted else 1)]:
        if may_see(person, ticket) and len(found) < MOST:
            found.append(_told(person))
    teams = Team.objects.filter(is_active=True).order_by("name")
    teams = teams.filter(Q(name__icontains=words) | Q(slug__istartswith=words))
    found += [
        {"put": f"@{team.slug} ", "name": team.name, "note": f"@{team.slug}"}
        for team in teams[:MOST]
    ]
    return found[: MOST + 2]


def _told(person: User) -> dict[str, str]:
    short = person.email.partition("@")[0]
    same = User.objects.filter(STAFF).filter(email__istartswith=f"{short}@")
    handle = short if same.count() == 1 else person.email
    return {"put": f"@{handle} ", "name": person.name, "note": f"@{handle}"}
