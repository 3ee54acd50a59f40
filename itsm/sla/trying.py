"""What would hold for a ticket that nobody has reported yet."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from core.errors import Invalid
from itsm.sla import book
from itsm.sla.terms import Book, Question, Terms, resolve
from itsm.sla.why import why
from people.models import Organisation, Service, Team
from processes import definition
from processes.queries import live_versions


@dataclass(frozen=True, slots=True)
class Answer:
    """The terms by kind of clock, the sentences why, and the book they stand in."""

    terms: Mapping[str, Terms]
    why: Sequence[str]
    book: Book


def what_holds(
    *,
    type: str,
    priority: int,
    at: datetime,
    service: Service | None = None,
    organisation: Organisation | None = None,
    team: Team | None = None,
) -> Answer:
    """What would be promised to such a ticket. Two queries. Raises Invalid."""
    live = live_versions().get(type)
    if live is None:
        raise Invalid({"type": [_("No process runs for this kind of ticket.")]})
    question = Question(
        type=type,
        priority=priority,
        service_id=service.pk if service else None,
        organisation_id=organisation.pk if organisation else None,
        team_id=team.pk if team else None,
        always_on=bool(service and service.always_on),
    )
    rules, known = definition.of(live), book.load()
    return Answer(
        terms=resolve(question, rules, known, at=at),
        why=why(question, rules, known, at),
        book=known,
    )
