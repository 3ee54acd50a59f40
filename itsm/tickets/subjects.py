"""How the log, search, links and live updates know a ticket."""

from collections.abc import Iterable, Mapping

from core import subjects
from itsm.tickets.models import Ticket
from itsm.tickets.states import TYPES_BY_PREFIX


def numbers(ids: Iterable[int]) -> Mapping[int, str]:
    """Ticket numbers by id; one query."""
    return dict(Ticket.objects.filter(pk__in=set(ids)).values_list("pk", "number"))


def url(number: str) -> str:
    """A ticket's page."""
    return f"/{TYPES_BY_PREFIX[number.split('-')[0]].value}s/{number}/"


def register() -> None:
    """Make tickets a subject."""
    subjects.register(
        subjects.SubjectType(
            name=Ticket.subject_type,
            visible_to=Ticket.objects.visible_to,
            numbers=numbers,
            url=url,
        )
    )
