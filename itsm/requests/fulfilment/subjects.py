"""How the log and the rule book know tasks: what is told of one, and to whom."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as T

from core import reader, subjects
from core.models import Event
from core.wording import clock_words
from itsm.requests.fulfilment import kinds
from itsm.requests.models import Task
from itsm.tickets.telling.facts import sees as sees_ticket
from notify import quiet, rulebook
from notify.rulebook import INBOX, MAIL, Reader, Rule, Teller, Told
from people.models import Membership, User

Pair = tuple[Event, Reader]
WORDS: Mapping[str, Any] = {
    kinds.BEGIN: T("It is your team's turn"),
    kinds.LATE: T("It is late"),
    kinds.FAIL: T("A step without hands failed and waits for somebody"),
    kinds.LATE_ANSWER: T("An answer came too late: look whether it was done twice"),
}
FIELDS: Mapping[str, Any] = {
    "number": T("number of the ticket"),
    "title": T("what is to do"),
    "what": T("what happened, in a sentence"),
    "order": T("title of the ticket"),
    "team": T("team"),
    "due": T("when it is due"),
    "link": T("address of its page"),
}


def url(pk: str) -> str:
    """A task's page."""
    return f"/tasks/{pk}/"


def numbers(ids: Iterable[int]) -> Mapping[int, str]:
    """Tasks are named by their id."""
    rows = Task.objects.filter(pk__in=set(ids))
    return {pk: str(pk) for pk in rows.values_list("pk", flat=True)}


def sees(pairs: Iterable[tuple[int, int]]) -> set[tuple[int, int]]:
    """As `Task.objects.visible_to`, for many; four queries."""
    asked = set(pairs)
    tasks = Task.objects.in_bulk({task for _user, task in asked})
    people = User.objects.in_bulk({user for user, _task in asked})
    teams = _teams(people)
    seen = sees_ticket({(u, tasks[t].ticket_id) for u, t in asked if t in tasks})

    def may(user: int, pk: int) -> bool:
        task, person = tasks.get(pk), people.get(user)
        if task is None or person is None:
            return False
        if not (person.is_active and person.is_staff):
            return False
        theirs = task.assignee_id == user or (user, task.team_id) in teams
        return theirs or (user, task.ticket_id) in seen

    return {(user, pk) for user, pk in asked if may(user, pk)}


def _teams(people: Iterable[int]) -> set[tuple[int, int]]:
    rows = Membership.objects.filter(user_id__in=people)
    return set(rows.values_list("user_id", "team_id"))


def _who_does_it(events: Sequence[Event]) -> Mapping[int, set[int]]:
    """Its assignee, else its team; without one the ticket's owner, or its team."""
    tasks = Task.objects.select_related("ticket").in_bulk(
        {event.subject_id for event in events}
    )
    teams = {t.team_id for t in tasks.values()} | {
        t.ticket.team_id for t in tasks.values()
    }
    members: dict[int | None, set[int]] = {}
    rows = Membership.objects.filter(team_id__in=teams - {None}, user__is_active=True)
    rows = rows.filter(user__is_machine=False)
    for team, user in rows.values_list("team_id", "user_id"):
        members.setdefault(team, set()).add(user)

    def of(task: Task | None) -> set[int]:
        if task is None:
            return set()
        if task.assignee_id:
            return {task.assignee_id}
        if task.team_id:
            return members.get(task.team_id, set())
        if task.ticket.owner_id:
            return {task.ticket.owner_id}
        return members.get(task.ticket.team_id, set())

    return {event.id: of(tasks.get(event.subject_id)) for event in events}


def _rule(kind: str, title: Any, teaches: Any, order: int, **more: Any) -> Rule:
    return Rule(
        name=kind,
        kinds=(kind,),
        title=title,
        teaches=teaches,
        audience=_who_does_it,
        line=T("{what}: {title}"),
        subject=T("{number} {title}"),
        body=T("{what}: {title}\n\nIt is part of {number}: {order}.\n\nDue: {due}"),
        order=order,
        **more,
    )


RULES = (
    _rule(
        kinds.BEGIN,
        T("A step is your team's turn"),
        T("What came before it is done; its clock runs."),
        37,
    ),
    _rule(
        kinds.LATE,
        T("A step of your team is late"),
        T("Told once, when its time is over."),
        25,
        channels=(INBOX, MAIL),
        is_urgent=True,
    ),
    _rule(
        kinds.FAIL,
        T("A step without hands failed"),
        T("Try it again, or do it by hand."),
        26,
        channels=(INBOX, MAIL),
        is_urgent=True,
    ),
    _rule(
        kinds.LATE_ANSWER,
        T("An answer to a step came too late"),
        T("Somebody may have done it by hand meanwhile."),
        27,
    ),
)


def tell(pairs: Sequence[Pair]) -> list[Told | None]:
    """Each event in its reader's words. Six queries for any number."""
    ids = {event.subject_id for event, _to in pairs}
    tasks = Task.objects.select_related("ticket", "team").in_bulk(ids)
    seen = sees((to.user_id, event.subject_id) for event, to in pairs)
    return [
        _told(event, to, tasks[event.subject_id])
        if (to.user_id, event.subject_id) in seen and event.kind in WORDS
        else None
        for event, to in pairs
    ]


def _told(event: Event, to: Reader, task: Task) -> Told:
    zone = quiet.zone_of(to.time_zone)
    with timezone.override(zone), reader.speaking(to.language):
        fields = {
            "number": task.ticket.number,
            "title": task.title,
            "what": str(WORDS[event.kind]),
            "order": "" if task.ticket.restricted else task.ticket.title,
            "team": task.team.name if task.team else "",
            "due": clock_words(task.due_at) if task.due_at else "",
            "link": f"{settings.BASE_URL}{url(str(task.pk))}",
        }
        return Told(fields, url(str(task.pk)))


def _threads(ids: Iterable[int]) -> Mapping[int, str]:
    rows = Task.objects.filter(pk__in=set(ids))
    return dict(rows.values_list("pk", "ticket__number"))


def _places(ids: Iterable[int]) -> Mapping[int, Mapping[str, int | None]]:
    rows = Task.objects.filter(pk__in=set(ids), ticket__restricted=False)
    return {
        pk: {"team": team, "service": service}
        for pk, team, service in rows.values_list("pk", "team_id", "ticket__service_id")
    }


def _example() -> Told:
    fields = {
        "number": "REQ-1042",
        "title": _("Make the account"),
        "what": str(WORDS[kinds.LATE]),
        "order": _("Somebody joins"),
        "team": "Identity",
        "due": clock_words(timezone.now().replace(minute=0, second=0, microsecond=0)),
        "link": f"{settings.BASE_URL}/tasks/1042/",
    }
    return Told(fields, "/tasks/1042/")


def register() -> None:
    """Make tasks a subject, and tell of them."""
    visible: Callable[[Any], Any] = Task.objects.visible_to
    subjects.register(
        subjects.SubjectType(
            name=Task.subject_type, visible_to=visible, numbers=numbers, url=url
        )
    )
    for entry in RULES:
        rulebook.rule(entry)
    rulebook.teller(
        Teller(Task.subject_type, tell, _threads, sees, _places, FIELDS, _example)
    )
