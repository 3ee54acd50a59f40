"""What stands beside a ticket: people, linked tickets, others, tasks, and what its
reader has typed and not sent; one query.

A page waits longer for each answer than PostgreSQL works on it, so that what could be
five small questions is one.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import CharField, F, QuerySet, TextField, Value
from django.db.models.functions import Cast, JSONObject

from core.reader import gettext as _
from core.reader import phrase
from core.wording import tone
from itsm.tickets import subjects
from itsm.tickets.asking import ask
from itsm.tickets.checklist.models import Task
from itsm.tickets.checklist.steps import STEP, Step, step_of
from itsm.tickets.drafts.models import SAYING, Draft
from itsm.tickets.models import Participant, Ticket
from itsm.tickets.states import LINK_SEEN_FROM_THERE, LinkKind
from itsm.tickets.tags.models import TicketTag
from itsm.tickets.timeline import Person
from itsm.tickets.together.models import Handover
from people.models import Membership, User

LISTED = 20  # related tickets of one sort
OTHERS = 5
PEOPLE = 200
COLUMNS = 7  # of each row
NOTHING = Value("", output_field=CharField())
DRAFT = Cast(
    JSONObject(**{name: name for name in ("body", "fields", "why", "at", "due_at")}),
    TextField(),
)


@dataclass(frozen=True, slots=True)
class Related:
    """A ticket beside this one."""

    number: str
    url: str
    title: str
    state: str
    category: str
    note: str = ""
    kind: str = ""  # of a link, where it can be taken away


@dataclass(frozen=True, slots=True)
class Asker:
    """Somebody who asks for the ticket."""

    name: str
    email: str


@dataclass(frozen=True, slots=True)
class Typed:
    """What the reader wrote: a draft, or with `due_at` a reply that goes out then."""

    pk: int
    body: str
    mode: str
    files: list[int]
    why: str
    at: datetime
    due_at: datetime | None
    next: dict[str, str]  # by when they hear next, as it was chosen


@dataclass(frozen=True, slots=True)
class TagChip:
    """A tag as it is shown."""

    slug: str
    name: str
    colour: str


@dataclass(slots=True)
class Beside:
    """`others`: the requester's other open tickets, `more_others`: there are more."""

    watchers: list[Person] = field(default_factory=list)
    copied: list[Person] = field(default_factory=list)
    links: list[Related] = field(default_factory=list)
    children: list[Related] = field(default_factory=list)
    others: list[Related] = field(default_factory=list)
    more_others: bool = False
    parent: Related | None = None
    mentioned_in: list[Related] = field(default_factory=list)
    tasks: list[Step] = field(default_factory=list)
    draft: Typed | None = None
    asks: list[Asker] = field(default_factory=list)  # who asks its owner for it
    held: list[Typed] = field(default_factory=list)  # about to go out
    tags: list[TagChip] = field(default_factory=list)
    merged: list[Related] = field(default_factory=list)  # those that go on here
    goes_on_in: Related | None = None
    split_from: Related | None = None


def read(ticket: Ticket, user: User) -> Beside:
    """Everything beside the ticket that the user sees, and which teams they lead."""
    values: dict[str, Any] = {"pk": ticket.pk, "reader": user.pk}
    if ticket.requester_id is not None:
        values["requester"] = ticket.requester_id
    if ticket.parent_id is not None:
        values["parent"] = ticket.parent_id
    found, led, askers = Beside(), set(), []
    for sort, pk, first, *rest in ask(user, ("beside", *values), _build, **values):
        if sort == "led":
            led.add(pk)
        elif sort == "asks":
            askers.append(pk)
            found.asks.append(Asker(first, rest[0]))
        else:
            _note(found, sort, pk, first, rest)
    found.more_others = len(found.others) > OTHERS
    del found.others[OTHERS:]
    user.led_team_ids = frozenset(led)
    ticket.asker_ids = askers  # the verbs ask for them
    return found


def _note(found: Beside, sort: str, pk: int, first: str, rest: Sequence[str]) -> None:
    """Put one row where it belongs; see `_build` for its columns."""
    match sort:
        case "watcher":
            found.watchers.append(Person(pk, first, tone(pk)))
        case "copied":
            found.copied.append(Person(pk, first, tone(pk)))
        case "child":
            found.children.append(_one(first, rest))
        case "other":
            found.others.append(_one(first, rest))
        case "mentioned":
            found.mentioned_in.append(_one(first, rest))
        case "task":
            found.tasks.append(step_of(pk, json.loads(first)))
        case "draft":
            _note_draft(found, _typed(pk, json.loads(first)))
        case "tag":
            found.tags.append(TagChip(rest[0], first, rest[1]))
        case "merged":
            found.merged.append(_one(first, rest))
        case "into":
            found.goes_on_in = _one(first, rest)
        case "origin":
            found.split_from = _one(first, rest)
        case "parent":
            found.parent = _one(first, rest, _("Below"))
        case _:
            note = _link_note(rest[-1], is_ours=sort == "from")
            found.links.append(_one(first, rest, note, rest[-1]))


def _build(
    seen: Any, pk: int, reader: int, requester: int = 0, parent: int = 0
) -> QuerySet[Any, Any]:
    """Columns: sort, id, number or name, title, state, state category, kind of link.

    Sorts that are no tickets have what they need in the same places.
    """
    tickets = _tickets(seen, pk, requester, parent)
    people = Participant.objects.filter(ticket_id=pk).order_by("id")
    led = Membership.objects.filter(user_id=reader, is_lead=True).order_by()
    drafts = Draft.objects.filter(user_id=reader, ticket_id=pk, form=SAYING)
    drafts = drafts.filter(discarded_at=None).order_by("-at")
    asks = Handover.objects.filter(ticket_id=pk, kind=Handover.Kind.ASKED)
    tags = TicketTag.objects.filter(ticket_id=pk).order_by("pk")
    steps = Task.objects.filter(ticket_id=pk).order_by("position", "pk")
    return tickets[0].union(
        *tickets[1:],
        _padded(people, "role", "user_id", "user__name")[:PEOPLE],
        _padded(led, Value("led"), "team_id"),
        _padded(drafts, Value("draft"), "pk", DRAFT)[:LISTED],
        _padded(
            asks.order_by("at"),
            Value("asks"),
            "about_id",
            "about__name",
            "about__email",
        )[:OTHERS],
        _padded(tags, Value("tag"), "tag_id", "tag__name", "tag__slug", "tag__colour")[
            :LISTED
        ],
        _padded(steps, Value("task"), "pk", STEP)[:PEOPLE],
        all=True,
    )


def _tickets(
    seen: Any, pk: int, requester: int, parent: int
) -> list[QuerySet[Any, Any]]:
    """The tickets beside it, as far as they are seen; a question for each sort."""
    sorts = {
        "child": (seen.filter(parent_id=pk).order_by("id"), LISTED, NOTHING),
        "from": (_linked(seen, links_to__source_id=pk), LISTED, F("links_to__kind")),
        "mentioned": (_mentioning(seen, pk), LISTED, NOTHING),
        "merged": (seen.filter(merged__into_id=pk).order_by("id"), LISTED, NOTHING),
        "into": (seen.filter(merged_here__ticket_id=pk), 1, NOTHING),
        "origin": (seen.filter(split_off__ticket_id=pk), 1, NOTHING),
        "to": (_linked(seen, links_from__target_id=pk), LISTED, F("links_from__kind")),
    }
    if requester:
        theirs = seen.open().filter(requester_id=requester).exclude(pk=pk)
        sorts["other"] = (theirs.order_by("-id"), OTHERS + 1, NOTHING)
    if parent:
        sorts["parent"] = (seen.filter(pk=parent), 1, NOTHING)
    shown = ("pk", "number", "title", "state", "state_category")
    return [
        rows.values_list(Value(sort, output_field=CharField()), *shown, kind)[:most]
        for sort, (rows, most, kind) in sorts.items()
    ]


def _padded(rows: Any, *columns: Any) -> QuerySet[Any, Any]:
    """As many columns as a ticket has."""
    return rows.values_list(*columns, *[NOTHING] * (COLUMNS - len(columns)))


def _mentioning(seen: Any, pk: int) -> Any:
    """Tickets in whose messages this one's number stands, the newest first."""
    return seen.filter(references_from__target=pk).order_by("-references_from__id")


def _note_draft(found: Beside, typed: Typed) -> None:
    if typed.due_at is None:
        found.draft = typed
    else:
        found.held.insert(0, typed)


def _typed(pk: int, told: dict[str, Any]) -> Typed:
    fields, due = told["fields"], told["due_at"]
    return Typed(
        pk=pk,
        body=told["body"],
        mode=fields.get("mode", "reply"),
        files=fields.get("files", []),
        why=told["why"],
        at=datetime.fromisoformat(told["at"]),
        due_at=datetime.fromisoformat(due) if due else None,
        next={n: fields[n] for n in ("until", "until_at") if n in fields},
    )


def _linked(seen: Any, **condition: int) -> Any:
    """Linked tickets, the oldest link first."""
    link = next(iter(condition)).partition("__")[0]
    return seen.filter(**condition).order_by(f"{link}__id")


def _one(number: str, rest: Sequence[str], note: str = "", kind: str = "") -> Related:
    title, state, category, _kind = rest
    shown = phrase(state.replace("_", " ").capitalize())
    return Related(number, subjects.url(number), title, shown, category, note, kind)


def _link_note(kind: str, *, is_ours: bool) -> str:
    known = LinkKind(kind)
    return str(known.label if is_ours else LINK_SEEN_FROM_THERE[known])
