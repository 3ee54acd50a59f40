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

from itsm.tickets import kinds
from itsm.tickets.states import PREFIXES, DueKind, TicketType
from processes.definition import Definition, Target
from processes.order import OrderFacts, place

COMMON_WORD = "laptop"  # in the title of every fifth ticket
RARE_WORD = "quicksilver"  # in twenty titles, however many tickets there are
RARE = 20
FIFTY_EVENTS = "seed-fifty-events"  # external_ref of the ticket with that timeline
OPEN_FROM = 0.6  # of the last 40 % of tickets three in four are open: 30 % of all
SPAN = timedelta(days=3 * 365)
CRITICALITY = ("critical", "high", "normal")

SYMPTOMS = (
    "Cannot sign in to {0}", "{0} is slow since this morning", "{0} shows error {1}",
    "No answer from {0}", "{0} stopped after the update", "Need access to {0}",
    "{0} asks for the password again and again", "{0} loses the connection",
    "Wrong data in {0}", "{0} does not start", "Question about {0}",
    "{0} freezes when saving", "Please install {0}", "{0} is missing since yesterday",
    "Certificate of {0} expires", "Disk of {0} is almost full", "Move {0} to {2}",
)  # fmt: skip
THINGS = (
    "e-mail", "VPN", "the ERP client", "the web shop", "printer", "docking station",
    "monitor", "telephony", "the HR portal", "shared mailbox", "file share", "Wi-Fi",
    "calendar", "the reporting cube", "badge reader", "headset", "database server",
    "browser", "spreadsheet macro", "scanner", "mobile phone", "ticket machine",
)  # fmt: skip
PLACES = (
    "Hamburg", "Bremen", "Leipzig", "Vienna", "Lyon", "building A", "building C",
    "the warehouse", "home office", "the third floor", "reception", "the lab",
)  # fmt: skip
SENTENCES = (
    "It worked until yesterday afternoon.", "I have restarted twice already.",
    "My colleague next door has the same trouble.", "The customer is waiting for us.",
    "The message appears right after signing in.", "Nothing was changed on my side.",
    "We need this before the month closes.", "It happens several times an hour.",
    "A picture of the screen is attached.", "Please call me before you connect.",
    "The old device is still here.", "It only fails on the network of {2}.",
    "The log says {1} on host {3}.", "I can work with a workaround for now.",
    "The manager has agreed to it.", "Please tell me how long it will take.",
    "The same happened last year in {2}.", "Everything else works as usual.",
)  # fmt: skip
ANSWERS = (
    "Thank you, we are looking into it on {3}.", "Could you try again now, please?",
    "We have restarted the service and keep watching it.", "It still fails with {1}.",
    "That helped, thank you very much.", "Vendor case opened, now waiting.",
    "Profile rebuilt, cache emptied, old certificate removed.",
    "Looks like the known trouble with {3}, see the runbook.",
)  # fmt: skip
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


def _ticket(
    world: World, i: int, type_: str, number: int, special: bool
) -> dict[str, Any]:
    dice = Random(i)
    practice = world.practices[type_]
    definition = practice.definition
    opened = world.at - SPAN + SPAN * ((i + 0.5) / world.total)
    category = _category(world, i, dice)
    if category not in practice.states:  # problems are not cancelled
        category = "closed"
    team, agents = world.teams[dice.randrange(len(world.teams))]
    person, organisation = world.requesters[dice.randrange(len(world.requesters))]
    service = dice.randrange(len(world.services))
    impact, urgency = dice.choice(LEVELS), dice.choice(LEVELS)
    priority = definition.priority[impact][urgency]
    owned = category not in ("new", "cancelled") or dice.random() < 0.2
    owner = agents[dice.randrange(len(agents))] if owned else None
    responded = opened + timedelta(minutes=dice.randrange(1, 90)) if owned else None
    ended = category in ("resolved", "closed", "cancelled")
    lasted = timedelta(hours=dice.randrange(1, 400))
    end = min(opened + lasted, world.at) if ended else None
    wake = world.at + timedelta(days=dice.randrange(30, 300))
    due_at, due_kind, informed = _promise(
        world.at, dice, definition.targets[priority], opened, owned
    )
    facts = OrderFacts(
        opened_at=opened,
        priority=priority,
        impact=impact,
        urgency=urgency,
        size=dice.choice(SIZES),
        affected=dice.choice((1, 1, 1, 1, 2, 5, 40)),
        criticality=CRITICALITY[service % 3],
        promise=None if ended or due_at < world.at else due_at,
    )
    band, start_by = place(definition, facts)
    title, description = _texts(world, i, dice)
    return {
        "id": world.first_ticket + i,
        "number": f"{PREFIXES[TicketType(type_)]}-{number}",
        "type": type_,
        "title": title,
        "description": description,
        "channel": dice.choice(("portal", "portal", "phone", "mail", "agent")),
        "process_version_id": practice.version_id,
        "state": practice.states[category],
        "state_category": category,
        "state_since": end or responded or opened,
        "wait_reason": "planned" if category == "waiting" else "",
        "wake_at": wake if category == "waiting" else None,
        "timer_at": wake if category == "waiting" else None,
        "timer_verb": "resume" if category == "waiting" else "",
        "category_id": world.categories[dice.randrange(len(world.categories))],
        "impact": impact,
        "urgency": urgency,
        "priority": priority,
        "priority_reason": "",
        "size": facts.size,
        "affected": facts.affected,
        "requester_id": person,
        "owner_id": owner,
        "team_id": team,
        "service_id": world.services[service],
        "organisation_id": organisation,
        "restricted": i % 500 == 250,
        "band": band,
        "start_by": start_by,
        "next_due_at": None if ended else due_at,
        "next_due_kind": "" if ended else due_kind,
        "responded_at": responded,
        "informed_at": responded if ended else informed,
        "opened_at": opened,
        "updated_at": end or responded or opened,
        "resolved_at": end if category in ("resolved", "closed") else None,
        "closed_at": end if category in ("closed", "cancelled") else None,
        "resolution": "Solved as described." if end and owned else "",
        "resolution_code": "fixed" if category == "closed" else "",
        "verified_by": "",
        "handovers": dice.choice((0, 0, 0, 1, 2)),
        "reopens": 0,
        "external_ref": FIFTY_EVENTS if special else "",
        "extra": "{}",
        "version": 1,
    }


def _category(world: World, i: int, dice: Random) -> str:
    if is_open(world, i):
        if i == fifty(world):
            return "active"
        return dice.choices(("new", "active", "waiting"), (2, 6, 2))[0]
    return dice.choices(("closed", "cancelled"), (95, 5))[0]


def _promise(
    at: datetime, dice: Random, target: Target, opened: datetime, owned: bool
) -> tuple[datetime, str, datetime | None]:
    """The next promise, its kind, and when somebody last told the requester."""
    response, update = target.response or timedelta(), target.update or timedelta()
    if not owned and opened + response > at:
        return opened + response, DueKind.RESPONSE.value, None
    informed = max(opened, at - update * (dice.random() * 1.1))
    return informed + update, DueKind.UPDATE.value, informed if owned else None


def _texts(world: World, i: int, dice: Random) -> tuple[str, str]:
    thing = COMMON_WORD if i % 5 == 0 else dice.choice(THINGS)
    fill = _fill(dice)
    title = dice.choice(SYMPTOMS).format(thing, *fill)
    if RARE * (i + 7) // world.total > RARE * (i + 6) // world.total:
        title += f" in {RARE_WORD}"
    lines = dice.sample(SENTENCES, dice.randrange(2, 6))
    return title[:1].upper() + title[1:], " ".join(lines).format("", *fill)


def _fill(dice: Random) -> tuple[str, str, str]:
    return (
        f"0x{dice.randrange(2**20):05x}",
        dice.choice(PLACES),
        f"srv-{dice.randrange(3000):04d}",
    )


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
            dice.choice(ANSWERS).format("", *_fill(dice)),
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
    category, owner = ticket["state_category"], ticket["owner_id"]
    opened, responded = ticket["opened_at"], ticket["responded_at"]
    active = states["active"]

    def event(kind: str, at: datetime, actor: int | None, **changes: Any) -> str:
        public = kind in kinds.PUBLIC
        text = dumps(changes)
        return _line((kind, at, actor, "seed", "ticket", ticket["id"], public, text))

    yield event(
        kinds.OPEN,
        opened,
        ticket["requester_id"],
        type=[None, ticket["type"]],
        state=[None, states["new"]],
        priority=[None, ticket["priority"]],
        team=[None, ticket["team_id"]],
    )
    if owner is not None:
        yield event(kinds.TAKE, responded, owner, owner=[None, owner])
        if category != "new":
            yield event(kinds.START, responded, owner, state=[states["new"], active])
    for n, (at, author, _body, public) in enumerate(said):
        kind = kinds.COMMENT if public else kinds.NOTE
        yield event(kind, at, author, comment=[None, first_comment + n])
    if category == "waiting":
        at = ticket["state_since"]
        yield event(kinds.WAIT, at, owner, state=[active, ticket["state"]])
    elif category == "closed":
        solved = states.get("resolved", active)
        ended = ticket["closed_at"]
        yield event(kinds.RESOLVE, ended, owner, state=[active, solved])
        yield event(kinds.CLOSE, ended, None, state=[solved, ticket["state"]])
    elif category == "cancelled":
        actor, before = owner or ticket["requester_id"], states["new"]
        ended = ticket["closed_at"]
        yield event(kinds.CANCEL, ended, actor, state=[before, ticket["state"]])


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
