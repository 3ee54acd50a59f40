"""Answers in ServiceNow's shape: `{"result": …}`, and its way to say no."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse

from core.api import answers
from core.api.problems import PROBLEM
from itsm.table.params import Params

CHALLENGE = 'Basic realm="Beeline"'
LONGEST_LINK = 8_000  # bytes of a header that every client can still read
# What clients of ServiceNow look for; the sentence that helps is the detail.
MESSAGES: Mapping[int, str] = {
    400: "Bad Request",
    401: "User Not Authenticated",
    403: "Operation Failed",
    404: "No Record found",
    405: "Method not supported",
    413: "Request too large",
    415: "Unsupported media type",
    429: "Rate limit exceeded",
}
STATUS = {409: 403, 412: 403, 422: 400}  # what ServiceNow has no word for


def result(
    data: Any, *, status: int = 200, headers: Mapping[str, str] | None = None
) -> HttpResponse:
    """What was asked for."""
    return answers.answer({"result": data}, status=status, headers=headers)


def refused(
    status: int, detail: str, headers: Mapping[str, str] | None = None
) -> HttpResponse:
    """What was not done, and why."""
    error = {"message": MESSAGES.get(status, "Bad Request"), "detail": detail}
    body = {"error": error, "status": "failure"}
    return answers.answer(body, status=status, headers=headers)


def reshaped(problem: HttpResponse) -> HttpResponse:
    """A problem of the house (RFC 9457) as ServiceNow would say it."""
    if problem.headers.get("Content-Type") != PROBLEM:
        return problem
    told = json.loads(problem.content)
    kept = {k: v for k, v in problem.items() if k in {"Retry-After", "Allow"}}
    status = STATUS.get(told["status"], told["status"])
    if status == 401:
        kept["WWW-Authenticate"] = CHALLENGE
    errors = [f"{name}: {said[0]}" for name, said in told.get("errors", {}).items()]
    return refused(status, " ".join(errors) or told["detail"], kept)


def paging(request: HttpRequest, params: Params, total: int | None) -> dict[str, str]:
    """`X-Total-Count`, and `Link` to the first, previous, next and last page."""
    if total is None:
        return {}
    found = {"X-Total-Count": str(total)}
    if params.limit:
        links = ",".join(
            f'<{_address(request, params, offset)}>;rel="{name}"'
            for name, offset in _pages(params, total)
        )
        if len(links) <= LONGEST_LINK:
            found["Link"] = links
    return found


def _pages(params: Params, total: int) -> list[tuple[str, int]]:
    limit, offset = params.limit, params.offset
    found = [("first", 0)]
    if offset > 0:
        found.append(("prev", max(offset - limit, 0)))
    if offset + limit < total:
        found.append(("next", offset + limit))
    return [*found, ("last", max(total - 1, 0) // limit * limit)]


def _address(request: HttpRequest, params: Params, offset: int) -> str:
    query = request.GET.copy()
    query["sysparm_limit"], query["sysparm_offset"] = str(params.limit), str(offset)
    path = f"{request.path}?{urlencode(list(_pairs(query)))}"
    return request.build_absolute_uri(path)


def _pairs(query: Any) -> Any:
    for name, values in query.lists():
        for value in values:
            yield name, value
