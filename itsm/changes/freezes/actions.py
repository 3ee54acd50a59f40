"""What change authorities and process owners do with freezes: set and change them."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from core.errors import Invalid
from core.log import act, record
from itsm.changes.models import Change, Freeze
from people.changes import (
    Given,
    as_made,
    put,
    put_many,
    require_known,
    require_name,
)
from people.models import Service, User
from people.policy import require
from people.rotas.specs import check_zone

VERB = "freeze.change"
TEXTS = frozenset({"name", "reason"})
FIELDS = frozenset(
    {
        *("name", "reason", "services", "starts_at", "ends_at", "repeat", "until"),
        *("time_zone", "allows", "is_active"),
    }
)
LONGEST = {  # before it would meet itself again
    Freeze.Repeat.ONCE: timedelta(days=366),
    Freeze.Repeat.MONTHLY: timedelta(days=27),
    Freeze.Repeat.MONTH_END: timedelta(days=27),
    Freeze.Repeat.YEARLY: timedelta(days=364),
}


def create_freeze(
    *,
    by: User,
    at: datetime,
    name: str,
    starts_at: datetime,
    ends_at: datetime,
    time_zone: str,
    services: Iterable[Service] = (),
    **given: Any,
) -> Freeze:
    """Only named models of change go in this time, for these services or all.

    Raises Forbidden, Invalid.
    """
    named = {"name": name, "time_zone": time_zone}
    given |= {**named, "starts_at": starts_at, "ends_at": ends_at}
    with act():
        require(by, VERB)
        fields = _tidied(given)
        row = Freeze(by=by, created_at=at, **fields)
        _check(row)
        row.save()
        changes = as_made(fields, TEXTS) | put_many(row, "services", services)
        record("freeze.create", subject=row, by=by, at=at, changes=changes)
    return row


def change_freeze(*, freeze: Freeze, by: User, at: datetime, **given: Any) -> Freeze:
    """Change when, for what, how often, or whether it is in use.

    Raises Forbidden, Invalid.
    """
    with act():
        row = Freeze.objects.select_for_update(of=("self",)).get(pk=freeze.pk)
        require(by, VERB)
        fields = _tidied(given)
        services = fields.pop("services", None)
        names = ("starts_at", "ends_at", "repeat", "until", "time_zone")
        wished = {name: fields.get(name, getattr(row, name)) for name in names}
        _check(Freeze(**wished))
        changes = put(row, fields, texts=TEXTS, by=by, at=at)
        changes |= put_many(row, "services", services)
        if changes:
            record("freeze.change", subject=row, by=by, at=at, changes=changes)
    return row


def _tidied(given: Given) -> dict[str, Any]:
    require_known(given, FIELDS)
    require_name(given)
    fields = dict(given)
    for name, most in (("name", 200), ("reason", 500)):
        if name in fields:
            fields[name] = str(fields[name] or "").strip()[:most]
    if "repeat" in fields:
        fields["repeat"] = fields["repeat"] or ""
    if "allows" in fields:  # in one order, so that the same is no change
        fields["allows"] = [m for m in Change.Model.values if m in fields["allows"]]
    return fields


def _check(row: Freeze) -> None:
    check_zone(row.time_zone)
    errors: dict[str, list[str]] = {}
    if row.ends_at <= row.starts_at:
        errors["ends_at"] = [_("It ends before it starts.")]
    elif row.ends_at - row.starts_at > LONGEST[Freeze.Repeat(row.repeat)]:
        errors["ends_at"] = [_("It would last longer than until it comes again.")]
        if not row.repeat:
            errors["ends_at"] = [_("A freeze lasts a year at most.")]
    if isinstance(row.until, date) and row.until < row.starts_at.date():
        errors["until"] = [_("That is before it first begins.")]
    if row.until is not None and not row.repeat:
        errors["until"] = [_("Only what comes again has a last day.")]
    if errors:
        raise Invalid(errors)
