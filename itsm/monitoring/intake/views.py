"""The doors: find the source, read as far as the format demands, store, answer."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from itsm.monitoring import formats
from itsm.monitoring.formats import plain
from itsm.monitoring.formats.base import Unreadable
from itsm.monitoring.intake import answers, keyring, noting, quota, storing
from itsm.monitoring.intake.keyring import Known
from itsm.monitoring.intake.refusals import LARGEST, ROUTING_KEY, Refusal

OTHER_TYPES = ("multipart/", "text/html", "text/xml", "image/", "audio/", "video/")
OTHER_NAMES = {"application/xml", "application/x-protobuf", "application/zip"}
BUSY_SECONDS = 10
log = logging.getLogger(__name__)
MOST_HEADERS, LONGEST_HEADER = 50, 1024


@dataclass(slots=True)
class Call:
    """One call, and what is known of it so far: whose it was, where it is refused."""

    name: str  # of its format
    at: datetime
    body: bytes = b""
    known: Known | None = None


@csrf_exempt
def receive(request: HttpRequest, name: str, key: str = "") -> HttpResponse:
    """Take a call of a source in the format of this name."""
    call = Call(name, timezone.now())
    try:
        if request.method == "OPTIONS" and name == "cloudevents":
            return _handshake(request, key, call)
        if request.method != "POST":
            raise Refusal("method")
        return _take(request, key, call)
    except Refusal as no:
        if call.known is not None:
            noting.note(call.known.source, no, call.body, at=call.at)
        return answers.refused(name, no)
    except (OperationalError, InterfaceError) as error:
        log.warning("an event could not be stored: %s", error)
        return answers.refused(name, Refusal("busy", wait=BUSY_SECONDS))


def _take(request: HttpRequest, key: str, call: Call) -> HttpResponse:
    """Find its source, read it, store it, say so. Raises Refusal."""
    if call.name.startswith("pagerduty"):
        _read(request, call)
        key = _routing_key(request, call)
        _admit(call, key)
    else:
        _admit(call, _bearer(request), key)
        _read(request, call)
    if len(call.body) > LARGEST:
        raise Refusal("too_large")
    headers = kept_headers(call.name, request)
    given = _checked(call, headers)
    assert call.known is not None
    storing.store(
        source=call.known.source,
        name=call.name,
        body=call.body,
        headers=headers,
        key=given,
        at=call.at,
    )
    storing.poke()
    return answers.accepted(call.name, given)


def _admit(call: Call, *candidates: str) -> None:
    """Find whose key it is, and whether that source may call now. Raises Refusal."""
    asked = [key for key in candidates if key]
    if not asked:
        raise Refusal("no_key")
    call.known = next(filter(None, map(keyring.find, asked)), None)
    if call.known is None:
        raise Refusal("unknown_key")
    if call.known.is_over(call.at):
        raise Refusal("key_over")
    wait = quota.seconds_to_wait(call.known.source, call.known.per_minute)
    if wait:
        raise Refusal("limit", wait=wait)


def _read(request: HttpRequest, call: Call) -> None:
    """The body, and no more of it than tells that it is too large. Raises Refusal."""
    kind, packed = request.content_type or "", request.headers.get("Content-Encoding")
    if kind.startswith(OTHER_TYPES) or kind in OTHER_NAMES:
        raise Refusal("type", kind[:100])
    if packed and packed.lower() != "identity":
        raise Refusal("type", packed[:100])
    is_chunked = "chunked" in request.headers.get("Transfer-Encoding", "").lower()
    stream: Any = request.META["wsgi.input"] if is_chunked else request
    try:
        call.body = stream.read(LARGEST + 1)
    except (UnreadablePostError, OSError) as error:
        raise Refusal("broken_off") from error


def _routing_key(request: HttpRequest, call: Call) -> str:
    """Where PagerDuty has the key: in the body, readable or not, or in a header."""
    try:
        data = plain.load(call.body) if len(call.body) <= LARGEST else None
    except Unreadable:
        data = None
    if isinstance(data, dict):
        key = plain.text(data.get("routing_key"), keyring.LONGEST + 1)
    else:
        found = ROUTING_KEY.search(call.body)
        key = found[1].decode("utf-8", "replace") if found else ""
    return key or request.headers.get("X-Routing-Key", "")


def _bearer(request: HttpRequest) -> str:
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    return key.strip() if scheme.lower() == "bearer" else ""


def kept_headers(name: str, request: HttpRequest) -> dict[str, str]:
    """Those that the format is read with, in small letters."""
    if name != "cloudevents":
        return {}
    found = {
        one.lower(): value[:LONGEST_HEADER]
        for one, value in request.headers.items()
        if one.lower() == "content-type" or one.lower().startswith("ce-")
    }
    return dict(list(found.items())[:MOST_HEADERS])


def _checked(call: Call, headers: Mapping[str, str]) -> str:
    """The key of what it says, given by us where it has none. Raises Refusal."""
    try:
        reading = formats.read(call.name, call.body, headers)
    except Unreadable as no:
        raise Refusal(no.code, no.about) from no
    if call.name != "pagerduty":
        return ""
    return reading.signals[0].key or uuid4().hex


def _handshake(request: HttpRequest, key: str, call: Call) -> HttpResponse:
    """CloudEvents' webhooks ask first whether they may send. Raises Refusal.

    https://github.com/cloudevents/spec/blob/main/cloudevents/http-webhook.md
    """
    _admit(call, _bearer(request), key)
    assert call.known is not None
    answer = HttpResponse(status=200, headers={"Allow": "POST, OPTIONS"})
    answer.headers["WebHook-Allowed-Rate"] = str(call.known.per_minute)
    origin = request.headers.get("WebHook-Request-Origin", "")
    if origin:
        answer.headers["WebHook-Allowed-Origin"] = origin
    return answer
