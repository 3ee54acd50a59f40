"""By when somebody has what they order: working time from the order."""

from datetime import datetime

from itsm.requests.models import Offering
from itsm.sla.moves import later
from itsm.sla.rules import Looked
from itsm.sla.terms import Question, default_calendar
from people.models import User

ORDINARY = 4  # the priority of an order whose process says nothing else


def by_when(offering: Offering, person: User, *, at: datetime) -> datetime | None:
    """The instant at which the offering's promise is used up; two queries at most."""
    rules = Looked()
    question = Question(
        type="request",
        priority=ORDINARY,
        service_id=offering.service_id,
        organisation_id=person.organisation_id,
        team_id=offering.team_id,
        always_on=rules.always_on(offering.service_id),
    )
    calendar = default_calendar(question, rules.book)
    return later(rules.hours(calendar), at, offering.promise)
