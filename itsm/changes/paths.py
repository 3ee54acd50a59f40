"""Where a change stands on its path, whatever its process calls the places; its model.

Pure but for the row that is given.
"""

from itsm.changes.models import Change, Kind
from itsm.tickets.states import OPEN, StateCategory
from processes.definition import Definition

SHORT_CUT = "emergency"  # the verb that leads past the decision
RESULT = "result"


def runs(definition: Definition, state: str) -> bool:
    """Whether it is being done: its result can be recorded from here."""
    return any(
        RESULT in rule.requires and state in rule.from_ for rule in definition.rules
    )


def asks(definition: Definition, state: str) -> bool:
    """Whether it was decided on and may run or runs: somebody will know how it went."""
    if definition.states[state].category not in OPEN:
        return False
    return runs(definition, state) or any(
        state in rule.from_ and rule.verb != SHORT_CUT and runs(definition, rule.to)
        for rule in definition.rules
    )


def is_decided(definition: Definition, state: str) -> bool:
    """Whether somebody is asked, or was: from here on its model stays what it is."""
    known = definition.states.get(state)
    if known is None or known.category not in {StateCategory.NEW, StateCategory.ACTIVE}:
        return True
    return runs(definition, state)


def picked(row: Change) -> str:
    """The model: by its own verb an emergency, by its kind's standing standard."""
    if row.model == Change.Model.EMERGENCY:
        return row.model
    is_standard = row.kind is not None and row.kind.standing == Kind.Standing.STANDARD
    return Change.Model.STANDARD if is_standard else Change.Model.NORMAL
