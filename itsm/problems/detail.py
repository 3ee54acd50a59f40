"""A problem's part in the workflow: workaround, causes, accepted risk."""

from itsm.problems.models import Problem
from itsm.tickets import details
from itsm.tickets.cleaning import day, text


def register() -> None:
    """Tell the shared ticket about problems."""
    details.register(
        details.Detail(
            type="problem",
            model=Problem,
            always=True,
            fields=("workaround", "causes", "review_date"),
            texts=frozenset({"workaround", "causes"}),
            readers={"workaround": text, "causes": text, "review_date": day},
        )
    )
