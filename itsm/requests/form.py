"""What a new request is asked besides: which offering of the catalogue it is."""

from typing import Any

from django.utils.translation import gettext as _

from core import slots
from itsm.requests.models import Offering
from itsm.tickets.pages.create_form import SLOT, Asked, Extra


def asked(type_: str) -> Extra | None:
    """The catalogue, for requests only; one query."""
    if type_ != "request":
        return None
    rows = Offering.objects.filter(is_active=True).order_by("name")
    options = list(rows.values_list("slug", "name"))
    blank = _("Not from the catalogue")
    says = _("It brings its service, team, approval and steps.")
    field = Asked("offering", _("Offering"), "select", options, says, blank)
    return Extra((field,), _complete)


def _complete(given: dict[str, Any]) -> dict[str, Any]:
    """An offering names the title, service and team that were left empty."""
    offering: Offering | None = given.get("offering")
    if offering is None:
        return given
    own = {"service": offering.service, "team": offering.team}
    given = {**{k: v for k, v in own.items() if v is not None}, **given}
    if not given.get("title", "").strip():
        given["title"] = offering.name
    return given


def register() -> None:
    """Fill the slot of the form."""
    slots.fill(SLOT, "request", asked, queries=1)
