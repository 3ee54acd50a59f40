"""What decisions add to the registries of lower rooms."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from core import followers, slots
from core.reader import gettext as _
from core.shell import NavItem
from itsm.tickets.approving import asking, settings
from itsm.tickets.approving.delegating import delegations_of
from itsm.tickets.approving.models import Delegation
from itsm.tickets.approving.queries import how_many_wait
from itsm.tickets.models import Ticket
from people.models import User


@dataclass(frozen=True, slots=True)
class Panel:
    """A part of one's own account: template and what it shows."""

    template: str
    rows: Sequence[Delegation]


def line(request: HttpRequest) -> NavItem | None:
    """What waits for whoever asks, with its count; one query."""
    user: Any = request.user
    if not user.is_authenticated:
        return None
    n = how_many_wait(user)
    return NavItem(_("Approvals"), "/approvals/", "check", n or None, hot=n > 0)


def portal_line(request: HttpRequest) -> NavItem | None:
    """Among a requester's few pages only where something waits, or they are there."""
    item = line(request)
    is_one = request.path.endswith("/approval/")
    is_here = is_one or request.path.startswith("/approvals/")
    if item is None or not (item.count or is_here):
        return None
    return replace(item, current=is_here)


def account(user: User) -> Panel | None:
    """Who decides for whom, for those who are asked anything; two queries."""
    rows = list(
        delegations_of(user).filter(ends_at__gt=timezone.now()).order_by("starts_at")
    )
    is_asked = user.is_staff or user.approvals_asked.exists() or user.reports.exists()
    return Panel("itsm/approving/account.html", rows) if rows or is_asked else None


def register() -> None:
    """Join the tickets' actions; fill the rail, the portal and the account."""
    followers.follow(Ticket.subject_type, asking.follow)
    slots.fill("rail", "approvals", line, order=11, queries=1)
    slots.fill("portal.nav", "approvals", portal_line, order=60, queries=1)
    slots.fill("account", "approvals", account, queries=2)
    settings.register()
