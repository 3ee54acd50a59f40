"""How the log knows an agreement; its tab in the settings, its line in the portal."""

from collections.abc import Iterable, Mapping

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as T

from core import slots, subjects
from core.reader import gettext as _
from core.shell import NavItem
from itsm.sla import queries
from itsm.sla.models import Agreement
from itsm.sla.policy import visible_to
from people.pages import kinds


def numbers(ids: Iterable[int]) -> Mapping[int, str]:
    """Their short names by id; one query."""
    rows = Agreement.objects.filter(pk__in=set(ids))
    return dict(rows.values_list("pk", "slug"))


def portal(request: HttpRequest) -> NavItem | None:
    """For whoever speaks for a customer. One query for people of one."""
    user = request.user
    if not user.is_authenticated or not queries.is_contact(user):
        return None
    return NavItem(_("Agreements"), "/portal/agreements/", "shield")


def rail(request: HttpRequest) -> NavItem | None:
    """For everybody who works here."""
    user = request.user
    if not (user.is_authenticated and user.is_staff):
        return None
    return NavItem(_("Promises"), "/promises/", "clock", group=2)


def register() -> None:
    """Make agreements a subject, and fill settings, rail and portal."""
    subjects.register(
        subjects.SubjectType(
            name=Agreement.subject_type,
            visible_to=visible_to,
            numbers=numbers,
            url=lambda number: f"/settings/agreements/{number}/",
        )
    )
    kinds.register_tab(
        kinds.Tab("agreements", T("Agreements"), see="agreement.see", order=47)
    )
    kinds.register_tab(
        kinds.Tab("promises", T("Promises asked anew"), see="agreement.see", order=48)
    )
    slots.fill("portal.nav", "agreements", portal, order=60, queries=1)
    slots.fill("rail", "promises", rail, order=64)
