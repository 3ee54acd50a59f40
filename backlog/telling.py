"""How the things of a backlog are told: in their reader's words, to who may see them.

Texts are read when a message is sent: what was taken out meanwhile does not leave, and
who may not see the thing (any more) is told nothing.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as T

from backlog.profile.models import Member
from core import reader
from core.models import Event
from core.reader import phrase
from notify import quiet
from notify.rulebook import Reader, Told
from people.models import User
from processes.models import Process

FIELDS: Mapping[str, Any] = {
    "number": T("number"),
    "title": T("title"),
    "who": T("who did it"),
    "text": T("what was written, if it may be read"),
    "process": T("process"),
    "link": T("address of its page"),
}
Pair = tuple[Event, Reader]
Seen = set[tuple[int, int]]  # the ids of a person and of a thing
Say = Callable[[Any, Event, Reader], dict[str, str]]


def tell(rows: Any, say: Say, pairs: Sequence[Pair], seen: Seen) -> list[Told | None]:
    """Each in its reader's words; two queries and what `say` asks.

    `say` answers the fields of a row (of `rows`: processes, or what knows its process)
    for a reader, with the way to its page as `link`.
    """
    known = rows.in_bulk({event.subject_id for event, _to in pairs})
    actors = User.objects.in_bulk({e.actor_id for e, _to in pairs if e.actor_id})
    found: list[Told | None] = []
    for event, to in pairs:
        one = known.get(event.subject_id)
        if one is None or (to.user_id, event.subject_id) not in seen:
            found.append(None)
            continue
        zone = timezone.override(quiet.zone_of(to.time_zone))
        with zone, reader.speaking(to.language):
            actor = actors.get(event.actor_id or 0)
            process = one if isinstance(one, Process) else one.process
            fields = {
                "who": actor.name if actor else "Beeline",
                "process": phrase(process.name),
                **say(one, event, to),
            }
            url = fields["link"]
            fields["link"] = f"{settings.BASE_URL}{url}"
            found.append(Told(fields, url, fields["text"]))
    return found


def seen_by(visible: Callable[[User], Any], pairs: Iterable[tuple[int, int]]) -> Seen:
    """Those who work here see all; a query for each other person."""
    by_person: dict[int, set[int]] = {}
    for user, pk in pairs:
        by_person.setdefault(user, set()).add(pk)
    people = User.objects.in_bulk(by_person)
    staff = {
        pk for pk, person in people.items() if person.is_staff and person.is_active
    }
    found = {(user, pk) for user in staff for pk in by_person[user]}
    for user, person in people.items():
        if user not in staff:
            rows = visible(person).filter(pk__in=by_person[user])
            found |= {(user, pk) for pk in rows.values_list("pk", flat=True)}
    return found


def teams(processes: Collection[int]) -> Mapping[int, set[int]]:
    """The owner and the improvement team of each process, by their ids; two queries."""
    found: dict[int, set[int]] = {pk: set() for pk in processes}
    owned = Q(pk__in=processes, owner__isnull=False)
    rows = Process.objects.filter(owned).values_list("pk", "owner")
    members = Member.objects.filter(process__in=processes)
    for process, user in (*rows, *members.values_list("process", "user")):
        found[process].add(user)
    return found


def nowhere(ids: Iterable[int]) -> Mapping[int, Mapping[str, int | None]]:
    """No room of a chat hears of it."""
    return {}
