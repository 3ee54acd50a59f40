"""What each format answers: its own words for yes and no."""

import json
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _

from core.api.problems import problem
from itsm.monitoring.intake.refusals import TITLES, Refusal, sentence

JSON = "application/json"
PAGERDUTY = {  # https://developer.pagerduty.com/docs/send-alert-event
    400: ("invalid event", "Event object is invalid"),
    401: ("invalid event", "Event object is invalid"),
    429: (
        "throttle exceeded",
        "Requests for this service are arriving too quickly.  Please retry later.",
    ),
    503: ("service unavailable", "The event could not be stored. Please retry later."),
}
ERRORS = {
    "no_key": "'routing_key' is missing or blank",
    "unknown_key": "Invalid routing key",
    "key_over": "Invalid routing key",
}


def accepted(name: str, key: str) -> HttpResponse:
    """202, as the format says yes."""
    body: dict[str, Any] = {"status": "accepted"}
    if name == "pagerduty":
        message = "Event processed"
        body = {"status": "success", "message": message, "dedup_key": key}
    elif name == "pagerduty-change":
        body = {"status": "success", "message": "Change event processed"}
    return HttpResponse(json.dumps(body), status=202, content_type=JSON)


def refused(name: str, no: Refusal) -> HttpResponse:
    """As the format says no."""
    of_pagerduty = name.startswith("pagerduty")
    status = _status(name, no.status)
    answer = (
        _pagerduty(no, status)
        if of_pagerduty
        else problem(
            status,
            title=_(TITLES[no.status]),
            detail=sentence(no.code, no.about),
        )
    )
    if no.wait:
        answer.headers["Retry-After"] = str(no.wait)
    if status == 405:
        answer.headers["Allow"] = "POST, OPTIONS" if name == "cloudevents" else "POST"
    if status == 401:
        answer.headers["WWW-Authenticate"] = "Bearer"
    return answer


def _status(name: str, status: int) -> int:
    if name == "alertmanager" and status == 429:
        return 503  # it gives up on every 4xx
    return 400 if status == 401 and name.startswith("pagerduty") else status


def _pagerduty(no: Refusal, status: int) -> HttpResponse:
    word, message = PAGERDUTY.get(status, PAGERDUTY[400])
    told = ERRORS.get(no.code)
    if told is None:
        is_theirs = no.code in {"invalid", "shape"}
        told = no.about if is_theirs else sentence(no.code, no.about)
    body = {"status": word, "message": message, "errors": told.split("\n")}
    return HttpResponse(json.dumps(body), status=status, content_type=JSON)
