"""A story moves in the one rank of its process; one row is written."""

from datetime import datetime

from django.db.models import F, Value
from django.db.models.functions import Concat
from django.utils.translation import gettext as _

from backlog.profile.models import Profile
from backlog.standing import lock, require_on
from backlog.stories.actions import placing
from backlog.stories.actions.common import OPEN, locked, require_open
from backlog.stories.models import Story
from core.errors import Invalid, WrongState
from core.log import act, record
from people.models import User
from processes.models import Process

TOP, BOTTOM, PLACE = "top", "bottom", "place"


def move_story(
    *,
    story: Story,
    by: User,
    at: datetime,
    to: str | None = None,
    before: Story | None = None,
    after: Story | None = None,
) -> Story:
    """Move it to the top, the bottom, its place by WSJF, before or after another.

    In an order by WSJF a move by hand makes it an exception, until it goes back to its
    place. Raises Forbidden, WrongState, Invalid.
    """
    with act():
        profile = lock(story.process)
        story = locked(story)
        require_on(by, "story.rank", story.process)
        require_open(story)
        other = _fresh(story, before or after)
        rank = _rank(story, to, other if before else None, other if after else None)
        is_wsjf = profile.order == Profile.Order.WSJF
        by_hand = to != PLACE and (is_wsjf or story.by_hand)
        if _stands_there(story, rank):
            rank = story.rank
        if (rank, by_hand) == (story.rank, story.by_hand):
            return story
        changes = {"rank": (story.rank, rank), "by_hand": (story.by_hand, by_hand)}
        story.rank, story.by_hand, story.updated_at = rank, by_hand, at
        story.save(update_fields=["rank", "by_hand", "updated_at"])
        told = {name: pair for name, pair in changes.items() if pair[0] != pair[1]}
        record("story.move", subject=story, by=by, at=at, changes=told)
    return story


def _fresh(story: Story, other: Story | None) -> Story | None:
    """The other as it stands now that the order is ours; of the same process."""
    if other is None:
        return None
    if other.pk == story.pk:
        raise Invalid({"before": [_("That is the story itself.")]})
    found = Story.objects.filter(pk=other.pk, process_id=story.process_id).first()
    if found is None:
        raise Invalid({"before": [_("It belongs to another process.")]})
    return found


def _rank(
    story: Story, to: str | None, before: Story | None, after: Story | None
) -> str:
    if sum(where is not None for where in (to, before, after)) != 1:
        raise Invalid({"to": [_("Say one place: to, before or after.")]})
    if before is not None:
        return placing.before(story, before)
    if after is not None:
        return placing.after(story, after)
    if to == TOP:
        return placing.at_top(story)
    if to == BOTTOM:
        return placing.at_bottom(story)
    if to == PLACE:
        return placing.by_wsjf(story)
    raise Invalid({"to": [_("Choose one of: top, bottom, place.")]})


def _stands_there(story: Story, rank: str) -> bool:
    """Whether nothing of its process stands between its rank and the new one."""
    low, high = sorted((story.rank, rank))
    between = Story.objects.filter(process_id=story.process_id)
    return not between.filter(rank__gt=low, rank__lt=high).exclude(pk=story.pk).exists()


def drop_story(*, story: Story, by: User, at: datetime, why: str = "") -> Story:
    """It will not be done; it keeps its place and can come back. A sprint it is in
    follows its event and lets it go.

    Raises Forbidden, WrongState (it is done), Invalid.
    """
    with act():
        story = locked(story)
        require_on(by, "story.write", story.process)
        if story.state == Story.State.DROPPED:
            return story
        if story.state not in OPEN:
            words = {"number": story.number}
            raise WrongState(_("%(number)s is done; it stays.") % words)
        if len(why.strip()) > 250:
            raise Invalid({"why": [_("At most %(n)s characters.") % {"n": 250}]})
        former = story.state
        story.state, story.dropped_at, story.updated_at = Story.State.DROPPED, at, at
        story.dropped_why = why.strip()
        story.save()
        changes = {"state": (former, story.state)}
        record("story.drop", subject=story, by=by, at=at, changes=changes)
    return story


def restore_story(*, story: Story, by: User, at: datetime) -> Story:
    """Bring a dropped one back, to the place its WSJF gives it or where it stood."""
    with act():
        profile = lock(story.process)
        story = locked(story)
        require_on(by, "story.write", story.process)
        if story.state != Story.State.DROPPED:
            return story
        story.state, story.dropped_at, story.dropped_why = Story.State.OPEN, None, ""
        story.updated_at = at
        if placing.orders_itself(story, profile):
            story.rank = placing.by_wsjf(story)
        story.save()
        changes = {"state": (Story.State.DROPPED.value, story.state)}
        record("story.restore", subject=story, by=by, at=at, changes=changes)
    return story


def order_by_wsjf(*, process: Process, by: User, at: datetime) -> int:
    """Put every open story that was not placed by hand at the place its WSJF gives.

    They share out the ranks they have among them; how many moved. For the moment in
    which a process turns to this order: nobody has worked on them, none is fresher.
    """
    with act():
        lock(process)
        require_on(by, "story.rank", process)
        held = Story.objects.filter(process=process, state__in=OPEN, by_hand=False)
        rows = list(held.select_for_update(no_key=True).order_by("rank"))
        ranks = [story.rank for story in rows]
        none_last = F("wsjf").desc(nulls_last=True)
        wanted = dict(zip(held.order_by(none_last, "rank"), ranks, strict=True))
        moved = [(story, rank) for story, rank in wanted.items() if story.rank != rank]
        held.filter(pk__in=[story.pk for story, _rank in moved]).update(
            rank=Concat(Value("~"), F("rank"))  # out of each other's way
        )
        for story, rank in moved:
            told = {"rank": (story.rank, rank)}
            record("story.move", subject=story, by=by, at=at, changes=told)
            story.rank = rank
        Story.objects.bulk_update([story for story, _rank in moved], ["rank"])
    return len(moved)
