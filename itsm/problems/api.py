"""Problems over REST: what a problem's own row holds."""

from django.urls import URLPattern

from core.api.schema import TEXT, Schema
from itsm.tickets.api.fields import LONG
from itsm.tickets.api.routes import practice

DAY: Schema = {"type": ["string", "null"], "format": "date"}
TOLD: dict[str, Schema] = {"workaround": TEXT, "causes": TEXT, "review_date": DAY}
TAKEN: dict[str, Schema] = {"workaround": LONG, "causes": LONG, "review_date": DAY}


def urls() -> list[URLPattern]:
    """The addresses of problems."""
    return practice("problem", told=TOLD, taken=TAKEN)
