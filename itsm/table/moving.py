"""A state that a program asks for, as the verb of the process that leads there.

ServiceNow's numbers are our categories of states. Where a process has several states
of one category, `u_state` names the one that is meant.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from core.errors import Invalid, WrongState
from core.reader import inside
from itsm.table import choices
from itsm.table.sent import MOVING, Sent
from itsm.table.tables import Table
from itsm.tickets.actions.common import state_name
from itsm.tickets.actions.merging import require_not_merged
from itsm.tickets.actions.planning import Scene
from itsm.tickets.api.fields import MOVES
from itsm.tickets.doors import perform
from itsm.tickets.models import Ticket
from itsm.tickets.verbs import OPTIONAL
from people.models import User
from processes.engine import Verb

MOVE_FIELDS = ("reason", "resolution", "resolution_code", "result")
NUMBERS = {option.stored[0]: option.value for option in choices.STATES}


@dataclass(frozen=True, slots=True)
class Wish:
    """Where a ticket is to stand, and what is said of it there."""

    category: str
    state: str  # by its own name; empty: any of the category
    fields: dict[str, Any]

    def is_met_by(self, ticket: Ticket) -> bool:
        """Whether it stands there already."""
        if self.state:
            return self.state == ticket.state
        return self.category == ticket.state_category


def wish_for(table: Table, given: Sent, fields: dict[str, Any]) -> Wish | None:
    """What was asked for; None where no state was. Raises Invalid."""
    asked = {name: given[name].strip() for name in MOVING if name in given}
    asked = {name: value for name, value in asked.items() if value}
    if not asked:
        return None
    state = asked.pop("u_state", "")
    found = set()
    for name, value in asked.items():
        try:
            found.add(choices.STATE.stored(value))
        except KeyError as no:
            known = ", ".join(f"{o.value} ({o.label})" for o in choices.STATES)
            sentence = _("Choose one of: %(words)s.") % {"words": known}
            raise Invalid({name: [sentence]}) from no
    if len(found) > 1:
        raise Invalid({"state": [_("This and another field say different things.")]})
    return Wish(next(iter(found), ""), state, fields)


def move(
    ticket: Ticket, wish: Wish, said: dict[str, str], *, by: User, at: datetime
) -> None:
    """Run the verb that leads there. Raises Forbidden, Invalid, WrongState.

    A comment that the verb asks for is the public one, and is not said again.
    """
    require_not_merged(ticket, by, at=at)
    scene = Scene.of(ticket, by=by, at=at)
    verb = _verb(scene, wish)
    words = dict(wish.fields)
    if "result" in words and "result" not in verb.requires:
        raise Invalid({"result": [_("This is said when its result is recorded.")]})
    takes = {*verb.requires, *OPTIONAL.get(verb.name, ("comment",))}
    if verb.name == "resolve":
        takes |= {"resolution", "resolution_code"}
    if "comment" in verb.requires and said["comments"].strip():
        words["comment"], said["comments"] = said["comments"], ""
    if strays := words.keys() - takes:
        sentence = _("“%(verb)s” does not ask for this.") % {"verb": verb.label}
        raise Invalid({name: [sentence] for name in strays})
    perform(ticket, verb.name, words, by=by, at=at)


def _verb(scene: Scene, wish: Wish) -> Verb:
    """The verb that leads there, now and for this person."""
    states, possible = scene.definition.states, scene.verbs()
    if wish.state and wish.state not in states:
        known = ", ".join(states)
        raise Invalid({"u_state": [_("Choose one of: %(words)s.") % {"words": known}]})
    leading = [
        verb
        for verb in possible
        if wish.state in {"", verb.to}
        and (wish.state or states[verb.to].category == wish.category)
    ]
    usual = [verb for name in MOVES for verb in leading if verb.name == name]
    if usual:
        return usual[0]
    if len(leading) == 1 or (leading and wish.state):
        return leading[0]
    if leading:
        words = ", ".join(dict.fromkeys(verb.to for verb in leading))
        sentence = _("Several states are meant; send u_state, one of: %(words)s.")
        raise Invalid({"state": [sentence % {"words": words}]})
    raise WrongState(_nowhere(scene, possible), allowed=[v.name for v in possible])


def _nowhere(scene: Scene, possible: Sequence[Verb]) -> str:
    """That nothing leads there, and what does lead somewhere."""
    states = scene.definition.states
    ways = dict.fromkeys(
        f"{NUMBERS[states[verb.to].category]} ({verb.to})" for verb in possible
    )
    return _("%(number)s is %(state)s; from there you can send: %(ways)s.") % {
        "number": scene.ticket.number,
        "state": inside(state_name(scene.ticket)),
        "ways": ", ".join(ways) or _("nothing"),
    }
