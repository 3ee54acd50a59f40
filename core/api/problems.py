"""Everything that goes wrong, as `application/problem+json` (RFC 9457). Never HTML."""

import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import DataError
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from rest_framework import exceptions

from core.api.answers import encode
from core.errors import Invalid, Moved, Refused, Stale, WrongState

PROBLEM = "application/problem+json"
KIND = "urn:problem-type:beeline:"
# what HTTP calls an answer is told in the reader's language too
_PHRASES = (
    *(gettext_noop("Bad Request"), gettext_noop("Unauthorized")),
    *(gettext_noop("Forbidden"), gettext_noop("Not Found")),
    *(gettext_noop("Method Not Allowed"), gettext_noop("Not Acceptable")),
    *(gettext_noop("Conflict"), gettext_noop("Precondition Failed")),
    *(gettext_noop("Unsupported Media Type"), gettext_noop("Too Many Requests")),
    gettext_noop("Internal Server Error"),
)
log = logging.getLogger(__name__)


class Malformed(Refused):
    """What was sent cannot be read: 400."""

    status = 400
    title = gettext_noop("This cannot be read")

    def __init__(
        self, detail: str, errors: Mapping[str, Sequence[str]] | None = None
    ) -> None:
        super().__init__(detail)
        self.errors = {name: list(found) for name, found in (errors or {}).items()}


class TooLarge(Refused):
    """More than is taken at once: 413."""

    status = 413
    title = gettext_noop("Too large")


class WrongType(Refused):
    """A media type that is not spoken here: 415."""

    status = 415
    title = gettext_noop("Not a type we read")


class TooMany(Refused):
    """Asked too often: 429."""

    status = 429
    title = gettext_noop("Too many requests")

    def __init__(self, detail: str, *, retry_after: int) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


def problem(
    status: int,
    *,
    title: str = "",
    detail: str = "",
    headers: Mapping[str, str] | None = None,
    **more: Any,
) -> HttpResponse:
    """A problem as an answer; `more` are members such as `errors` and `allowed`."""
    phrase = HTTPStatus(status).phrase
    body = {
        "type": KIND + phrase.lower().replace(" ", "-"),
        "title": title or _(phrase),
        "status": status,
        "detail": detail or title or _(phrase),
        **more,
    }
    return HttpResponse(
        encode(body), status=status, content_type=PROBLEM, headers=dict(headers or {})
    )


def exception_handler(exc: Exception, context: Mapping[str, Any]) -> HttpResponse:
    """DRF's hook. What is not a known refusal is raised on, and becomes a 500."""
    if isinstance(exc, Refused):
        return _refused(exc)
    if isinstance(exc, Moved):
        headers = {"Location": exc.to, "Cache-Control": "no-cache"}
        return HttpResponse(status=308, headers=headers)
    if isinstance(exc, Http404):
        detail = str(exc.args[0]) if exc.args and isinstance(exc.args[0], str) else ""
        return problem(404, detail=detail or _("There is nothing here for you."))
    if isinstance(exc, exceptions.APIException):
        return _of_framework(exc)
    if isinstance(exc, PermissionDenied):
        return problem(403, detail=str(exc) or _("This is not yours to do."))
    if isinstance(exc, UnreadablePostError | MultiPartParserError):
        return problem(400, detail=_("The request ended before it was complete."))
    if isinstance(exc, SuspiciousOperation):
        return _suspicious(exc)
    if isinstance(exc, DataError):
        log.warning("the database refused a value: %s", exc)
        return problem(400, detail=_("A value is out of range."))
    raise exc


def _refused(exc: Refused) -> HttpResponse:
    more: dict[str, Any] = {}
    headers: dict[str, str] = {}
    if isinstance(exc, Invalid | Malformed) and exc.errors:
        more["errors"] = exc.errors
    if isinstance(exc, WrongState):
        more["allowed"] = exc.allowed
    if isinstance(exc, Stale):
        more["current"] = headers["ETag"] = exc.current
        if exc.versions:
            more["versions"] = exc.versions
    if isinstance(exc, TooMany):
        headers["Retry-After"] = str(exc.retry_after)
    return problem(
        exc.status, title=_(exc.title), detail=exc.detail, headers=headers, **more
    )


def _of_framework(exc: exceptions.APIException) -> HttpResponse:
    headers = {}
    if challenge := getattr(exc, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    if isinstance(exc, exceptions.NotAuthenticated):
        detail = _("Sign in, or send: Authorization: Bearer TOKEN")
    else:
        detail = str(exc.detail)
    return problem(exc.status_code, detail=detail, headers=headers)


def _suspicious(exc: SuspiciousOperation) -> HttpResponse:
    if type(exc).__name__ in {"RequestDataTooBig", "TooManyFieldsSent"}:
        return problem(413, detail=_("The request is larger than is taken at once."))
    return problem(400, detail=_("The request cannot be read."))


def unknown(request: HttpRequest, path: str = "") -> HttpResponse:
    """What answers for addresses under /api/ that nobody has."""
    return problem(404, detail=_("There is no such address; see /api/docs/."))


def failed(request: HttpRequest) -> HttpResponse:
    """What answers where the product itself failed."""
    return problem(500, detail=_("This is our mistake, and it has been logged."))
