"""Synthetic tickets for load measurements: pure rows, the same for the same input.

No database, no clock: a ticket follows from its place in the load, the date it is
made for, and the definitions. What is promised of it follows from what happened, as
whoever makes the promises says. `seed_load` writes the rows.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from json import dumps
from random import Random
from typing import Any, NamedTuple

from itsm.tickets import kinds, synthetic_words
from itsm.tickets.promising import NOTHING_PROMISED, Promise
from itsm.tickets.states import PREFIXES, TicketType
from processes.definition import Definition, Target
from processes.order import OrderFacts, place

FIFTY_EVENTS = "seed-fifty-events"  # external_ref of the ticket with that timeline
OPEN_FROM = 0.6  # of the last 40 % of tickets three in four are open: 30 % of all
SPAN = timedelta(days=3 * 365)
OVER = ("resolved", "closed", "cancelled")
JUST_ENDED = 6_000  # the newest places, a quarter at most: resolved, not closed yet
PROMISED_FOR = timedelta(days=90)  # what ended before has no clocks
CRITICALITY = ("critical", "high", "normal")

LEVELS = ("low",) * 6 + ("medium",) * 3 + ("high",)
SIZES = (1, 1, 2, 2, 2, 3, 3, 5, 8)
AFFECTED = (1, 1, 1, 1, 2, 5, 40)
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


Renewal = tuple[datetime, datetime]  # when something was said, and until when


class Happened(NamedTuple):
    """An event of a ticket; `changes` as the log keeps them."""

    kind: str
    at: datetime
    actor: int | None
    changes: Mapping[str, Any]


class Promised(NamedTuple):
    """What was promised by the way: all events in their order, the lines of clocks as
    COPY reads them, and what is due next."""

    events: Sequence[Happened]
    clocks: str
    next: Promise


# Asked with a ticket's id, what happened to it, and the moment of the load.
Ask = Callable[[int, Sequence[Happened], datetime], Promised]


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
    promise: Ask | None = None


class Rows(NamedTuple):
    """A chunk of a load, ready for COPY."""

    tickets: str
    comments: str
    events: str
    clocks: str
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
    clocks: list[str] = []
    comment_id = world.first_comment + comments_before
    for i in range(first, last):
        type_ = TYPES[i % len(TYPES)].value
        number = world.first_number[type_] + numbers[type_]
        numbers[type_] += 1
        ticket, renewal = _ticket(world, i, type_, number, i == special)
        said = _said(world, i, ticket, comments_of(world, i, special))
        for n, (at, author, body, public) in enumerate(said, comment_id):
            row = (n, ticket["id"], author, body, public, "portal", at)
            comments.append(line(row))
        happened = _happened(world, ticket, renewal, said, comment_id)
        promised = _promised(world, ticket, happened)
        events += [_event(ticket, one) for one in promised.events]
        clocks.append(promised.clocks)
        _place(world, ticket, promised.next)
        tickets.append(line(ticket[c] for c in TICKET_COLUMNS))
        comment_id += len(said)
    written = ["".join(lines) for lines in (tickets, comments, events, clocks)]
    return Rows(written[0], written[1], written[2], written[3], last - first)


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
) -> tuple[dict[str, Any], Renewal | None]:
    """Its columns but for what is due next, and when it was said when more is heard.

    The dice fall in one order, so that a load can be made again.
    """
    dice = Random(i)
    practice = world.practices[type_]
    category = _category(world, i, practice, dice)
    team, agents = world.teams[dice.randrange(len(world.teams))]
    person, organisation = world.requesters[dice.randrange(len(world.requesters))]
    service = dice.randrange(len(world.services))
    rated = _rated(practice.definition, dice)
    life = _life(world, i, category, agents, dice)
    target = practice.definition.targets[rated["priority"]]
    renewal = None if life.ended else _renewal(world.at, dice, target, life)
    sized = {"size": dice.choice(SIZES), "affected": dice.choice(AFFECTED)}
    title, description = synthetic_words.report(i, world.total, dice)
    ticket = {
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
        **sized,
        **_lived(life),
    }
    return ticket, None if special else renewal


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
        "informed_at": life.responded,
        "opened_at": life.opened,
        "updated_at": touched,
        "resolved_at": ended if category in ("resolved", "closed") else None,
        "closed_at": ended if category in ("closed", "cancelled") else None,
        "resolution": "Solved as described." if ended and life.owner else "",
        "resolution_code": "fixed" if category in ("resolved", "closed") else "",
    }


def _renewal(at: datetime, dice: Random, target: Target, life: _Life) -> Renewal | None:
    """When it was said when more is heard, and for when: up to an update's time ago.

    Nothing was said yet where the first answer is still ahead.
    """
    response, update = target.response or timedelta(), target.update or timedelta()
    if life.owner is None and life.opened + response > at:
        return None
    said = max(life.responded or life.opened, at - update * (dice.random() * 1.1))
    return said, said + update


def _promised(
    world: World, ticket: Mapping[str, Any], happened: Sequence[Happened]
) -> Promised:
    """Of what is open or ended in the last weeks: what reports look at."""
    ended = ticket["closed_at"] or ticket["resolved_at"]
    if world.promise is None or (ended and ended < world.at - PROMISED_FOR):
        return Promised(happened, "", NOTHING_PROMISED)
    return world.promise(ticket["id"], happened, world.at)


def _place(world: World, ticket: dict[str, Any], due: Promise) -> None:
    """The columns of the next promise and of the order of work."""
    service = world.services.index(ticket["service_id"])
    ahead = due.due_at is not None and due.due_at > world.at
    facts = OrderFacts(
        opened_at=ticket["opened_at"],
        priority=ticket["priority"],
        impact=ticket["impact"],
        urgency=ticket["urgency"],
        size=ticket["size"],
        affected=ticket["affected"],
        criticality=CRITICALITY[service % 3],
        promise=due.due_at if ahead else None,
    )
    definition = world.practices[ticket["type"]].definition
    ticket["band"], ticket["start_by"] = place(definition, facts)
    ticket["next_due_at"] = due.due_at
    ticket["next_due_kind"] = due.kind.value if due.kind else ""


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


def _happened(
    world: World,
    ticket: dict[str, Any],
    renewal: Renewal | None,
    said: Sequence[tuple[datetime, int, str, bool]],
    first_comment: int,
) -> list[Happened]:
    """What happened to a ticket, as its actions would have recorded it, in order."""
    states = world.practices[ticket["type"]].states
    staff = ticket["owner_id"] or world.teams[0][1][0]
    found = [_opened(states, ticket), *_taken(states, ticket)]
    for n, (at, author, _body, public) in enumerate(said, first_comment):
        changes: dict[str, Any] = {"comment": [None, n]}
        if public and author == staff:
            changes["informed_at"] = [None, at.isoformat()]
            ticket["informed_at"] = at
            ticket["responded_at"] = ticket["responded_at"] or at
        kind = kinds.COMMENT if public else kinds.NOTE
        found.append(Happened(kind, at, author, changes))
    if renewal is not None:
        at, until = renewal
        told = {"until": [None, until.isoformat()]}
        found.append(Happened(kinds.RENEW, at, staff, told))
    found += _to_its_state(states, ticket)
    return sorted(found, key=lambda one: one.at)


def _opened(states: Mapping[str, str], ticket: Mapping[str, Any]) -> Happened:
    facts = ("type", "priority", "team", "service", "organisation", "process_version")
    changes = {name: [None, ticket.get(name) or ticket[f"{name}_id"]] for name in facts}
    changes["requester"] = [None, ticket["requester_id"]]
    changes["state"] = [None, states["new"]]
    changes["state_category"] = [None, "new"]
    return Happened(kinds.OPEN, ticket["opened_at"], ticket["requester_id"], changes)


def _taken(states: Mapping[str, str], ticket: Mapping[str, Any]) -> Iterator[Happened]:
    """With a first word to the requester."""
    owner, at = ticket["owner_id"], ticket["responded_at"]
    if owner is None:
        return
    told = {"owner": [None, owner], "informed_at": [None, at.isoformat()]}
    yield Happened(kinds.TAKE, at, owner, told)
    if ticket["state_category"] != "new":
        yield Happened(kinds.START, at, owner, _move(states, "new", "active"))


def _to_its_state(
    states: Mapping[str, str], ticket: Mapping[str, Any]
) -> Iterator[Happened]:
    """From being worked on to the state it is in."""
    category, owner = ticket["state_category"], ticket["owner_id"]
    ended = ticket["closed_at"] or ticket["resolved_at"]
    if category == "waiting":
        wait = _move(states, "active", "waiting") | {"wait_reason": ["", "planned"]}
        yield Happened(kinds.WAIT, ticket["state_since"], owner, wait)
    elif category in ("resolved", "closed"):
        solved = "resolved" if "resolved" in states else "active"
        told = _move(states, "active", solved)
        told["informed_at"] = [None, ended.isoformat()]
        yield Happened(kinds.RESOLVE, ended, owner, told)
        if category != solved:
            close = _move(states, solved, category)
            yield Happened(kinds.CLOSE, ended, None, close)
    elif category == "cancelled":
        actor = owner or ticket["requester_id"]
        cancel = _move(states, "new", "cancelled")
        yield Happened(kinds.CANCEL, ended, actor, cancel)


def _move(states: Mapping[str, str], old: str, new: str) -> dict[str, Any]:
    change = {"state": [states[old], states[new]]}
    return change | ({"state_category": [old, new]} if old != new else {})


def _event(ticket: Mapping[str, Any], one: Happened) -> str:
    public, told = one.kind in kinds.PUBLIC, dumps(one.changes)
    door_and_subject = "seed", "ticket", ticket["id"]
    return line((one.kind, one.at, one.actor, *door_and_subject, public, told))


def line(values: Iterable[Any]) -> str:
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
