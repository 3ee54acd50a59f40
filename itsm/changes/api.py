"""Changes over REST: what a change's own row holds."""

from django.urls import URLPattern

from core.api.schema import TEXT, Schema, one_of
from itsm.changes.models import Change
from itsm.tickets.api.fields import LONG, WINDOW
from itsm.tickets.api.routes import practice

TOLD: dict[str, Schema] = {
    "model": one_of(*Change.Model.values),
    "plan": TEXT,
    "test": TEXT,
    "way_back": TEXT,
    "window": WINDOW,
    "threat": TEXT,
    "result": {"type": "string", "enum": [*Change.Result.values, ""]},
}
TAKEN: dict[str, Schema] = {
    "model": one_of(*Change.Model.values),
    "plan": LONG,
    "test": LONG,
    "way_back": LONG,
    "window": WINDOW,
    "threat": {"type": "string", "maxLength": 500},
    "result": one_of(*Change.Result.values),
}


def urls() -> list[URLPattern]:
    """The addresses of changes."""
    return practice("change", told=TOLD, taken=TAKEN)
