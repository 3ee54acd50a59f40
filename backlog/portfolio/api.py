"""The portfolio over REST: `/api/v1/portfolio/`. For who works here."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from django.urls import URLPattern, path

from backlog.portfolio.queries import Line, Portfolio, portfolio
from backlog.profile.models import Aim
from backlog.sprints.models import Impediment, Sprint
from core.api import answers
from core.api.schema import (
    FLAG,
    INSTANT,
    OPTIONAL_INSTANT,
    OPTIONAL_TEXT,
    TEXT,
    WHOLE,
    Doc,
    Schema,
    array,
    component,
    obj,
    one_of,
)
from core.api.views import ApiView
from people.policy import require

DAY: Schema = {"type": "string", "format": "date"}
AIM = obj(
    {
        "id": WHOLE,
        "kind": one_of(*Aim.Kind.values),
        "parent": {"type": ["integer", "null"]},
        "title": TEXT,
        "target": TEXT,
        "value": TEXT,
        "measured_at": OPTIONAL_INSTANT,
    }
)
SPRINT = obj(
    {
        "id": WHOLE,
        "number": WHOLE,
        "goal": TEXT,
        "state": one_of(Sprint.State.RUNNING.value, Sprint.State.PLANNED.value),
        "team": OPTIONAL_TEXT,
        "starts_on": DAY,
        "ends_on": DAY,
        "in_step": FLAG,
    }
)
IMPEDIMENT = obj(
    {
        "id": WHOLE,
        "text": TEXT,
        "owner": OPTIONAL_TEXT,
        "by": OPTIONAL_TEXT,
        "at": INSTANT,
        "sprint": {"type": ["integer", "null"]},
        "needs_help": FLAG,
    }
)
LINE: dict[str, Schema] = {
    "process": TEXT,
    "name": TEXT,
    "purpose": TEXT,
    "goal": TEXT,
    "owner": OPTIONAL_TEXT,
    "service_manager": OPTIONAL_TEXT,
    "aims": array(AIM),
    "sprints": array(SPRINT),
    "impediments": array(IMPEDIMENT),
}
PORTFOLIO = component("Portfolio", obj({"results": array(obj(LINE))}))


def _email(user: Any) -> str | None:
    return user.email if user is not None else None


def _aim(aim: Aim) -> Mapping[str, Any]:
    same = ("kind", "title", "target", "value", "measured_at")
    told = {name: getattr(aim, name) for name in same}
    return {"id": aim.pk, "parent": aim.parent_id, **told}


def _sprint(sprint: Sprint, found: Portfolio) -> Mapping[str, Any]:
    same = ("number", "goal", "state", "starts_on", "ends_on")
    told = {name: getattr(sprint, name) for name in same}
    is_running = sprint.state == Sprint.State.RUNNING
    return {
        "id": sprint.pk,
        **told,
        "team": sprint.team.slug if sprint.team else None,
        "in_step": is_running and found.is_in_step(sprint),
    }


def _impediment(one: Impediment) -> Mapping[str, Any]:
    return {
        "id": one.pk,
        "text": one.text,
        "owner": _email(one.owner),
        "by": _email(one.by),
        "at": one.at,
        "sprint": one.sprint_id,
        "needs_help": one.needs_help,
    }


def _line(line: Line, found: Portfolio) -> Mapping[str, Any]:
    profile, process = line.profile, line.process
    return {
        "process": process.slug,
        "name": process.name,
        "purpose": process.purpose,
        "goal": profile.goal if profile else "",
        "owner": _email(process.owner),
        "service_manager": _email(profile.service_manager) if profile else None,
        "aims": [_aim(aim) for aim in line.aims],
        "sprints": [_sprint(s, found) for s in (*line.running, *line.planned)],
        "impediments": [_impediment(one) for one in line.impediments],
    }


class PortfolioView(ApiView):
    """`GET /api/v1/portfolio/`."""

    collection = "processes"
    docs = {"get": Doc("What is improved across processes", PORTFOLIO)}

    def check_allowed(self) -> None:
        """Who works here."""
        require(self.user, "process.see")

    def get(self, request: Any, **kwargs: Any) -> HttpResponse:
        """All of it: there are never many processes."""
        found = portfolio(self.user, today=self.at.date())
        return answers.answer({"results": [_line(one, found) for one in found.lines]})


def urls() -> list[URLPattern]:
    """Its address."""
    return [path("portfolio/", PortfolioView.as_view())]
