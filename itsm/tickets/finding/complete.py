"""How the filter that is being typed may go on."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from itsm.tickets.finding.choices import offered
from itsm.tickets.finding.filters import known_to
from itsm.tickets.finding.query import clean
from itsm.tickets.finding.table import VALUES, Filter
from itsm.tickets.tags.models import Tag
from people import queries as visible
from people.models import User

MOST = 8
NAMED: dict[str, Callable[[User], Any]] = {
    "team": visible.teams,
    "service": visible.services,
    "category": visible.categories,
    "organisation": visible.organisations,
    "tag": lambda user: Tag.objects.all(),
}


@dataclass(frozen=True, slots=True)
class Option:
    """One way to go on: the whole query with it, what it reads as, what it means."""

    q: str
    text: str
    note: str = ""


def completions(user: User, q: str) -> list[Option]:
    """Filters that begin with the last word, or values of the filter it names.

    One query at most, for values that are names.
    """
    before, space, last = clean(q).rpartition(" ")
    begin, minus = before + space, "-" if last.startswith("-") else ""
    name, colon, value = last.removeprefix("-").partition(":")
    known = known_to(user)
    if colon and name.lower() in known:
        one, begun = known[name.lower()], value.lower().lstrip('"')
        pairs = list(_values(user, one, begun))[:MOST]
        return [
            Option(f"{begin}{minus}{name.lower()}:{_quoted(v)} ", f"{name}:{v}", note)
            for v, note in pairs
        ]
    if colon or not last:
        return []
    return [
        Option(f"{begin}{minus}{one.name}:", f"{one.name}:", str(one.help))
        for one in known.values()
        if one.name.startswith(name.lower())
    ]


def _quoted(value: str) -> str:
    return f'"{value}"' if " " in value else value


def _values(user: User, one: Filter, begun: str) -> Iterable[tuple[str, str]]:
    name = one.name
    choices = offered(one.choices, user).items()
    fixed = {value: choice.note for value, choice in choices} or VALUES.get(name, {})
    for value, note in fixed.items():
        if value.lower().startswith(begun):
            yield value, str(note)
    if name in NAMED:
        rows = NAMED[name](user).filter(is_active=True)
        fits = Q(slug__istartswith=begun) | Q(name__icontains=begun)
        yield from rows.filter(fits).order_by("name").values_list("slug", "name")[:MOST]
    if name in {"owner", "requester"} and user.is_staff and begun:
        rows = User.objects.filter(is_active=True, anonymised_at=None)
        if name == "owner":
            rows = rows.filter(is_machine=False).exclude(
                roles__contained_by=["requester"]
            )
        fits = Q(name__icontains=begun) | Q(email__istartswith=begun)
        yield from (
            rows.filter(fits).order_by("name").values_list("email", "name")[:MOST]
        )
