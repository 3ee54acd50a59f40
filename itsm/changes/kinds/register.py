"""How the log, history and search know kinds and what is proposed of them."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext_lazy as T

from core import slots, subjects
from core.reader import gettext as _
from core.shell import NavItem
from itsm.changes.kinds import forms, queries, telling
from itsm.changes.models import Kind, Proposal
from itsm.tickets.pages.queue_views import LINKS
from people import history

FIELDS: Mapping[str, Any] = {
    "plan": T("What is done"),
    "test": T("How it is tested"),
    "way_back": T("Way back"),
    "length": T("Length of its window"),
    "answers": T("Answers about risk"),
    "standing": T("Standing"),
    "decision": T("Decision"),
}


def _slugs(ids: Iterable[int]) -> Mapping[int, str]:
    return dict(Kind.objects.filter(pk__in=ids).values_list("pk", "slug"))


def _ids(ids: Iterable[int]) -> Mapping[int, str]:
    """They have no other name than their id."""
    return {pk: str(pk) for pk in ids}


def link(type_: str) -> NavItem | None:
    """From the list of changes to their kinds."""
    if type_ != "change":
        return None
    return NavItem(_("Kinds"), "/changes/kinds/", "stack")


def register() -> None:
    """Make them subjects, and fill settings, history and the rule book."""
    subjects.register(
        subjects.SubjectType(
            name=Kind.subject_type,
            visible_to=queries.visible_to,
            numbers=_slugs,
            url=lambda slug: f"/changes/kinds/{slug}/",
        )
    )
    subjects.register(
        subjects.SubjectType(
            name=Proposal.subject_type,
            visible_to=queries.proposals,
            numbers=_ids,
            url=lambda number: f"/changes/proposals/{number}/",
        )
    )
    history.FIELDS |= {n: w for n, w in FIELDS.items() if n not in history.FIELDS}
    history.say_choices(standing=dict(Kind.Standing.choices))
    slots.fill(LINKS, "change-kinds", link, order=20)
    forms.register()
    telling.register()
