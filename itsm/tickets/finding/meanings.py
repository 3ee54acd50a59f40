"""What the value of a filter comes down to: a condition, or what is possible."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from itsm.tickets.finding import instants
from itsm.tickets.tags.models import Tag, TicketTag
from people.models import User

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


def named(name: str, rows_of: Callable[[User], Any], label: Any) -> Read:
    """A filter by something that has a slug and a name; `none` where there is none.

    Of what the person does not see it does not even say whether there is such a thing.
    """

    def read(user: User, values: Sequence[str], at: datetime) -> Meaning:
        known, slugs = _slugs_and_names(rows_of(user))
        condition, words = Q(), []
        for value in dict.fromkeys(value.lower() for value in values):
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
                return no_such(name, value, slugs)
        return Meaning(condition, f"{label}: {', '.join(sorted(words))}")

    return read


def _slugs_and_names(found: Any) -> tuple[dict[str, tuple[int, str]], list[str]]:
    """Id and name by slug and by name, and all slugs; one query."""
    rows = list(found.values_list("pk", "slug", "name"))
    known = {key: (pk, name) for pk, slug, name in rows for key in (name.lower(), slug)}
    return known, sorted(slug for _pk, slug, _name in rows)


def person(name: str, label: Any) -> Read:
    """A filter by somebody: `me`, `none`, an address or a name."""

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


def tagged(user: User, values: Sequence[str], at: datetime) -> Meaning:
    """Any of these tags."""
    known, slugs = _slugs_and_names(Tag.objects.all())
    ids, words = [], []
    for value in values:
        if value.lower() not in known:
            return no_such("tag", value, slugs)
        pk, name = known[value.lower()]
        ids.append(pk)
        words.append(name)
    carried = TicketTag.objects.filter(ticket_id=OuterRef("pk"), tag_id__in=ids)
    return Meaning(
        Q(Exists(carried)), _("Tag: %(names)s") % {"names": ", ".join(words)}
    )


def opened(name: str, lookup: str, words: Any) -> Read:
    """A filter by the day on which it was opened."""

    def read(user: User, values: Sequence[str], at: datetime) -> Meaning:
        when = instants.instant(values[0], at=at)
        if when is None or len(values) > 1:
            return no_such(name, ",".join(values), instants.EXAMPLES)
        told = str(words) % {"day": instants.day(when)}
        return Meaning(Q(**{f"opened_at__{lookup}": when}), told)

    return read
