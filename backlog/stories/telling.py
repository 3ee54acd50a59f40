"""Who hears what of stories and ideas, and in which words.

Texts are read when a message is sent: what was taken out meanwhile does not leave, and
who may not see the story (any more) is told nothing.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as T

from backlog.stories.models import Idea, Remark, Story, Watch
from backlog.stories.subjects import ideas_visible_to
from core import reader
from core.models import Event
from core.reader import phrase
from notify import quiet, rulebook
from notify.rulebook import EVERYBODY, INBOX, MAIL, Reader, Rule, Told
from people.models import User

FIELDS: Mapping[str, Any] = {
    "number": T("number"),
    "title": T("title"),
    "who": T("who did it"),
    "text": T("what was written, if it may be read"),
    "process": T("process"),
    "link": T("address of its page"),
}
Pair = tuple[Event, Reader]
Say = Callable[[Any, Event, Mapping[int, Remark]], dict[str, str]]


def _tell(rows: Any, say: Say, pairs: Sequence[Pair], sees: Any) -> list[Told | None]:
    """Each in its reader's words; five queries for any number."""
    known = rows.in_bulk({event.subject_id for event, _to in pairs})
    seen = sees((to.user_id, event.subject_id) for event, to in pairs)
    ids = {_new(event, "remark") for event, _to in pairs} - {None}
    remarks = Remark.objects.filter(redacted_at=None).in_bulk(ids)
    actors = User.objects.in_bulk({e.actor_id for e, _to in pairs if e.actor_id})
    found: list[Told | None] = []
    for event, to in pairs:
        one = known.get(event.subject_id)
        if one is None or (to.user_id, event.subject_id) not in seen:
            found.append(None)
            continue
        zone = timezone.override(quiet.zone_of(to.time_zone))
        with zone, reader.speaking(to.language):
            actor = actors.get(event.actor_id or 0)
            fields = {
                "who": actor.name if actor else "Beeline",
                "process": phrase(one.process.name),
                **say(one, event, remarks),
            }
            url = fields["link"]
            fields["link"] = f"{settings.BASE_URL}{url}"
            found.append(Told(fields, url, fields["text"]))
    return found


def _new(event: Event, name: str) -> Any:
    return event.changes.get(name, (None, None))[1]


def _of_story(story: Story, event: Event, remarks: Mapping[int, Remark]) -> Any:
    said = remarks.get(_new(event, "remark") or 0)
    return {
        "number": story.number,
        "title": story.title,
        "text": said.body if said and said.story_id == story.pk else "",
        "link": f"/backlog/stories/{story.number}/",
    }


def _of_idea(idea: Idea, event: Event, remarks: Mapping[int, Remark]) -> Any:
    is_answer = event.kind == "idea.answer"
    return {
        "number": _("Idea %(n)s") % {"n": idea.pk},
        "title": idea.text if len(idea.text) < 100 else f"{idea.text[:99]}…",
        "text": idea.answer if is_answer else "",
        "link": f"/backlog/ideas/{idea.pk}/",
    }


def tell_stories(pairs: Sequence[Pair]) -> list[Told | None]:
    """Stories in their reader's words."""
    rows = Story.objects.select_related("process")
    return _tell(rows, _of_story, pairs, sees_stories)


def tell_ideas(pairs: Sequence[Pair]) -> list[Told | None]:
    """Ideas in their reader's words."""
    return _tell(Idea.objects.select_related("process"), _of_idea, pairs, sees_ideas)


def _sees(visible: Callable[[User], Any], pairs: Iterable[tuple[int, int]]) -> Any:
    by_person: dict[int, set[int]] = {}
    for user, pk in pairs:
        by_person.setdefault(user, set()).add(pk)
    people = User.objects.in_bulk(by_person)
    staff = {
        pk for pk, person in people.items() if person.is_staff and person.is_active
    }
    found = {(user, pk) for user in staff for pk in by_person[user]}
    for user, person in people.items():
        if user not in staff:
            rows = visible(person).filter(pk__in=by_person[user])
            found |= {(user, pk) for pk in rows.values_list("pk", flat=True)}
    return found


def sees_stories(pairs: Iterable[tuple[int, int]]) -> set[tuple[int, int]]:
    """Those who work here see all; a query for each other person."""
    found: set[tuple[int, int]] = _sees(Story.objects.visible_to, pairs)
    return found


def sees_ideas(pairs: Iterable[tuple[int, int]]) -> set[tuple[int, int]]:
    """Those who work here see all, others their own."""
    found: set[tuple[int, int]] = _sees(ideas_visible_to, pairs)
    return found


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


def _nowhere(ids: Iterable[int]) -> Mapping[int, Mapping[str, int | None]]:
    """No room of a chat hears of it."""
    return {}


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
    for name, tell, sees, threads in (
        (Story.subject_type, tell_stories, sees_stories, _numbers),
        (Idea.subject_type, tell_ideas, sees_ideas, _threads),
    ):
        rulebook.teller(
            rulebook.Teller(
                subject_type=name,
                tell=tell,
                threads=threads,
                sees=sees,
                places=_nowhere,
                fields=FIELDS,
            )
        )
