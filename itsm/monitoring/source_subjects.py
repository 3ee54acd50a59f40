"""How the log knows a source; its tab in the settings."""

from collections.abc import Iterable, Mapping

from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as T

from core import subjects
from itsm.monitoring.models import Source
from people import policy
from people.models import User
from people.pages import kinds

SEE = "source.see"


def visible_to(user: User) -> QuerySet[Source]:
    """All of them, for whoever works here."""
    rows = Source.objects.all()
    return rows if policy.allows(user, SEE) else rows.none()


def find(user: User, slug: str) -> Source:
    """The source, or Http404."""
    rows = visible_to(user).select_related("service", "team", "account")
    row = rows.filter(slug=slug).first()
    if row is None:
        raise Http404(_("There is no such source."))
    return row


def numbers(ids: Iterable[int]) -> Mapping[int, str]:
    """Their short names by id; one query."""
    return dict(Source.objects.filter(pk__in=set(ids)).values_list("pk", "slug"))


def register() -> None:
    """Make sources a subject, and give them a page in the settings."""
    subjects.register(
        subjects.SubjectType(
            name=Source.subject_type,
            visible_to=visible_to,
            numbers=numbers,
            url=lambda slug: f"/settings/sources/{slug}/",
        )
    )
    kinds.register_tab(kinds.Tab("sources", T("Sources"), see=SEE, order=60))
