"""What a change's page shows besides: kind, model, risk, window, plan, result."""

from dataclasses import dataclass

from django.utils import timezone

from core import slots
from core.reader import phrase
from itsm.changes.models import Change
from itsm.changes.paths import asks
from itsm.changes.telling_risk import Told, of_change
from itsm.tickets.details import of
from itsm.tickets.models import Ticket
from itsm.tickets.reckoning import definition_of
from people.models import User

Pairs = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Plan:
    """The panel: template and what it shows. `asks`: its window has passed."""

    template: str
    change: Change
    risk: Told | None
    answers: Pairs
    asks: bool


def plan(ticket: Ticket, user: User) -> Plan | None:
    """A change's own row; no query beyond the one the verbs need."""
    detail = of("change")
    if ticket.type != "change" or detail is None:
        return None
    row: Change = detail.load(ticket)
    definition = definition_of(ticket)
    passed = row.window_end is not None and row.window_end <= timezone.now()
    return Plan(
        "itsm/changes/plan.html",
        row,
        of_change(definition.risk, row),
        _answers(ticket, row),
        passed and asks(definition, ticket.state),
    )


def _answers(ticket: Ticket, row: Change) -> Pairs:
    """Question and answer in words; an empty answer is none."""
    rules = definition_of(ticket).risk
    given = row.answers or {}
    found: Pairs = []
    for slug, question in rules.questions.items() if rules else ():
        answer = question.answers.get(given.get(slug, ""))
        found.append((phrase(question.label), phrase(answer.label) if answer else ""))
    return found


def register() -> None:
    """Fill the page's side."""
    slots.fill("ticket.side", "change", plan, order=10)
