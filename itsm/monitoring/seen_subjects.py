"""How the log knows rules and maintenance; the rail, and what history calls fields."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as T

from core import slots, subjects
from core.reader import gettext as _
from core.shell import NavItem
from itsm.monitoring.models import AlertRule, Maintenance, Severity, Source
from people import history
from people.models import User
from people.pages import kinds
from people.policy import allows

FIELDS: Mapping[str, Any] = {
    "source": T("Source"),
    "severities": T("Severities"),
    "matches": T("Conditions"),
    "action": T("What to do"),
    "threshold": T("From how many reports on"),
    "within": T("Within"),
    "delay": T("Waits"),
    "group_by": T("What shares an incident"),
    "labels": T("Labels"),
    "window": T("Rolling window"),
    "storm": T("A storm from"),
    "on_clear": T("Once all is cleared"),
    "reopen_within": T("Reopens within"),
    "order": T("Place"),
}


def rail(request: HttpRequest) -> NavItem | None:
    """For everybody who works here; no query."""
    user = request.user
    if not (user.is_authenticated and user.is_staff):
        return None
    return NavItem(_("Alerts"), "/alerts/", "alarm", group=1)


def _visible(model: Any) -> Callable[[User], QuerySet[Any]]:
    def visible_to(user: User) -> QuerySet[Any]:
        rows: QuerySet[Any] = model.objects.all()
        return rows if allows(user, "alert.see") else rows.none()

    return visible_to


def _ids(ids: Iterable[int]) -> Mapping[int, str]:
    """They have no other name than their id."""
    return {pk: str(pk) for pk in ids}


def register() -> None:
    """Make them subjects, and fill rail, settings and the words of history."""
    history.say_choices(
        severities=dict(Severity.choices),
        action=dict(AlertRule.Action.choices),
        group_by=dict(AlertRule.Group.choices),
        on_clear=dict(AlertRule.OnClear.choices),
    )
    for model, home in (
        (AlertRule, "/settings/alert-rules/"),
        (Maintenance, "/maintenance/"),
    ):
        subjects.register(
            subjects.SubjectType(
                name=model.subject_type,
                visible_to=_visible(model),
                numbers=_ids,
                url=lambda number, home=home: f"{home}{number}/",  # type: ignore[misc]
            )
        )
    slots.fill("rail", "alerts", rail, order=21)
    kinds.register_tab(
        kinds.Tab("alert-rules", T("Alert rules"), see="alert.see", order=61)
    )
    history.FIELDS |= FIELDS
    history.ROWS["source"] = Source
    history.WORDS["move"] = T("Moved")
