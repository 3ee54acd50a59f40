"""Filters of a list, as they stand in the address: `?team=network&priority=2&q=vpn`.

Whatever is typed there answers with a list: what we do not know (a team that was
renamed, a wrong priority) is named on the page and finds nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import CharField, Q, Value
from django.utils.translation import gettext as _

from core import prepared
from itsm.tickets import moments, search
from itsm.tickets.models import Participant
from itsm.tickets.states import OPEN, Channel, StateCategory, TicketType
from itsm.tickets.tags.models import Tag, TicketTag
from itsm.tickets.wishes import DATES, FILTERS, LONGEST, Wish, wish_of
from people.models import Category, Membership, Organisation, Service, Team, User
from processes.queries import live_definitions

__all__ = ["DATES", "FILTERS", "LONGEST", "Narrowed", "Wish", "narrow", "wish_of"]

BY_SLUG: Mapping[str, Any] = {
    "team": Team,
    "service": Service,
    "category": Category,
    "organisation": Organisation,
    "tag": Tag,
}
PEOPLE = ("owner", "requester")
MOST_OPTIONS = 500  # of one kind in the filter's panel
PLAIN = (bool, int, str, datetime, list)
COLUMNS = {
    "opened": "opened_at",
    "updated": "updated_at",
    "due": "next_due_at",
    "since": "state_since",
}


@dataclass(frozen=True, slots=True)
class Chip:
    """One filter that is on, and the address without it."""

    text: str
    off: str


@dataclass(slots=True)
class Narrowed:
    """What filters leave: a condition, chips that say so, and what made no sense."""

    condition: Q = field(default_factory=Q)
    chips: list[Chip] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    used: set[str] = field(default_factory=set)
    team_id: int | None = None
    rule: dict[str, Any] = field(default_factory=dict)  # see views/counting.py
    is_static: bool = True  # the same tickets for every reader, at any time
    terms: dict[str, Any] = field(default_factory=dict)  # lookups and their values
    is_plain: bool = True  # the terms are all of the condition

    def keep_terms(self, condition: Q) -> None:
        """Keep what a prepared question can fill in."""
        children: Any = condition.children
        for child in children:
            is_pair = isinstance(child, tuple) and isinstance(child[1], PLAIN)
            if is_pair and child[1] != []:  # nothing at all cannot be asked
                self.terms[child[0]] = child[1]
            else:
                self.is_plain = False

    def apply(self, found: Any, filled: Mapping[str, Any]) -> Any:
        """The terms, with the values that stand for them in a prepared question."""
        terms = {n: filled.get(f"v_{n}", value) for n, value in self.terms.items()}
        if "mine" in filled:
            found = found.filter(owner_id=filled["mine"])
        return found.filter(**terms) if terms else found


Options = Mapping[str, list[tuple[str, str]]]


def narrow(user: User, wish: Wish, *, at: datetime) -> Narrowed:
    """Read the filters: no query without any, four at most."""
    found = Narrowed()
    if not wish.is_filtered:
        return found
    _by_slug(user, wish, found)
    _by_person(user, wish, found)
    for name, read in READERS.items():
        if getattr(wish, name):
            read(wish, found)
    if wish.watching or wish.breached:
        _by_flags(user, wish, found, at)
    for name in DATES:
        if getattr(wish, name):
            _by_date(wish, found, name, at)
    if wish.q:
        _by_words(user, wish, found, at)
    return found


def _by_words(user: User, wish: Wish, found: Narrowed, at: datetime) -> None:
    narrowing = search.narrowing(user, wish.q, at=at)
    found.is_static = False
    _use(wish, found, "q", f"“{wish.q}”", narrowing.condition)
    found.is_plain = found.is_plain and narrowing.is_plain
    found.problems += [*narrowing.asked.problems, *narrowing.asked.notes]
    if narrowing.more:
        found.problems.append(
            _("Many tickets match “%(words)s”; these are the newest %(n)s.")
            % {"words": wish.q, "n": search.NEWEST}
        )


def options() -> Options:
    """What the panel offers: teams, services, categories, tags …; one query."""
    parts = [
        _named(kind, model.objects.filter(is_active=True).order_by("name"))[
            :MOST_OPTIONS
        ]
        for kind, model in BY_SLUG.items()
    ]
    made: dict[str, list[tuple[str, str]]] = {kind: [] for kind in BY_SLUG}
    for kind, _pk, slug, name in parts[0].union(*parts[1:], all=True):
        made[kind].append((slug, name))
    return {
        kind: sorted(pairs, key=lambda p: p[1].lower()) for kind, pairs in made.items()
    }


def _named(kind: str, rows: Any) -> Any:
    return rows.values_list(Value(kind, output_field=CharField()), "pk", "slug", "name")


def _by_slug(user: User, wish: Wish, found: Narrowed) -> None:
    asked = {kind: getattr(wish, kind) for kind in BY_SLUG if getattr(wish, kind)}
    if asked.get("team") == "mine":
        del asked["team"]
        _by_own_teams(user, wish, found)
    if not asked:
        return
    rows = prepared.fetch(("slugs", *asked), _of_slugs, **asked)
    known = {kind: (pk, name) for kind, pk, _slug, name in rows}
    for kind, slug in asked.items():
        pk, name = known.get(kind, (None, slug))
        if pk is None:
            found.problems.append(_unknown(kind, slug))
        if kind == "team":
            found.team_id = pk
        _use(wish, found, kind, name, _has(kind, pk))
        if kind == "tag":
            found.is_static = False
        else:
            found.rule["teams" if kind == "team" else kind] = (
                [pk] if kind == "team" else pk
            )


def _of_slugs(**asked: str) -> Any:
    first, *rest = (
        _named(kind, BY_SLUG[kind].objects.filter(slug=slug))
        for kind, slug in asked.items()
    )
    return first.union(*rest, all=True) if rest else first


def _has(kind: str, pk: int | None) -> Q:
    if pk is None:
        return Q(pk__in=[])
    if kind == "tag":
        tagged = TicketTag.objects.filter(tag_id=pk)
        return Q(pk__in=tagged.values("ticket_id"))
    return Q(**{f"{kind}_id": pk})


def _by_own_teams(user: User, wish: Wish, found: Narrowed) -> None:
    mine = Membership.objects.filter(user_id=user.pk).values_list("team_id", flat=True)
    found.is_static = False
    _use(wish, found, "team", _("My teams"), Q(team_id__in=list(mine)))


def _by_person(user: User, wish: Wish, found: Narrowed) -> None:
    asked = {kind: getattr(wish, kind) for kind in PEOPLE if getattr(wish, kind)}
    mails = {text.lower() for text in asked.values()} - {"me", "none"}
    people = (
        {p.email.lower(): p for p in User.objects.filter(email__in=mails)}
        if mails
        else {}
    )
    words = {"owner": _("Owner %(name)s"), "requester": _("Requester %(name)s")}
    for kind, text in asked.items():
        key = text.lower()
        if key == "none" and kind == "owner":
            _use(wish, found, kind, _("No owner"), Q(owner_id__isnull=True))
            found.rule["is_unowned"] = True
            continue
        person = user if key == "me" else people.get(key)
        if person is None:
            found.problems.append(_unknown(kind, text))
        condition = Q(**{f"{kind}_id": person.pk}) if person else Q(pk__in=[])
        found.is_static = found.is_static and key != "me"
        found.rule[kind] = person.pk if person else None
        name = person.name if person else text
        _use(wish, found, kind, words[kind] % {"name": name}, condition)


def _by_priority(wish: Wish, found: Narrowed) -> None:
    """One priority or several: `2`, `P1,P2`."""
    parts = [p.strip().upper().removeprefix("P") for p in wish.priority.split(",")]
    levels = sorted({int(p) for p in parts if p in {"1", "2", "3", "4", "5"}})
    if len(levels) < len(set(parts)):
        found.problems.append(_unknown("priority", wish.priority))
        _use(wish, found, "priority", wish.priority, Q(pk__in=[]))
        return
    words = ", ".join(f"P{level}" for level in levels)
    found.rule["priorities"] = levels
    one, *others = levels
    condition = Q(priority__in=levels) if others else Q(priority=one)
    _use(wish, found, "priority", words, condition)


def _by_type(wish: Wish, found: Narrowed) -> None:
    if wish.fixed_type:
        return
    _by_choice(wish, found, "type", dict(TicketType.choices))
    if wish.type not in TicketType:
        found.condition &= Q(pk__in=[])
        found.is_plain = False


def _by_state(wish: Wish, found: Narrowed) -> None:
    words = {"open": _("Open"), "all": _("All states")}
    _by_choice(wish, found, "state", {**words, **dict(StateCategory.choices)})


def _by_channel(wish: Wish, found: Narrowed) -> None:
    if wish.channel not in Channel:
        found.problems.append(_unknown("channel", wish.channel))
        _use(wish, found, "channel", wish.channel, Q(pk__in=[]))
        return
    text = _("Came by %(channel)s") % {"channel": Channel(wish.channel).label.lower()}
    found.rule["channel"] = wish.channel
    _use(wish, found, "channel", text, Q(channel=wish.channel))


def _by_wait(wish: Wish, found: Narrowed) -> None:
    name = dict(wait_reasons()).get(wish.wait)
    if name is None:
        found.problems.append(_unknown("wait", wish.wait))
    found.rule["wait_reason"] = wish.wait
    waiting = Q(wait_reason=wish.wait, state_category=StateCategory.WAITING.value)
    text = _("Waits: %(reason)s") % {"reason": name or wish.wait}
    _use(wish, found, "wait", text, waiting)


def wait_reasons() -> list[tuple[str, str]]:
    """What tickets can wait for, in the words of the live processes."""
    found: dict[str, str] = {}
    for rules in live_definitions():
        for state in rules.states.values():
            for slug, reason in state.reasons.items():
                found.setdefault(slug, reason.name)
    return sorted(found.items(), key=lambda pair: pair[1].lower())


def _by_flags(user: User, wish: Wish, found: Narrowed, at: datetime) -> None:
    found.is_static = False
    if wish.watching:
        rows = Participant.objects.filter(
            user_id=user.pk, role=Participant.Role.WATCHER
        )
        _use(wish, found, "watching", _("I watch it"), Q(pk__in=rows.values("ticket")))
    if wish.breached:
        missed = Q(next_due_at__lt=at, state_category__in=[s.value for s in OPEN])
        _use(wish, found, "breached", _("A promise is missed"), missed)


def _by_date(wish: Wish, found: Narrowed, name: str, at: datetime) -> None:
    text = getattr(wish, name)
    of, side = name.rsplit("_", 1)
    moment = moments.read(text, at=at)
    if moment is None:
        found.problems.append(_unknown("date", text))
        _use(wish, found, name, text, Q(pk__in=[]))
        return
    found.is_static = False
    words = {
        "opened_after": _("Opened since %(time)s"),
        "opened_before": _("Opened before %(time)s"),
        "updated_after": _("Changed since %(time)s"),
        "updated_before": _("Not changed since %(time)s"),
        "due_after": _("Due after %(time)s"),
        "due_before": _("Due before %(time)s"),
        "since_after": _("In its state since %(time)s or later"),
        "since_before": _("In its state since before %(time)s"),
    }
    sign = "gte" if side == "after" else "lt"
    said = words[name] % {"time": moments.words(text, at=at)}
    _use(wish, found, name, said, Q(**{f"{COLUMNS[of]}__{sign}": moment}))


def _by_choice(
    wish: Wish, found: Narrowed, kind: str, words: Mapping[str, Any]
) -> None:
    """A filter whose condition the list itself makes."""
    value = getattr(wish, kind)
    if value not in words:
        found.problems.append(_unknown(kind, value))
        _use(wish, found, kind, value, Q(pk__in=[]))
        return
    _use(wish, found, kind, str(words[value]), Q())
    found.used.discard(kind)  # views know their totals by type and state


def _use(wish: Wish, found: Narrowed, kind: str, text: str, condition: Q) -> None:
    found.condition &= condition
    found.keep_terms(condition)
    found.used.add(kind)
    found.chips.append(Chip(text, wish.url(**{kind: ""})))


READERS: Mapping[str, Callable[[Wish, Narrowed], None]] = {
    "priority": _by_priority,
    "type": _by_type,
    "state": _by_state,
    "channel": _by_channel,
    "wait": _by_wait,
}


def _unknown(kind: str, text: str) -> str:
    words = {
        "team": _("There is no team “%(text)s”."),
        "service": _("There is no service “%(text)s”."),
        "category": _("There is no category “%(text)s”."),
        "organisation": _("There is no organisation “%(text)s”."),
        "owner": _("There is nobody with the address “%(text)s”."),
        "requester": _("There is nobody with the address “%(text)s”."),
        "priority": _("There is no priority “%(text)s”; write P1 to P5."),
        "type": _("There is no practice “%(text)s”."),
        "state": _("There is no state “%(text)s”."),
        "channel": _("Nothing comes by “%(text)s”."),
        "wait": _("Nothing waits for “%(text)s”."),
        "tag": _("There is no tag “%(text)s”."),
        "date": _("“%(text)s” is no date; write 2026-11-22, today or -3d."),
    }
    return words[kind] % {"text": text}
