"""What people hold, as pages and programs list it."""

from datetime import datetime, timedelta

from django.db.models import F, Q, QuerySet

from itsm.requests.entitlements.subjects import visible
from itsm.requests.entitlements.sweep import ASKS
from itsm.requests.models import Entitlement
from people.models import User
from people.policy import allows

SIZE = 100
SOON = timedelta(days=14)
RELATED = ("person", "service", "offering", "ticket")


def held(user: User) -> QuerySet[Entitlement]:
    """Those that run, as far as the person sees them."""
    return visible(user).filter(ended_at=None).select_related(*RELATED)


def owed(user: User, *, at: datetime) -> QuerySet[Entitlement]:
    """Those that wait for this person's yes, the longest overdue first."""
    rows = Entitlement.objects.filter(ended_at=None, confirm_by__lte=at + ASKS)
    rows = rows.select_related(*RELATED)
    if not allows(user, "entitlement.confirm"):
        return rows.filter(service__owner_id=user.pk).order_by(*_BY_SERVICE)
    mine = Q(service__owner_id=user.pk) | Q(service__owner=None)
    return rows.filter(mine).order_by(*_BY_SERVICE)


_BY_SERVICE = ("service__name", "person__name", "pk")


def unconfirmed(user: User, *, at: datetime) -> QuerySet[Entitlement]:
    """Those that nobody confirmed in time, for who works here."""
    late = held(user).filter(confirm_by__lte=at)
    return late.order_by(F("confirm_by").asc(), "pk")
