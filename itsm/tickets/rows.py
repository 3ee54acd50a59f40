"""One line of a list, with every value worded: templates only place them.

Lists read the columns below and nothing else. Reading is two steps: `COLUMNS` say what
a query fetches, `worded` makes the line. State names come from the ticket's process
version, which each process parses once.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from django.utils.translation import get_language

from core.reader import gettext as _
from core.reader import phrase
from core.wording import (
    clock_words,
    countdown,
    exact,
    initials,
    iso_exact,
    tone,
    worked,
)
from itsm.tickets.columns import READ
from itsm.tickets.states import OPEN, Channel, DueKind, StateCategory
from itsm.tickets.subjects import url
from processes import definition as definitions
from processes.definition import Definition
from processes.models import ProcessVersion

SOON = 0.25  # share of a promise's time that is left when it becomes urgent
NOTHING = timedelta(0)
NO_WORDS: Mapping[int, datetime] = {}
OPEN_VALUES = frozenset(category.value for category in OPEN)


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
    time_left: timedelta | None
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
    "time_left",
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
    """The next promise: `level` calm, soon, late or paused; `left` a share 0..1.

    `spoken` says what is promised, and how urgent it is, to who cannot see it.
    """

    level: str
    text: str
    title: str
    left: str = ""
    due: str = ""
    kind: str = ""
    spoken: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """A chosen column of one line; `text` is empty where the line has it already."""

    column: str
    text: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a list. `cells` where columns were chosen."""

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
    cells: Sequence[Cell] = ()


@dataclass(frozen=True, slots=True)
class Words:
    """What lines say again and again, translated once for a list."""

    over: str
    word_over: str
    only: str
    by: str
    paused: str
    paused_at: str
    while_paused: str
    promises: Mapping[str, str]
    spoken: Mapping[tuple[str, str], str]

    @classmethod
    def now(cls) -> "Words":
        """In the language that is active."""
        promises = {"": _("Due"), **{k.value: str(k.label) for k in DueKind}}
        levels = {"calm": "", "soon": _("urgent"), "late": _("missed")}
        return cls(
            over=_("%(time)s over"),
            word_over=_("word %(time)s over"),
            only=_("only %(time)s"),
            by=_("%(promise)s by %(time)s"),
            paused=_("paused"),
            paused_at=_("paused, %(time)s"),
            while_paused=_("Paused while the requester is asked"),
            promises=promises,
            spoken={
                (kind, level): ", ".join(filter(None, (called, words)))
                for kind, called in promises.items()
                for level, words in levels.items()
            },
        )


def read_for(columns: Sequence[str]) -> tuple[str, ...]:
    """What a query fetches for lines with these columns."""
    return (*COLUMNS, *(READ[name] for name in columns if name in READ))


def worded(
    found: Iterable[Sequence[Any]],
    *,
    at: datetime,
    columns: Sequence[str] = (),
    late: Mapping[int, datetime] = NO_WORDS,
) -> list[Row]:
    """Lines of a list, from rows of `read_for`. No query once versions are known.

    `late`: whose requester waits for a word that was due then, by id. It is told
    before what can still be kept.
    """
    many = len(COLUMNS)
    values = list(found)
    facts = [Facts(*one[:many]) for one in values]
    if late:
        facts = [
            f._replace(due_at=late[f.pk], due_kind="update") if f.pk in late else f
            for f in facts
        ]
    rules = rules_of({f.version_id for f in facts})
    words = Words.now()
    if not columns:
        return [_row(f, rules[f.version_id], words, at) for f in facts]
    return [
        _row(f, rules[f.version_id], words, at, _cells(f, one[many:], columns, at))
        for f, one in zip(facts, values, strict=True)
    ]


def _cells(
    f: Facts, more: Sequence[Any], columns: Sequence[str], at: datetime
) -> list[Cell]:
    """The chosen columns; those with a look of their own have no text here."""
    extra = dict(zip((name for name in columns if name in READ), more, strict=True))
    made = []
    for name in columns:
        value = extra.get(name)
        if name in {"opened", "updated"}:
            value = f.opened_at if name == "opened" else f.updated_at
        if isinstance(value, datetime):
            made.append(Cell(name, clock_words(value, now=at), exact(value)))
        elif name == "channel":
            made.append(Cell(name, str(Channel(str(value)).label)))
        else:
            made.append(Cell(name, "" if value is None else str(value)))
    return made


def _row(
    f: Facts,
    rules: Definition,
    words: Words,
    at: datetime,
    cells: Sequence[Cell] = (),
) -> Row:
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
        clock=_clock(f, words, at),
        handovers=f.handovers,
        bounced=_bounced(f.handovers),
        restricted=f.restricted,
        is_new=f.category == StateCategory.NEW,
        cells=cells,
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
    """The state's name; while it waits, what for."""
    state = rules.states.get(f.state)
    if state is None:
        return f.state
    reason = state.reasons.get(f.wait_reason) if f.wait_reason else None
    return phrase(reason.name if reason else state.name)


def _clock(f: Facts, words: Words, at: datetime) -> Clock | None:
    """How long until the next promise; nothing once nobody waits for us."""
    if f.category not in OPEN_VALUES:
        return None
    if f.due_at is None:
        return _paused(f, words)
    left = f.due_at - at
    text = _amount(_whole(left), get_language())
    title = words.by % {
        "promise": words.promises.get(f.due_kind, ""),
        "time": exact(f.due_at),
    }
    level, share = "late", "0"
    if left < NOTHING:
        over = words.word_over if f.due_kind == DueKind.UPDATE else words.over
        text = over % {"time": text}
    else:
        began = f.informed_at if f.due_kind == DueKind.UPDATE else None
        whole = f.due_at - (began or f.opened_at)
        part = min(left / whole, 1.0) if whole > NOTHING else 0.0
        level, share = "soon" if part <= SOON else "calm", f"{part:.2f}"
        text = words.only % {"time": text} if level == "soon" else text
    spoken = words.spoken.get((f.due_kind, level), "")
    due = iso_exact(f.due_at)
    return Clock(level, text, title, share, due, f.due_kind, spoken)


def _paused(f: Facts, words: Words) -> Clock | None:
    """The requester has the ball: what is left stands still."""
    if f.time_left is None:
        return None
    if f.time_left <= NOTHING:
        return Clock("paused", words.paused, words.while_paused)
    text = words.paused_at % {"time": worked(f.time_left)}
    return Clock("paused", text, words.while_paused)


def _whole(left: timedelta) -> int:
    """Whole seconds within the last minute, else whole minutes, rounded down."""
    seconds = int(abs(left).total_seconds())
    return seconds if seconds < 60 else seconds - seconds % 60


@lru_cache(maxsize=8192)
def _amount(seconds: int, language: str | None) -> str:
    """A length in words; most lists say the same few hundred again and again."""
    return countdown(timedelta(seconds=seconds))


_known: dict[int, Definition] = {}


def rules_of(version_ids: set[int]) -> Mapping[int, Definition]:
    """The rules of these process versions; one query for those not seen before."""
    missing = version_ids - _known.keys()
    if missing:
        for version in ProcessVersion.objects.filter(pk__in=missing):
            _known[version.pk] = definitions.of(version)
    return _known
