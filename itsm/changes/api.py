"""Changes over REST: what a change's own row holds, and opening one of a kind."""

from typing import Any

from django.urls import URLPattern

from core.api.schema import INSTANT, OPTIONAL_TEXT, TEXT, WHOLE, Schema, array, one_of
from itsm.changes.actions import open_change
from itsm.changes.models import Change
from itsm.tickets.api.fields import BY_NAME, LONG, WINDOW
from itsm.tickets.api.routes import practice
from itsm.tickets.api.views import OpeningView, as_arguments
from itsm.tickets.models import Ticket

MOMENT: Schema = {**INSTANT, "type": ["string", "null"]}
ANSWERS: Schema = {
    "type": "object",
    "additionalProperties": {"type": "string"},
    "description": "By question of the process version: the slug of the answer",
}
LINE: Schema = {
    "type": "object",
    "description": "What was looked at, what was found, and the points it adds",
    "properties": {
        "factor": TEXT,
        "found": TEXT,
        "points": WHOLE,
        "about": {"type": "object"},
    },
    "required": ["factor", "found", "points"],
}
TOLD: dict[str, Schema] = {
    "kind": OPTIONAL_TEXT,
    "model": one_of(*Change.Model.values),
    "plan": TEXT,
    "test": TEXT,
    "way_back": TEXT,
    "window": WINDOW,
    "answers": ANSWERS,
    "threat": TEXT,
    "risk": {"type": "string", "enum": [*Change.Risk.values, ""]},
    "risk_score": {"type": ["integer", "null"]},
    "risk_lines": array(LINE),
    "started_at": MOMENT,
    "ended_at": MOMENT,
    "result": {"type": "string", "enum": [*Change.Result.values, ""]},
}
TAKEN: dict[str, Schema] = {
    "kind": BY_NAME,
    "plan": LONG,
    "test": LONG,
    "way_back": LONG,
    "window": WINDOW,
    "answers": ANSWERS,
    "threat": {"type": "string", "maxLength": 500},
    "result": one_of(*Change.Result.values),
}


class ChangesView(OpeningView):
    """Changes: of a kind, what that knows is filled in."""

    def open(self, given: dict[str, Any]) -> Ticket:
        """One domain call."""
        kind = given.get("kind")
        told = as_arguments(given, self.type)
        return open_change(by=self.user, at=self.at, kind=kind, **told)


def urls() -> list[URLPattern]:
    """The addresses of changes."""
    return practice(
        "change", told=TOLD, taken=TAKEN, view=ChangesView, required=("title",)
    )
