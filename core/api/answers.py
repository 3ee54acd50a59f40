"""Answers of the API: JSON in, out and only; instants as UTC ISO 8601."""

import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils.duration import duration_iso_string
from django.utils.http import parse_etags
from django.utils.translation import gettext as _

from core.errors import Stale

JSON = "application/json"
Data = Mapping[str, Any]


def iso(at: datetime | None) -> str | None:
    """An instant as the API writes it: 2026-11-22T09:30:00.123456Z."""
    if at is None:
        return None
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def plain(value: Any) -> Any:
    """What `json` asks about values it does not know."""
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return duration_iso_string(value)
    if isinstance(value, UUID | Decimal):
        return str(value)
    if hasattr(value, "__str__") and hasattr(value, "_proxy____cast"):
        return str(value)  # a lazy translation
    raise TypeError(f"{type(value)} has no form in JSON")


def encode(data: Any) -> str:
    """JSON text; ASCII only, so that whatever is echoed can be sent."""
    return json.dumps(data, default=plain, separators=(",", ":"))


def answer(
    data: Any, *, status: int = 200, headers: Mapping[str, str] | None = None
) -> HttpResponse:
    """An answer with a JSON body."""
    return HttpResponse(
        encode(data), status=status, content_type=JSON, headers=dict(headers or {})
    )


def item(
    request: HttpRequest,
    data: Data,
    *,
    etag: str = "",
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> HttpResponse:
    """One item with its ETag; 304 to a GET that has it already."""
    text = encode(data)
    etag = etag or content_etag(text)
    known = {"ETag": etag, **(headers or {})}
    if request.method in {"GET", "HEAD"} and etag in parse_etags(
        request.headers.get("If-None-Match", "")
    ):
        return HttpResponseNotModified(headers=known)
    return HttpResponse(text, status=status, content_type=JSON, headers=known)


def content_etag(text: str) -> str:
    """An ETag for items without a version of their own: a hash of what is answered."""
    return f'"{hashlib.sha256(text.encode()).hexdigest()[:20]}"'


def expected_etags(request: HttpRequest) -> list[str] | None:
    """The tags of `If-Match`; None where it is not sent or says any version will do."""
    sent = request.headers.get("If-Match")
    if sent is None or sent.strip() == "*":
        return None
    return [tag.removeprefix("W/") for tag in parse_etags(sent)]


def require_current(request: HttpRequest, tell: Callable[[], Data]) -> None:
    """Raise Stale where `If-Match` names another version than what `tell` answers."""
    tags = expected_etags(request)
    if tags is None:
        return
    current = content_etag(encode(tell()))
    if current not in tags:
        raise Stale(
            _("Somebody saved a newer version. Look at theirs, then save again."),
            current=current,
        )
