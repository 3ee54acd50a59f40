"""A synthetic backlog for load measurements: rows without events, always the same."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

from backlog.increments.models import Increment
from backlog.mapping.models import Activity
from backlog.profile.models import Profile
from backlog.sprints.models import Sprint, SprintStory
from backlog.stories.models import SCALE, Criterion, Story
from backlog.stories.rank import spread
from people.models import User
from processes.models import Process

WHO = ("agent", "requester", "process owner", "service owner", "change authority")
WHAT = (
    "see who has the ball", "hear of a delay before it hurts", "find the known error",
    "skip the second approval", "hand over without a call", "know what it will cost",
    "reuse last month's answer", "see which control serves which risk",
)  # fmt: skip
WHY = (
    "nobody asks twice", "the promise is kept", "nothing waits for a meeting",
    "newcomers can do it too", "the customer hears it from us first",
)  # fmt: skip
ACTIVITIES, INCREMENTS, CRITERIA = 10, 6, 2


def fill(
    process: Process, *, stories: int, mapped: int, people: Sequence[User], at: datetime
) -> list[Story]:
    """So many stories in an order by WSJF, the first `mapped` of them on a map."""
    rng = Random(stories)
    Profile.objects.get_or_create(process=process)
    activities, increments = _map(process, at) if mapped else ([], [])
    made = [_story(process, rng, people, at) for _ in range(stories)]
    made.sort(key=lambda story: -(story.wsjf or 0))
    for place, (story, rank) in enumerate(zip(made, spread(stories), strict=True)):
        story.rank = rank
        if place < mapped:
            story.activity = rng.choice(activities)
            story.increment = rng.choice([*increments, None])
    Story.objects.bulk_create(made, 1000)
    Criterion.objects.bulk_create(
        [
            Criterion(story=story, position=n, text=f"It holds in case {n + 1}")
            for story in made
            for n in range(rng.randint(0, CRITERIA))
        ]
    )
    return made


def run(process: Process, stories: Sequence[Story], *, at: datetime) -> Sprint:
    """A running sprint that holds these, over the columns of the board."""
    sprint = Sprint.objects.create(
        process=process,
        number=1,
        goal="Nobody waits for an approval that decides nothing",
        starts_on=at.date() - timedelta(days=4),
        ends_on=at.date() + timedelta(days=10),
        state=Sprint.State.RUNNING,
        created_at=at,
        started_at=at - timedelta(days=4),
    )
    columns = Profile.objects.get(process=process).columns
    states = {"todo": "open", "doing": "doing", "done": "done"}
    for place, story in enumerate(stories):
        column = columns[place % len(columns)]
        story.sprint, story.column, story.column_at = sprint, column["slug"], at
        story.state = Story.State(states[column["category"]])
        story.done_at = at if story.state == Story.State.DONE else None
    fields = ["sprint", "column", "column_at", "state", "done_at"]
    Story.objects.bulk_update(stories, fields)
    SprintStory.objects.bulk_create(
        SprintStory(
            sprint=sprint,
            story=story,
            in_forecast=True,
            points=story.points,
            added_at=at,
            done_at=story.done_at,
        )
        for story in stories
    )
    return sprint


def _map(process: Process, at: datetime) -> tuple[list[Activity], list[Increment]]:
    activities = Activity.objects.bulk_create(
        Activity(process=process, name=f"Step {n + 1}", position=n)
        for n in range(ACTIVITIES)
    )
    increments = Increment.objects.bulk_create(
        Increment(
            process=process,
            number=n + 1,
            name=f"Increment {n + 1}",
            position=n,
            created_at=at,
        )
        for n in range(INCREMENTS)
    )
    return activities, increments


def _story(
    process: Process, rng: Random, people: Sequence[User], at: datetime
) -> Story:
    who, what, why = rng.choice(WHO), rng.choice(WHAT), rng.choice(WHY)
    made = at - timedelta(days=rng.uniform(0, 300))
    story = Story(
        process=process,
        title=f"{what.capitalize()}, so that {why}",
        as_a=who,
        i_want=f"to {what}",
        so_that=why,
        points=rng.choice((None, *SCALE)),
        assignee=rng.choice(people) if people and rng.random() < 0.3 else None,
        created_at=made,
        updated_at=made,
    )
    if rng.random() < 0.8:
        story.value, story.time_criticality = rng.choice(SCALE), rng.choice(SCALE)
        story.risk_reduction, story.size = rng.choice(SCALE), rng.choice(SCALE)
        delay = story.value + story.time_criticality + story.risk_reduction
        story.wsjf = (Decimal(delay) / story.size).quantize(Decimal("0.01"))
    return story
