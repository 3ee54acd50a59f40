"""Who looks at a ticket now, and who types: in Valkey only, for less than a minute.

Every open page says "I am here" every 15 seconds and when it begins to type; what is
not said again runs out by itself. One sorted set per ticket: its members are
`person:tab:doing`, scored by the second at which they run out. Valkey may be away or
emptied at any moment: then nobody seems to be here until the next time they say so.
"""

import logging
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import redis

from core import live
from itsm.tickets.models import Ticket
from people.models import User

HERE_SECONDS = 40
TYPING_SECONDS = 9
KEPT_SECONDS = 60
DOINGS = ("reply", "note", "edit")
LEFT = "left"
EVENT = "presence"
TAB = re.compile(r"[a-z0-9]{1,16}")
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Other:
    """Somebody else on the ticket; `doing` is "", "reply", "note" or "edit"."""

    pk: int
    name: str
    doing: str


def say(ticket: Ticket, user: User, *, tab: str, doing: str, at: datetime) -> None:
    """This person's tab is here (`doing` "" or one of DOINGS), or has `left`.

    Where that changes what others see, those who are here are told to ask again: an
    id on their own channels, nobody else's. Costs queries only then.
    """
    now = at.timestamp()
    mine = f"{user.pk}:{tab}:"
    with_doing = {f"{mine}{one}" for one in DOINGS}
    new = {} if doing == LEFT else {mine: now + HERE_SECONDS}
    if doing in DOINGS:
        new[f"{mine}{doing}"] = now + TYPING_SECONDS
    key = _key(ticket.pk)
    try:
        pipe = live.valkey().pipeline(transaction=True)
        pipe.zremrangebyscore(key, "-inf", now)
        pipe.zrange(key, 0, -1)
        pipe.zrem(key, *({mine, *with_doing} - new.keys() or {""}))
        if new:
            pipe.zadd(key, new)
            pipe.expire(key, KEPT_SECONDS)
        pipe.zrange(key, 0, -1)
        answers = pipe.execute()
    except (redis.RedisError, OSError) as error:
        _log.warning("Nobody knows who is here: %s", error)
        return
    before, after = _people(answers[1]), _people(answers[-1])
    if answers[0] or before != after:
        _tell(ticket, after.keys() - {user.pk})


def others(ticket: Ticket, user: User, *, at: datetime) -> list[Other]:
    """Who else is here, by name; a query only where there is somebody."""
    try:
        members = live.valkey().zrangebyscore(_key(ticket.pk), at.timestamp(), "+inf")
    except (redis.RedisError, OSError) as error:
        _log.warning("Nobody knows who is here: %s", error)
        return []
    doing = _people(members)
    doing.pop(user.pk, None)
    return [Other(p.pk, p.name, doing[p.pk]) for p in _who_may_see(ticket, doing)]


def _key(ticket_id: int) -> str:
    return f"here:{ticket_id}"


def _people(members: Iterable[Any]) -> dict[int, str]:
    """What each person does, over all their tabs."""
    found: dict[int, str] = {}
    for member in sorted(members):
        person, _tab, doing = member.decode().split(":")
        found[int(person)] = doing or found.get(int(person), "")
    return found


def _tell(ticket: Ticket, ids: Iterable[int]) -> None:
    """Let those who are here ask again who else is."""
    message: dict[str, object] = {"event": EVENT, "ids": [ticket.pk]}
    told = _who_may_see(ticket, dict.fromkeys(ids, ""))
    if told:
        live.publish_many([(live.user_audience(p.pk), message) for p in told])


def _who_may_see(ticket: Ticket, people: Mapping[int, Any]) -> list[User]:
    """Of these, staff who still may see it: it can have been restricted just now."""
    if not people:
        return []
    rows = User.objects.filter(pk__in=people, is_active=True).order_by("name", "pk")
    found = [user for user in rows if user.is_staff]
    if ticket.restricted:
        tickets = Ticket.objects.filter(pk=ticket.pk)
        found = [user for user in found if tickets.visible_to(user).exists()]
    return found
