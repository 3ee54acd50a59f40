"""Forms outside the ticket page whose drafts are kept too, and where each form stands.

Rooms above add theirs when they are ready; an address that names another form keeps
nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from django.http import Http404
from django.utils.translation import gettext as _

from itsm.tickets import subjects
from itsm.tickets.drafts.models import SAYING
from itsm.tickets.models import Ticket

Place = Callable[[str], str]
NEW = "new"  # the form of a ticket that is being written


@dataclass(frozen=True, slots=True)
class Form:
    """A form that belongs to no ticket yet.

    `needs` is what its writer must be allowed to do, for themselves; `words` are the
    inputs without which nothing is kept (`a.*`: any that begins so); `url(form)` is
    where it stands.
    """

    needs: str
    words: tuple[str, ...]
    url: Place

    def says(self, given: Mapping[str, Any]) -> bool:
        """Whether somebody typed into one of them."""
        return any(
            value and any(fnmatchcase(name, word) for word in self.words)
            for name, value in given.items()
        )


_alone: dict[str, Form] = {}  # by the name's beginning, up to its first hyphen
_on_ticket: dict[str, Place] = {SAYING: lambda number: f"{subjects.url(number)}#reply"}


def add(kind: str, form: Form) -> None:
    """Make a form known: by this name, or any that begins with it and a hyphen."""
    _alone[kind] = form


def add_on_ticket(form: str, place: Place) -> None:
    """Say where a form about a ticket stands that is no verb's: `place(number)`."""
    _on_ticket[form] = place


def alone(form: str) -> Form:
    """A form without a ticket. Raises Http404 where there is none of that name."""
    found = _alone.get(form.partition("-")[0])
    if found is None:
        raise Http404(_("There is no such form."))
    return found


def place(ticket: Ticket | None, form: str) -> str:
    """The address at which a draft is gone on with."""
    if ticket is None:
        return alone(form).url(form)
    if found := _on_ticket.get(form):
        return found(ticket.number)
    return f"{subjects.url(ticket.number)}do/{form}/"


def address(ticket: Ticket | None, form: str) -> str:
    """The address that keeps the draft of a form."""
    if ticket is None:
        return f"/drafts/{form}/"
    return f"{subjects.url(ticket.number)}draft/{form}/"


add(NEW, Form("ticket.queue", ("title", "description"), lambda form: "/new/"))
