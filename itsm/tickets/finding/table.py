"""Every filter there is: what it is for, how its values are read, how it may go on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy as T

from itsm.tickets.finding import choices
from itsm.tickets.finding.choices import HAS, IS, Choice, one_of
from itsm.tickets.finding.meanings import ME, NONE, Read, named, opened, person, tagged
from itsm.tickets.states import StateCategory, TicketType
from people import queries as visible


@dataclass(frozen=True, slots=True)
class Filter:
    """One filter: its name, what it is for, and how its values are read."""

    name: str
    help: Any
    read: Read
    example: str = ""
    for_staff: bool = False
    choices: Mapping[str, Choice] = field(default_factory=dict)


FILTERS = {
    one.name: one
    for one in (
        Filter(
            "owner",
            T("who works on it: a name, an address, me or none"),
            person("owner", T("Owner")),
            "me",
        ),
        Filter("state", T("where it stands"), choices.state, "open"),
        Filter("type", T("the practice"), choices.practice, "incident"),
        Filter("priority", T("how urgent it is"), choices.priority, "P1,P2", True),
        Filter(
            "team",
            T("the team it is with: its name, mine or none"),
            named("team", visible.teams, T("Team")),
            "mine",
            True,
        ),
        Filter(
            "service",
            T("what is affected"),
            named("service", visible.services, T("Service")),
            "mail",
        ),
        Filter(
            "category",
            T("the kind of trouble"),
            named("category", visible.categories, T("Category")),
            "access",
            True,
        ),
        Filter(
            "requester",
            T("who asks: a name, an address or me"),
            person("requester", T("Requester")),
            "carol",
        ),
        Filter(
            "organisation",
            T("where they belong"),
            named("organisation", visible.organisations, T("Organisation")),
            "acme",
            True,
        ),
        Filter("tag", T("a tag it carries"), tagged, "printer", True),
        Filter(
            "after",
            T("opened on that day or later"),
            opened("after", "gte", T("Opened from %(day)s")),
            "2026-11-01",
        ),
        Filter(
            "before",
            T("opened before that day"),
            opened("before", "lt", T("Opened before %(day)s")),
            "2026-11-01",
        ),
        Filter(
            "is", T("what holds for it"), one_of("is", IS), "unassigned", choices=IS
        ),
        Filter(
            "has", T("what is on it"), one_of("has", HAS), "attachment", choices=HAS
        ),
    )
}

# What completion offers where values are always the same.
VALUES: dict[str, dict[str, Any]] = {
    "owner": {ME: T("you"), NONE: T("nobody")},
    "requester": {ME: T("you")},
    "team": {"mine": T("teams you belong to"), NONE: T("none")},
    "state": {
        "open": T("new, active or waiting"),
        "ended": T("resolved, closed or cancelled"),
        **{c.value: c.label for c in StateCategory},
    },
    "type": {t.value: t.label for t in TicketType},
    "priority": {f"P{n}": "" for n in range(1, 6)},
    "before": {"today": "", "yesterday": "", "7d": "", "4w": ""},
    "after": {"today": "", "yesterday": "", "7d": "", "4w": ""},
}
