"""Where a story stands: its rank among all of its process. One row is written."""

from django.db.models import Q

from backlog.profile.models import Profile
from backlog.stories.actions.common import OPEN
from backlog.stories.models import Story
from backlog.stories.querysets import StoryQuerySet
from backlog.stories.rank import between


def _all(story: Story) -> StoryQuerySet:
    """Whatever their state: a rank belongs to one story of a process alone."""
    return Story.objects.filter(process_id=story.process_id).exclude(pk=story.pk)


def at_top(story: Story) -> str:
    """A rank before all others."""
    first = _all(story).order_by("rank").values_list("rank", flat=True).first()
    return between("", first or "")


def at_bottom(story: Story) -> str:
    """A rank behind all others."""
    last = _all(story).order_by("-rank").values_list("rank", flat=True).first()
    return between(last or "", "")


def before(story: Story, other: Story) -> str:
    """A rank directly before another's."""
    ranks = _all(story).filter(rank__lt=other.rank).order_by("-rank")
    return between(ranks.values_list("rank", flat=True).first() or "", other.rank)


def after(story: Story, other: Story) -> str:
    """A rank directly behind another's."""
    ranks = _all(story).filter(rank__gt=other.rank).order_by("rank")
    return between(other.rank, ranks.values_list("rank", flat=True).first() or "")


def by_wsjf(story: Story) -> str:
    """The rank its WSJF gives it: before the first whose is less, else at the end.

    What was placed by hand is passed over; what says no WSJF stands behind all.
    """
    others = _all(story).filter(state__in=OPEN, by_hand=False).order_by("rank")
    if story.wsjf is None:
        return at_bottom(story)
    is_less = Q(wsjf__lt=story.wsjf) | Q(wsjf__isnull=True)
    first = others.filter(is_less).first()
    return before(story, first) if first else _behind_equals(story, others)


def _behind_equals(story: Story, others: StoryQuerySet) -> str:
    last = others.last()
    return after(story, last) if last else at_bottom(story)


def orders_itself(story: Story, profile: Profile) -> bool:
    """Whether its WSJF says where it stands."""
    return profile.order == Profile.Order.WSJF and not story.by_hand
