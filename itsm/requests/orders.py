"""Ordering from the catalogue: for oneself, for others, once or again and again."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.core.files.base import File
from django.utils.translation import gettext as _

from core.errors import Forbidden, Invalid
from core.log import act, record
from itsm.requests.catalogue import ordering, prices, recurring, rights
from itsm.requests.catalogue.money import money
from itsm.requests.forms.settling import settle
from itsm.requests.models import Offering, Profile, Recurring, Request
from itsm.tickets import kinds
from itsm.tickets.actions import open_ticket
from itsm.tickets.actions.talking import attach_all
from itsm.tickets.models import Participant, Ticket
from itsm.tickets.states import Channel
from people.models import User

ANSWERS = "ticket.answers"  # answers: [null, the number of the form's version]
Answers = Mapping[str, Any]


def order(
    *,
    offering: Offering,
    by: User,
    at: datetime,
    requester: User | None = None,
    description: str = "",
    title: str = "",
    answers: Answers | None = None,
    form: int | None = None,
    agreed: Decimal | None = None,
    every_months: int | None = None,
    recurring: Recurring | None = None,
    profile: Profile | None = None,
) -> Ticket:
    """Order something from the catalogue for oneself, a report, or (staff) anybody.

    `form` is the version that was filled in, `agreed` the price that was shown: another
    one by now is told, not charged; `profile` is the new job's, of a joiner or mover.
    Files are among the answers. Raises Forbidden, Invalid; `forms.settling.Changed`
    where the form asks something new.
    """
    requester = requester or by
    if not rights.may_order_for(by, requester):
        raise Forbidden(_("You can order for yourself and for who reports to you."))
    with act():
        ordering.require(offering, requester, by=by, at=at)
        _check_price(offering, requester, agreed, at)
        version, found = settle(
            offering,
            answers or {},
            requester=requester,
            at=at,
            began=form,
            but_files=recurring is not None,
        )
        again = recurring or _again(
            offering, requester, by, at, every_months, found.answers
        )
        detail = {
            "offering": offering,
            "form": version,
            "answers": found.answers,
            "recurring": again,
            "profile": profile,
        }
        ticket = open_ticket(
            type="request",
            title=title or offering.name,
            description=description,
            by=by,
            at=at,
            requester=requester,
            service=offering.service,
            team=offering.team,
            detail=detail,
            is_for_report=requester.manager_id == by.pk,
            channel=None if by.is_staff else Channel.PORTAL,
        )
        if by.pk != requester.pk and not by.is_staff:
            _copy_on(ticket, by, at)
        _keep_files(ticket, found.files, by, at)
        if version is not None:
            changes = {"answers": (None, version.number)}
            record(ANSWERS, subject=ticket, by=by, at=at, changes=changes)
    return ticket


def _check_price(
    offering: Offering, requester: User, agreed: Decimal | None, at: datetime
) -> None:
    """Nobody is charged another price than they were told."""
    found = prices.of(offering, requester, at=at)
    if agreed is None or agreed == (found.amount if found else 0):
        return
    now = money(found.amount, found.currency) if found else _("nothing")
    said = _("The price has changed: it costs %(now)s now. Order it if that is fine.")
    raise Invalid({"agreed": [said % {"now": now}]})


def _again(
    offering: Offering,
    requester: User,
    by: User,
    at: datetime,
    months: int | None,
    answers: dict[str, Any],
) -> Recurring | None:
    if months is None:
        return None
    return recurring.begin(
        offering=offering,
        requester=requester,
        by=by,
        at=at,
        months=months,
        answers=answers,
    )


def _copy_on(ticket: Ticket, by: User, at: datetime) -> None:
    """A manager who orders for somebody can follow how it goes."""
    role = Participant.Role.COPIED
    Participant.objects.create(ticket=ticket, user=by, role=role, at=at)
    record(kinds.COPY, subject=ticket, by=by, at=at, changes={str(role): (None, by.pk)})


def _keep_files(
    ticket: Ticket, files: Mapping[str, Sequence[File]], by: User, at: datetime
) -> None:
    """Files are the ticket's; an answer names them."""
    if not files:
        return
    row: Request = ticket.detail_row
    for slug, some in files.items():
        kept = attach_all(files=some, ticket=ticket, by=by, at=at)
        row.answers[slug] = [one.pk for one in kept]
    row.save(update_fields=["answers"])
