"""Synthetic tickets for load measurements: pure rows, the same for the same input.

No database, no clock: a ticket follows from its place in the load, the date it is
made for, and the definitions. `seed_load` writes the rows.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from json import dumps
from random import Random
from typing import Any, NamedTuple

from itsm.tickets import kinds, synthetic_words
from itsm.tickets.states import PREFIXES, DueKind, TicketType
from processes.definition import Definition, Target
from processes.order import OrderFacts, place

FIFTY_EVENTS = "seed-fifty-events"  # external_ref of the ticket with that timeline
OPEN_FROM = 0.6  # of the last 40 % of tickets three in four are open: 30 % of all
SPAN = timedelta(days=3 * 365)
OVER = ("resolved", "closed", "cancelled")
JUST_ENDED = 6_000  # the newest places, a quarter at most: resolved, not closed yet
CRITICALITY = ("critical", "high", "normal")

LEVELS = ("low",) * 6 + ("medium",) * 3 + ("high",)
SIZES = (1, 1, 2, 2, 2, 3, 3, 5, 8)
TYPES = (
    (TicketType.INCIDENT,) * 14 + (TicketType.REQUEST,) * 4
    + (TicketType.CHANGE, TicketType.PROBLEM)
)  # fmt: skip

TICKET_COLUMNS = (
    "id", "number", "type", "title", "description", "channel", "process_version_id",
    "state", "state_category", "state_since", "wait_reason", "wake_at", "timer_at",
    "timer_verb", "category_id", "impact", "urgency", "priority", "priority_reason",
    "size", "affected", "requester_id", "owner_id", "team_id", "service_id",
    "organisation_id", "restricted", "band", "start_by", "next_due_at",
    "next_due_kind", "responded_at", "informed_at", "opened_at", "updated_at",
    "resolved_at", "closed_at", "resolution", "resolution_code", "verified_by",
    "handovers", "reopens", "external_ref", "extra", "version",
)  # fmt: skip
COMMENT_COLUMNS = ("id", "ticket_id", "author_id", "body", "is_public", "channel", "at")
EVENT_COLUMNS = (
    "kind", "at", "actor_id", "door", "subject_type", "subject_id", "public", "changes",
)  # fmt: skip


class Practice(NamedTuple):
    """One type's process: its version and the state that stands for each category."""

    version_id: int
    definition: Definition
    states: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class World:
    """Everything a load is made of, by id. `at` is the moment it is made for."""

    at: datetime
    total: int
    first_ticket: int
    first_comment: int
    first_number: Mapping[str, int]  # by type
    practices: Mapping[str, Practice]
    teams: Sequence[tuple[int, Sequence[int]]]  # team and its agents
    requesters: Sequence[tuple[int, int]]  # person and organisation
    services: Sequence[int]
    categories: Sequence[int]


class Rows(NamedTuple):
    """A chunk of a load, ready for COPY."""

    tickets: str
    comments: str
    events: str
    tickets_made: int


def numbers_before(count: int) -> dict[str, int]:
    """How many tickets of each type are among the first `count`."""
    whole, rest = divmod(count, len(TYPES))
    found = dict.fromkeys(TicketType, 0)
    for place_, type_ in enumerate(TYPES):
        found[type_] += whole + (place_ < rest)
    return {str(type_): n for type_, n in found.items()}


def is_open(world: World, i: int) -> bool:
    """Three in four of the last 40 %."""
    return i >= world.total * OPEN_FROM and i % 4 != 1


def fifty(world: World) -> int:
    """The place of the ticket with fifty events: the last one that is an incident."""
    last = world.total - 1
    while TYPES[last % len(TYPES)] != TicketType.INCIDENT or not is_open(world, last):
        last -= 1
    return last


def comments_of(world: World, i: int, special: int) -> int:
    """Three on a fifth of the tickets, forty-seven on the special one."""
    return 47 if i == special else 3 if i % 5 == 2 else 0


def chunks(world: World, size: int = 10_000) -> Iterator[tuple[int, int, int]]:
    """Ranges of places, each with the number of comments before it."""
    special, before = fifty(world), 0
    for first in range(0, world.total, size):
        last = min(first + size, world.total)
        yield first, last, before
        before += sum(comments_of(world, i, special) for i in range(first, last))


def make(world: World, first: int, last: int, comments_before: int) -> Rows:
    """The rows of the tickets at places `first` to `last`."""
    special = fifty(world)
    numbers = numbers_before(first)
    tickets: list[str] = []
    comments: list[str] = []
    events: list[str] = []
    comment_id = world.first_comment + comments_before
    for i in range(first, last):
        type_ = TYPES[i % len(TYPES)].value
        number = world.first_number[type_] + numbers[type_]
        numbers[type_] += 1
        ticket = _ticket(world, i, type_, number, i == special)
        tickets.append(_line(ticket[c] for c in TICKET_COLUMNS))
        said = _said(world, i, ticket, comments_of(world, i, special))
        for at, author, body, public in said:
            comments.append(
                _line((comment_id, ticket["id"], author, body, public, "portal", at))
            )
            comment_id += 1
        states = world.practices[type_].states
        events.extend(_events(states, ticket, said, comment_id - len(said)))
    return Rows("".join(tickets), "".join(comments), "".join(events), last - first)


class _Life(NamedTuple):
    """Whose a ticket is, how far it came, and when what happened to it."""

    category: str
    opened: datetime
    owner: int | None
    responded: datetime | None
    ended: datetime | None
    wakes: datetime


def _ticket(
    world: World, i: int, type_: str, number: int, special: bool
) -> dict[str, Any]:
    """Its columns. The dice fall in one order, so that a load can be made again."""
    dice = Random(i)
    practice = world.practices[type_]
    category = _category(world, i, practice, dice)
    team, agents = world.teams[dice.randrange(len(world.teams))]
    person, organisation = world.requesters[dice.randrange(len(world.requesters))]
    service = dice.randrange(len(world.services))
    rated = _rated(practice.definition, dice)
    life = _life(world, i, category, agents, dice)
    placed = _placed(world, practice.definition, life, rated, service, dice)
    title, description = synthetic_words.report(i, world.total, dice)
    return {
        **_always(special),
        "id": world.first_ticket + i,
        "number": f"{PREFIXES[TicketType(type_)]}-{number}",
        "type": type_,
        "title": title,
        "description": description,
        "channel": dice.choice(("portal", "portal", "phone", "mail", "agent")),
        "process_version_id": practice.version_id,
        "state": practice.states[category],
        "category_id": world.categories[dice.randrange(len(world.categories))],
        "requester_id": person,
        "team_id": team,
        "service_id": world.services[service],
        "organisation_id": organisation,
        "restricted": i % 500 == 250,
        "handovers": dice.choice((0, 0, 0, 1, 2)),
        **rated,
        **_lived(life),
        **placed,
    }


def _always(special: bool) -> dict[str, Any]:
    """What no synthetic ticket has, and the mark of the one with fifty events."""
    return {
        "priority_reason": "",
        "verified_by": "",
        "reopens": 0,
        "external_ref": FIFTY_EVENTS if special else "",
        "extra": "{}",
        "version": 1,
    }


def _category(world: World, i: int, practice: Practice, dice: Random) -> str:
    if is_open(world, i):
        if i == fifty(world):
            return "active"
        return dice.choices(("new", "active", "waiting"), (2, 6, 2))[0]
    found = dice.choices(("closed", "cancelled"), (95, 5))[0]
    if found == "closed" and i >= world.total - min(JUST_ENDED, world.total // 4):
        found = "resolved"
    return found if found in practice.states else "closed"  # problems always close


def _rated(definition: Definition, dice: Random) -> dict[str, Any]:
    impact, urgency = dice.choice(LEVELS), dice.choice(LEVELS)
    priority = definition.priority[impact][urgency]
    return {"impact": impact, "urgency": urgency, "priority": priority}


def _life(
    world: World, i: int, category: str, agents: Sequence[int], dice: Random
) -> _Life:
    opened = world.at - SPAN + SPAN * ((i + 0.5) / world.total)
    owned = category not in ("new", "cancelled") or dice.random() < 0.2
    owner = agents[dice.randrange(len(agents))] if owned else None
    responded = opened + timedelta(minutes=dice.randrange(1, 90)) if owned else None
    lasted = timedelta(hours=dice.randrange(1, 400))
    ended = min(opened + lasted, world.at) if category in OVER else None
    wakes = world.at + timedelta(days=dice.randrange(30, 300))
    return _Life(category, opened, owner, responded, ended, wakes)


def _lived(life: _Life) -> dict[str, Any]:
    """The columns of state and time."""
    category, ended = life.category, life.ended
    waits = category == "waiting"
    touched = ended or life.responded or life.opened
    return {
        "state_category": category,
        "state_since": touched,
        "wait_reason": "planned" if waits else "",
        "wake_at": life.wakes if waits else None,
        "timer_at": life.wakes if waits else None,
        "timer_verb": "resume" if waits else "",
        "owner_id": life.owner,
        "responded_at": life.responded,
        "opened_at": life.opened,
        "updated_at": touched,
        "resolved_at": ended if category in ("resolved", "closed") else None,
        "closed_at": ended if category in ("closed", "cancelled") else None,
        "resolution": "Solved as described." if ended and life.owner else "",
        "resolution_code": "fixed" if category in ("resolved", "closed") else "",
    }


def _placed(
    world: World,
    definition: Definition,
    life: _Life,
    rated: Mapping[str, Any],
    service: int,
    dice: Random,
) -> dict[str, Any]:
    """The columns of the next promise and of the order of work."""
    target = definition.targets[rated["priority"]]
    owned, ended = life.owner is not None, life.ended is not None
    due_at, kind, informed = _promise(world.at, dice, target, life.opened, owned)
    facts = OrderFacts(
        opened_at=life.opened,
        **rated,
        size=dice.choice(SIZES),
        affected=dice.choice((1, 1, 1, 1, 2, 5, 40)),
        criticality=CRITICALITY[service % 3],
        promise=None if ended or due_at < world.at else due_at,
    )
    band, start_by = place(definition, facts)
    return {
        "size": facts.size,
        "affected": facts.affected,
        "band": band,
        "start_by": start_by,
        "next_due_at": None if ended else due_at,
        "next_due_kind": "" if ended else kind,
        "informed_at": life.responded if ended else informed,
    }


def _promise(
    at: datetime, dice: Random, target: Target, opened: datetime, owned: bool
) -> tuple[datetime, str, datetime | None]:
    """The next promise, its kind, and when somebody last told the requester."""
    response, update = target.response or timedelta(), target.update or timedelta()
    if not owned and opened + response > at:
        return opened + response, DueKind.RESPONSE.value, None
    informed = max(opened, at - update * (dice.random() * 1.1))
    return informed + update, DueKind.UPDATE.value, informed if owned else None


def _said(
    world: World, i: int, ticket: Mapping[str, Any], count: int
) -> list[tuple[datetime, int, str, bool]]:
    if not count:
        return []
    dice = Random(-i - 1)
    began = ticket["responded_at"] or ticket["opened_at"]
    ended = ticket["resolved_at"] or ticket["closed_at"] or world.at
    step = max(ended - began, timedelta(minutes=count)) / (count + 1)
    staff = ticket["owner_id"] or world.teams[0][1][0]
    return [
        (
            began + step * (n + 1),
            ticket["requester_id"] if n % 3 == 1 else staff,
            synthetic_words.answer(dice),
            n % 3 != 2,
        )
        for n in range(count)
    ]


def _events(
    states: Mapping[str, str],
    ticket: Mapping[str, Any],
    said: Sequence[tuple[datetime, int, str, bool]],
    first_comment: int,
) -> Iterator[str]:
    """What happened to a ticket, as its actions would have recorded it."""
    yield _event(
        ticket,
        kinds.OPEN,
        ticket["opened_at"],
        ticket["requester_id"],
        type=[None, ticket["type"]],
        state=[None, states["new"]],
        priority=[None, ticket["priority"]],
        team=[None, ticket["team_id"]],
    )
    yield from _taken(states, ticket)
    for n, (at, author, _body, public) in enumerate(said):
        kind = kinds.COMMENT if public else kinds.NOTE
        yield _event(ticket, kind, at, author, comment=[None, first_comment + n])
    yield from _to_its_state(states, ticket)


def _taken(states: Mapping[str, str], ticket: Mapping[str, Any]) -> Iterator[str]:
    owner, at = ticket["owner_id"], ticket["responded_at"]
    if owner is None:
        return
    yield _event(ticket, kinds.TAKE, at, owner, owner=[None, owner])
    if ticket["state_category"] != "new":
        change = [states["new"], states["active"]]
        yield _event(ticket, kinds.START, at, owner, state=change)


def _to_its_state(
    states: Mapping[str, str], ticket: Mapping[str, Any]
) -> Iterator[str]:
    """From being worked on to the state it is in."""
    category, owner = ticket["state_category"], ticket["owner_id"]
    active, here = states["active"], ticket["state"]
    ended = ticket["closed_at"] or ticket["resolved_at"]
    if category == "waiting":
        since = ticket["state_since"]
        yield _event(ticket, kinds.WAIT, since, owner, state=[active, here])
    elif category in ("resolved", "closed"):
        solved = states.get("resolved", active)
        yield _event(ticket, kinds.RESOLVE, ended, owner, state=[active, solved])
        if here != solved:
            yield _event(ticket, kinds.CLOSE, ended, None, state=[solved, here])
    elif category == "cancelled":
        actor = owner or ticket["requester_id"]
        yield _event(ticket, kinds.CANCEL, ended, actor, state=[states["new"], here])


def _event(
    ticket: Mapping[str, Any],
    kind: str,
    at: datetime,
    actor: int | None,
    **changes: Any,
) -> str:
    public, told = kind in kinds.PUBLIC, dumps(changes)
    return _line((kind, at, actor, "seed", "ticket", ticket["id"], public, told))


def _line(values: Any) -> str:
    """One row as COPY's text format reads it; our own texts hold no tab or newline."""
    return "\t".join([_cell(v) for v in values]) + "\n"


def _cell(value: Any) -> str:
    if value is None:
        return "\\N"
    if value is True:
        return "t"
    if value is False:
        return "f"
    return str(value)
