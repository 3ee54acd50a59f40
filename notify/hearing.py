"""Who hears of a batch of events, and on which channels: the rule book applied.

Five questions for a batch, besides those of its audiences: who they are and how they
are reached, what they chose, who may see what, and which rooms and gateways there are.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import time
from typing import Any

from django.contrib.auth import get_user_model

from core.models import Event
from notify import rulebook
from notify.models import Choice
from notify.rulebook import CHAT, INBOX, MAIL, PAGE, Rule

SILENT = frozenset({"import", "seed"})  # doors through which nobody is told
FOR_PEOPLE = (INBOX, MAIL, PAGE)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who hears, and how they are reached."""

    user_id: int
    time_zone: str
    quiet_from: time | None
    quiet_until: time | None
    digest_at: time | None
    phone: str | None
    topic: str | None


@dataclass(frozen=True, slots=True)
class Heard:
    """One person hears of one event on one channel, by one rule."""

    person: Person
    event: Event
    rule: Rule
    channel: str


def of(events: Sequence[Event]) -> list[Heard]:
    """Everything people hear of these events, in the order of the log.

    Whoever asks leaves out what nobody is told of (`audible`).
    """
    wanted = _wanted(events)
    if not wanted:
        return []
    people = _people({user_id for _rule, _event, user_id in wanted})
    seen = _seen((e.subject_type, u, e.subject_id) for _rule, e, u in wanted)
    chosen = _chosen(people, {rule.name for rule, _event, _user in wanted})
    found: list[Heard] = []
    known: set[tuple[int, int, str]] = set()
    for rule, event, user_id in wanted:
        person = people.get(user_id)
        if (
            person is None
            or (event.subject_type, user_id, event.subject_id) not in seen
        ):
            continue
        for channel in _channels(rule, chosen.get((user_id, rule.name))):
            if (key := (event.id, user_id, channel)) not in known:
                known.add(key)
                found.append(Heard(person, event, rule, channel))
    found.sort(key=lambda one: one.event.id)
    return found


def audible(events: Iterable[Event]) -> list[Event]:
    """Without what came with an import or a seed."""
    return [event for event in events if event.door not in SILENT]


def set_off(events: Sequence[Event]) -> list[tuple[Rule, list[Event]]]:
    """Rules in order, each with the events of these that set it off."""
    by_kind: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        by_kind[event.kind].append(event)
    found = []
    for rule in rulebook.rules():
        mine = [e for kind, some in by_kind.items() if rule.is_for(kind) for e in some]
        if mine:
            found.append((rule, sorted(mine, key=lambda event: event.id)))
    return found


def _wanted(events: Sequence[Event]) -> list[tuple[Rule, Event, int]]:
    """Rule, event and person; nobody of their own act unless the rule says so."""
    found = []
    with rulebook.batch(events):
        for rule, mine in set_off(events):
            audience = rule.audience(mine)
            for event in mine:
                for user_id in sorted(audience.get(event.id, ())):
                    if rule.told_own_act or user_id != event.actor_id:
                        found.append((rule, event, user_id))
    return found


def _people(ids: Collection[int]) -> dict[int, Person]:
    """The people among them who are still here; one query. Programs hear nothing."""
    reach = ("quiet_from", "quiet_until", "digest_at", "page_phone", "page_topic")
    rows: Any = get_user_model().objects.people().filter(pk__in=ids)
    found = rows.values_list("pk", "time_zone", *(f"reach__{name}" for name in reach))
    return {row[0]: Person(*row) for row in found}


def _seen(wanted: Iterable[tuple[str, int, int]]) -> set[tuple[str, int, int]]:
    """Of type, person and thing those where the person may see it.

    Of a type that no room tells nobody hears.
    """
    pairs: dict[str, set[tuple[int, int]]] = defaultdict(set)
    for subject_type, user_id, subject_id in wanted:
        pairs[subject_type].add((user_id, subject_id))
    found = set()
    for subject_type, some in pairs.items():
        if teller := rulebook.teller_of(subject_type):
            found |= {(subject_type, *pair) for pair in teller.sees(some)}
    return found


def _chosen(
    ids: Collection[int], names: Collection[str]
) -> dict[tuple[int, str], list[str]]:
    rows = Choice.objects.filter(user_id__in=ids, rule__in=names)
    return {
        (user_id, rule): channels
        for user_id, rule, channels in rows.values_list("user_id", "rule", "channels")
    }


def _channels(rule: Rule, chosen: list[str] | None) -> list[str]:
    """A rule's channels, or those of the person's choice; rooms in a chat choose."""
    if chosen is None or rule.is_page or rule.is_fixed:
        return [name for name in rule.channels if name != CHAT]
    return [name for name in FOR_PEOPLE if name in chosen and name != PAGE]
