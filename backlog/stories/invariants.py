"""What must always be true of stories."""

from django.db.models import Count, F, Q

from backlog.stories.models import Story
from core import invariants

SHOWN = 20
KEY = "^[0-9A-Za-z]*[1-9A-Za-z]$"  # of backlog.stories.rank
STAMPED = (
    Q(state="done", done_at=None)
    | Q(state="dropped", dropped_at=None)
    | Q(state__in=("open", "doing"), done_at__isnull=False)
)


def register() -> None:
    """Add them."""
    for name, says, check in (
        ("backlog.ranks", "Every story has a place of its own in its backlog", _ranks),
        ("backlog.states", "Stories that are done or dropped say since when", _states),
        ("backlog.boards", "Only stories of a sprint stand on a board", _boards),
    ):
        invariants.register(name, says, check)


def _ranks() -> list[str]:
    unreadable = Story.objects.exclude(rank__regex=KEY).order_by("pk")
    twice = (
        Story.objects.values(slug=F("process__slug"), key=F("rank"))
        .annotate(n=Count("pk"))
        .filter(n__gt=1)
    )
    return [
        *(
            f"{story.number} has the rank {story.rank!r}."
            for story in unreadable[:SHOWN]
        ),
        *(f"{r['n']} stories of {r['slug']} have one rank." for r in twice[:SHOWN]),
    ]


def _states() -> list[str]:
    rows = Story.objects.filter(STAMPED).order_by("pk")[:SHOWN]
    return [f"{row.number} is {row.state}, its moment says otherwise." for row in rows]


def _boards() -> list[str]:
    rows = Story.objects.filter(sprint=None).exclude(column="").order_by("pk")[:SHOWN]
    return [f"{row.number} stands in {row.column}, of no sprint." for row in rows]
