"""The portfolio's entry into core's registries."""

from django.http import HttpRequest

from core import slots
from core.reader import gettext as _
from core.shell import NavItem


def link(request: HttpRequest) -> NavItem:
    """Beside the list of processes, whose readers may all see it."""
    return NavItem(_("Portfolio"), "/backlog/portfolio/", "chart")


def register() -> None:
    """Lead there from the list of processes."""
    slots.fill("process.links", "portfolio", link)
