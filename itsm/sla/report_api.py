"""`GET /api/v1/promises/`: the numbers of the page, for programs."""

from typing import Any

from django.http import HttpResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _

from core.api import answers
from core.api.problems import Malformed
from core.api.schema import (
    FLAG,
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
from itsm.sla import asked as asking
from itsm.sla import report_rows as told
from itsm.sla.api_fields import DAY, PRIORITY
from itsm.sla.models import ClockKind
from itsm.sla.reporting import report
from itsm.tickets.states import TicketType
from people import policy

NUMBER = {"type": ["number", "null"]}
LINE = component(
    "PromiseFigures",
    obj(
        {
            "key": OPTIONAL_TEXT,
            "name": TEXT,
            **dict.fromkeys(("due", "kept", "missed"), WHOLE),
            "share": NUMBER,
            **dict.fromkeys(("withdrawn", "open"), WHOLE),
            **dict.fromkeys(("working_seconds", "wall_clock_seconds"), NUMBER),
            "waited_share": NUMBER,
            **dict.fromkeys(("tickets", "reopened", "bounced"), WHOLE),
            **dict.fromkeys(("satisfaction", "effort"), NUMBER),
            "watermelon": FLAG,
        }
    ),
)
ANSWER = component(
    "PromiseReport",
    obj(
        {
            "kind": one_of(*ClockKind.values),
            "from": DAY,
            "to": DAY,
            "says": TEXT,
            "total": LINE,
            **{name: array(LINE) for name in told.TITLES},
        }
    ),
)


class PromisesView(ApiView):
    """How promises were kept, as far as the person sees the tickets."""

    collection = "promises"
    docs = {
        "get": Doc(
            "How promises were kept, by service, team, priority and week",
            ANSWER,
            query=(
                Param("kind", one_of(*ClockKind.values), "resolution where not sent"),
                Param("from", DAY, "the first day, twelve weeks back where not sent"),
                Param("to", DAY, "the last day, today where not sent"),
                Param("type", one_of(*TicketType.values)),
                Param("priority", PRIORITY),
                Param("service"),
                Param("team"),
                Param("organisation"),
            ),
        )
    }

    def check_allowed(self) -> None:
        """For those who work here."""
        policy.require(self.user, "promise.report")

    def get(self, request: Any, **kwargs: Any) -> HttpResponse:
        """The numbers. Raises Malformed for what nobody understands."""
        asked = asking.read(self.plain.GET.dict(), timezone.localdate(self.at))
        if asked.errors:
            raise Malformed(_("The list cannot be narrowed so."), dict(asked.errors))
        found = report(self.user, asked.wish)
        rows = told.rows(found, asked)
        return answers.answer(
            {
                "kind": asked.wish.kind,
                "from": asked.wish.first,
                "to": asked.wish.last,
                "says": told.sentence(found, rows),
                "total": told.told(told.total(found, asked)),
                **{n: [told.told(row) for row in rows[n]] for n in told.TITLES},
            }
        )


def urls() -> list[URLPattern]:
    """The address of the report."""
    return [path("promises/", PromisesView.as_view())]
