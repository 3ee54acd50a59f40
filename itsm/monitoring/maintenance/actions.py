"""What staff do with maintenance windows: announce, change and end them.

What is still open when one ends is decided then; so alerts that wait for that are
looked at again whenever a window changes.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from core.errors import Invalid, WrongState
from core.log import act, record
from itsm.monitoring.deciding.acting import look_again
from itsm.monitoring.models import Maintenance, Source
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

VERB = "maintenance.change"
TEXTS = frozenset({"name"})
FIELDS = frozenset({"name", "services", "source", "starts_at", "ends_at"})
LONGEST = timedelta(days=90)
LONGEST_NAME = 200


def announce(
    *,
    by: User,
    at: datetime,
    name: str,
    services: Iterable[Service],
    starts_at: datetime,
    ends_at: datetime,
    source: Source | None = None,
) -> Maintenance:
    """Alerts of these services, of one source or any, are expected for a while.

    Raises Forbidden, Invalid.
    """
    given = {"name": name, "source": source, "starts_at": starts_at, "ends_at": ends_at}
    services = list(services)
    with act():
        require(by, VERB)
        fields = _tidied(given)
        row = Maintenance(by=by, created_at=at, **fields)
        _check(row, services, at)
        row.save()
        changes = as_made(fields, TEXTS) | put_many(row, "services", services)
        record("maintenance.create", subject=row, by=by, at=at, changes=changes)
    return row


def change_maintenance(
    *, maintenance: Maintenance, by: User, at: datetime, **given: Any
) -> Maintenance:
    """Change when, what for, or its name. Raises Forbidden, Invalid, WrongState."""
    with act():
        row = Maintenance.objects.select_for_update(of=("self",)).get(pk=maintenance.pk)
        require(by, VERB)
        _require_not_over(row, at)
        fields = _tidied(given)
        services = fields.pop("services", None)
        former = list(row.services.all())
        wished = Maintenance(starts_at=row.starts_at, ends_at=row.ends_at)
        for name, value in fields.items():
            setattr(wished, name, value)
        _check(wished, former if services is None else services, at)
        changes = put(row, fields, texts=TEXTS, by=by, at=at)
        changes |= put_many(row, "services", services)
        if changes:
            record("maintenance.change", subject=row, by=by, at=at, changes=changes)
            look_again([s.pk for s in [*former, *(services or ())]], at=at)
    return row


def end_maintenance(*, maintenance: Maintenance, by: User, at: datetime) -> Maintenance:
    """It is over now; one that has not begun never begins.

    Raises Forbidden, WrongState where it is over already.
    """
    with act():
        row = Maintenance.objects.select_for_update(of=("self",)).get(pk=maintenance.pk)
        require(by, VERB)
        _require_not_over(row, at)
        given = {"ends_at": at} | ({"starts_at": at} if row.starts_at > at else {})
        changes = put(row, given, texts=TEXTS, by=by, at=at)
        record("maintenance.end", subject=row, by=by, at=at, changes=changes)
        look_again(row.services.values_list("pk", flat=True), at=at)
    return row


def _require_not_over(row: Maintenance, at: datetime) -> None:
    if row.ends_at <= at:
        raise WrongState(_("That is over already."))


def _tidied(given: Given) -> dict[str, Any]:
    require_known(given, FIELDS)
    require_name(given)
    fields = dict(given)
    if "name" in fields:
        fields["name"] = fields["name"].strip()[:LONGEST_NAME]
    if "services" in fields:
        fields["services"] = list(fields["services"])
    return fields


def _check(row: Maintenance, services: list[Service], at: datetime) -> None:
    errors: dict[str, list[str]] = {}
    if not services:
        errors["services"] = [_("Say which services it is about.")]
    if row.ends_at <= row.starts_at:
        errors["ends_at"] = [_("It ends before it starts.")]
    elif row.ends_at <= at:
        errors["ends_at"] = [_("That is over already.")]
    elif row.ends_at - row.starts_at > LONGEST:
        errors["ends_at"] = [_("Maintenance lasts 90 days at most.")]
    if errors:
        raise Invalid(errors)
