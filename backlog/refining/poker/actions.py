"""A round is opened, voted in, revealed, and ends with a final word or a next round.

No event and no answer holds what somebody said before the round is revealed.
"""

from datetime import datetime

from django.utils.translation import gettext as _

from backlog.refining.models import PokerRound, PokerVote
from backlog.standing import require_on
from backlog.stories.models import SCALE, Story
from core.errors import Invalid, WrongState
from core.log import act, record
from people.models import User

VERB = "poker.vote"
LONGEST = 500  # letters of a reason
OPEN = (Story.State.OPEN, Story.State.DOING)


def open_round(*, story: Story, by: User, at: datetime) -> PokerRound:
    """Ask the team for estimates. Raises Forbidden, WrongState."""
    with act():
        story = _locked(story)
        require_on(by, VERB, story.process)
        if story.state not in OPEN:
            raise WrongState(_("Only open stories are estimated."))
        if _open_of(story) is not None:
            said = _("Estimates are being given already.")
            raise WrongState(said, allowed=["vote", "reveal"])
        return _begin(story, by, at)


def vote(
    *, story: Story, by: User, at: datetime, points: int | None, why: str = ""
) -> PokerVote:
    """Say what one thinks (None: "I cannot tell"), as often as one likes until it is
    revealed. Raises Forbidden, Invalid, WrongState."""
    with act():
        story = _locked(story)
        require_on(by, VERB, story.process)
        found = _round(story, is_revealed=False)
        _check_points(points)
        why = why.strip()
        if len(why) > LONGEST:
            raise Invalid({"why": [_("At most %(n)s characters.") % {"n": LONGEST}]})
        row, _is_new = PokerVote.objects.update_or_create(
            round=found, user=by, defaults={"points": points, "why": why, "at": at}
        )
        _record(story, found, "vote", by, at)
    return row


def reveal(*, story: Story, by: User, at: datetime) -> PokerRound:
    """Show what everybody said. Raises Forbidden, WrongState."""
    with act():
        story = _locked(story)
        require_on(by, VERB, story.process)
        found = _round(story, is_revealed=False)
        if not found.votes.exists():
            raise WrongState(_("Nobody has said anything yet."), allowed=["vote"])
        found.revealed_at = at
        found.save(update_fields=["revealed_at"])
        _record(story, found, "reveal", by, at)
    return found


def next_round(*, story: Story, by: User, at: datetime) -> PokerRound:
    """After talking it over everybody says anew. Raises Forbidden, WrongState."""
    with act():
        story = _locked(story)
        require_on(by, VERB, story.process)
        found = _round(story, is_revealed=True)
        found.closed_at = at
        found.save(update_fields=["closed_at"])
        return _begin(story, by, at)


def settle(*, story: Story, by: User, at: datetime, points: int) -> Story:
    """The team's word: it becomes the story's estimate. Raises Forbidden, Invalid,
    WrongState."""
    with act():
        story = _locked(story)
        require_on(by, VERB, story.process)
        found = _round(story, is_revealed=True)
        if points is None:
            raise Invalid({"points": [_("Choose what it is estimated at.")]})
        _check_points(points)
        found.final, found.closed_at = points, at
        found.save(update_fields=["final", "closed_at"])
        former, story.points, story.updated_at = story.points, points, at
        story.save(update_fields=["points", "updated_at"])
        changes = {"points": (former, points), "round": (None, found.number)}
        record("story.estimate", subject=story, by=by, at=at, changes=changes)
    return story


def _locked(story: Story) -> Story:
    rows = Story.objects.select_related("process", "sprint")
    return rows.select_for_update(of=("self",), no_key=True).get(pk=story.pk)


def _open_of(story: Story) -> PokerRound | None:
    return PokerRound.objects.filter(story=story, closed_at=None).first()


def _round(story: Story, *, is_revealed: bool) -> PokerRound:
    """The open round, before or after it was revealed; WrongState otherwise."""
    found = _open_of(story)
    if found is None:
        said = _("No estimates are being given; open a round first.")
        raise WrongState(said, allowed=["open"])
    if is_revealed and found.revealed_at is None:
        said = _("The estimates are still hidden; reveal them first.")
        raise WrongState(said, allowed=["vote", "reveal"])
    if not is_revealed and found.revealed_at is not None:
        said = _("This round is revealed; begin a next one to say something else.")
        raise WrongState(said, allowed=["next", "final"])
    return found


def _begin(story: Story, by: User, at: datetime) -> PokerRound:
    number = PokerRound.objects.filter(story=story).count() + 1
    made = PokerRound.objects.create(
        story=story, number=number, opened_by=by, opened_at=at
    )
    _record(story, made, "open", by, at)
    return made


def _check_points(points: int | None) -> None:
    if points is not None and points not in SCALE:
        scale = ", ".join(map(str, SCALE))
        raise Invalid({"points": [_("One of %(scale)s.") % {"scale": scale}]})


def _record(story: Story, found: PokerRound, step: str, by: User, at: datetime) -> None:
    changes = {"step": (None, step), "round": (None, found.number)}
    record("story.poker", subject=story, by=by, at=at, changes=changes)
