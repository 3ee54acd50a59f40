"""Beside a request: how far its steps are, and where all of it stands; the rail."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q
from django.http import HttpRequest
from django.utils.translation import gettext as _

from core import slots
from core.shell import NavItem
from itsm.requests.fulfilment import lists
from itsm.requests.models import Automatic, Task
from itsm.tickets.models import Ticket
from people.models import User

MOST = 5  # of the teams' steps on one's first page


@dataclass(frozen=True, slots=True)
class Progress:
    """The panel."""

    template: str
    count: int
    done: int
    failed: int
    teams: int


def progress(ticket: Ticket, user: User) -> Progress | None:
    """How far it is; one query, and none for what is no request."""
    if ticket.type != "request" or not user.is_staff:
        return None
    settled = Q(done_at__isnull=False) | ~Q(waived_reason="")
    failed = Q(automatic__state=Automatic.State.FAILED)
    found = Task.objects.filter(ticket_id=ticket.pk, stage__gt=0).aggregate(
        count=Count("pk"),
        done=Count("pk", filter=settled),
        failed=Count("pk", filter=failed & ~settled),
        teams=Count("team", distinct=True),
    )
    if not found["count"]:
        return None
    return Progress("itsm/requests/progress.html", **found)


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits for the person's teams, on their own first page."""

    template: str
    lines: Sequence[lists.Line]
    more: bool


def waiting(request: HttpRequest, user: User, at: datetime) -> Waiting | None:
    """The most urgent steps of their teams that are nobody's yet; two queries."""
    found, more = lists.lines(user, "teams", at=at)
    unowned = [line for line in found if not line.assignee]
    if not unowned:
        return None
    template = "itsm/requests/tasks/work.html"
    return Waiting(template, unowned[:MOST], more or len(unowned) > MOST)


def rail(request: HttpRequest) -> NavItem | None:
    """Tasks, for who works here; no query."""
    user = request.user
    if not (user.is_authenticated and user.is_staff):
        return None
    return NavItem(_("Tasks"), "/tasks/", "tasks")


def holdings(request: HttpRequest) -> NavItem | None:
    """What one holds, in the portal."""
    if not request.user.is_authenticated:
        return None
    return NavItem(_("What I have"), "/entitlements/", "key")


def entitlements(request: HttpRequest) -> NavItem | None:
    """What people hold, for who works here."""
    user = request.user
    if not (user.is_authenticated and user.is_staff):
        return None
    return NavItem(_("Entitlements"), "/entitlements/", "key", group=2)


def register() -> None:
    """Fill the page's side and the rail."""
    slots.fill("work.first", "tasks", waiting, order=60, queries=2)
    slots.fill("ticket.side", "fulfilment", progress, order=9, queries=1)
    slots.fill("rail", "tasks", rail, order=12)
    slots.fill("rail", "entitlements", entitlements, order=62)
    slots.fill("portal.nav", "entitlements", holdings, order=60)
