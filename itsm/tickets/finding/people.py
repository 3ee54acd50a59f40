"""People as search and the palette find them: each leads to what they asked for."""

from collections.abc import Sequence
from urllib.parse import urlencode

from django.db.models import Q
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from core import finders
from core.finders import Hit
from core.wording import tone
from people.models import User
from people.policy import allows


def register() -> None:
    """Let people be found by whoever works here."""
    finders.register(
        finders.Finder("people", _("People"), "user", find, order=20, for_staff=True)
    )


def find(user: User, words: str, limit: int) -> Sequence[Hit]:
    """People whose name or address holds every word, by name; one query."""
    if not allows(user, "people.see"):
        return []
    rows = User.objects.people().filter(anonymised_at=None)
    for word in words.split()[:5]:
        rows = rows.filter(Q(name__icontains=word) | Q(email__icontains=word))
    found = rows.order_by("name", "pk").values_list(
        "pk", "name", "email", "place", "organisation__name"
    )
    return [
        Hit(
            name,
            url_of(pk, email),
            " · ".join(part for part in (organisation, place, email) if part),
            tone=tone(pk),
        )
        for pk, name, email, place, organisation in found[: limit + 1]
    ]


def url_of(pk: int, email: str) -> str:
    """The person's page; while there is none, the tickets they asked for."""
    try:
        return reverse("person", args=[pk])
    except NoReverseMatch:
        query = urlencode({"q": f"requester:{email}"})
        return f"{reverse('search')}?{query}"
