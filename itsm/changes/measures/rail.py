"""Where the measures of changes are found."""

from django.http import HttpRequest

from core import slots
from core.reader import gettext as _
from core.shell import NavItem
from people.policy import allows


def rail(request: HttpRequest) -> NavItem | None:
    """A line for those who may read them."""
    user = request.user
    if not (user.is_authenticated and allows(user, "change.measures")):
        return None
    return NavItem(_("Measures"), "/changes/measures/", "flag", group=1)


def register() -> None:
    """Fill the rail."""
    slots.fill("rail", "change-measures", rail, order=63)
