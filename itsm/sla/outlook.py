"""What a ticket would be promised, before it is one."""

from datetime import datetime

from itsm.sla.moves import later
from itsm.sla.rules import Looked
from itsm.sla.terms import PROMISES, Question
from itsm.tickets import promising
from itsm.tickets.promising import Foreseen, Wanted
from itsm.tickets.states import DueKind


def foresee(wanted: Wanted, at: datetime) -> list[Foreseen]:
    """What the agreements of today would promise, in the order in which it is owed."""
    rules = Looked()
    question = Question(
        type=wanted.type,
        priority=wanted.priority,
        service_id=wanted.service_id,
        organisation_id=wanted.organisation_id,
        team_id=wanted.team_id,
        always_on=rules.always_on(wanted.service_id),
    )
    terms = rules.terms(question, wanted.process_version, at)
    names = {entry.id: entry.name for entry in rules.book.agreements}
    found = []
    for kind in PROMISES:
        one = terms.get(kind.value)
        due = later(rules.hours(one.calendar), at, one.target) if one else None
        if one is not None and due is not None:
            name = names.get(one.agreement or 0, "")
            found.append(Foreseen(DueKind(kind.value), due, name))
    return found


def register() -> None:
    """Answer the form that opens tickets."""
    promising.on_outlook(foresee)
