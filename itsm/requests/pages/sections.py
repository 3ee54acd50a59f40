"""The pages of one offering in settings. Other applets of this practice add theirs."""

from dataclasses import dataclass
from typing import Any

from django.http import Http404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as T

from core.errors import Forbidden
from itsm.requests.catalogue.standing import may_change
from itsm.requests.models import Offering
from people.models import User
from people.pages.settings import tabs


@dataclass(frozen=True, slots=True)
class Section:
    """One page, at /settings/offerings/<slug>/<its own slug>/."""

    slug: str  # empty: the offering itself
    label: Any
    order: int


_sections: dict[str, Section] = {}


def add(slug: str, label: Any, *, order: int) -> None:
    """Add a page to every offering."""
    _sections[slug] = Section(slug, label, order)


add("", T("What it is"), order=10)
add("questions", T("Questions"), order=20)
add("prices", T("Prices"), order=30)


def find(slug: str) -> Offering:
    """The offering of an address; one query."""
    rows = Offering.objects.select_related("service", "team", "category", "needs")
    found = rows.filter(slug=slug).first()
    if found is None:
        raise Http404(_("There is no such offering."))
    return found


def context(offering: Offering, user: User, current: str) -> dict[str, Any]:
    """What every one of these pages shows around its own."""
    base = f"/settings/offerings/{offering.slug}/"
    found = sorted(_sections.values(), key=lambda one: one.order)
    return {
        "tabs": tabs(user, "offerings"),
        "offering": offering,
        "may": may_change(offering, user),
        "sections": [
            {
                "label": one.label,
                "url": f"{base}{one.slug}/" if one.slug else base,
                "current": one.slug == current,
            }
            for one in found
        ],
    }


def require(offering: Offering, user: User) -> None:
    """Raise Forbidden where they may only look."""
    if not may_change(offering, user):
        raise Forbidden(_("Administrators and the service's owner change this."))
