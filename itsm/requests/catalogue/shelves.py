"""The shelves of the catalogue: administrators keep them."""

from datetime import datetime
from typing import Any

from django.db.models import Count, QuerySet
from django.utils.translation import gettext as _

from core.errors import Invalid
from core.icons import names as icons
from core.log import act, record
from itsm.requests.catalogue.standing import require_service
from itsm.requests.models import OfferingCategory
from people.changes import Given, as_made, new_slug, put, require_known, require_name
from people.models import User

TEXTS = frozenset({"name"})
FIELDS = frozenset({"name", "icon", "position", "is_active"})


def rows(q: str) -> QuerySet[Any]:
    """Shelves with how many things stand on each; one query."""
    found = OfferingCategory.objects.filter(name__icontains=q)
    return found.annotate(offered=Count("offerings"))


def create_shelf(*, by: User, at: datetime, name: str, **more: Any) -> OfferingCategory:
    """One more shelf. Raises Forbidden, Invalid."""
    given = {"name": name, **more}
    with act():
        require_service(by, None)
        _check(given)
        shelf = OfferingCategory(slug=new_slug(OfferingCategory, name), **given)
        shelf.save()
        changes = as_made({"slug": shelf.slug, **given}, TEXTS)
        record("offering_category.create", subject=shelf, by=by, at=at, changes=changes)
    return shelf


def change_shelf(
    *, shelf: OfferingCategory, by: User, at: datetime, **given: Any
) -> OfferingCategory:
    """Another name, icon or place."""
    with act():
        require_service(by, None)
        shelf = OfferingCategory.objects.select_for_update().get(pk=shelf.pk)
        _check(given)
        changes = put(shelf, given, texts=TEXTS, by=by, at=at)
        if changes:
            kind = "offering_category.change"
            record(kind, subject=shelf, by=by, at=at, changes=changes)
    return shelf


def _check(given: Given) -> None:
    require_known(given, FIELDS)
    require_name(given)
    if given.get("icon") and given["icon"] not in icons():
        raise Invalid({"icon": [_("There is no such icon.")]})
