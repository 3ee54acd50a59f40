"""What can be ordered, as the catalogue shows it. Three queries however many."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from core.icons import names
from itsm.portal import words
from itsm.requests.catalogue import counting, pictures, prices, rights
from itsm.requests.catalogue.money import money
from itsm.requests.models import Offering
from people.models import User

PLAIN = "stack"  # the icon of what has none


@dataclass(frozen=True, slots=True)
class Card:
    """One thing of the catalogue; `within` is the promise in words."""

    slug: str
    name: str
    description: str
    shelf: str
    shelf_name: str
    icon: str
    picture: str
    within: str
    needs_yes: bool
    price: str
    colleagues: int


@dataclass(frozen=True, slots=True)
class Shelf:
    """A shelf and what stands on it."""

    slug: str
    name: str
    icon: str
    cards: Sequence[Card]


def cards(user: User, *, at: datetime, person: User | None = None) -> list[Card]:
    """All that may be ordered (for `person`), by shelf and name. Three queries."""
    person = person or user
    rows = rights.visible_to(user) if person == user else rights.for_person(person)
    rows = rows.select_related("category").prefetch_related(prices.with_prices())
    counted = counting.colleagues(user)
    found = sorted(rows, key=_place)
    return [_card(row, person, counted.get(row.pk, 0), at) for row in found]


def _place(row: Offering) -> tuple[bool, int, str, str]:
    shelf = row.category if row.category and row.category.is_active else None
    if shelf is None:
        return True, 0, "", row.name.casefold()
    return False, shelf.position, shelf.name.casefold(), row.name.casefold()


def _card(row: Offering, person: User, colleagues: int, at: datetime) -> Card:
    shelf = row.category if row.category and row.category.is_active else None
    priced = prices.of(row, person, at=at)
    return Card(
        slug=row.slug,
        name=row.name,
        description=row.description,
        shelf=shelf.slug if shelf else "",
        shelf_name=shelf.name if shelf else _("Everything else"),
        icon=icon_of(row),
        picture=pictures.url(row),
        within=words.within(row.promise),
        needs_yes=bool(row.approval),
        price=money(priced.amount, priced.currency) if priced else "",
        colleagues=colleagues,
    )


def icon_of(row: Offering) -> str:
    """Its own icon, its shelf's, or one that fits all."""
    shelf = row.category.icon if row.category else ""
    return next((one for one in (row.icon, shelf) if one in names()), PLAIN)


def shelves(found: Sequence[Card]) -> list[Shelf]:
    """The cards on their shelves, in order."""
    by_slug: dict[str, list[Card]] = {}
    for card in found:
        by_slug.setdefault(card.shelf, []).append(card)
    return [
        Shelf(slug, some[0].shelf_name, some[0].icon, some)
        for slug, some in by_slug.items()
    ]


def called(found: Sequence[Card], wanted: str) -> list[Card]:
    """Those that hold every word; what has them in its name comes first."""
    parts = wanted.casefold().split()[:8]
    fitting = [
        card
        for card in found
        if all(
            part in f"{card.name} {card.description} {card.shelf_name}".casefold()
            for part in parts
        )
    ]
    return sorted(fitting, key=lambda c: not all(p in c.name.casefold() for p in parts))


def liked(user: User, *, most: int) -> tuple[list[Card], int]:
    """For the first page: what colleagues order most, and how many there are."""
    found = cards(user, at=timezone.now())
    top = sorted(found, key=lambda card: (-card.colleagues, card.name))
    return top[:most], len(found)
