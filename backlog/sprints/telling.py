"""Who hears of sprints and of what is in their way, and in which words.

The team and the owner hear of the sprint, and stakeholders who work here. Stakeholders
who do not are asked to its review, and hear of nothing else.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as T
from django.utils.translation import ngettext

from backlog.profile.models import Member, Stakeholder
from backlog.sprints import words
from backlog.sprints.models import Impediment, Sprint
from backlog.telling import Pair, Seen, nowhere, tell
from core.models import Event
from core.reader import phrase
from notify import rulebook
from notify.rulebook import EVERYBODY, INBOX, MAIL, Reader, Rule, Told
from people.models import User
from processes.models import Process

FIELDS: Mapping[str, Any] = {
    "number": T("what it is called: Sprint 3"),
    "title": T("its goal"),
    "who": T("who did it"),
    "process": T("process"),
    "dates": T("its first and last day"),
    "forecast": T("how much it began with"),
    "reached": T("how much of it is done"),
    "text": T("what was written, if it may be read"),
    "link": T("address of its page"),
}
OF_PROCESS = ("number", "title", "who", "process", "text", "link")
RAISED = (
    *("sprint.impediment", "sprint.impediment_change"),
    *("process.impediment", "process.impediment_change"),
)
Audience = Mapping[int, Iterable[int]]


@dataclass(slots=True)
class Circle:
    """Who is around a sprint: those who work here, and who is asked to its review."""

    inside: set[int] = field(default_factory=set)
    outside: set[int] = field(default_factory=set)


def _circles(events: Sequence[Event]) -> Mapping[int, Circle]:
    """By sprint; four queries."""
    ids = {e.subject_id for e in events if e.subject_type == Sprint.subject_type}
    rows = Sprint.objects.filter(pk__in=ids)
    sprints = list(rows.values_list("pk", "process", "process__owner"))
    of_process: dict[int, Circle] = {process: Circle() for _pk, process, _o in sprints}
    for process, user in Member.objects.filter(process__in=of_process).values_list(
        "process", "user"
    ):
        of_process[process].inside.add(user)
    for _pk, process, owner in sprints:
        of_process[process].inside |= {owner} - {None}
    asked = Stakeholder.objects.filter(process__in=of_process, user__isnull=False)
    for one in asked.select_related("user"):
        if (person := one.user) is not None:
            circle = of_process[one.process_id]
            (circle.inside if person.is_staff else circle.outside).add(person.pk)
    return {pk: of_process[process] for pk, process, _owner in sprints}


def who_is_inside(events: Sequence[Event]) -> Audience:
    """The team, the owner, and stakeholders who work here."""
    found = rulebook.shared(_circles, events)
    return {e.id: found[e.subject_id].inside for e in events if e.subject_id in found}


def who_is_asked(events: Sequence[Event]) -> Audience:
    """Stakeholders who do not work here."""
    found = rulebook.shared(_circles, events)
    return {e.id: found[e.subject_id].outside for e in events if e.subject_id in found}


def _new(event: Event, name: str) -> Any:
    return event.changes.get(name, (None, None))[1]


def who_can_help(events: Sequence[Event]) -> Audience:
    """The owner of the process, where an impediment now needs help; one query."""
    ids = {e.id: _new(e, "impediment") for e in events if _new(e, "needs_help")}
    rows = Impediment.objects.filter(pk__in=ids.values(), process__owner__isnull=False)
    owner = dict(rows.values_list("pk", "process__owner"))
    return {pk: [owner[one]] for pk, one in ids.items() if one in owner}


def who_owns_it(events: Sequence[Event]) -> Audience:
    """Whoever an impediment was just given to; no query."""
    given = {event.id: _new(event, "owner") for event in events}
    return {pk: [person] for pk, person in given.items() if person}


def tell_sprints(pairs: Sequence[Pair]) -> list[Told | None]:
    """Each in its reader's words; five queries for any number."""
    kept = Q(held__removed_at=None)
    rows: Any = Sprint.objects.select_related("process").annotate(
        n=Count("held", filter=kept),
        n_done=Count("held", filter=kept & Q(held__done_at__isnull=False)),
    )
    return _tell(rows, _of_sprint, pairs, sees_sprints)


def tell_processes(pairs: Sequence[Pair]) -> list[Told | None]:
    """What is in the way of a process, in no sprint; four queries."""
    return _tell(Process.objects.all(), _of_process, pairs, sees_processes)


def _tell(rows: Any, say: Any, pairs: Sequence[Pair], sees: Any) -> list[Told | None]:
    ids = {_new(event, "impediment") for event, _to in pairs} - {None}
    raised = Impediment.objects.in_bulk(ids)
    staff = _staff(to.user_id for _event, to in pairs)
    seen = sees((to.user_id, event.subject_id) for event, to in pairs)

    def words_of(one: Any, event: Event, to: Reader) -> dict[str, str]:
        impediment = raised.get(_new(event, "impediment") or 0)
        found: dict[str, str] = say(one, event, impediment, to.user_id in staff)
        return found

    return tell(rows, words_of, pairs, seen)


def _of_sprint(
    sprint: Any, event: Event, impediment: Impediment | None, works: bool
) -> dict[str, str]:
    """Of its review alone, to who does not work here."""
    page = {"sprint.close": "review/", "sprint.start": "board/"}.get(event.kind, "")
    page = "daily/" if event.kind in RAISED else page
    text = impediment.text if impediment else ""
    if event.kind == "sprint.cancel":
        text = sprint.cancelled_why
    return {
        "number": words.name(sprint),
        "title": sprint.goal,
        "dates": words.dates(sprint),
        "forecast": _forecast(event) if works else "",
        "reached": _reached(sprint) if works else "",
        "text": text if works else "",
        "link": f"/sprints/{sprint.pk}/{page if works else 'review/'}",
    }


def _of_process(
    process: Process, event: Event, impediment: Impediment | None, works: bool
) -> dict[str, str]:
    return {
        "number": "",
        "title": phrase(process.name),
        "text": impediment.text if impediment else "",
        "link": "/backlog/portfolio/",
    }


def _forecast(event: Event) -> str:
    """As the log says it: what is edited later does not change it."""
    stories = _new(event, "forecast") or {}
    count = ngettext("%(n)s story", "%(n)s stories", len(stories))
    points = sum(n or 0 for n in stories.values())
    sizes = ngettext("%(n)s point", "%(n)s points", points)
    return f"{count % {'n': len(stories)}}, {sizes % {'n': points}}"


def _reached(sprint: Any) -> str:
    said = ngettext(
        "%(done)s of %(n)s story is done",
        "%(done)s of %(n)s stories are done",
        sprint.n,
    )
    return said % {"done": sprint.n_done, "n": sprint.n}


def sees_sprints(pairs: Iterable[tuple[int, int]]) -> Seen:
    """Who works here, and its stakeholders; two queries."""
    some = list(pairs)
    works = _staff(user for user, _one in some)
    asked = Stakeholder.objects.filter(
        user__in={user for user, _one in some},
        user__is_active=True,
        process__sprints__in={one for _user, one in some},
    )
    named = set(asked.values_list("user", "process__sprints"))
    return {pair for pair in some if pair[0] in works or pair in named}


def sees_processes(pairs: Iterable[tuple[int, int]]) -> Seen:
    """Who works here; one query."""
    some = list(pairs)
    works = _staff(user for user, _one in some)
    return {pair for pair in some if pair[0] in works}


def _staff(ids: Iterable[int]) -> set[int]:
    people = User.objects.in_bulk(set(ids))
    return {pk for pk, one in people.items() if one.is_staff and one.is_active}


def _threads(prefix: str) -> Any:
    return lambda ids: {pk: f"{prefix}-{pk}" for pk in ids}


RULES = (
    Rule(
        name="sprint.started",
        kinds=("sprint.start",),
        title=T("A sprint has begun"),
        teaches=T("Its goal and its forecast, for team, owner and stakeholders."),
        audience=who_is_inside,
        line=T("{who} started it: {forecast}"),
        subject=T("{process}, {number}: {title}"),
        body=T(
            "{who} started {number}, {dates}.\n\nGoal: {title}\nForecast: {forecast}"
        ),
        order=76,
    ),
    Rule(
        name="sprint.closed",
        kinds=("sprint.close",),
        title=T("A sprint is over"),
        teaches=T("What it reached, for team, owner and stakeholders."),
        audience=who_is_inside,
        line=T("{who} closed it: {reached}"),
        subject=T("{process}, {number}: {title}"),
        body=T("{who} closed {number}.\n\nGoal: {title}\nReached: {reached}"),
        order=77,
    ),
    Rule(
        name="sprint.cancelled",
        kinds=("sprint.cancel",),
        title=T("A sprint is cancelled"),
        teaches=T("And why, for team, owner and stakeholders."),
        audience=who_is_inside,
        channels=(INBOX, MAIL),
        line=T("{who} cancelled it"),
        subject=T("{process}, {number}: {title}"),
        body=T("{who} cancelled {number}.\nWhy: {text}\n\nIts goal was: {title}"),
        order=78,
    ),
    Rule(
        name="sprint.review",
        kinds=("sprint.close",),
        title=T("You are asked what you think of what was made"),
        teaches=T("For stakeholders of a process, when a sprint is over."),
        audience=who_is_asked,
        channels=(INBOX, MAIL),
        group=EVERYBODY,
        line=T("See what was made, and say what you think"),
        subject=T("{process}, {number}: {title}"),
        body=T(
            "See what was made for {process}, and say what you think of it."
            " Each piece is answered."
        ),
        order=79,
    ),
    Rule(
        name="impediment.help",
        kinds=RAISED,
        title=T("An impediment needs help"),
        teaches=T("For the owner of the process: the team cannot remove it alone."),
        audience=who_can_help,
        channels=(INBOX, MAIL),
        line=T("{who} asks for help"),
        subject=T("{process}: an impediment needs help"),
        body=T("{who} asks for help: {text}"),
        order=80,
    ),
    Rule(
        name="impediment.given",
        kinds=RAISED,
        title=T("An impediment is yours"),
        teaches=T("Somebody made you the owner of what is in the way."),
        audience=who_owns_it,
        line=T("{who} made it yours"),
        subject=T("{process}: an impediment is yours"),
        body=T("{who} made you the owner of what is in the way: {text}"),
        order=81,
    ),
)


def register() -> None:
    """Add the rules, and how sprints, and processes with them, are told."""
    for rule in RULES:
        rulebook.rule(rule)
    of_process = {name: FIELDS[name] for name in OF_PROCESS}
    for name, tells, sees, fields in (
        (Sprint.subject_type, tell_sprints, sees_sprints, FIELDS),
        (Process.subject_type, tell_processes, sees_processes, of_process),
    ):
        rulebook.teller(
            rulebook.Teller(
                subject_type=name,
                tell=tells,
                threads=_threads(name),
                sees=sees,
                places=nowhere,
                fields=fields,
            )
        )
