"""What an increment's page shows of its stories: a slot of the floor below."""

from dataclasses import dataclass

from backlog.increments.actions import OPEN, PLAN
from backlog.increments.models import Increment
from backlog.increments.views import STORIES
from backlog.standing import allows_on
from backlog.stories.models import Story
from backlog.stories.queries import backlog_of
from core import slots
from people.models import User

OFFERED = 200  # stories that could go into it, by rank


@dataclass(frozen=True, slots=True)
class Held:
    """The stories of an increment, and those that could join them."""

    template: str
    rows: list[Story]
    offered: list[Story]
    may_change: bool

    @property
    def finished(self) -> int:
        """How many are done."""
        return sum(row.state == Story.State.DONE for row in self.rows)


def held(increment: Increment, user: User) -> Held:
    """Both lists; two queries, and what asking the policy costs."""
    is_open = increment.state in OPEN
    may = is_open and allows_on(user, PLAN, increment.process)
    rows = Story.objects.visible_to(user).filter(increment=increment)
    rows = rows.exclude(state=Story.State.DROPPED).order_by("rank")
    offered = backlog_of(increment.process, user).filter(increment=None)
    return Held(
        "backlog/map/_held.html",
        list(rows.select_related("activity", "assignee")),
        list(offered.only("pk", "title")[:OFFERED]) if may else [],
        may,
    )


def register() -> None:
    """Fill the slot."""
    slots.fill(STORIES, "stories", held, queries=2)
