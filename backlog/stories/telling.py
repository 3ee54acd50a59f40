"""Who hears what of stories and ideas, and in which words."""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as T

from backlog.stories.models import Idea, Remark, Story, Watch
from backlog.stories.subjects import ideas_visible_to
from backlog.telling import FIELDS, Pair, Say, Seen, nowhere, seen_by, tell
from core.models import Event
from notify import rulebook
from notify.rulebook import EVERYBODY, INBOX, MAIL, Reader, Rule, Told

# What floors above say of their own events on a story, by the kind of event.
_said: dict[str, Say] = {}


def say(kind: str, words: Say) -> None:
    """Fill in fields of a story that the floor which records this kind knows."""
    _said[kind] = words


def _new(event: Event, name: str) -> Any:
    return event.changes.get(name, (None, None))[1]


def _of_story(
    story: Story, event: Event, to: Reader, *, remarks: Mapping[int, Remark]
) -> dict[str, str]:
    remark = remarks.get(_new(event, "remark") or 0)
    return {
        "number": story.number,
        "title": story.title,
        "text": remark.body if remark and remark.story_id == story.pk else "",
        "link": f"/backlog/stories/{story.number}/",
        **(_said[event.kind](story, event, to) if event.kind in _said else {}),
    }


def _of_idea(idea: Idea, event: Event, _to: Reader) -> dict[str, str]:
    is_answer = event.kind == "idea.answer"
    return {
        "number": _("Idea %(n)s") % {"n": idea.pk},
        "title": idea.text if len(idea.text) < 100 else f"{idea.text[:99]}…",
        "text": idea.answer if is_answer else "",
        "link": f"/backlog/ideas/{idea.pk}/",
    }


def tell_stories(pairs: Sequence[Pair]) -> list[Told | None]:
    """Stories in their reader's words; five queries for any number."""
    rows = Story.objects.select_related("process")
    ids = {_new(event, "remark") for event, _to in pairs} - {None}
    remarks = Remark.objects.filter(redacted_at=None).in_bulk(ids)
    words = partial(_of_story, remarks=remarks)
    return tell(rows, words, pairs, sees_stories(_ids(pairs)))


def tell_ideas(pairs: Sequence[Pair]) -> list[Told | None]:
    """Ideas in their reader's words."""
    rows = Idea.objects.select_related("process")
    return tell(rows, _of_idea, pairs, sees_ideas(_ids(pairs)))


def _ids(pairs: Sequence[Pair]) -> Iterable[tuple[int, int]]:
    return ((to.user_id, event.subject_id) for event, to in pairs)


def sees_stories(pairs: Iterable[tuple[int, int]]) -> Seen:
    """Those who work here see all; a query for each other person."""
    return seen_by(Story.objects.visible_to, pairs)


def sees_ideas(pairs: Iterable[tuple[int, int]]) -> Seen:
    """Those who work here see all, others their own."""
    return seen_by(ideas_visible_to, pairs)


def who_watches(events: Sequence[Event]) -> Mapping[int, Iterable[int]]:
    """Watchers and whoever does it; two queries."""
    ids = {event.subject_id for event in events}
    people: dict[int, set[int]] = {pk: set() for pk in ids}
    for story, user in Watch.objects.filter(story__in=ids).values_list("story", "user"):
        people[story].add(user)
    doing = Story.objects.filter(pk__in=ids, assignee__isnull=False)
    for story, user in doing.values_list("pk", "assignee"):
        people[story].add(user)
    return {event.id: people[event.subject_id] for event in events}


def who_was_named(events: Sequence[Event]) -> Mapping[int, Iterable[int]]:
    """No query."""
    named = {event.id: _new(event, "mentioned") for event in events}
    return {pk: people for pk, people in named.items() if people}


def who_does_it(events: Sequence[Event]) -> Mapping[int, Iterable[int]]:
    """Whoever it was given to just now; no query."""
    given = {event.id: _new(event, "assignee") for event in events}
    return {pk: [person] for pk, person in given.items() if person}


def who_gave_it(events: Sequence[Event]) -> Mapping[int, Iterable[int]]:
    """Whose idea it was; one query."""
    ids = {event.subject_id for event in events}
    by = dict(Idea.objects.filter(pk__in=ids).values_list("pk", "by"))
    return {e.id: [by[e.subject_id]] for e in events if e.subject_id in by}


def who_answers(events: Sequence[Event]) -> Mapping[int, Iterable[int]]:
    """The owner of its process; one query."""
    ids = {event.subject_id for event in events}
    rows = Idea.objects.filter(pk__in=ids, process__owner__isnull=False)
    owner = dict(rows.values_list("pk", "process__owner"))
    return {e.id: [owner[e.subject_id]] for e in events if e.subject_id in owner}


def _threads(ids: Iterable[int]) -> Mapping[int, str]:
    return {pk: f"idea-{pk}" for pk in ids}


def _numbers(ids: Iterable[int]) -> Mapping[int, str]:
    return {pk: f"STO-{pk}" for pk in ids}


RULES = (
    Rule(
        name="story.named",
        kinds=("story.remark",),
        title=T("You are named on a story"),
        teaches=T("Somebody wrote @ and your name on a story."),
        audience=who_was_named,
        channels=(INBOX, MAIL),
        line=T("{who} named you"),
        body=T("{who} named you: {text}"),
        order=70,
    ),
    Rule(
        name="story.remark",
        kinds=("story.remark",),
        title=T("Somebody says something on a story"),
        teaches=T("On stories that you watch or do."),
        audience=who_watches,
        line=T("{who} wrote"),
        body=T("{who} wrote: {text}"),
        order=71,
    ),
    Rule(
        name="story.given",
        kinds=("story.edit", "story.create"),
        title=T("A story is yours to do"),
        teaches=T("Somebody put your name on a story."),
        audience=who_does_it,
        line=T("{who} gave it to you"),
        body=T("{who} put your name on it."),
        order=72,
    ),
    Rule(
        name="idea.given",
        kinds=("idea.give",),
        title=T("Somebody dropped an idea"),
        teaches=T("For the owner of its process: answer within ten working days."),
        audience=who_answers,
        line=T("{who} dropped an idea"),
        body=T(
            "{who} dropped an idea for {process}. Answer it within ten working days."
        ),
        order=73,
    ),
    Rule(
        name="idea.answered",
        kinds=("idea.answer",),
        title=T("Your idea is answered"),
        teaches=T("What became of an idea of yours."),
        audience=who_gave_it,
        channels=(INBOX, MAIL),
        group=EVERYBODY,
        line=T("{who} answered your idea"),
        body=T("{who} answered your idea. {text}"),
        order=74,
    ),
    Rule(
        name="idea.late",
        kinds=("idea.late",),
        title=T("An idea waits too long for an answer"),
        teaches=T("For the owner of its process: ten working days are over."),
        audience=who_answers,
        channels=(INBOX, MAIL),
        line=T("Ten working days without an answer"),
        body=T(
            "It has waited for ten working days. A no with a reason is an answer, too."
        ),
        order=75,
    ),
)


def register() -> None:
    """Add the rules, and how stories and ideas are told."""
    for rule in RULES:
        rulebook.rule(rule)
    for name, words, sees, threads in (
        (Story.subject_type, tell_stories, sees_stories, _numbers),
        (Idea.subject_type, tell_ideas, sees_ideas, _threads),
    ):
        rulebook.teller(
            rulebook.Teller(
                subject_type=name,
                tell=words,
                threads=threads,
                sees=sees,
                places=nowhere,
                fields=FIELDS,
            )
        )
