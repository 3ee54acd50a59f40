"""What pages read of the backbone; each says how many queries it costs."""

from dataclasses import dataclass, field

from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext as _

from backlog.mapping.models import Activity
from backlog.profile.models import Stakeholder
from core import prepared
from people.models import User
from processes.models import Process


@dataclass(frozen=True, slots=True)
class Branch:
    """An activity with its steps, from left to right."""

    activity: Activity
    steps: list[Activity] = field(default_factory=list)


def visible_to(user: User) -> QuerySet[Activity]:
    """Staff see every map, others that of a process they have a stake in."""
    rows = Activity.objects.select_related("process", "parent")
    if not user.is_authenticated or not user.is_active:
        return rows.none()
    if user.is_staff:
        return rows
    stakes = Stakeholder.objects.filter(user=user).values("process")
    return rows.filter(process__in=stakes)


def backbone(process: Process) -> list[Branch]:
    """All activities with their steps; one query."""

    def build(process: int) -> QuerySet[Activity]:
        return Activity.objects.filter(process=process).order_by("position")

    rows = prepared.instances("backbone of a map", build, process=process.pk)
    branches = {row.pk: Branch(row) for row in rows if row.parent_id is None}
    for row in rows:
        if row.parent_id is not None:
            branches[row.parent_id].steps.append(row)
    return list(branches.values())


def get_activity(process: Process, pk: int) -> Activity:
    """One of this process's, or Http404; one query."""
    found = (
        Activity.objects.filter(process=process, pk=min(pk, 2**63 - 1))
        .select_related("process")
        .first()
    )
    if found is None:
        raise Http404(_("There is no such activity."))
    return found
