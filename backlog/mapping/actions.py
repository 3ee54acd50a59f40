"""The backbone of the story map: what people do, from left to right, and its steps."""

from datetime import datetime

from django.utils.translation import gettext as _

from backlog.mapping.models import Activity
from backlog.profile.models import StreamStep
from backlog.standing import lock, require_on
from core.errors import Invalid, WrongState
from core.log import act, record
from people.models import User
from processes.models import Process

VERB = "backlog.describe"
LONGEST, MOST = 120, 60  # letters of a name; activities and steps of a process


def add_activity(
    *,
    process: Process,
    by: User,
    at: datetime,
    name: str,
    parent: Activity | None = None,
) -> Activity:
    """A new activity at the right end, or a new step as the last of its activity.

    Raises Forbidden, Invalid.
    """
    with act():
        lock(process)
        require_on(by, VERB, process)
        name = _named(name)
        _check_parent(process, parent)
        if process.activities.count() >= MOST:
            words = {"n": MOST}
            raise Invalid({"name": [_("A map holds at most %(n)s of them.") % words]})
        place = Activity.objects.filter(process=process, parent=parent).count()
        made = Activity.objects.create(
            process=process, parent=parent, name=name, position=place
        )
        _record(process, by, at, made.pk, (None, place))
    return made


def rename_activity(
    *, activity: Activity, by: User, at: datetime, name: str
) -> Activity:
    """Call it something else. Raises Forbidden, Invalid."""
    with act():
        activity = _locked(activity)
        require_on(by, VERB, activity.process)
        activity.name = _named(name)
        activity.save(update_fields=["name"])
        _record(activity.process, by, at, activity.pk)
    return activity


def move_activity(*, activity: Activity, by: User, at: datetime, to: int) -> Activity:
    """Put it at this place among its like, 0 on the left. Raises Forbidden."""
    with act():
        activity = _locked(activity)
        require_on(by, VERB, activity.process)
        rows = list(_beside(activity))
        former = next(n for n, row in enumerate(rows) if row.pk == activity.pk)
        rows.insert(max(0, min(to, len(rows) - 1)), rows.pop(former))
        _number(rows)
        place = next(n for n, row in enumerate(rows) if row.pk == activity.pk)
        if place != former:
            _record(activity.process, by, at, activity.pk, (former, place))
    return rows[place]


def drop_activity(*, activity: Activity, by: User, at: datetime) -> None:
    """Take it off the map; its stories wait beside the map for another place.

    An activity goes only after its steps. Raises Forbidden, WrongState.
    """
    with act():
        activity = _locked(activity)
        require_on(by, VERB, activity.process)
        if activity.steps.exists():
            raise WrongState(_("Take its steps away first; they hold stories."))
        rows = [row for row in _beside(activity) if row.pk != activity.pk]
        pk = activity.pk
        _record(activity.process, by, at, pk, (activity.position, None))
        activity.delete()
        _number(rows)


def take_from_stream(*, process: Process, by: User, at: datetime) -> int:
    """Each step of the value stream that the map lacks becomes an activity; how many.

    Raises Forbidden.
    """
    with act():
        lock(process)
        require_on(by, VERB, process)
        known = {row.name.casefold() for row in process.activities.all()}
        steps = StreamStep.objects.filter(process=process).order_by("position")
        names = dict.fromkeys(step.name.strip() for step in steps)
        missing = [name for name in names if name and name.casefold() not in known]
        for name in missing[: max(0, MOST - len(known))]:
            add_activity(process=process, by=by, at=at, name=name)
    return len(missing)


def _named(name: str) -> str:
    name = name.strip()
    if not name:
        raise Invalid({"name": [_("Give it a name.")]})
    if len(name) > LONGEST:
        raise Invalid({"name": [_("At most %(n)s characters.") % {"n": LONGEST}]})
    return name


def _check_parent(process: Process, parent: Activity | None) -> None:
    if parent is None:
        return
    if parent.process_id != process.pk:
        raise Invalid({"parent": [_("It belongs to another process.")]})
    if parent.parent_id is not None:
        raise Invalid({"parent": [_("A step has no steps of its own.")]})


def _locked(activity: Activity) -> Activity:
    """The row as it stands now that the map is ours."""
    lock(activity.process)
    rows = Activity.objects.select_related("process")
    found = rows.filter(pk=activity.pk).first()
    if found is None:
        raise WrongState(_("Somebody took it off the map."))
    return found


def _beside(activity: Activity) -> "list[Activity]":
    rows = Activity.objects.filter(
        process_id=activity.process_id, parent_id=activity.parent_id
    )
    return list(rows.select_related("process").order_by("position"))


def _number(rows: list[Activity]) -> None:
    moved = [row for n, row in enumerate(rows) if row.position != n]
    for n, row in enumerate(rows):
        row.position = n
    Activity.objects.bulk_update(moved, ["position"])


def _record(
    process: Process,
    by: User,
    at: datetime,
    activity: int,
    position: tuple[int | None, int | None] | None = None,
) -> None:
    changes: dict[str, tuple[object, object]] = {
        "what": (None, "map"),
        "activity": (None, activity),
    }
    if position is not None:
        changes["position"] = position
    record("process.describe", subject=process, by=by, at=at, changes=changes)
