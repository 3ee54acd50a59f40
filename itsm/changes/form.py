"""What a new change is asked besides: how much control, plan, way back, window."""

from django.utils.translation import gettext as _

from core import slots
from itsm.changes.calendar import offers
from itsm.changes.models import Change
from itsm.tickets.pages.create_form import SLOT, Asked, Extra


def asked(type_: str) -> Extra | None:
    """The fields, for changes only."""
    if type_ != "change":
        return None
    models = [
        (Change.Model.STANDARD.value, _("Standard: known and pre-authorised")),
        (Change.Model.NORMAL.value, _("Normal: somebody else looks at it first")),
        (Change.Model.EMERGENCY.value, _("Emergency: act now, review after")),
    ]
    normal = Change.Model.NORMAL.value
    return Extra(
        (
            Asked("model", _("Model"), "radio", models, value=normal),
            Asked("plan", _("Plan"), "area", help=_("What is done, in which order.")),
            Asked("test", _("Test"), "area", help=_("How you see that it worked.")),
            Asked("way_back", _("Way back"), "area", help=_("And how long it takes.")),
            Asked("window.start", _("Window starts"), "moment"),
            Asked("window.end", _("Window ends"), "moment"),
        ),
        beside=offers.of_form,
    )


def register() -> None:
    """Fill the slot of the form."""
    slots.fill(SLOT, "change", asked)
