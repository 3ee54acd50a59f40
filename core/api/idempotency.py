"""`Idempotency-Key`: the same key gives the same answer for 24 hours, the work is once.

The key's row is written first, in the transaction of the work. A second request with
the same key therefore waits on the unique index until the first commits and then reads
its answer, or does the work itself where the first came to nothing.
"""

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from core import texts
from core.api.bodies import read_raw
from core.api.problems import Malformed
from core.errors import Invalid
from core.log import Subject
from core.models import IdempotencyKey
from core.once import KEPT, claim, digest

HEADER = "Idempotency-Key"
KEPT_HEADERS = ("ETag", "Location", "Content-Type")
Work = Callable[[], HttpResponse]
Again = Callable[[int], HttpResponse]
__all__ = ["HEADER", "KEPT", "forget_texts", "once"]


def once(
    request: HttpRequest,
    work: Work,
    *,
    user_id: int,
    at: datetime,
    subject: Callable[[], Subject | None] = lambda: None,
    again: Again | None = None,
    is_secret: bool = False,
) -> HttpResponse:
    """Do the work, or give the answer it had. `work` never raises a refusal.

    `subject` says, after the work, whose texts the answer copies: when one of them is
    redacted the copy goes, and `again(its id)` makes the answer anew. Of an answer that
    `is_secret` no copy is kept from the start, unless it is a refusal.
    """
    key = request.headers.get(HEADER)
    if key is None:
        return work()
    if not 1 <= len(key) <= 255 or not key.isprintable():
        raise Malformed(_("An Idempotency-Key has 1 to 255 printable characters."))
    print_ = _fingerprint(request)
    with transaction.atomic():
        row = claim(user_id, key, print_, at)
        if row is not None:
            response = work()
            if response.status_code < 500:
                _keep(row, response, subject(), is_secret=is_secret)
            return response
    return _replay(user_id, key, print_, again)


def _fingerprint(request: HttpRequest) -> str:
    said = f"{request.method} {request.get_full_path()}\n".encode()
    kind = (request.content_type or "").encode()
    if kind == b"multipart/form-data":  # boundaries differ from one try to the next
        files = getattr(request, "FILES", {})
        parts = [f"{k}={v}" for k, v in sorted(request.POST.items())]
        parts += [f"{k}={f.name}:{digest(f)}" for k, f in sorted(files.items())]
        return hashlib.sha256(said + "\n".join(parts).encode()).hexdigest()
    return hashlib.sha256(said + kind + b"\n" + read_raw(request)).hexdigest()


def _keep(
    row: int, response: HttpResponse, subject: Subject | None, *, is_secret: bool
) -> None:
    headers: dict[str, Any] = {
        name: response.headers[name]
        for name in KEPT_HEADERS
        if name in response.headers
    }
    if subject is not None:
        headers["subject"] = _named(subject)
    is_copied = not is_secret or response.status_code >= 400
    body = response.content.decode() if is_copied else None
    IdempotencyKey.objects.filter(pk=row).update(
        status=response.status_code, body=body, headers=headers
    )


def _replay(user_id: int, key: str, print_: str, again: Again | None) -> HttpResponse:
    row = IdempotencyKey.objects.get(user_id=user_id, key=key)
    if row.fingerprint != print_:
        raise Invalid(
            {HEADER: [_("This key was used for another request. Choose a new one.")]}
        )
    headers = {k: v for k, v in row.headers.items() if k != "subject"}
    headers["Idempotent-Replay"] = "true"
    if row.body is None and again is not None:
        response = again(int(row.headers["subject"].rpartition(":")[2]))
        response.status_code = row.status or response.status_code
        return response
    return HttpResponse(row.body or "{}", status=row.status or 200, headers=headers)


def _named(subject: Subject) -> str:
    return f"{subject.subject_type}:{subject.pk}"


def forget_texts(subject: Subject) -> None:
    """Take the copies of a subject's texts away; `again` answers from then on."""
    IdempotencyKey.objects.filter(headers__subject=_named(subject)).update(body=None)


texts.on_redact(forget_texts)
