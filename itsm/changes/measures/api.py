"""`GET /api/v1/changes/measures/`: the numbers of the page, for programs."""

from typing import Any

from django.http import HttpResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _

from core.api import answers
from core.api.problems import Malformed
from core.api.schema import (
    OPTIONAL_TEXT,
    TEXT,
    WHOLE,
    Doc,
    Param,
    array,
    component,
    obj,
    one_of,
)
from core.api.views import ApiView
from itsm.changes.measures import asked as asking
from itsm.changes.measures import drawing, told
from itsm.changes.measures.queries import measures
from itsm.changes.models import Change
from people import policy

NUMBER = {"type": ["number", "null"]}
DAY = {"type": "string", "format": "date"}
LINE = component(
    "ChangeFigures",
    obj(
        {
            "key": OPTIONAL_TEXT,
            "name": TEXT,
            "deployments": WHOLE,
            "deployments_per_week": NUMBER,
            "lead_time_seconds": NUMBER,
            "lead_times": WHOLE,
            "failures": WHOLE,
            "failure_rate": NUMBER,
            "restore_seconds": NUMBER,
            "restored": WHOLE,
            "emergencies": WHOLE,
            "emergency_share": NUMBER,
            "approval_waits": WHOLE,
            "approval_wait_seconds": NUMBER,
            "approval_wait_share": NUMBER,
        }
    ),
)
STATE = component(
    "ChangeStateFigures",
    obj(
        {
            "state": TEXT,
            "name": TEXT,
            "changes": WHOLE,
            "seconds": NUMBER,
            "share": NUMBER,
            "share_by_model": {"type": "object", "additionalProperties": NUMBER},
        }
    ),
)
ANSWER = component(
    "ChangeMeasures",
    obj(
        {
            "from": DAY,
            "to": DAY,
            "says": {"type": "object", "additionalProperties": TEXT},
            "total": LINE,
            **{name: array(LINE) for name in told.TITLES},
            "states": array(STATE),
        }
    ),
)


class MeasuresView(ApiView):
    """How changes flow, as far as the person sees them."""

    collection = "changes"
    docs = {
        "get": Doc(
            "DORA's four measures, the wait for approval, and emergencies",
            ANSWER,
            query=(
                Param("from", DAY, "the first day, twelve weeks back where not sent"),
                Param("to", DAY, "the last day, today where not sent"),
                Param("service"),
                Param("team"),
                Param("model", one_of(*Change.Model.values)),
            ),
        )
    }

    def check_allowed(self) -> None:
        """For those who work here."""
        policy.require(self.user, "change.measures")

    def get(self, request: Any, **kwargs: Any) -> HttpResponse:
        """The numbers. Raises Malformed for what nobody understands."""
        asked = asking.read(self.plain.GET.dict(), timezone.localdate(self.at))
        if asked.errors:
            raise Malformed(_("The list cannot be narrowed so."), dict(asked.errors))
        found = measures(self.user, asked.wish)
        rows, total = told.rows(found, asked), told.total(found, asked)
        models = rows["model"]
        figures = drawing.figures(total, rows) if found.total.deployments else []
        states = told.states(found, asked, models)
        return answers.answer(
            {
                "from": asked.wish.first,
                "to": asked.wish.last,
                "says": {figure.name: figure.says for figure in figures},
                "total": told.told(total),
                **{n: [told.told(row) for row in rows[n]] for n in told.TITLES},
                "states": [told.told_state(row, models) for row in states],
            }
        )


def urls() -> list[URLPattern]:
    """The address of the measures."""
    return [path("changes/measures/", MeasuresView.as_view())]
