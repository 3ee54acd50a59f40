"""Reading what a program sends about sprints: strict, as far as it may see."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.http import Http404
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from backlog.sprints import queries
from backlog.sprints.models import Sprint
from backlog.standing import get_process
from backlog.stories.models import Story
from backlog.stories.queries import id_of
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

    def reader(value: Any) -> Sprint:
        found = None
        if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**63:
            found = queries.visible_to(user).filter(pk=value).first()
        if found is None:
            raise ValueError(_("There is no such sprint for you."))
        return found

    return reader


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
