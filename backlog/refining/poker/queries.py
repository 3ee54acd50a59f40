"""What somebody may know of a round: before it is revealed, only who has voted."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median_high

from django.db.models import Q

from backlog.profile.models import Member, Profile
from backlog.refining.models import PokerRound, PokerVote
from backlog.refining.sizes import scale_of, word_of
from backlog.standing import profile_of
from backlog.stories.models import Story
from people.models import User
from processes.models import Process


@dataclass(frozen=True, slots=True)
class Said:
    """One estimate, by now for everybody to see."""

    user: User
    points: int | None
    word: str
    why: str


@dataclass(frozen=True, slots=True)
class Heap:
    """Those who said the same."""

    word: str
    points: int | None
    votes: Sequence[Said]


@dataclass(frozen=True, slots=True)
class Table:
    """The table around a story: its newest round, as far as it is open to see."""

    number: int
    state: str  # none, voting, revealed, closed
    voted: Sequence[User]
    missing: Sequence[User]
    mine: PokerVote | None
    heaps: Sequence[Heap] = ()
    lowest: int | None = None
    highest: int | None = None
    suggested: int | None = None
    final: int | None = None
    closed_at: datetime | None = None

    @property
    def agrees(self) -> bool:
        """Whether all who could tell said the same."""
        return self.lowest is not None and self.lowest == self.highest


@dataclass(frozen=True, slots=True)
class Earlier:
    """A round that is over: what was said in it."""

    number: int
    words: str
    at: datetime | None


def team_of(process: Process) -> list[User]:
    """Who estimates: the owner and the team; one query."""
    members = Member.objects.filter(process=process).values("user")
    rows = User.objects.filter(Q(pk__in=members) | Q(pk=process.owner_id))
    return list(rows.filter(is_active=True).order_by("name"))


def table_of(story: Story, user: User, profile: Profile | None = None) -> Table:
    """The newest round of a story for this person; four queries."""
    profile = profile or profile_of(story.process)
    team = team_of(story.process)
    found = PokerRound.objects.filter(story=story).order_by("-number").first()
    if found is None:
        return Table(0, "none", (), team, None)
    votes = list(found.votes.select_related("user").order_by("user__name"))
    voted = [one.user for one in votes]
    missing = [one for one in team if one not in voted]
    mine = next((one for one in votes if one.user_id == user.pk), None)
    if found.revealed_at is None:
        return Table(found.number, "voting", voted, missing, mine)
    said = [one.points for one in votes if one.points is not None]
    return Table(
        found.number,
        "revealed" if found.closed_at is None else "closed",
        voted,
        missing,
        mine,
        heaps=_heaps(votes, profile),
        lowest=min(said, default=None),
        highest=max(said, default=None),
        suggested=median_high(said) if said else None,
        final=found.final,
        closed_at=found.closed_at,
    )


def _heaps(votes: Sequence[PokerVote], profile: Profile) -> list[Heap]:
    """What was said, the smallest first; those who could not tell at the end."""
    found: dict[int | None, list[Said]] = defaultdict(list)
    for one in votes:
        word = word_of(one.points, profile) or "?"
        found[one.points].append(Said(one.user, one.points, word, one.why))
    order = sorted(found, key=lambda points: (points is None, points))
    return [Heap(found[points][0].word, points, found[points]) for points in order]


def earlier(story: Story, profile: Profile) -> list[Earlier]:
    """Rounds that are over, the newest first; two queries."""
    rows = PokerRound.objects.filter(story=story, closed_at__isnull=False)
    rounds = rows.order_by("-number").prefetch_related("votes")
    return [
        Earlier(
            one.number,
            " · ".join(
                word_of(vote.points, profile) or "?"
                for vote in sorted(one.votes.all(), key=lambda v: v.points or 99)
            ),
            one.closed_at,
        )
        for one in rounds
    ]


def waiting_for(process: Process, user: User) -> list[Story]:
    """Stories of which this person has not said yet what they think; one query."""
    open_rounds = PokerRound.objects.filter(
        story__process=process, closed_at=None, revealed_at=None
    ).exclude(votes__user=user)
    rows = Story.objects.visible_to(user).filter(rounds__in=open_rounds)
    return list(rows.order_by("rank").only("pk", "title", "rank")[:20])


__all__ = ["Table", "earlier", "scale_of", "table_of", "team_of", "waiting_for"]
