"""What must always be true of changes, and how late their questions are."""

from core import gauges, invariants
from itsm.changes import results
from itsm.changes.models import Change
from itsm.changes.risk import recount
from itsm.tickets.reckoning import definition_of

SHOWN = 20


def recounted() -> list[str]:
    """Each kept score is what its lines give under the rules of its version."""
    rows = Change.objects.exclude(risk="").select_related(
        "ticket__process_version", "ticket"
    )
    problems = []
    for row in rows.iterator(2000):
        rules = definition_of(row.ticket).risk
        if rules is None:
            problems.append(f"{row.ticket.number} has a risk, its version counts none.")
            continue
        again = recount(rules, row.risk_lines)
        if (again.points, again.level) != (row.risk_score, row.risk):
            problems.append(
                f"{row.ticket.number} is {row.risk} with {row.risk_score} points, its "
                f"lines give {again.level} with {again.points}."
            )
        if len(problems) == SHOWN:
            break
    return problems


def register() -> None:
    """Add them."""
    says = "The risk of every change is what its lines give"
    invariants.register("changes.risk", says, recounted)
    gauges.timer("results", lambda at: results.seconds_late(at=at))
