"""How the log knows a piece of feedback; the rail's line; the reader that asks."""

from collections.abc import Iterable, Mapping

from django.http import HttpRequest

from core import slots, subjects
from core.reader import gettext as _
from core.shell import NavItem
from itsm.feedback import queries, reader
from itsm.feedback.models import Feedback
from itsm.feedback.policy import visible_to
from itsm.sla import measures


def numbers(ids: Iterable[int]) -> Mapping[int, str]:
    """The numbers of their tickets by id; one query."""
    rows = Feedback.objects.filter(pk__in=set(ids))
    return dict(rows.values_list("pk", "ticket__number"))


def rail(request: HttpRequest) -> NavItem | None:
    """For everybody who works here."""
    user = request.user
    if not (user.is_authenticated and user.is_staff):
        return None
    return NavItem(_("Feedback"), "/feedback/", "chat", group=2)


def register() -> None:
    """Make feedback a subject, fill the rail, join the readers of the log, and stand
    beside kept promises."""
    subjects.register(
        subjects.SubjectType(
            name=Feedback.subject_type,
            visible_to=visible_to,
            numbers=numbers,
            url=lambda number: "/feedback/",
        )
    )
    slots.fill("rail", "feedback", rail, order=65)
    measures.tell_opinions(queries.opinions)
    reader.register()
