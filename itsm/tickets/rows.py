"""One line of a list, with every value worded: templates only place them.

Lists read the columns below and nothing else. Reading is two steps: `COLUMNS` say what
a query fetches, `worded` makes the line. State names come from the ticket's process
version, which each process parses once.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from core.wording import duration, exact, initials, iso, tone
from itsm.tickets.states import OPEN, DueKind, StateCategory
from itsm.tickets.subjects import url
from processes import definition as definitions
from processes.definition import Definition
from processes.models import ProcessVersion

SOON = 0.25  # share of a promise's time that is left when it becomes urgent
NOTHING = timedelta(0)


class Facts(NamedTuple):
    """What a line is made of, in the order of `COLUMNS`."""

    pk: int
    number: str
    title: str
    priority: int
    state: str
    category: str
    version_id: int
    wait_reason: str
    restricted: bool
    handovers: int
    service: str | None
    requester: str | None
    owner_id: int | None
    owner: str | None
    due_at: datetime | None
    due_kind: str
    opened_at: datetime
    updated_at: datetime
    informed_at: datetime | None
    paused_since: datetime | None
    paused_for: timedelta | None
    band: int
    start_by: datetime


COLUMNS = (
    "pk",
    "number",
    "title",
    "priority",
    "state",
    "state_category",
    "process_version_id",
    "wait_reason",
    "restricted",
    "handovers",
    "service__name",
    "requester__name",
    "owner_id",
    "owner__name",
    "next_due_at",
    "next_due_kind",
    "opened_at",
    "updated_at",
    "informed_at",
    "paused_since",
    "paused_for",
    "band",
    "start_by",
)


@dataclass(frozen=True, slots=True)
class Person:
    """The owner as a face."""

    name: str
    initials: str
    tone: int


@dataclass(frozen=True, slots=True)
class Clock:
    """The next promise: `level` calm, soon, late or paused; `left` a share 0..1."""

    level: str
    text: str
    title: str
    left: str = ""
    due: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a list."""

    pk: int
    number: str
    url: str
    title: str
    priority: int
    state: str
    category: str
    service: str
    requester: str
    owner: Person | None
    clock: Clock | None
    handovers: int
    bounced: str
    restricted: bool
    is_new: bool


def worded(found: Iterable[Sequence[Any]], *, at: datetime) -> list[Row]:
    """Lines of a list, from rows of `COLUMNS`. No query once versions are known."""
    facts = [Facts(*values) for values in found]
    rules = rules_of({f.version_id for f in facts})
    return [_row(f, rules[f.version_id], at) for f in facts]


def _row(f: Facts, rules: Definition, at: datetime) -> Row:
    return Row(
        pk=f.pk,
        number=f.number,
        url=url(f.number),
        title=f.title,
        priority=f.priority,
        state=_state(f, rules),
        category=f.category,
        service=f.service or "",
        requester=f.requester or "",
        owner=_person(f.owner_id, f.owner),
        clock=_clock(f, rules, at),
        handovers=f.handovers,
        bounced=_bounced(f.handovers),
        restricted=f.restricted,
        is_new=f.category == StateCategory.NEW,
    )


def _person(pk: int | None, name: str | None) -> Person | None:
    if pk is None or name is None:
        return None
    return Person(name, initials(name), tone(pk))


def _bounced(times: int) -> str:
    if not times:
        return ""
    if times == 1:
        return _("Handed over once")
    return _("Handed over %(times)s times") % {"times": times}


def _state(f: Facts, rules: Definition) -> str:
    """The state's name; while waiting, on whom."""
    state = rules.states.get(f.state)
    if state is None:
        return f.state
    if f.category == StateCategory.WAITING and f.wait_reason:
        reason = state.reasons.get(f.wait_reason)
        name = reason.name if reason else f.wait_reason.replace("_", " ").capitalize()
        return _("On %(whom)s") % {"whom": name[:1].lower() + name[1:]}
    return state.name


def _clock(f: Facts, rules: Definition, at: datetime) -> Clock | None:
    """How long until the next promise; nothing once nobody waits for us."""
    if f.category not in OPEN:
        return None
    if f.due_at is None:
        return _paused(f, rules)
    left = f.due_at - at
    title = _("%(promise)s by %(time)s") % {
        "promise": DueKind(f.due_kind).label if f.due_kind else _("Due"),
        "time": exact(f.due_at),
    }
    if left < NOTHING:
        text = _("%(time)s over") % {"time": duration(left)}
        return Clock("late", text, title, "0", iso(f.due_at))
    began = f.informed_at if f.due_kind == DueKind.UPDATE else None
    whole = f.due_at - (began or f.opened_at)
    share = min(left / whole, 1.0) if whole > NOTHING else 0.0
    level = "soon" if share <= SOON else "calm"
    return Clock(level, duration(left), title, f"{share:.2f}", iso(f.due_at))


def _paused(f: Facts, rules: Definition) -> Clock | None:
    """The requester has the ball: what is left stands still."""
    target = rules.targets.get(f.priority)
    if f.paused_since is None or target is None or not target.resolution:
        return None
    used = f.paused_since - f.opened_at - (f.paused_for or NOTHING)
    left = target.resolution - used
    title = _("Paused while the requester is asked")
    if left <= NOTHING:
        return Clock("paused", _("Paused"), title)
    return Clock("paused", _("%(time)s left") % {"time": duration(left)}, title)


_known: dict[int, Definition] = {}


def rules_of(version_ids: set[int]) -> Mapping[int, Definition]:
    """The rules of these process versions; one query for those not seen before."""
    missing = version_ids - _known.keys()
    if missing:
        for version in ProcessVersion.objects.filter(pk__in=missing):
            _known[version.pk] = definitions.of(version)
    return _known


def facts_of(ticket: Any) -> Facts:
    """The same facts from a ticket whose service and people are at hand."""
    return Facts(
        pk=ticket.pk,
        number=ticket.number,
        title=ticket.title,
        priority=ticket.priority,
        state=ticket.state,
        category=ticket.state_category,
        version_id=ticket.process_version_id,
        wait_reason=ticket.wait_reason,
        restricted=ticket.restricted,
        handovers=ticket.handovers,
        service=ticket.service.name if ticket.service else None,
        requester=ticket.requester.name if ticket.requester else None,
        owner_id=ticket.owner_id,
        owner=ticket.owner.name if ticket.owner else None,
        due_at=ticket.next_due_at,
        due_kind=ticket.next_due_kind,
        opened_at=ticket.opened_at,
        updated_at=ticket.updated_at,
        informed_at=ticket.informed_at,
        paused_since=ticket.paused_since,
        paused_for=ticket.paused_for,
        band=ticket.band,
        start_by=ticket.start_by,
    )
