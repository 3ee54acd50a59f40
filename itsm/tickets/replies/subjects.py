"""How the log knows ready answers, and who may see what happened to them."""

from collections.abc import Iterable, Mapping

from django.utils.translation import gettext_lazy as T

from core import subjects
from itsm.tickets.replies.actions import visible_to
from itsm.tickets.replies.models import ReplyTemplate
from people.pages import kinds


def _numbers(ids: Iterable[int]) -> Mapping[int, str]:
    rows = ReplyTemplate.objects.filter(pk__in=set(ids))
    return dict(rows.values_list("pk", "slug"))


def register() -> None:
    """Make them known to core."""
    subjects.register(
        subjects.SubjectType(
            name=ReplyTemplate.subject_type,
            visible_to=visible_to,
            numbers=_numbers,
            url=lambda slug: f"/settings/templates/{slug}/",
        )
    )
    kinds.register_tab(kinds.Tab("templates", T("Reply templates"), order=55))
