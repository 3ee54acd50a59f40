"""REST for pipelines: `POST /changes/gate/`, and how it went."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from django.urls import URLPattern, path

from core.api import answers
from core.api.schema import (
    FLAG,
    INSTANT,
    OPTIONAL_INSTANT,
    TEXT,
    Doc,
    Schema,
    array,
    component,
    obj,
    one_of,
    ref,
)
from core.api.views import ApiView
from core.log import Subject
from itsm.changes.gate import actions, reading, reporting
from itsm.changes.gate.models import LONGEST_VERSION
from itsm.changes.models import Change
from itsm.tickets.api.fields import LONG, WINDOW
from itsm.tickets.api.views import TicketView
from people.policy import require

SAID = {"type": "string", "maxLength": reading.LONGEST_TEXT}
LINK = {"type": "string", "maxLength": reading.LONGEST_LINK}
EVIDENCE = component(
    "Evidence",
    obj(
        {
            "kind": {
                "type": "string",
                "minLength": 1,
                "maxLength": reading.LONGEST_KIND,
            },
            "url": LINK,
            "text": SAID,
            "passed": {**FLAG, "description": "true where not sent"},
            "by": {"type": "string", "description": "Whose, by e-mail"},
        },
        ("kind",),
    ),
)
QUESTION = component(
    "GateQuestion",
    obj(
        {
            "service": TEXT,
            "version": {
                "type": "string",
                "minLength": 1,
                "maxLength": LONGEST_VERSION,
            },
            "committed_at": INSTANT,
            "kind": {"type": ["string", "null"], "description": "A kind of change"},
            "evidence": {**array(EVIDENCE), "maxItems": reading.MOST_EVIDENCE},
            "window": WINDOW,
            "answers": {"type": "object", "additionalProperties": TEXT},
            "title": {"type": "string", "maxLength": 250},
            "plan": LONG,
            "test": LONG,
            "way_back": LONG,
            "requester": {"type": ["string", "null"], "description": "An e-mail"},
        },
        reading.NEEDED,
    ),
)
ANSWER = component(
    "GateAnswer",
    obj(
        {
            "answer": one_of(actions.GO, actions.WAIT, actions.NO),
            "until": OPTIONAL_INSTANT,
            "why": array(TEXT),
            "change": TEXT,
            "model": one_of(*Change.Model.values),
            "risk": one_of(*Change.Risk.values, empty=True),
        }
    ),
)
REPORT = component(
    "ChangeReport",
    obj({"at": OPTIONAL_INSTANT, "url": LINK, "text": SAID}, ()),
)
SAYS = {
    "deployed": "It is deployed",
    "failed": "It could not be deployed",
    "rolled_back": "It was taken back",
}


class GateView(ApiView):
    """May this version be deployed now?"""

    collection = "changes"
    asked: Subject | None = None
    docs = {
        "post": Doc(
            "May this version be deployed now? go, wait or no, and why",
            ANSWER,
            body=QUESTION,
            is_keyed=True,
            needs_body=True,
        )
    }

    def check_allowed(self) -> None:
        """For those who work here, and their programs."""
        require(self.user, "change.gate")

    def post(self, request: Any, **kwargs: Any) -> HttpResponse:
        """Ask; where the answer is go, the change is begun."""
        return self.once(self._ask)

    def _ask(self) -> HttpResponse:
        asked = reading.asked(self.fields(), by=self.user, at=self.at)
        found = actions.ask(asked=asked, by=self.user, at=self.at)
        self.asked = found.ticket
        return answers.answer(tell(found))

    def copied(self) -> Subject | None:
        """A reason for a no is somebody's text."""
        return self.asked


def tell(found: actions.Answer) -> Mapping[str, Any]:
    """The answer as programs read it."""
    return {
        "answer": found.answer,
        "until": found.until,
        "why": found.why,
        "change": found.ticket.number,
        "model": found.row.model,
        "risk": found.row.risk or None,
    }


class ReportView(TicketView):
    """How it went."""

    type = "change"
    collection = "changes"
    outcome = ""

    def check_allowed(self) -> None:
        """Who works here and may move it."""
        reporting.require_may(self.user, self.subject)

    def post(self, request: Any, **kwargs: Any) -> HttpResponse:
        """Keep it; the same again changes nothing."""
        return self.once(self._report, again=lambda pk: self.told(self.subject))

    def _report(self) -> HttpResponse:
        told = reading.told(self.fields(), at=self.at)
        self.subject = reporting.report(
            ticket=self.subject,
            outcome=self.outcome,
            told=told,
            by=self.user,
            at=self.at,
        )
        return self.told(self.subject)


def urls() -> list[URLPattern]:
    """The gate, and three words of how it went."""
    shape: Schema = ref("Change")
    return [
        path("changes/gate/", GateView.as_view()),
        *(
            path(
                f"changes/<ticket:number>/{outcome}/",
                ReportView.as_view(
                    outcome=outcome,
                    docs={
                        "post": Doc(
                            says, shape, body=REPORT, has_etag=True, is_keyed=True
                        )
                    },
                ),
            )
            for outcome, says in SAYS.items()
        ),
    ]
