"""A backlog that looks like one: for tests that look at its pages."""

from datetime import date, timedelta
from types import SimpleNamespace

from django.utils import timezone

from backlog.increments.actions import check_done, decide, plan_increment
from backlog.mapping.actions import add_activity
from backlog.profile.models import Member, Profile, Stakeholder
from backlog.refining.map.actions import place_story
from backlog.stories.actions import create_story
from backlog.stories.models import Story

DONE = ["Tried out by the service desk", "Notes for requesters are written"]
READY = ["Somebody outside the team asked for it", "We know how to see that it helps"]
BACKBONE = {
    "Report": ["By portal", "By phone"],
    "Diagnose": [],
    "Resolve": ["Alone", "In a swarm"],
    "Verify and close": [],
}
STORIES = [
    ("Ask for the site only once", "By portal", 0, 3, "done"),
    ("Show known outages before the form", "By portal", 0, 5, "doing"),
    ("Offer a call back instead of waiting", "By phone", 1, 8, "open"),
    (
        "Ring the caller's open tickets up while they speak",
        "By phone",
        None,
        None,
        "open",
    ),
    ("Similar tickets stand beside the new one", "Diagnose", 0, 5, "open"),
    ("Recent changes of the service stand beside it too", "Diagnose", 1, 3, "open"),
    ("One template for every password question", "Alone", 0, 2, "done"),
    ("Ask the network experts without handing over", "In a swarm", 1, 13, "open"),
    ("Say who helped in the resolution", "In a swarm", None, 3, "open"),
    (
        "Ask again after two days whether it still works",
        "Verify and close",
        1,
        5,
        "open",
    ),
    ("Ask whether it still works two days later", None, None, None, "open"),
    ("Less text in the mail that says it is solved", None, None, 1, "open"),
]


def improve(cast):
    """The incident process: a map, two increments and twelve stories."""
    process, at = cast.processes["incident"], timezone.now() - timedelta(days=2)
    by = {"by": cast.dana, "at": at}
    Member.objects.bulk_create(
        Member(process=process, user=one) for one in (cast.bob, cast.erin)
    )
    Profile.objects.update_or_create(
        process=process, defaults={"done": DONE, "ready": READY, "order": "hand"}
    )
    desk = Stakeholder.objects.create(process=process, name="Service desk")
    places = {}
    for name, steps in BACKBONE.items():
        places[name] = add_activity(process=process, name=name, **by)
        for step in steps:
            places[step] = add_activity(
                process=process, name=step, parent=places[name], **by
            )
    increments = [
        plan_increment(process=process, name=name, goal=goal, **by)
        for name, goal in (
            ("Fewer questions", "Who reports something is asked half as much."),
            ("Nobody is handed on", "Help comes to the ticket, not the other way."),
        )
    ]
    made = []
    for n, (title, step, increment, points, state) in enumerate(STORIES):
        story = create_story(
            process=process,
            title=title,
            points=points,
            stakeholder=desk if n % 2 else None,
            criteria=["It is asked once", "It works on a phone"] if n % 3 else [],
            as_a="requester",
            i_want="to say less",
            so_that="help comes sooner",
            **by,
        )
        where = {"activity": places.get(step)}
        if increment is not None:
            where["increment"] = increments[increment]
        made.append(place_story(story=story, **where, **by))
        Story.objects.filter(pk=story.pk).update(state=state)
    check_done(increment=increments[0], sentence=DONE[0], holds=True, **by)
    first = decide(
        increment=increments[0],
        how="pilot",
        to_whom="The second floor, then everybody",
        release_on=date(2026, 12, 7),
        **by,
    )
    return SimpleNamespace(
        process=process, stories=made, increments=[first, increments[1]], places=places
    )
