"""A save over somebody's newer one: merged field by field, or both versions shown.

A form names, for each of its fields, a mark of what it showed. Where the ticket has
moved on, that tells three cases apart without keeping old versions: only they changed
a field (theirs stays), only we did (ours is saved), or both did (a person decides).
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from core.errors import Stale
from core.models import Event
from itsm.tickets.doors import perform
from itsm.tickets.models import Ticket
from itsm.tickets.pages import posted
from itsm.tickets.queries import get_ticket
from people.models import User

SEEN, PICK = "seen", "pick."
MINE, THEIRS, BOTH = "mine", "theirs", "both"
FREE = frozenset({"comment"})  # said, not changed: nobody can have changed it before
ONE_THING = (("priority", "reason"), ("window.start", "window.end"))
RECORDED = {
    "reason": "priority_reason",
    "window.start": "window",
    "window.end": "window",
}
TRIES = 3
LOOKED_AT = 100  # newest events in which a change is looked for


class Verdict(StrEnum):
    """Who changed a field since the form was shown."""

    SAME = "same"
    MINE = "mine"
    THEIRS = "theirs"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Pair:
    """One field: as it was typed and as it is saved now, by whom and when."""

    mine: Any  # itsm.tickets.pages.ticket_inputs.FormField
    theirs: Any
    verdict: Verdict
    by: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Saved:
    """The ticket afterwards, and what others had changed meanwhile and was kept."""

    ticket: Ticket
    kept: list[Pair]


class Conflict(Stale):
    """Both sides changed the same field: nothing was written, nothing is lost."""

    def __init__(self, stale: Stale, ticket: Ticket, pairs: Sequence[Pair]) -> None:
        super().__init__(stale.detail, current=stale.current)
        self.ticket = ticket
        self.pairs = list(pairs)


def mark(value: str) -> str:
    """Tells values apart; browsers change the ends of lines, so they do not count."""
    plain = value.replace("\r\n", "\n").strip()
    return hashlib.blake2b(plain.encode(), digest_size=6).hexdigest()


def seen(fields: Iterable[Any]) -> str:
    """What a form shows, as the hidden field that it sends back."""
    return " ".join(f"{one.name}={mark(one.value)}" for one in fields)


def save(
    ticket: Ticket,
    verb: str,
    form: QueryDict,
    *,
    by: User,
    at: datetime,
    version: int | None,
    fields: Callable[[Ticket], Sequence[Any]],
) -> Saved:
    """Do a verb with a posted form. `fields(ticket)` is the form as it would be now.

    Raises Conflict where both sides changed a field, and whatever `perform` raises.
    """
    kept: list[Pair] = []
    form = _picked(form, ticket, fields)
    stale: Stale | None = None
    for _try in range(TRIES):
        try:
            raw = posted.read(form, verb)
            done = perform(ticket, verb, raw, by=by, at=at, version=version)
            return Saved(done, kept)
        except Stale as newer:
            stale = newer
        ticket = get_ticket(by, ticket.number)
        pairs = compare(form, fields(ticket))
        if any(pair.verdict is Verdict.BOTH for pair in pairs):
            break
        theirs = [pair for pair in pairs if pair.verdict is Verdict.THEIRS]
        kept = told([*kept, *theirs], ticket)
        form = _without(form, [pair.theirs.name for pair in theirs])
        version = ticket.version
    assert stale is not None
    raise Conflict(stale, ticket, told(compare(form, fields(ticket)), ticket))


def compare(form: QueryDict, now: Iterable[Any]) -> list[Pair]:
    """Every posted field beside what is saved now."""
    marks = dict(
        part.rpartition("=")[::2] for part in form.get(SEEN, "").split() if "=" in part
    )
    pairs = []
    for theirs in now:
        if theirs.name in form and theirs.name not in FREE:
            mine = replace(theirs, value=form[theirs.name])
            verdict = _verdict(mine.value, theirs.value, marks.get(theirs.name))
            pairs.append(Pair(mine, theirs, verdict))
    for names in ONE_THING:
        pairs = _as_one(pairs, names)
    return pairs


def told(pairs: Iterable[Pair], ticket: Ticket) -> list[Pair]:
    """The pairs with who saved theirs and when; two queries, none for none."""
    pairs = list(pairs)
    wanted = {
        RECORDED.get(pair.theirs.name, pair.theirs.name)
        for pair in pairs
        if pair.verdict in {Verdict.THEIRS, Verdict.BOTH}
    }
    if not wanted:
        return pairs
    found = _last_changes(ticket, wanted)
    return [
        replace(pair, by=by, at=at)
        for pair in pairs
        for by, at in [
            found.get(RECORDED.get(pair.theirs.name, pair.theirs.name), ("", None))
        ]
    ]


def kept_words(kept: Sequence[Pair]) -> str:
    """What others changed meanwhile and stayed so, in one sentence; may be empty."""
    if not kept:
        return ""
    names = ", ".join(dict.fromkeys(pair.theirs.label for pair in kept))
    people = ", ".join(dict.fromkeys(pair.by for pair in kept if pair.by))
    if not people:
        return _("Changed meanwhile and kept: %(fields)s.") % {"fields": names}
    return _("%(people)s changed this meanwhile, and it stays: %(fields)s.") % {
        "people": people,
        "fields": names,
    }


def versions(ticket: Ticket, sent: Mapping[str, Any], now: Mapping[str, Any]) -> Any:
    """What a program sent beside what is saved, for the fields that differ."""
    differing = {n: v for n, v in sent.items() if n in now and now[n] != v}
    found = _last_changes(ticket, set(differing), "email") if differing else {}
    return {
        name: {
            "yours": value,
            "saved": now[name],
            "saved_by": found.get(name, ("", None))[0] or None,
            "saved_at": found.get(name, ("", None))[1],
        }
        for name, value in differing.items()
    }


def _last_changes(
    ticket: Ticket, wanted: set[str], called: str = "name"
) -> dict[str, tuple[str, datetime | None]]:
    """Who changed each of these fields last, and when; two queries."""
    events = Event.objects.filter(
        subject_type=ticket.subject_type, subject_id=ticket.pk
    ).order_by("-id")
    found: dict[str, tuple[int | None, datetime]] = {}
    for changes, actor, at in events.values_list("changes", "actor_id", "at")[
        :LOOKED_AT
    ]:
        for name in wanted & changes.keys() - found.keys():
            found[name] = (actor, at)
    ids = {actor for actor, _at in found.values() if actor}
    names = dict(User.objects.filter(pk__in=ids).values_list("pk", called))
    return {
        name: (names.get(actor or 0, ""), at) for name, (actor, at) in found.items()
    }


def _verdict(mine: str, theirs: str, shown: str | None) -> Verdict:
    if mark(mine) == mark(theirs):
        return Verdict.SAME
    if mark(mine) == shown:
        return Verdict.THEIRS
    return Verdict.MINE if mark(theirs) == shown else Verdict.BOTH


def _as_one(pairs: list[Pair], names: tuple[str, ...]) -> list[Pair]:
    """Fields that mean something only together are decided together."""
    verdicts = {p.verdict for p in pairs if p.theirs.name in names} - {Verdict.SAME}
    if len(verdicts) == 1:
        verdict = verdicts.pop()
    elif verdicts:
        verdict = Verdict.BOTH
    else:
        return pairs
    return [replace(p, verdict=verdict) if p.theirs.name in names else p for p in pairs]


def _without(form: QueryDict, names: Iterable[str]) -> QueryDict:
    copy = form.copy()
    for name in names:
        copy.pop(name, None)
    return copy


def _picked(
    form: QueryDict, ticket: Ticket, fields: Callable[[Ticket], Sequence[Any]]
) -> QueryDict:
    """The form after a person chose for each field: mine, theirs, or both texts."""
    picks = {n.removeprefix(PICK): form[n] for n in form if n.startswith(PICK)}
    if not picks:
        return form
    chosen = _without(form, [n for n, pick in picks.items() if pick == THEIRS])
    both = [n for n, pick in picks.items() if pick == BOTH and n in chosen]
    if both:
        now = {one.name: one.value for one in fields(ticket)}
        for name in both:
            parts = (now.get(name, "").strip(), str(chosen[name]).strip())
            chosen[name] = "\n\n".join(part for part in parts if part)
    return chosen
