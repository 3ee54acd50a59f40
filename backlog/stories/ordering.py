"""A process that turns to the order by WSJF has its backlog in that order at once."""

from backlog.profile.actions import DESCRIBE
from backlog.profile.models import Profile
from backlog.stories.actions import order_by_wsjf
from core import followers
from core.models import Event
from people.models import User
from processes.models import Process


def register() -> None:
    """Join the actions on processes."""
    followers.follow(Process.subject_type, follow)


def follow(event: Event, process: Process) -> None:
    """Called within the action that describes a process."""
    new = event.changes.get("order", (None, None))[1]
    if event.kind == DESCRIBE and new == Profile.Order.WSJF:
        by = User.objects.get(pk=event.actor_id or 0)
        order_by_wsjf(process=process, by=by, at=event.at)
