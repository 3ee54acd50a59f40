"""Which stories are not ready, and what to do about each. It advises, never blocks."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Case, Count, Exists, OuterRef, Q, QuerySet, Value, When
from django.utils.translation import gettext_lazy as T

from backlog.profile.models import Profile
from backlog.refining.alike import alike
from backlog.stories.models import Criterion, Story
from people.models import User
from processes.models import Process

PAGE = 40  # stories
LIKE = 0.5  # similarity of two titles, see `alike`
LOOKED_AT = 500  # of the rank: these are compared with all that come behind them
SAME_SHOWN = 30  # pairs


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a story lacks, or is too much of."""

    slug: str
    label: Any  # what is wrong, as few words
    advice: Any  # what to do, one sentence
    button: Any
    icon: str


FINDINGS: Mapping[str, Finding] = {
    one.slug: one
    for one in (
        Finding(
            "criteria",
            T("No acceptance criteria"),
            T("Write what has to hold when it is done."),
            T("Write criteria"),
            "tasks",
        ),
        Finding(
            "points",
            T("Not estimated"),
            T("Ask the team; nobody has to be there at the same time."),
            T("Estimate"),
            "stack",
        ),
        Finding(
            "stakeholder",
            T("No stakeholder"),
            T("Say for whom it is, so that somebody can judge it at the review."),
            T("Name one"),
            "user",
        ),
        Finding(
            "wsjf",
            T("Cost of delay unknown"),
            T("Say value, time criticality, risk reduction and size: they rank it."),
            T("Say them"),
            "chart",
        ),
        Finding(
            "large",
            T("Too large"),
            T("Split it, so that each part is done within a sprint."),
            T("Split"),
            "kink",
        ),
        Finding(
            "stale",
            T("Untouched for long"),
            T("Still wanted? Say why, or drop it."),
            T("Look at it"),
            "clock",
        ),
    )
}
MISSING = ("criteria", "points", "stakeholder", "wsjf")


@dataclass(frozen=True, slots=True)
class Line:
    """A story that is not ready, and why."""

    story: Story
    findings: Sequence[Finding]


@dataclass(frozen=True, slots=True)
class Overview:
    """How ready the backlog is."""

    total: int
    ready: int
    counts: Mapping[str, int]  # by finding


@dataclass(frozen=True, slots=True)
class Pair:
    """Two stories whose titles say nearly the same."""

    story: Story
    other: Story
    percent: int


def conditions(profile: Profile, at: datetime) -> dict[str, Q]:
    """Each finding as a condition on stories."""
    found = {
        "criteria": ~Exists(Criterion.objects.filter(story=OuterRef("pk"))),
        "points": Q(points__isnull=True),
        "stakeholder": Q(stakeholder__isnull=True),
        "large": Q(points__gt=profile.large_over),
        "stale": Q(updated_at__lt=at - timedelta(days=profile.stale_days)),
    }
    if profile.order == Profile.Order.WSJF:
        found["wsjf"] = Q(wsjf__isnull=True)
    return {slug: Q(found[slug]) for slug in FINDINGS if slug in found}


def _rows(process: Process, user: User) -> QuerySet[Story]:
    """What waits in the backlog, in rank order; a sprint's stories are past this."""
    rows = Story.objects.visible_to(user).filter(
        process=process, state=Story.State.OPEN, sprint=None
    )
    return rows.order_by("rank")


def overview(process: Process, user: User, profile: Profile, at: datetime) -> Overview:
    """The numbers; one query."""
    known = conditions(profile, at)
    rows = _rows(process, user)
    counted = rows.aggregate(
        total=Count("pk"),
        unready=Count("pk", filter=_any(known)),
        **{f"of_{slug}": Count("pk", filter=known[slug]) for slug in known},
    )
    counts = {slug: counted[f"of_{slug}"] for slug in known}
    return Overview(counted["total"], counted["total"] - counted["unready"], counts)


def lines(
    process: Process,
    user: User,
    profile: Profile,
    at: datetime,
    *,
    show: str = "",
    after: str = "",
) -> tuple[list[Line], str]:
    """A page of stories that are not ready, in rank order, and the rank to go on
    after; one query."""
    known = conditions(profile, at)
    rows = _flagged(_rows(process, user), known)
    rows = rows.filter(known[show] if show in known else _any(known))
    if after:
        rows = rows.filter(rank__gt=after)
    found = list(rows.select_related("stakeholder")[: PAGE + 1])
    onward = found[PAGE - 1].rank if len(found) > PAGE else ""
    return [_line(story, known) for story in found[:PAGE]], onward


def needy(
    process: Process, user: User, profile: Profile, at: datetime, n: int
) -> list[Line]:
    """The first `n` of the rank that are not ready; one query."""
    known = conditions(profile, at)
    rows = _flagged(_rows(process, user).filter(_any(known)), known)
    return [_line(story, known) for story in rows[:n]]


def of_story(story: Story, user: User, profile: Profile, at: datetime) -> list[Finding]:
    """What is found of one; one query."""
    known = conditions(profile, at)
    rows = _flagged(Story.objects.visible_to(user), known)
    found = rows.filter(pk=story.pk).first()
    return list(_line(found, known).findings) if found else []


def _flagged(rows: QuerySet[Any], known: Mapping[str, Q]) -> QuerySet[Any]:
    return rows.annotate(
        **{
            f"is_{slug}": Case(When(condition, then=Value(True)), default=Value(False))
            for slug, condition in known.items()
        }
    )


def _line(story: Any, known: Iterable[str]) -> Line:
    return Line(
        story, [FINDINGS[slug] for slug in known if getattr(story, f"is_{slug}")]
    )


def _any(known: Mapping[str, Q]) -> Q:
    found = Q()
    for condition in known.values():
        found |= condition
    return found


def duplicates(process: Process, user: User) -> list[Pair]:
    """Pairs that say nearly the same, the likeliest first; two queries."""
    rows = Story.objects.visible_to(user).filter(
        process=process, state__in=(Story.State.OPEN, Story.State.DOING)
    )
    titles = dict(rows.order_by("rank").values_list("pk", "title"))
    found = alike(list(titles.values()), first=LOOKED_AT, least=LIKE, most=SAME_SHOWN)
    pks = list(titles)
    seen = rows.in_bulk(
        {pks[place] for one, other, _ in found for place in (one, other)}
    )
    return [
        Pair(seen[pks[one]], seen[pks[other]], round(100 * share))
        for one, other, share in found
        if pks[one] in seen and pks[other] in seen
    ]
