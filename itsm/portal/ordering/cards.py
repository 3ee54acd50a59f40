"""What can be ordered, as the catalogue shows it. Two queries however many."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from core.icons import names
from itsm.portal import words
from itsm.requests.catalogue import counting, pictures, prices, rights
from itsm.requests.catalogue.money import money
from itsm.requests.catalogue.pricing import Priced
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


def cards(user: User, *, at: datetime) -> list[Card]:
    """All that may be ordered, by shelf and name. Two queries."""
    rows = _rows(user).prefetch_related(prices.with_prices())
    return [_card(row, prices.of(row, user, at=at)) for row in sorted(rows, key=_place)]


def _rows(user: User) -> QuerySet[Any]:
    rows = rights.visible_to(user).select_related("category")
    return rows.annotate(colleagues=counting.colleagues(user))


def _place(row: Offering) -> tuple[bool, int, str, str]:
    shelf = row.category if row.category and row.category.is_active else None
    if shelf is None:
        return True, 0, "", row.name.casefold()
    return False, shelf.position, shelf.name.casefold(), row.name.casefold()


def _card(row: Any, priced: Priced | None = None) -> Card:
    shelf = row.category if row.category and row.category.is_active else None
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
        colleagues=row.colleagues,
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
    """For the first page, without prices: what colleagues order most, and how many
    there are. One query.
    """
    found = [_card(row) for row in _rows(user)]
    top = sorted(found, key=lambda card: (-card.colleagues, card.name))
    return top[:most], len(found)
