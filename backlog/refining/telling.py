"""The team hears of a round of estimates: that it opens, and that it found no word.

Nothing that anybody estimated is told: whoever wants to know looks at the table, which
says what may be seen.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from django.urls import reverse
from django.utils.translation import gettext_lazy as T

from backlog.refining.models import PokerVote
from backlog.stories import telling
from backlog.stories.models import Story
from backlog.telling import teams
from core.models import Event
from notify import rulebook
from notify.rulebook import Reader, Rule

POKER = "story.poker"


def who_is_asked(events: Sequence[Event]) -> Mapping[int, Iterable[int]]:
    """Owner and team, of a round that opens; three queries."""
    return _teams([e for e in events if e.changes["step"][1] == "open"])


def who_differs(events: Sequence[Event]) -> Mapping[int, Iterable[int]]:
    """Owner and team, where the cards are turned and not the same; four queries."""
    turned = [e for e in events if e.changes["step"][1] == "reveal"]
    rows = PokerVote.objects.filter(
        round__story__in={event.subject_id for event in turned}, points__isnull=False
    )
    said: dict[tuple[int, int], set[int | None]] = defaultdict(set)
    for story, number, points in rows.values_list(
        "round__story", "round__number", "points"
    ):
        said[story, number].add(points)
    return _teams(
        [e for e in turned if len(said[e.subject_id, e.changes["round"][1]]) != 1]
    )


def _teams(events: Sequence[Event]) -> Mapping[int, Iterable[int]]:
    if not events:
        return {}
    stories = Story.objects.filter(pk__in={event.subject_id for event in events})
    process_of = dict(stories.values_list("pk", "process"))
    people = teams({*process_of.values()})
    known = (event for event in events if event.subject_id in process_of)
    return {event.id: people[process_of[event.subject_id]] for event in known}


def _table(story: Story, _event: Event, _to: Reader) -> dict[str, str]:
    return {"link": reverse("poker", args=[story.process.slug, story.number])}


RULES = (
    Rule(
        name="poker.open",
        kinds=(POKER,),
        title=T("Your estimate is asked for"),
        teaches=T("A round of estimates opens in a process that you improve."),
        audience=who_is_asked,
        line=T("{who} asks for your estimate"),
        body=T(
            "{who} asks for your estimate. All stay hidden until the cards are turned."
        ),
        order=78,
    ),
    Rule(
        name="poker.differs",
        kinds=(POKER,),
        title=T("Estimates are turned and differ"),
        teaches=T("Of a round in a process that you improve: talk it over."),
        audience=who_differs,
        line=T("{who} turned the cards; they differ"),
        body=T("{who} turned the cards, and they differ. Talk it over, then say anew."),
        order=79,
    ),
)


def register() -> None:
    """Add the rules, and where they lead."""
    for rule in RULES:
        rulebook.rule(rule)
    telling.say(POKER, _table)
