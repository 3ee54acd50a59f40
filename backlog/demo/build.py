"""Fills the backlogs of the demo's processes, as they stand on a day."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta

from backlog.demo import ideas
from backlog.demo.circle import ABOUT, MANAGER, About
from backlog.demo.stage import Stage
from backlog.demo.wish import Wish
from backlog.demo.wishes import ACTIVITIES, WISHES
from backlog.mapping.models import Activity
from backlog.profile.models import (
    Aim,
    Member,
    Profile,
    Stakeholder,
    Statement,
    StreamStep,
)
from backlog.stories.actions.common import TEXTS, wsjf_of
from backlog.stories.models import Criterion, Evidence, Story
from backlog.stories.rank import spread
from core.log import act, record
from people.changes import as_made
from people.models import User
from processes.models import Process

DOMAIN = "@demo.example"
Topics = Mapping[str, Sequence[int]]  # tickets that tell of it
BEGUN, EACH = 86, timedelta(days=3.1)  # days ago; one wish after another
PLAYED = "change"  # the one whose sprints are told
LIMITS = {"doing": 4, "verifying": 3}
PARTS = ("value", "time_criticality", "risk_reduction", "size")


def fill(*, at: datetime, topics: Topics) -> None:
    """Everything about the four processes, in one action."""
    users = User.objects.filter(email__endswith=DOMAIN)
    people = {user.email.removesuffix(DOMAIN): user for user in users}
    with act():
        for process in Process.objects.filter(slug__in=ABOUT).select_related("owner"):
            slug = process.slug
            _describe(process, ABOUT[slug], people)
            stories = _stories(process, WISHES[slug], topics, at)
            if slug == PLAYED:
                Stage(process, stories, people, at).play()
        ideas.drop(people, at=at)


def _describe(process: Process, about: About, people: Mapping[str, User]) -> None:
    profile, _made = Profile.objects.get_or_create(process=process)
    profile.goal, profile.customers = about.goal, about.customers
    profile.suppliers, profile.service_manager = about.suppliers, people[MANAGER]
    profile.ready, profile.done = list(about.ready), list(about.done)
    for column in profile.columns:
        column["limit"] = LIMITS.get(column["slug"])
    profile.save()
    Member.objects.bulk_create(
        Member(process=process, user=people[login], days_a_week=days)
        for login, days in about.members
    )
    Stakeholder.objects.bulk_create(
        Stakeholder(
            process=process,
            user=people.get(login),
            name=name,
            interest=interest,
            power=power,
            needs=needs,
            cadence=cadence,
            opinion=opinion,
            position=place,
        )
        for place, (login, name, interest, power, needs, cadence, opinion) in enumerate(
            about.people
        )
    )
    StreamStep.objects.bulk_create(
        StreamStep(
            process=process,
            position=place,
            name=name,
            process_minutes=works,
            waiting_minutes=waits,
            value=value,
            first_pass=first_pass,
        )
        for place, (name, works, waits, value, first_pass) in enumerate(about.stream)
    )
    _direct(process, about)


def _direct(process: Process, about: About) -> None:
    """What is to be kept, and what is aimed at."""
    policy = None
    for place, (kind, title, risk) in enumerate(about.policies):
        row = Statement.objects.create(
            process=process,
            kind=kind,
            title=title,
            risk=risk,
            owner=process.owner,
            policy=policy if kind == Statement.Kind.CONTROL else None,
            position=place,
        )
        policy = policy or row
    above = None
    for kind, (title, target, value) in zip(Aim.Kind, about.aims, strict=True):
        above = Aim.objects.create(
            process=process, parent=above, kind=kind, title=title, target=target,
            value=value,
        )  # fmt: skip


def _stories(
    process: Process,
    wishes: Sequence[Wish],
    topics: Topics,
    at: datetime,
) -> list[Story]:
    """One of each wish, in the order of the wishes; ranked by WSJF."""
    activities = Activity.objects.bulk_create(
        Activity(process=process, name=name, position=place)
        for place, name in enumerate(ACTIVITIES[process.slug])
    )
    stories = []
    for place, wish in enumerate(wishes):
        made_at = morning(at.date() - timedelta(days=BEGUN) + place * EACH, at)
        story = Story(
            process=process,
            title=wish.title,
            as_a=wish.as_a,
            i_want=wish.i_want,
            so_that=wish.so_that,
            points=wish.points,
            activity=activities[wish.activity],
            is_published=wish.published,
            made_by=process.owner,
            created_at=made_at,
            updated_at=made_at,
            **dict(zip(PARTS, wish.scores, strict=True)),
        )
        story.wsjf = wsjf_of(story)
        stories.append(story)
    by_worth = sorted(stories, key=lambda story: -(story.wsjf or 0))
    for story, rank in zip(by_worth, spread(len(stories)), strict=True):
        story.rank = rank
    Story.objects.bulk_create(stories)
    for story in stories:
        _record_made(story)
    _say_more(stories, wishes, topics)
    return stories


def _record_made(story: Story) -> None:
    names = ("process", *PARTS, "points", "activity", "is_published")
    record(
        "story.create",
        subject=story,
        by=story.made_by,
        at=story.created_at,
        changes=as_made({name: getattr(story, name) for name in names}, TEXTS),
    )


def _say_more(stories: Sequence[Story], wishes: Sequence[Wish], topics: Topics) -> None:
    """Criteria, and what speaks for them."""
    told = list(zip(stories, wishes, strict=True))
    Criterion.objects.bulk_create(
        Criterion(story=story, position=place, text=text)
        for story, wish in told
        for place, text in enumerate(wish.criteria, 1)
    )
    evidence = Evidence.objects.bulk_create(
        Evidence(
            story=story,
            subject_type="ticket",
            subject_id=pk,
            by=story.made_by,
            at=story.created_at + timedelta(minutes=5),
        )
        for story, wish in told
        for pk in topics.get(wish.about, ())
    )
    for row in evidence:
        changes = {"type": (None, "ticket"), "id": (None, row.subject_id)}
        record(
            "story.evidence", subject=row.story, by=row.by, at=row.at, changes=changes
        )


def morning(day: date, at: datetime) -> datetime:
    """Half past nine on that day, or on the Friday before a weekend."""
    friday = day - timedelta(days=max(0, day.weekday() - 4))
    return datetime.combine(friday, time(9, 30), tzinfo=at.tzinfo)
