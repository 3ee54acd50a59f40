"""The calendar on other pages: beside a change, and in the head of their list."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as T

from core import slots
from core.reader import gettext as _
from core.shell import NavItem
from itsm.changes.calendar.frame import HOME
from itsm.tickets.models import Ticket
from itsm.tickets.pages.queue_views import LINKS
from itsm.tickets.states import OPEN
from people import history
from people.models import User

OPEN_VALUES = frozenset(one.value for one in OPEN)


@dataclass(frozen=True, slots=True)
class Panel:
    """A place beside the ticket that fills itself when it is seen; no query."""

    template: str = "itsm/changes/in_the_way_panel.html"


def in_the_way(ticket: Ticket, user: User) -> Panel | None:
    """Beside a change that is still to be done, for whoever works here."""
    is_ahead = ticket.type == "change" and ticket.state_category in OPEN_VALUES
    return Panel() if is_ahead and user.is_staff else None


def link(type_: str) -> NavItem | None:
    """From the list of changes to their calendar."""
    if type_ != "change":
        return None
    return NavItem(_("Calendar"), HOME, "cal")


def register() -> None:
    """Fill the slots."""
    slots.fill("ticket.side", "collisions", in_the_way, order=12)
    slots.fill(LINKS, "change-calendar", link, order=10)
    history.WORDS |= {
        "change_calendar_link": T("Link to the change calendar made"),
        "change_calendar_unlink": T("Link to the change calendar revoked"),
    }
