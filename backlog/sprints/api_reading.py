"""Reading what a program sends about sprints: strict, as far as it may see."""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from backlog.sprints import queries
from backlog.standing import get_process
from backlog.stories.models import Story
from backlog.stories.queries import id_of
from core.api.problems import Malformed
from core.api.schema import Doc, Schema, obj
from core.errors import Invalid
from people import api_fields as fields
from people.models import User
from processes.models import Process


def day(value: Any) -> date:
    """2026-12-24."""
    try:
        found = parse_date(value) if isinstance(value, str) else None
    except ValueError:
        found = None
    if found is None or not 1970 <= found.year <= 9000:
        raise ValueError(_("Send a date such as 2026-12-24."))
    return found


def stories(user: User) -> fields.Reader:
    """Stories by their numbers, as far as this person may see them; one query."""

    def reader(value: Any) -> list[Story]:
        if not isinstance(value, list) or len(value) > 200:
            raise ValueError(_("Send a list."))
        return list(named(user, value).values())

    return reader


def named(user: User, numbers: list[Any]) -> dict[str, Story]:
    """By their numbers, in their order; ValueError names those there are not."""
    ids = {number: id_of(number) for number in map(str, numbers)}
    rows = Story.objects.visible_to(user).in_bulk([pk for pk in ids.values() if pk])
    missing = [str(number) for number, pk in ids.items() if pk not in rows]
    if missing:
        words = {"numbers": ", ".join(missing)[:200]}
        raise ValueError(_("There are no such stories: %(numbers)s.") % words)
    return {number: rows[pk] for number, pk in ids.items() if pk is not None}


def places(user: User) -> fields.Reader:
    """{"STO-12": "backlog"}: where each goes."""

    def reader(value: Any) -> dict[Story, str]:
        if not isinstance(value, dict) or len(value) > 1000:
            raise ValueError(
                _("Send an object that says for each story where it goes.")
            )
        if not all(isinstance(place, str) for place in value.values()):
            raise ValueError(
                _("Choose one of: %(words)s.") % {"words": "backlog, next"}
            )
        rows = named(user, list(value))
        return {row: value[number] for number, row in rows.items()}

    return reader


def sprint(user: User) -> fields.Reader:
    """A sprint by its id."""
    return by_id(
        lambda: queries.visible_to(user), _("There is no such sprint for you.")
    )


def by_id(rows: Callable[[], QuerySet[Any]], none: str) -> fields.Reader:
    """A row of these by its id; `none` says that there is no such one."""

    def reader(value: Any) -> Any:
        found = None
        if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**63:
            found = rows().filter(pk=value).first()
        if found is None:
            raise ValueError(none)
        return found

    return reader


def id_in(key: str) -> int:
    """The id in an address; 0 is nobody's."""
    return int(key) if key.isascii() and key.isdigit() and len(key) < 19 else 0


def asked(
    request: HttpRequest, readers: Mapping[str, fields.Reader]
) -> Mapping[str, Any]:
    """Query parameters, each read strictly. Raises Malformed."""
    found: dict[str, Any] = {}
    errors: dict[str, list[str]] = {}
    for name, reader in readers.items():
        if name not in request.GET:
            continue
        try:
            found[name] = reader(request.GET[name])
        except ValueError as wrong:
            errors[name] = [str(wrong)]
    if errors:
        raise Malformed(_("A parameter cannot be read."), errors)
    return found


def days(team: Mapping[str, User]) -> fields.Reader:
    """{"alice@…": 3.5}: days of people of this team, in tenths."""

    def reader(value: Any) -> dict[User, Decimal]:
        if not isinstance(value, dict) or len(value) > 1000:
            raise ValueError(_("Send an object that says for each person how many."))
        if missing := [name for name in value if name not in team]:
            words = {"people": ", ".join(missing)[:200]}
            raise ValueError(_("They are not of its team: %(people)s.") % words)
        return {team[name]: _tenths(n) for name, n in value.items()}

    return reader


def _tenths(value: Any) -> Decimal:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not 0 <= value < 1000:  # nor is NaN
        raise ValueError(_("Send a number of days."))
    return Decimal(str(value)).quantize(Decimal("0.1"))


def one_story(user: User) -> fields.Reader:
    """A story by its number."""
    return lambda value: next(iter(named(user, [value]).values()))


def process(user: User) -> fields.Reader:
    """A process by its slug."""

    def reader(value: Any) -> Process:
        try:
            return get_process(user, str(fields.text(50)(value)))
        except Http404 as none:
            raise ValueError(str(none)) from none

    return reader


def need(given: Mapping[str, Any], *names: str) -> None:
    """Raise Invalid for those that were not sent."""
    missing = {name: [_("This is needed.")] for name in names if name not in given}
    if missing:
        raise Invalid(missing)


def doc(
    says: str, shape: Schema, body: Mapping[str, Schema], needed: tuple[str, ...]
) -> dict[str, Doc]:
    """What describes a verb."""
    return {
        "post": Doc(
            says,
            shape,
            body=obj(body, needed),
            has_etag=True,
            is_keyed=True,
            needs_body=bool(needed),
        )
    }
