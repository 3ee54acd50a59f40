"""One order page: whom it is for, what is asked, what stands there, what is wrong."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from core.errors import Invalid
from itsm.portal import words
from itsm.portal.ordering import cards
from itsm.requests.catalogue import (
    ordering,
    pictures,
    prices,
    promised,
    rights,
    training,
)
from itsm.requests.catalogue.money import money
from itsm.requests.forms import asking, defaults, posted, queries
from itsm.requests.forms.changed import asked_now, no_longer_asked
from itsm.requests.forms.definition import Field, Type
from itsm.requests.forms.settling import BEFORE, Changed
from itsm.requests.models import Form, Offering, Price
from itsm.tickets.actions import approvals
from people import find
from people import queries as visible
from people.models import User

Typed = Mapping[str, str]


@dataclass
class OrderPage:
    """What the page shows; `typed` are its inputs as they stand."""

    offering: Offering
    by: User
    person: User
    form: Form | None
    typed: dict[str, str]
    at: datetime
    new: list[Field] = field(default_factory=list)
    faults: dict[str, str] = field(default_factory=dict)
    problem: str = ""
    lost: list[tuple[str, str]] = field(default_factory=list)
    more: str = ""

    @property
    def questions(self) -> list[asking.Question]:
        """The form; a query for services where one is asked for."""
        fields = queries.fields(self.form)
        has_service = any(one.type == Type.SERVICE for one in fields)
        rows = visible.services(self.person).filter(is_active=True).order_by("name")
        return asking.ask(
            fields,
            asking.Page(
                typed=self.typed,
                faults=self.faults,
                new=[one.slug for one in self.new],
                services=list(rows.values_list("slug", "name")) if has_service else (),
                more=self.more,
                day=timezone.localdate(self.at),
            ),
        )

    @property
    def is_other(self) -> bool:
        """Whether it is for somebody else."""
        return self.person.pk != self.by.pk

    def refuse(self, no: Invalid) -> None:
        """Put an action's sentences where they belong; nothing typed is lost."""
        for name, said in no.errors.items():
            if name.startswith(BEFORE):
                self.faults[name.removeprefix(BEFORE)] = " ".join(said)
            else:
                self.problem = " ".join(filter(None, [self.problem, *said]))
        if isinstance(no, Changed):
            begin_anew(self, queries.newest(self.offering))
            self.problem = no.detail
            self.new = no.new

    def facts(self) -> dict[str, Any]:
        """What is said of it before anybody orders; six queries at most."""
        offering, person = self.offering, self.person
        priced = prices.of(offering, person, at=self.at)
        course = training.missing(offering, person, at=self.at)
        return {
            "within": words.within(offering.promise),
            "by_when": promised.by_when(offering, person, at=self.at),
            "price": money(priced.amount, priced.currency) if priced else "",
            "agreed": priced.amount if priced else Decimal(0),
            "basis": str(Price.Basis(priced.basis).label) if priced else "",
            "yes": self._yes(priced.amount if priced else None),
            "course": course,
            "why_not": rights.why_not(offering, person, by=self.by),
            "colleagues": self.offering.colleagues,  # type: ignore[attr-defined]
            "sign": cards.icon_of(offering),
            "picture": pictures.url(offering),
        }

    def _yes(self, price: Decimal | None) -> list[str]:
        """Whose approval it needs, in words; empty where it needs none."""
        needed = ordering.approvals(self.offering, price)
        return [self._who(authority) for authority in needed]

    def _who(self, authority: str) -> str:
        offering, person = self.offering, self.person
        who = approvals.who_decides(
            authority,
            requester=person,
            service=offering.service,
            named=offering.approver,
        )
        if who is None:
            return approvals.stands_in(authority)
        if who != person.manager:
            return _("%(name)s is asked first.") % {"name": who.name}
        if self.is_other:
            return _("%(name)s, their manager, is asked first.") % {"name": who.name}
        return _("%(name)s, your manager, is asked first.") % {"name": who.name}


def begin(
    offering: Offering, by: User, *, source: Mapping[str, Any], at: datetime
) -> OrderPage:
    """The page as it stands with what was typed (a draft, or what was sent)."""
    person = whom(by, str(source.get("for", "")))
    newest, typed = queries.newest(offering), posted.typed(source)
    page = OrderPage(offering, by, person, newest, typed, at)
    if not any(typed.values()):
        known = defaults.of_person(person)
        first = defaults.fill(queries.fields(newest), known)
        page.typed = {posted.name(slug): value for slug, value in first.items()}
    elif (began := _began(offering, source, newest)) is not None:
        _go_on(page, began)
    return page


def _began(
    offering: Offering, source: Mapping[str, Any], newest: Form | None
) -> Form | None:
    """The version they began with, where another one is asked by now."""
    number = str(source.get("version", ""))
    if newest is None or not (
        number.isascii() and number.isdigit() and len(number) < 5
    ):
        return None
    return (
        None if int(number) == newest.number else queries.version(offering, int(number))
    )


def _go_on(page: OrderPage, began: Form) -> None:
    """With their version while it can still be answered, else with what is new."""
    old, newest = queries.fields(began), queries.fields(page.form)
    page.new = asked_now(
        old,
        newest,
        posted.read(old, page.typed) | posted.read(newest, page.typed),
        known=queries.Named(page.person),
        day=timezone.localdate(page.at),
    )
    former = {one.slug: one for one in old}
    page.new = [one for one in page.new if former.get(one.slug) != one]
    if not page.new:
        page.form = began
        return
    page.lost = _lost(page, old, newest)
    names = ", ".join(one.label for one in page.new)
    said = _("The form has changed since you began. New or changed: %(names)s.")
    page.problem = said % {"names": names}


def begin_anew(page: OrderPage, newest: Form | None) -> None:
    """Ask the newest version, with all that was typed."""
    old, new = queries.fields(page.form), queries.fields(newest)
    page.lost = _lost(page, old, new)
    page.form = newest


def _lost(page: OrderPage, old: list[Field], new: list[Field]) -> list[tuple[str, str]]:
    """What they had answered and nobody asks any more, to be read and copied."""
    given = posted.read(old, page.typed)
    return [
        (one.label, _plain(given[one.slug])) for one in no_longer_asked(old, new, given)
    ]


def _plain(value: Any) -> str:
    if isinstance(value, list):
        return "\n".join(", ".join(map(str, row.values())) for row in value)
    return str(value)


def whom(by: User, email: str) -> User:
    """Whom it is for: oneself, or the person with this e-mail whom one may order for.

    Raises Invalid.
    """
    if not email.strip() or email.strip().lower() == by.email.lower():
        return by
    person = find.by_email(email)
    if person is None or not rights.may_order_for(by, person):
        raise Invalid({"for": [visible.nobody(by, email.strip()[:254])]})
    return person


def reports(by: User) -> list[User]:
    """Whom they may order for as their manager; none for staff, who find anybody."""
    if by.is_staff:
        return []
    return list(by.reports.filter(is_active=True, is_machine=False).order_by("name"))
