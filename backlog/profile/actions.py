"""A process is described: for whom it is, with whom, and by what habits it improves.

Every verb records `process.describe` with ids, numbers and choices; what was typed
stands in erasable rows.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from backlog.profile import checks
from backlog.profile.models import Aim, Member, Profile, Stakeholder, Statement
from backlog.standing import lock, require_on
from core.errors import Invalid
from core.log import act, record
from core.texts import keep_versions
from people.changes import Changes, plain, require_known, require_people
from people.models import User
from processes import making
from processes.models import Process

DESCRIBE = making.DESCRIBE
TEXTS = ("goal", "customers", "suppliers")
LISTS = frozenset({"ready", "done", "columns"})
FIELDS = frozenset(
    {
        *TEXTS,
        *LISTS,
        *("service_manager", "order", "estimates", "stale_days", "large_over"),
    }
)


def describe(*, process: Process, by: User, at: datetime, **given: Any) -> Profile:
    """Say what a process is for, and by which habits its backlog is kept.

    Takes the fields of the process, too; only its owner gives it to somebody else.
    Raises Forbidden, Invalid.
    """
    with act():
        profile, process = lock(process), _locked(process)
        require_on(by, "backlog.describe", process)
        own = {n: v for n, v in given.items() if n in making.FIELDS}
        given = {n: v for n, v in given.items() if n not in making.FIELDS}
        if any(own[n] != getattr(process, n) for n in own.keys() & making.GIVING):
            making.require_giving(by, process)
        require_known(given, FIELDS)
        require_people(given, "service_manager")
        checks.profile(given)
        changes = making.apply(process, own, by, at) | _put(profile, given, by, at)
        if changes:
            record(DESCRIBE, subject=process, by=by, at=at, changes=changes)
    return profile


def _locked(process: Process) -> Process:
    return Process.objects.select_for_update().get(pk=process.pk)


def _put(profile: Profile, given: Mapping[str, Any], by: User, at: datetime) -> Changes:
    """Set what differs; texts keep their versions, lists say only that they did."""
    changes: Changes = {}
    for name, new in given.items():
        old = getattr(profile, name)
        if old == new:
            continue
        setattr(profile, name, new)
        if name in TEXTS:
            changes[name] = keep_versions(
                subject=profile.process, field=name, old=old, new=new, by=by, at=at
            )
        else:
            changes[name] = (None, None) if name in LISTS else (plain(old), plain(new))
    if changes:
        profile.save(update_fields=list(changes))
    return changes


def add_member(
    *, process: Process, by: User, at: datetime, user: User, days_a_week: Any = 1
) -> Member:
    """Somebody joins the improvement team. Raises Forbidden, Invalid."""
    given = {"user": user, "days_a_week": days_a_week}
    return _add(Member, process, by, at, given)


def change_member(*, member: Member, by: User, at: datetime, **given: Any) -> Member:
    """How many days a week they have for it. Raises Forbidden, Invalid."""
    return _change(member, by, at, given)


def remove_member(*, member: Member, by: User, at: datetime) -> None:
    """They leave the team; what they did stays theirs. Raises Forbidden."""
    _remove(member, by, at)


def add_stakeholder(
    *, process: Process, by: User, at: datetime, name: str = "", **more: Any
) -> Stakeholder:
    """Somebody it concerns: a person, a group, a role. Raises Forbidden, Invalid."""
    user = more.get("user")
    name = name.strip() or (user.name if user else "")
    return _add(Stakeholder, process, by, at, {**more, "name": name})


def change_stakeholder(
    *, stakeholder: Stakeholder, by: User, at: datetime, **given: Any
) -> Stakeholder:
    """Where they stand, what they need to hear and when. Raises Forbidden, Invalid."""
    return _change(stakeholder, by, at, given)


def remove_stakeholder(*, stakeholder: Stakeholder, by: User, at: datetime) -> None:
    """It concerns them no longer. Raises Forbidden."""
    _remove(stakeholder, by, at)


def add_statement(
    *, process: Process, by: User, at: datetime, kind: str, title: str, **more: Any
) -> Statement:
    """A policy, control or guideline. Raises Forbidden, Invalid."""
    given = {"kind": kind, "title": title, **more}
    return _add(Statement, process, by, at, given)


def change_statement(
    *, statement: Statement, by: User, at: datetime, **given: Any
) -> Statement:
    """Its words, whose it is, what it serves. Raises Forbidden, Invalid."""
    return _change(statement, by, at, given)


def remove_statement(*, statement: Statement, by: User, at: datetime) -> None:
    """It holds no longer; controls that served it serve nothing. Raises Forbidden."""
    _remove(statement, by, at)


def add_aim(
    *, process: Process, by: User, at: datetime, kind: str, title: str, **more: Any
) -> Aim:
    """An objective, an indicator under one, a metric under that.

    Raises Forbidden, Invalid.
    """
    return _add(Aim, process, by, at, {"kind": kind, "title": title, **more})


def change_aim(*, aim: Aim, by: User, at: datetime, **given: Any) -> Aim:
    """Its words, its target, what was measured last. Raises Forbidden, Invalid."""
    return _change(aim, by, at, given)


def remove_aim(*, aim: Aim, by: User, at: datetime) -> None:
    """It is aimed at no longer, nor is what stands under it. Raises Forbidden."""
    _remove(aim, by, at)


Part = Member | Stakeholder | Statement | Aim


def _add(
    model: type[Any], process: Process, by: User, at: datetime, given: dict[str, Any]
) -> Any:
    """A new row, last of its kind."""
    with act():
        lock(process)
        _require(by, process, given)
        row = model(process=process)
        checks.part(row, given)
        if hasattr(row, "position"):
            last = model.objects.filter(process=process).order_by("position").last()
            row.position = last.position + 1 if last else 0
        _set(row, given, at)
        row.save()
        _record(row, by, at, {n: (None, plain(v)) for n, v in given.items()})
    return row


def _change(row: Any, by: User, at: datetime, given: Mapping[str, Any]) -> Any:
    """What differs of what is given."""
    with act():
        lock(row.process)
        row = type(row).objects.select_related("process").filter(pk=row.pk).first()
        if row is None:
            raise Invalid({}, _("Somebody has taken this out in the meantime."))
        _require(by, row.process, given)
        checks.part(row, given)
        new = {n: v for n, v in given.items() if getattr(row, n) != v}
        changes = {n: (plain(getattr(row, n)), plain(v)) for n, v in new.items()}
        if new:
            _set(row, new, at)
            row.save()
            _record(row, by, at, changes)
    return row


def _remove(row: Any, by: User, at: datetime) -> None:
    with act():
        lock(row.process)
        require_on(by, "backlog.describe", row.process)
        _record(row, by, at, {"removed": (False, True)})
        row.delete()


def _set(row: Any, given: Mapping[str, Any], at: datetime) -> None:
    for name, value in given.items():
        setattr(row, name, value)
    if isinstance(row, Aim) and "value" in given:
        row.measured_at = at if given["value"] else None


def _require(by: User, process: Process, given: Mapping[str, Any]) -> None:
    """Opinions are for its owner and team; an administrator writes none."""
    require_on(by, "backlog.describe", process)
    if "opinion" in given:
        require_on(by, "stakeholder.opinion", process)


def _record(row: Any, by: User, at: datetime, changes: Changes) -> None:
    """What was typed is not in the log, only that it was."""
    name = type(row)._meta.model_name
    kept = {
        field: (None, None) if field in checks.TYPED else pair
        for field, pair in changes.items()
    }
    what: Changes = {"what": (None, name), "id": (None, row.pk)}
    record(DESCRIBE, subject=row.process, by=by, at=at, changes=what | kept)
