"""The value stream over REST: read, drawn, proposed from the log, taken over."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from backlog.profile import proposing, queries, stream
from backlog.profile.api_fields import number
from backlog.profile.models import StreamStep
from backlog.standing import require_on
from core.api import answers
from core.api.schema import (
    FLAG,
    INSTANT,
    OPTIONAL_INSTANT,
    TEXT,
    WHOLE,
    Doc,
    Schema,
    array,
    component,
    obj,
    one_of,
)
from core.errors import Invalid
from people import api_fields as fields
from processes.api import ProcessPartView

MINUTES: Schema = {"type": "number", "minimum": 0}
PER_CENT: Schema = {"type": ["number", "null"], "minimum": 0, "maximum": 100}
STEP: dict[str, Schema] = {
    "name": {"type": "string", "minLength": 1, "maxLength": 120},
    "process_minutes": MINUTES,
    "waiting_minutes": MINUTES,
    "value": one_of(*StreamStep.Value.values),
    "first_pass": PER_CENT,
}
TOTAL: dict[str, Schema] = {
    "process_minutes": MINUTES,
    "waiting_minutes": MINUTES,
    "lead_minutes": MINUTES,
    "efficiency": {
        "type": ["number", "null"],
        "description": "Process time for lead time, 0 to 1",
    },
    "first_pass": PER_CENT,
}
STREAM = component(
    "ValueStream",
    obj(
        {**TOTAL, "steps": array(obj({**STEP, "measured_at": OPTIONAL_INSTANT}))},
    ),
)
PROPOSAL = component(
    "ProposedStream",
    obj(
        {
            **TOTAL,
            "measured": WHOLE,
            "since": INSTANT,
            "as_of": INSTANT,
            "steps": array(
                obj({**STEP, "state": TEXT, "passed": WHOLE, "is_usual": FLAG})
            ),
        }
    ),
)
READERS: Mapping[str, fields.Reader] = {
    "name": fields.text(1000),
    "process_minutes": number,
    "waiting_minutes": number,
    "value": fields.choice(*StreamStep.Value.values),
    "first_pass": fields.optional(number),
}


def tell_step(step: Any) -> dict[str, Any]:
    """A step's words and numbers."""
    yields = step.first_pass
    return {
        "name": step.name,
        "process_minutes": float(step.process_minutes),
        "waiting_minutes": float(step.waiting_minutes),
        "value": step.value,
        "first_pass": None if yields is None else float(yields),
    }


def tell_total(steps: Sequence[Any]) -> dict[str, Any]:
    """What they come to."""
    found = stream.total(steps)
    share, yields = found.efficiency, found.first_pass
    return {
        "process_minutes": float(found.worked),
        "waiting_minutes": float(found.waited),
        "lead_minutes": float(found.lead),
        "efficiency": None if share is None else round(float(share), 4),
        "first_pass": None if yields is None else round(float(yields), 1),
    }


def _steps(value: Any) -> list[dict[str, Any]]:
    if not isinstance(value, list) or len(value) > 1000:
        raise ValueError(_("Send a list."))
    if not all(isinstance(one, dict) for one in value):
        raise ValueError(_("Each step is an object."))
    missing = {"process_minutes": 0, "waiting_minutes": 0, "name": ""}
    found = []
    for n, one in enumerate(value, 1):
        try:
            found.append({**missing, **fields.read(one, READERS)})
        except Invalid as no:
            words = {"n": n, "wrong": no.detail}
            raise ValueError(_("Step %(n)s: %(wrong)s") % words) from None
    return found


class StreamView(ProcessPartView):
    """`…/stream/`."""

    docs = {
        "get": Doc("The value stream", STREAM, has_etag=True),
        "put": Doc(
            "Draw it: all its steps, the first first",
            STREAM,
            body=obj({"steps": array(obj(STEP, ("name",)))}),
            has_etag=True,
            needs_body=True,
        ),
    }

    def check_allowed(self) -> None:
        """Its owner, its team, administrators draw it."""
        if self.request.method == "PUT":
            require_on(self.user, "backlog.describe", self.subject)

    def told(self) -> dict[str, Any]:
        """As it is now."""
        steps = queries.steps(self.subject)
        rows = [{**tell_step(s), "measured_at": s.measured_at} for s in steps]
        return {**tell_total(steps), "steps": rows}

    def get(self, request: Any, **kwargs: Any) -> HttpResponse:
        """The stream."""
        return answers.item(self.plain, self.told())

    def put(self, request: Any, **kwargs: Any) -> HttpResponse:
        """All of it anew."""
        given = fields.read(self.fields(), {"steps": _steps})
        if "steps" not in given:
            raise Invalid({"steps": [_("This is needed.")]})
        answers.require_current(self.plain, self.told)
        stream.draw_stream(process=self.subject, by=self.user, at=self.at, **given)
        return answers.item(self.plain, self.told())


class ProposalView(ProcessPartView):
    """`…/stream/proposal/`."""

    docs = {
        "get": Doc("What the log proposes: a step per state", PROPOSAL),
        "post": Doc(
            "Take steps of it over, as they were shown",
            STREAM,
            body=obj({"states": array(TEXT), "as_of": INSTANT}, ("states",)),
            is_keyed=True,
            needs_body=True,
        ),
    }

    def check_allowed(self) -> None:
        """Its owner, its team, administrators take it over."""
        if self.request.method == "POST":
            require_on(self.user, "backlog.describe", self.subject)

    def get(self, request: Any, **kwargs: Any) -> HttpResponse:
        """The proposal; empty where too little ran on the process."""
        found = proposing.propose(self.user, self.subject, at=self.at)
        steps = found.steps if found else []
        told = [
            {
                **tell_step(s),
                "state": s.slug,
                "passed": s.passed,
                "is_usual": s.is_usual,
            }
            for s in steps
        ]
        return answers.answer(
            {
                **tell_total(found.usual if found else []),
                "measured": found.measured if found else 0,
                "since": found.since if found else self.at - proposing.PERIOD,
                "as_of": self.at,
                "steps": told,
            }
        )

    def post(self, request: Any, **kwargs: Any) -> HttpResponse:
        """Take it over, once for its key."""
        return self.once(self._take)

    def _take(self) -> HttpResponse:
        readers = {"states": fields.several(fields.text(40)), "as_of": fields.instant}
        given = {"states": [], **fields.read(self.fields(), readers)}
        proposing.take_over(process=self.subject, by=self.user, at=self.at, **given)
        steps = queries.steps(self.subject)
        rows = [{**tell_step(s), "measured_at": s.measured_at} for s in steps]
        return answers.answer({**tell_total(steps), "steps": rows})


def urls() -> list[URLPattern]:
    """Their addresses."""
    return [
        path("processes/<str:key>/stream/", StreamView.as_view()),
        path("processes/<str:key>/stream/proposal/", ProposalView.as_view()),
    ]
