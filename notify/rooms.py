"""Rooms in a chat: which events each of them hears. Never of what is not for all."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from core.models import Event
from notify import rulebook
from notify.hearing import set_off
from notify.models import Route
from notify.rulebook import Rule

CHATS = (Route.Kind.SLACK, Route.Kind.TEAMS, Route.Kind.MATTERMOST)


@dataclass(frozen=True, slots=True)
class InRoom:
    """One room hears of one event, by one rule."""

    route_id: int
    event: Event
    rule: Rule


def of(events: Sequence[Event]) -> list[InRoom]:
    """What rooms hear of these events; one query, two where a room hears of any.

    A room hears what a rule is about, whoever else hears of it.
    """
    rows = Route.objects.filter(is_active=True, kind__in=CHATS).exclude(rules=[])
    rooms = list(rows.values_list("pk", "rules", "filters"))
    if not rooms:
        return []
    named = {name for _pk, rules, _filters in rooms for name in rules}
    pairs = _about(events, named)
    places = _places(pairs)
    found: list[InRoom] = []
    for pk, rules, filters in rooms:
        heard: dict[int, InRoom] = {}
        for rule, event in pairs:
            place = places.get((rule.subject_type, event.subject_id))
            if rule.name in rules and place is not None and _fits(filters, place):
                heard.setdefault(event.id, InRoom(pk, event, rule))
        found += sorted(heard.values(), key=lambda one: one.event.id)
    return found


def _about(events: Sequence[Event], named: Collection[str]) -> list[tuple[Rule, Event]]:
    """Of these rules each with the events that it is about."""
    found = []
    with rulebook.batch(events):
        for rule, mine in set_off(events):
            if rule.name in named:
                audience = rule.audience(mine)
                found += [(rule, event) for event in mine if event.id in audience]
    return found


def _places(
    pairs: Sequence[tuple[Rule, Event]],
) -> dict[tuple[str, int], Mapping[str, int | None]]:
    ids: dict[str, set[int]] = {}
    for rule, event in pairs:
        ids.setdefault(rule.subject_type, set()).add(event.subject_id)
    return {
        (kind, pk): place
        for kind, some in ids.items()
        if (teller := rulebook.teller_of(kind)) is not None
        for pk, place in teller.places(some).items()
    }


def _fits(
    filters: Mapping[str, Sequence[int]], place: Mapping[str, int | None]
) -> bool:
    return all(place.get(name) in ids for name, ids in filters.items() if ids)
