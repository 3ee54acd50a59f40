"""What the value of each filter comes down to: a condition, or what is possible."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from itsm.tickets.finding import instants
from itsm.tickets.models import Attachment, Participant
from itsm.tickets.states import OPEN, StateCategory, TicketType
from itsm.tickets.tags.models import Tag, TicketTag
from people.models import Category, Organisation, Service, Team, User

NONE, ME = "none", "me"
MOST_PEOPLE = 50  # that one name may stand for
FEW = 8  # values that a message names


@dataclass(slots=True)
class Meaning:
    """What one filter comes down to; no condition: it makes no sense."""

    condition: Q | None
    words: str = ""  # for its chip
    problem: str = ""


Read = Callable[[User, Sequence[str], datetime], Meaning]


@dataclass(frozen=True, slots=True)
class Filter:
    """One filter: its name, what it is for, and how its values are read."""

    name: str
    help: Any
    read: Read
    example: str = ""
    for_staff: bool = False


def no_such(name: str, value: str, possible: Iterable[str]) -> Meaning:
    """A value that means nothing, with what is possible."""
    names = list(possible)
    close = get_close_matches(value.lower(), names, n=1, cutoff=0.6)
    few = [*close, *(n for n in names if n not in close)][:FEW]
    text = _("“%(name)s:%(value)s” means nothing here.") % {
        "name": name,
        "value": value,
    }
    if close:
        text += " " + _("Did you mean “%(value)s”?") % {"value": close[0]}
    if few and len(names) > len(few):
        text += " " + _("Possible, among others: %(values)s.") % {
            "values": ", ".join(few)
        }
    elif few:
        text += " " + _("Possible: %(values)s.") % {"values": ", ".join(few)}
    return Meaning(None, "", text)


def _named(name: str, model: Any, label: Any) -> Read:
    """A filter by something that has a slug and a name; `none` where there is none."""

    def read(user: User, values: Sequence[str], at: datetime) -> Meaning:
        wanted = {value.lower() for value in values}
        rows = list(model.objects.values_list("pk", "slug", "name"))
        known = {
            key: (pk, said) for pk, slug, said in rows for key in (said.lower(), slug)
        }
        condition, words = Q(), []
        for value in wanted:
            if value == NONE:
                condition |= Q(**{f"{name}_id__isnull": True})
                words.append(_("none"))
            elif name == "team" and value in {"mine", "my"}:
                ids = user.memberships.values("team_id")
                condition |= Q(team_id__in=ids)
                words.append(_("mine"))
            elif value in known:
                condition |= Q(**{f"{name}_id": known[value][0]})
                words.append(known[value][1])
            else:
                return no_such(name, value, sorted(slug for _pk, slug, _n in rows))
        return Meaning(condition, f"{label}: {', '.join(sorted(words))}")

    return read


def _person(name: str, label: Any) -> Read:
    def read(user: User, values: Sequence[str], at: datetime) -> Meaning:
        condition, words = Q(), []
        for value in values:
            if value.lower() == ME:
                condition |= Q(**{f"{name}_id": user.pk})
                words.append(_("me"))
            elif value.lower() == NONE:
                condition |= Q(**{f"{name}_id__isnull": True})
                words.append(_("nobody"))
            else:
                meant = _people(name, value, user)
                if meant.condition is None:
                    return meant
                condition |= meant.condition
                words.append(meant.words)
        return Meaning(condition, f"{label}: {', '.join(words)}")

    return read


def _people(name: str, value: str, user: User) -> Meaning:
    """Everybody an address, its beginning or parts of a name stand for."""
    fits = Q(email__iexact=value) | Q(email__istartswith=f"{value}@")
    if "@" not in value:
        by_name = Q()
        for word in value.split()[:5]:
            by_name &= Q(name__icontains=word)
        fits |= by_name
    rows = list(
        User.objects.filter(fits).values_list("pk", "name", "email")[: MOST_PEOPLE + 1]
    )
    exact = [row for row in rows if value.lower() in (row[2].lower(), row[1].lower())]
    rows = exact or rows
    if len(rows) > MOST_PEOPLE and user.is_staff:
        text = _("“%(value)s” stands for more than %(n)s people; say more of the name.")
        return Meaning(None, "", text % {"value": value, "n": MOST_PEOPLE})
    condition = Q(**{f"{name}_id__in": [pk for pk, *_rest in rows]})
    if not user.is_staff:  # they cannot look people up, here neither
        return Meaning(condition, value)
    if not rows:
        text = _("There is nobody called “%(value)s”: say a name, an address or “me”.")
        return Meaning(None, "", text % {"value": value})
    if len(rows) == 1:
        return Meaning(condition, rows[0][1])
    many = ngettext(
        "%(n)s person called %(value)s", "%(n)s people called %(value)s", len(rows)
    )
    return Meaning(condition, many % {"n": len(rows), "value": value})


def _state(user: User, values: Sequence[str], at: datetime) -> Meaning:
    groups: dict[str, tuple[Any, list[str]]] = {
        "open": (gettext_lazy("Open"), [c.value for c in OPEN]),
        "ended": (
            gettext_lazy("Ended"),
            [c.value for c in StateCategory if c not in OPEN],
        ),
        "all": (gettext_lazy("All states"), [c.value for c in StateCategory]),
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


def _type(user: User, values: Sequence[str], at: datetime) -> Meaning:
    wanted, words = [], []
    for value in values:
        key = value.lower().removesuffix("s")
        if key not in TicketType:
            return no_such("type", value, TicketType.values)
        wanted.append(key)
        words.append(str(TicketType(key).label))
    return Meaning(Q(type__in=wanted), ", ".join(words))


def _priority(user: User, values: Sequence[str], at: datetime) -> Meaning:
    levels = [value.upper().removeprefix("P") for value in values]
    for level, value in zip(levels, values, strict=True):
        if level not in {"1", "2", "3", "4", "5"}:
            return no_such("priority", value, ["P1", "P2", "P3", "P4", "P5"])
    words = ", ".join(f"P{level}" for level in levels)
    return Meaning(Q(priority__in=[int(level) for level in levels]), words)


def _tag(user: User, values: Sequence[str], at: datetime) -> Meaning:
    rows = list(Tag.objects.values_list("pk", "slug", "name"))
    known = {key: (pk, said) for pk, slug, said in rows for key in (said.lower(), slug)}
    ids, words = [], []
    for value in values:
        if value.lower() not in known:
            return no_such("tag", value, sorted(slug for _pk, slug, _n in rows))
        ids.append(known[value.lower()][0])
        words.append(known[value.lower()][1])
    carried = TicketTag.objects.filter(ticket_id=OuterRef("pk"), tag_id__in=ids)
    return Meaning(
        Q(Exists(carried)), _("Tag: %(names)s") % {"names": ", ".join(words)}
    )


def _opened(name: str, lookup: str, words: Any) -> Read:
    def read(user: User, values: Sequence[str], at: datetime) -> Meaning:
        when = instants.instant(values[0], at=at)
        if when is None or len(values) > 1:
            return no_such(name, ",".join(values), instants.EXAMPLES)
        told = str(words) % {"day": instants.day(when)}
        return Meaning(Q(**{f"opened_at__{lookup}": when}), told)

    return read


def _is(user: User, values: Sequence[str], at: datetime) -> Meaning:
    is_open = Q(state_category__in=[c.value for c in OPEN])
    watches = Participant.objects.filter(
        ticket_id=OuterRef("pk"), user_id=user.pk, role=Participant.Role.WATCHER
    )
    known: dict[str, tuple[Any, Q]] = {
        "open": (gettext_lazy("Open"), is_open),
        "ended": (gettext_lazy("Ended"), ~is_open),
        "mine": (
            gettext_lazy("Mine"),
            Q(owner_id=user.pk) if user.is_staff else Q(requester_id=user.pk),
        ),
        "unassigned": (gettext_lazy("No owner"), Q(owner_id__isnull=True)),
        "reopened": (gettext_lazy("Reopened"), Q(reopens__gt=0)),
    }
    if user.is_staff:
        known |= {
            "breached": (
                gettext_lazy("A promise was missed"),
                is_open & Q(next_due_at__lt=at),
            ),
            "restricted": (gettext_lazy("Restricted"), Q(restricted=True)),
            "watched": (gettext_lazy("Watched by me"), Q(Exists(watches))),
            "offered": (gettext_lazy("Offered to me"), Q(offered_to_id=user.pk)),
        }
    condition, words = Q(), []
    for value in values:
        if value.lower() not in known:
            return no_such("is", value, known)
        condition |= known[value.lower()][1]
        words.append(str(known[value.lower()][0]))
    return Meaning(condition, ", ".join(words))


def _has(user: User, values: Sequence[str], at: datetime) -> Meaning:
    files = Attachment.objects.filter(
        ticket_id=OuterRef("pk"), redacted_at__isnull=True
    )
    if not user.is_staff:
        files = files.filter(is_public=True)
    known: dict[str, tuple[Any, Q]] = {
        "attachment": (gettext_lazy("Has a file"), Q(Exists(files))),
        "resolution": (gettext_lazy("Has a solution"), ~Q(resolution="")),
    }
    condition, words = Q(), []
    for value in values:
        if value.lower() not in known:
            return no_such("has", value, known)
        condition |= known[value.lower()][1]
        words.append(str(known[value.lower()][0]))
    return Meaning(condition, ", ".join(words))


FILTERS = {
    one.name: one
    for one in (
        Filter(
            "owner",
            gettext_lazy("who works on it: a name, an address, me or none"),
            _person("owner", gettext_lazy("Owner")),
            "me",
        ),
        Filter("state", gettext_lazy("where it stands"), _state, "open"),
        Filter("type", gettext_lazy("the practice"), _type, "incident"),
        Filter("priority", gettext_lazy("how urgent it is"), _priority, "P1,P2", True),
        Filter(
            "team",
            gettext_lazy("the team it is with: its name, mine or none"),
            _named("team", Team, gettext_lazy("Team")),
            "mine",
            True,
        ),
        Filter(
            "service",
            gettext_lazy("what is affected"),
            _named("service", Service, gettext_lazy("Service")),
            "mail",
        ),
        Filter(
            "category",
            gettext_lazy("the kind of trouble"),
            _named("category", Category, gettext_lazy("Category")),
            "access",
            True,
        ),
        Filter(
            "requester",
            gettext_lazy("who asks: a name, an address or me"),
            _person("requester", gettext_lazy("Requester")),
            "carol",
        ),
        Filter(
            "organisation",
            gettext_lazy("where they belong"),
            _named("organisation", Organisation, gettext_lazy("Organisation")),
            "acme",
            True,
        ),
        Filter("tag", gettext_lazy("a tag it carries"), _tag, "printer", True),
        Filter(
            "after",
            gettext_lazy("opened on that day or later"),
            _opened("after", "gte", gettext_lazy("Opened from %(day)s")),
            "2026-11-01",
        ),
        Filter(
            "before",
            gettext_lazy("opened before that day"),
            _opened("before", "lt", gettext_lazy("Opened before %(day)s")),
            "2026-11-01",
        ),
        Filter("is", gettext_lazy("what holds for it"), _is, "unassigned"),
        Filter("has", gettext_lazy("what is on it"), _has, "attachment"),
    )
}

# What completion offers where values are always the same.
VALUES: dict[str, dict[str, Any]] = {
    "state": {
        "open": gettext_lazy("new, active or waiting"),
        "ended": gettext_lazy("resolved, closed or cancelled"),
        **{c.value: c.label for c in StateCategory},
    },
    "type": {t.value: t.label for t in TicketType},
    "priority": {f"P{n}": "" for n in range(1, 6)},
    "is": {
        "open": gettext_lazy("new, active or waiting"),
        "unassigned": gettext_lazy("nobody owns it"),
        "mine": gettext_lazy("yours"),
        "breached": gettext_lazy("a promise was missed"),
        "reopened": gettext_lazy("it came back"),
        "watched": gettext_lazy("you watch it"),
        "offered": gettext_lazy("offered to you"),
        "restricted": gettext_lazy("for the people on it alone"),
        "ended": gettext_lazy("resolved, closed or cancelled"),
    },
    "has": {
        "attachment": gettext_lazy("a file"),
        "resolution": gettext_lazy("it says how it was solved"),
    },
    "before": {"today": "", "yesterday": "", "7d": "", "4w": ""},
    "after": {"today": "", "yesterday": "", "7d": "", "4w": ""},
}
