"""Kinds of change are made and changed; what a standard one rests on is looked at
again when it changes."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from core.errors import Invalid
from core.log import act, record
from itsm.changes.kinds.policy import TEMPLATE, require_change
from itsm.changes.models import Kind
from itsm.changes.questions import check_answers
from people.changes import Changes, as_made, new_slug, put, require_known, require_name
from people.models import User

TEXTS = frozenset({"name", "description", "plan", "test", "way_back", "tasks"})
FIELDS = TEXTS | {
    *("service", "team", "length", "answers", "evidence", "is_active"),
}
LONGEST = timedelta(days=14)  # of a window
MOST_TASKS, MOST_EVIDENCE = 50, 20


def create_kind(*, by: User, at: datetime, name: str, **more: Any) -> Kind:
    """A new kind, without standing. Raises Forbidden, Invalid."""
    given = {"name": name, **more}
    with act():
        require_change(by, given.get("service"), given.get("team"))
        _check(given)
        kind = Kind(slug=new_slug(Kind, name), **given)
        kind.save()
        changes = as_made({"slug": kind.slug, **given}, TEXTS)
        record("change_kind.create", subject=kind, by=by, at=at, changes=changes)
    return kind


def change_kind(*, kind: Kind, by: User, at: datetime, **given: Any) -> Kind:
    """Change it. A standard kind whose template changes is standard no longer.

    Raises Forbidden, Invalid.
    """
    with act():
        kind = locked(kind)
        require_change(by, kind.service, kind.team)
        if "service" in given or "team" in given:
            wished = {"service": kind.service, "team": kind.team, **given}
            require_change(by, wished["service"], wished["team"])
        _check(given)
        changes: Changes = put(kind, given, texts=TEXTS, by=by, at=at)
        if not changes:
            return kind
        if kind.standing == Kind.Standing.STANDARD and {*TEMPLATE} & changes.keys():
            changes |= put_standing(kind, Kind.Standing.NORMAL, None, at)
        record("change_kind.change", subject=kind, by=by, at=at, changes=changes)
    return kind


def put_standing(kind: Kind, to: str, by: User | None, at: datetime) -> Changes:
    """Set it, and who answers for it; the caller records the event."""
    changes: Changes = {"standing": (kind.standing, to)}
    kind.standing, kind.standing_since, kind.authorised_by = to, at, by
    kind.save(update_fields=["standing", "standing_since", "authorised_by"])
    return changes


def locked(kind: Kind) -> Kind:
    """The row, held until the action ends."""
    rows = Kind.objects.select_related("service", "team")
    return rows.select_for_update(of=("self",), no_key=True).get(pk=kind.pk)


def _check(given: Mapping[str, Any]) -> None:
    """Known fields, a name, a length one can plan, answers that are asked for."""
    require_known(given, FIELDS)
    require_name(given)
    errors: dict[str, list[str]] = {}
    length = given.get("length", timedelta(hours=1))
    if not timedelta(0) < length <= LONGEST:
        errors["length"] = [_("Between a minute and 14 days.")]
    if len(given.get("tasks", ())) > MOST_TASKS:
        errors["tasks"] = [_("At most %(n)s steps.") % {"n": MOST_TASKS}]
    if len(given.get("evidence", ())) > MOST_EVIDENCE:
        errors["evidence"] = [_("At most %(n)s kinds.") % {"n": MOST_EVIDENCE}]
    if "answers" in given:
        errors |= check_answers(given["answers"])
    if errors:
        raise Invalid(errors)
