"""Whom a decision is asked of: one person, a group, or whoever has the role."""

from collections.abc import Collection, Iterable
from datetime import datetime

from django.utils.translation import gettext as _

from itsm.tickets.approving.models import Approval, Authority
from itsm.tickets.approving.seats import PERSONAL, stand_ins
from people.models import Service, User

GROUPED = frozenset({"change_authority"})


def who_decides(
    authority: str,
    *,
    requester: User | None,
    service: Service | None,
    named: User | None,
) -> User | None:
    """The one person of an authority; None where anybody with the role decides.

    `named` is whom the order itself names. Nobody decides on their own, and nobody who
    left: their manager does it for them. Where that leaves nobody, or goes round in a
    circle, an administrator stands in (see `seats`).
    """
    if authority == "manager":
        named = requester.manager if requester else None
    elif authority == "service_owner":
        named = service.owner if service else None
    return above(named, but={requester.pk} if requester else set())


def above(person: User | None, *, but: Collection[int]) -> User | None:
    """This person, or the next of their managers who is here and not left out."""
    seen: set[int] = set()
    while person is not None and person.pk not in seen:
        if person.is_active and not person.is_machine and person.pk not in but:
            return person
        seen.add(person.pk)
        person = person.manager
    return None


def group_for(authority: str, service: Service | None) -> Authority | None:
    """The group that decides for the service; else the one of all that have none."""
    if authority not in GROUPED:
        return None
    rows = Authority.objects.filter(is_active=True).order_by("pk")
    own = None if service is None else rows.filter(services=service).first()
    return own or rows.filter(services=None).first()


def instead(row: Approval, at: datetime, *, but: Collection[int]) -> User | None:
    """Who is asked after somebody who did not answer, or left: whom they named for it,
    who covers them, then who leads them; None where there is nobody."""
    person = row.approver
    if person is None:
        return None
    theirs = [to for giver, to in stand_ins(at) if giver == person.pk]
    rows = User.objects.people().in_bulk(theirs)
    for pk in theirs:
        if pk in rows and pk not in but:
            return rows[pk]
    return above(person.manager, but={*but, person.pk})


def stands_in(authority: str) -> str:
    """Why an administrator is asked where `who_decides` finds nobody; else empty."""
    if authority == "manager":
        return _("No manager is known, so an administrator has to say yes first.")
    if authority in PERSONAL:
        return _("Nobody is named for it, so an administrator has to say yes first.")
    return ""


def too_few(authority: str) -> str:
    """Why administrators fill in where too few are left who may decide."""
    if authority in PERSONAL:
        return stands_in(authority)
    return _("Too few others are left who may decide, so an administrator fills in.")


def first(reasons: Iterable[str]) -> str:
    """The first that says anything."""
    return next(filter(None, reasons), "")
