"""Settings in the rail."""

from django.http import HttpRequest
from django.utils.translation import gettext as _

from core import slots
from core.shell import NavItem


def rail(request: HttpRequest) -> NavItem | None:
    """For everybody who works here; administrators change, the others read."""
    user = request.user
    if not user.is_authenticated or not user.is_staff:
        return None
    return NavItem(_("Settings"), "/settings/", "gear", group=3)


def register() -> None:
    """Fill the rail."""
    slots.fill("rail", "settings", rail, order=90)
