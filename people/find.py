"""Finding the person on the phone from three typed characters.

Rooms above say what else is known of a person (their tickets) by filling the slot
`people.found`: a call with the asking user and the ids, answered by `{id: Known}`.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import CharField, F, Func, Q, Value
from django.db.models.functions import Lower, StrIndex

from core import slots
from people.models import Service, User
from people.roles import Role

LEAST = 3  # characters
MOST = 8  # people
SLOT = "people.found"
FEW = 6  # services in one line


@dataclass(frozen=True, slots=True)
class Known:
    """What an upper room knows of a person: open tickets, and services they use."""

    open: int = 0
    tickets: tuple[Any, ...] = ()
    services: tuple[str, ...] = ()  # slugs, most used first


@dataclass(frozen=True, slots=True)
class Match:
    """One person as the page shows them."""

    person: User
    known: Known
    services: tuple[Service, ...]

    @property
    def contact(self) -> str:
        """Where they belong and how to reach them, in one line."""
        person = self.person
        home = person.organisation.name if person.organisation else ""
        if person.place.startswith(home):
            home = ""
        parts = (home, person.place, person.phone, person.email)
        return " · ".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class Found:
    """The first people that fit; `more` where there are others."""

    words: str
    matches: tuple[Match, ...] = field(default=())
    more: bool = False

    @property
    def is_short(self) -> bool:
        """Too little was typed to look."""
        return len(self.words) < LEAST


def find(words: str, *, by: User) -> Found:
    """People whose name, e-mail or phone holds the words.

    One query and those of `matches_of`, whatever is found; none below `LEAST`.
    """
    words = " ".join(words.replace("\x00", "").split())[:100]
    if len(words) < LEAST:
        return Found(words)
    people = list(_fitting(words)[: MOST + 1])
    return Found(words, matches_of(people[:MOST], by=by), len(people) > MOST)


def by_email(email: str) -> User | None:
    """The active person with this e-mail, whatever its case; one query."""
    email = email.strip().replace("\x00", "")
    rows = User.objects.people().alias(lowered=Lower("email"))
    rows = rows.select_related("organisation")
    return rows.filter(lowered=email.lower()).first()


def matches_of(people: Collection[User], *, by: User) -> tuple[Match, ...]:
    """What is known of these people: a query for services, and what the slot costs."""
    if not people:
        return ()
    ids = [person.pk for person in people]
    known: dict[int, Known] = {}
    for answer in slots.filled(SLOT, by, ids):
        known |= answer
    services = _services(people)
    return tuple(
        Match(p, k := known.get(p.pk, Known()), _ranked(services, p, k)) for p in people
    )


def _fitting(words: str) -> Any:
    """Names that begin so come first; of those alike, who does not work here."""
    rows = User.objects.people().filter(anonymised_at=None)
    rows = rows.select_related("organisation")
    digits = re.sub(r"\D", "", words).lstrip("0")
    if len(digits) >= LEAST and not re.search(r"[^\d\s()+/.-]", words):
        return (
            rows.alias(digits=_Digits(F("phone")))
            .filter(digits__contains=digits)
            .order_by("name", "pk")
        )
    for word in words.split()[:5]:
        rows = rows.filter(Q(name__icontains=word) | Q(email__icontains=word))
    first = Value(f" {words.split()[0].lower()}")
    place = StrIndex(_Spaced(F("name")), first)
    return rows.alias(
        begins=Func(place, Value(0), function="NULLIF"),
        asks=Q(roles__contained_by=[Role.REQUESTER.value]),
    ).order_by(F("begins").asc(nulls_last=True), F("asks").desc(), "name", "pk")


class _Digits(Func):
    """A phone number's digits alone."""

    template = r"regexp_replace(%(expressions)s, '\D', '', 'g')"
    output_field = CharField()


class _Spaced(Func):
    """A name in small letters, a space before it: each word begins alike."""

    template = "(' ' || lower(%(expressions)s))"
    output_field = CharField()


def _services(people: Iterable[User]) -> Mapping[int | None, tuple[Service, ...]]:
    """Services by organisation: those it was given, and those that are for all."""
    organisations = {person.organisation_id for person in people}
    limits = ArrayAgg(
        "organisations", filter=Q(organisations__isnull=False), default=Value([])
    )
    every = list(
        Service.objects.filter(is_active=True).annotate(for_=limits).order_by("name")
    )
    return {
        organisation: tuple(s for s in every if not s.for_ or organisation in s.for_)
        for organisation in organisations
    }


def _ranked(
    services: Mapping[int | None, tuple[Service, ...]], person: User, known: Known
) -> tuple[Service, ...]:
    """A few services of this person, the most used first."""
    rank = {slug: place for place, slug in enumerate(known.services)}
    mine = services[person.organisation_id]
    return tuple(sorted(mine, key=lambda s: rank.get(s.slug, len(rank) + 1)))[:FEW]
