"""What may stand in braces in a ready answer, and what it is for one ticket."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from core.wording import clock_words
from itsm.tickets.actions.common import state_name
from itsm.tickets.models import Ticket
from people.models import User

FIELD = re.compile(r"\{([^{}\n]{1,40})\}")
MISSING = "⟨{}⟩"  # what is not known, so that nobody sends it unseen


@dataclass(frozen=True, slots=True)
class Filled:
    """A ready answer for one ticket; `missing` names what nobody knows yet."""

    text: str
    missing: list[str]


def _first(name: str) -> str:
    """What somebody is called by: without a title, the first of their names."""
    words = [word for word in name.split() if not word.endswith(".")]
    titles = {"Dr", "Prof", "Mr", "Mrs", "Ms"}
    return next((word for word in words if word not in titles), name)


Teller = Callable[[Ticket, User], str]
TELLERS: Mapping[str, Teller] = {
    "first_name": lambda t, by: _first(t.requester.name) if t.requester else "",
    "requester": lambda t, by: t.requester.name if t.requester else "",
    "number": lambda t, by: t.number,
    "title": lambda t, by: t.title,
    "state": lambda t, by: state_name(t),
    "priority": lambda t, by: f"P{t.priority}",
    "service": lambda t, by: t.service.name if t.service else "",
    "category": lambda t, by: t.category.name if t.category else "",
    "team": lambda t, by: t.team.name if t.team else "",
    "owner": lambda t, by: t.owner.name if t.owner else "",
    "organisation": lambda t, by: t.organisation.name if t.organisation else "",
    "opened": lambda t, by: clock_words(t.opened_at),
    "next_promise": lambda t, by: clock_words(t.next_due_at) if t.next_due_at else "",
    "resolution": lambda t, by: t.resolution,
    "me": lambda t, by: by.name,
    "my_first_name": lambda t, by: _first(by.name),
}


def unknown(body: str) -> list[str]:
    """The names in braces that mean nothing."""
    named = {name.strip() for name in FIELD.findall(body)}
    return sorted(named - TELLERS.keys())


def filled(body: str, ticket: Ticket, by: User) -> Filled:
    """The answer with what this ticket has; what it has not stays marked."""
    missing: list[str] = []

    def tell(match: re.Match[str]) -> str:
        name = match[1].strip()
        teller = TELLERS.get(name)
        told = teller(ticket, by) if teller else ""
        if not told:
            missing.append(name)
        return told or MISSING.format(label(name))

    text = FIELD.sub(tell, body)
    return Filled(text, missing)


def label(name: str) -> str:
    """A field in words."""
    return LABELS.get(name, lambda: name.replace("_", " "))()


def left_open(text: str) -> list[str]:
    """What is still marked as missing in a text that is about to go."""
    return re.findall(r"⟨([^⟨⟩\n]{1,60})⟩", text)


LABELS: Mapping[str, Callable[[], Any]] = {
    "first_name": lambda: _("requester's first name"),
    "requester": lambda: _("requester's name"),
    "number": lambda: _("number"),
    "title": lambda: _("title"),
    "state": lambda: _("state"),
    "priority": lambda: _("priority"),
    "service": lambda: _("service"),
    "category": lambda: _("category"),
    "team": lambda: _("team"),
    "owner": lambda: _("owner"),
    "organisation": lambda: _("organisation"),
    "opened": lambda: _("when it was opened"),
    "next_promise": lambda: _("when they hear next"),
    "resolution": lambda: _("what solved it"),
    "me": lambda: _("your name"),
    "my_first_name": lambda: _("your first name"),
}
