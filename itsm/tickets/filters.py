"""Filters of a list, as they stand in the address: `?team=network&priority=2&q=vpn`.

Whatever is typed there answers with a list: what we do not know (a team that was
renamed, a wrong priority) is named on the page and finds nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.db.models import CharField, Q, Value
from django.http import QueryDict
from django.utils.translation import gettext as _

from itsm.tickets import search
from itsm.tickets.states import StateCategory, TicketType
from people.models import Category, Organisation, Service, Team, User

BY_SLUG: Mapping[str, Any] = {
    "team": Team,
    "service": Service,
    "category": Category,
    "organisation": Organisation,
}
PEOPLE = ("owner", "requester")
MOST_OPTIONS = 500  # of one kind in the filter's panel
LONGEST = 200


@dataclass(frozen=True, slots=True)
class Wish:
    """What an address asks for; empty means everything."""

    path: str
    view: str = "start"
    type: str = ""
    q: str = ""
    team: str = ""
    owner: str = ""
    service: str = ""
    category: str = ""
    organisation: str = ""
    requester: str = ""
    priority: str = ""
    state: str = ""
    sort: str = ""
    after: str = ""
    before: str = ""
    first: int = 1
    default_view: str = "start"
    fixed_type: str = ""

    def url(self, **changes: Any) -> str:
        """The address of the same list with changes; a new list begins at its top."""
        new = replace(self, **{**changes, "first": int(changes.get("first") or 1)})
        if not {"after", "before"} & changes.keys():
            new = replace(new, after="", before="", first=1)
        asked = {name: getattr(new, name) for name in IN_ADDRESS}
        if new.view == self.default_view:
            del asked["view"]
        if new.fixed_type:
            del asked["type"]
        if new.first == 1:
            del asked["first"]
        query = urlencode({k: v for k, v in asked.items() if v})
        return f"{new.path}?{query}" if query else new.path


FILTERS = (
    "q",
    "type",
    "state",
    "priority",
    "team",
    "owner",
    "service",
    "category",
    "organisation",
    "requester",
)
IN_ADDRESS = ("view", *FILTERS, "sort", "after", "before", "first")


def wish_of(
    path: str, asked: QueryDict, *, views: Any, default: str, type_: str = ""
) -> Wish:
    """Read an address; a view that does not exist is the list's usual one."""
    names = (*FILTERS, "sort", "after", "before")
    texts = {n: asked.get(n, "").replace("\x00", "")[:LONGEST].strip() for n in names}
    view = asked.get("view", default)
    first = asked.get("first", "")
    texts["type"] = type_ or texts["type"]
    return Wish(
        path=path,
        view=view if view in views else default,
        first=int(first) if first.isdecimal() and len(first) < 10 else 1,
        default_view=default,
        fixed_type=type_,
        **texts,
    )


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


Options = Mapping[str, list[tuple[str, str]]]


def narrow(user: User, wish: Wish, *, at: datetime) -> Narrowed:
    """Read the filters: no query without any, three at most."""
    found = Narrowed()
    _by_slug(wish, found)
    _by_person(user, wish, found)
    if wish.priority:
        _by_priority(wish, found)
    if wish.type and not wish.fixed_type:
        _by_choice(wish, found, "type", dict(TicketType.choices))
        if wish.type not in TicketType:
            found.condition &= Q(pk__in=[])
    if wish.state:
        words = {"open": _("Open"), "all": _("All states")}
        _by_choice(wish, found, "state", {**words, **dict(StateCategory.choices)})
    if wish.q:
        ids, more = search.newest(user, wish.q)
        _use(wish, found, "q", f"“{wish.q}”", Q(pk__in=ids))
        if more:
            found.problems.append(
                _("Many tickets match “%(words)s”; these are the newest %(n)s.")
                % {"words": wish.q, "n": len(ids)}
            )
    return found


def options() -> Options:
    """What the panel offers: teams, services, categories, organisations; one query."""
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


def _by_slug(wish: Wish, found: Narrowed) -> None:
    asked = {kind: getattr(wish, kind) for kind in BY_SLUG if getattr(wish, kind)}
    if not asked:
        return
    parts = [
        _named(kind, BY_SLUG[kind].objects.filter(slug=slug))
        for kind, slug in asked.items()
    ]
    rows = parts[0].union(*parts[1:], all=True) if len(parts) > 1 else parts[0]
    known = {kind: (pk, name) for kind, pk, _slug, name in rows}
    for kind, slug in asked.items():
        pk, name = known.get(kind, (None, slug))
        if pk is None:
            found.problems.append(_unknown(kind, slug))
        if kind == "team":
            found.team_id = pk
        condition = Q(**{f"{kind}_id": pk}) if pk else Q(pk__in=[])
        _use(wish, found, kind, name, condition)


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
            continue
        person = user if key == "me" else people.get(key)
        if person is None:
            found.problems.append(_unknown(kind, text))
        condition = Q(**{f"{kind}_id": person.pk}) if person else Q(pk__in=[])
        name = person.name if person else text
        _use(wish, found, kind, words[kind] % {"name": name}, condition)


def _by_priority(wish: Wish, found: Narrowed) -> None:
    level = wish.priority.upper().removeprefix("P")
    if level in {"1", "2", "3", "4", "5"}:
        _use(wish, found, "priority", f"P{level}", Q(priority=int(level)))
        return
    found.problems.append(_unknown("priority", wish.priority))
    _use(wish, found, "priority", wish.priority, Q(pk__in=[]))


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
    found.used.add(kind)
    found.chips.append(Chip(text, wish.url(**{kind: ""})))


def _unknown(kind: str, text: str) -> str:
    words = {
        "team": _("There is no team “%(text)s”."),
        "service": _("There is no service “%(text)s”."),
        "category": _("There is no category “%(text)s”."),
        "organisation": _("There is no organisation “%(text)s”."),
        "owner": _("There is nobody with the address “%(text)s”."),
        "requester": _("There is nobody with the address “%(text)s”."),
        "priority": _("There is no priority “%(text)s”; say P1 to P5."),
        "type": _("There is no practice “%(text)s”."),
        "state": _("There is no state “%(text)s”."),
    }
    return words[kind] % {"text": text}
