"""Filters whose values are always the same words: `state:open`, `is:mine`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as T

from itsm.tickets.finding.meanings import Meaning, Read, no_such
from itsm.tickets.models import Attachment, Participant
from itsm.tickets.states import OPEN, StateCategory, TicketType
from people.models import User

IS_OPEN = Q(state_category__in=[c.value for c in OPEN])


@dataclass(frozen=True, slots=True)
class Choice:
    """One value: its words on a chip, what completion says of it, what it asks."""

    words: Any
    note: Any
    asks: Callable[[User, datetime], Q]
    for_staff: bool = False


def offered(choices: Mapping[str, Choice], user: User) -> Mapping[str, Choice]:
    """Those that this person may ask for."""
    if user.is_staff:
        return choices
    return {name: one for name, one in choices.items() if not one.for_staff}


def one_of(name: str, choices: Mapping[str, Choice]) -> Read:
    """A filter by any of these."""

    def read(user: User, values: Sequence[str], at: datetime) -> Meaning:
        known = offered(choices, user)
        condition, words = Q(), []
        for value in values:
            if value.lower() not in known:
                return no_such(name, value, known)
            choice = known[value.lower()]
            condition |= choice.asks(user, at)
            words.append(str(choice.words))
        return Meaning(condition, ", ".join(words))

    return read


def state(user: User, values: Sequence[str], at: datetime) -> Meaning:
    """Categories of states, one by one or `open`, `ended` and `all`."""
    groups: dict[str, tuple[Any, list[str]]] = {
        "open": (T("Open"), [c.value for c in OPEN]),
        "ended": (
            T("Ended"),
            [c.value for c in StateCategory if c not in OPEN],
        ),
        "all": (T("All states"), [c.value for c in StateCategory]),
        **{c.value: (c.label, [c.value]) for c in StateCategory},
    }
    wanted, words = [], []
    for value in values:
        key = value.lower()
        if key not in groups:
            return no_such("state", value, groups)
        wanted += groups[key][1]
        words.append(str(groups[key][0]))
    return Meaning(
        Q(state_category__in=sorted(set(wanted))),
        _("State: %(names)s") % {"names": ", ".join(words)},
    )


def practice(user: User, values: Sequence[str], at: datetime) -> Meaning:
    """Incidents, requests, changes, problems; one or many."""
    wanted, words = [], []
    for value in values:
        key = value.lower().removesuffix("s")
        if key not in TicketType:
            return no_such("type", value, TicketType.values)
        wanted.append(key)
        words.append(str(TicketType(key).label))
    return Meaning(Q(type__in=wanted), ", ".join(words))


def priority(user: User, values: Sequence[str], at: datetime) -> Meaning:
    """`P1` or `1`."""
    levels = [value.upper().removeprefix("P") for value in values]
    for level, value in zip(levels, values, strict=True):
        if level not in {"1", "2", "3", "4", "5"}:
            return no_such("priority", value, ["P1", "P2", "P3", "P4", "P5"])
    words = ", ".join(f"P{level}" for level in levels)
    return Meaning(Q(priority__in=[int(level) for level in levels]), words)


def _is_mine(user: User, at: datetime) -> Q:
    return Q(owner_id=user.pk) if user.is_staff else Q(requester_id=user.pk)


def _is_watched(user: User, at: datetime) -> Q:
    watches = Participant.objects.filter(
        ticket_id=OuterRef("pk"), user_id=user.pk, role=Participant.Role.WATCHER
    )
    return Q(Exists(watches))


def _has_file(user: User, at: datetime) -> Q:
    files = Attachment.objects.filter(
        ticket_id=OuterRef("pk"), redacted_at__isnull=True
    )
    return Q(Exists(files if user.is_staff else files.filter(is_public=True)))


IS: Mapping[str, Choice] = {
    "open": Choice(T("Open"), T("new, active or waiting"), lambda _u, _at: IS_OPEN),
    "unassigned": Choice(
        T("No owner"), T("nobody owns it"), lambda _u, _at: Q(owner_id__isnull=True)
    ),
    "mine": Choice(T("Mine"), T("yours"), _is_mine),
    "breached": Choice(
        T("A promise was missed"),
        T("a promise was missed"),
        lambda _u, at: IS_OPEN & Q(next_due_at__lt=at),
        for_staff=True,
    ),
    "reopened": Choice(
        T("Reopened"), T("it came back"), lambda _u, _at: Q(reopens__gt=0)
    ),
    "watched": Choice(
        T("Watched by me"), T("you watch it"), _is_watched, for_staff=True
    ),
    "offered": Choice(
        T("Offered to me"),
        T("offered to you"),
        lambda user, _at: Q(offered_to_id=user.pk),
        for_staff=True,
    ),
    "restricted": Choice(
        T("Restricted"),
        T("for the people on it alone"),
        lambda _u, _at: Q(restricted=True),
        for_staff=True,
    ),
    "ended": Choice(
        T("Ended"), T("resolved, closed or cancelled"), lambda _u, _at: ~IS_OPEN
    ),
}
HAS: Mapping[str, Choice] = {
    "attachment": Choice(T("Has a file"), T("a file"), _has_file),
    "resolution": Choice(
        T("Has a solution"),
        T("it says how it was solved"),
        lambda _u, _at: ~Q(resolution=""),
    ),
}
