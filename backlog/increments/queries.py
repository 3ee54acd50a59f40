"""What pages and programs read of increments; each says how many queries it costs."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.http import Http404
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as T

from backlog.increments.models import Increment
from backlog.profile.models import Stakeholder
from backlog.standing import profile_of
from core import prepared
from core.models import Event
from people.models import User
from processes.models import Process

SHOWN = 30  # events
TOLD = (Increment.State.DECIDED, Increment.State.RELEASED)  # to those affected


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of the definition of done, and who saw that it holds."""

    text: str
    by: User | None = None
    at: datetime | None = None

    @property
    def holds(self) -> bool:
        """Whether somebody checked it."""
        return self.at is not None


def visible_to(user: User) -> QuerySet[Increment]:
    """Staff see all; others, of what they have a stake in, what is to be released."""
    rows = Increment.objects.select_related("process__owner", "decided_by")
    if not user.is_authenticated or not user.is_active:
        return rows.none()
    if user.is_staff:
        return rows
    stakes = Stakeholder.objects.filter(user=user).values("process")
    return rows.filter(process__in=stakes, state__in=TOLD)


def get_increment(user: User, pk: int) -> Increment:
    """One they may see, or Http404; one query."""
    found = visible_to(user).filter(pk=min(pk, 2**63 - 1)).first()
    if found is None:
        raise Http404(_("There is no such increment for you."))
    return found


def listed(process: Process, user: User) -> QuerySet[Any]:
    """All of a process, open ones first as the map has them, each with `held` and
    `finished`; one query."""
    alive = ~Q(stories__state="dropped")
    return (
        visible_to(user)
        .filter(process=process)
        .exclude(state=Increment.State.DROPPED)
        .annotate(
            held=Count("stories", filter=alive),
            finished=Count("stories", filter=Q(stories__state="done")),
        )
        .order_by("position", "number")
    )


def open_of(process: Process) -> list[Increment]:
    """Those that are still being filled, from top to bottom; one query."""

    def build(process: int) -> QuerySet[Increment]:
        filled = (Increment.State.PLANNED, Increment.State.DECIDED)
        rows = Increment.objects.filter(process=process, state__in=filled)
        return rows.order_by("position", "number")

    return prepared.instances("open increments", build, process=process.pk)


def done_of(increment: Increment) -> list[Sentence]:
    """The definition of done as it stands, and what was checked of it.

    A released one shows what was checked then. Two queries.
    """
    checked: Mapping[str, Any] = increment.checked
    texts = (
        list(checked) if increment.released_at else profile_of(increment.process).done
    )
    people = User.objects.in_bulk([by for by, _at in checked.values()])
    return [_sentence(text, checked.get(text), people) for text in texts]


def _sentence(text: str, given: Any, people: Mapping[int, User]) -> Sentence:
    if given is None:
        return Sentence(text)
    by, at = given
    return Sentence(text, people.get(by), parse_datetime(at))


def names(ids: Iterable[int]) -> Mapping[int, str]:
    """An increment is called by its id, in addresses and in the log."""
    return {pk: str(pk) for pk in ids}


@dataclass(frozen=True, slots=True)
class Happened:
    """One event of its log in words."""

    what: str
    who: str
    at: datetime


SAID: Mapping[str, Any] = {
    "increment.plan": T("Planned"),
    "increment.edit": T("Changed"),
    "increment.check": T("Checked against the definition of done"),
    "increment.decide": T("Release decided"),
    "increment.release": T("Released"),
    "increment.drop": T("Dropped"),
}


def happened(increment: Increment) -> list[Happened]:
    """Its newest events, the newest first; two queries."""
    events = list(
        Event.objects.filter(
            subject_type=Increment.subject_type, subject_id=increment.pk
        ).order_by("-id")[:SHOWN]
    )
    people = User.objects.in_bulk({e.actor_id for e in events if e.actor_id})
    somebody = _("Somebody")
    return [
        Happened(
            str(SAID.get(event.kind, event.kind)),
            people[event.actor_id].name if event.actor_id in people else somebody,
            event.at,
        )
        for event in events
    ]
