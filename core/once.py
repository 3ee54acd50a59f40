"""Work that is done once, however often it is sent: by a program's key, by a form.

A form carries the field `once`, another on every page. Sent again as it was (a double
click, a reload, going back), it leads to where it led the first time; sent again with
other words it is another one.

The row of a key is written first, in the transaction of the work. A second request with
the same key therefore waits on the unique index until the first commits, or does the
work itself where the first came to nothing.
"""

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.db import connection
from django.http import HttpRequest

from core.log import act
from core.models import IdempotencyKey

FIELD = "once"
LONGEST = 64  # characters of a form's own key
KEPT = timedelta(hours=24)
SWEEP_EVERY = 64  # one new key in so many takes the old ones away
CLAIM = """
INSERT INTO core_idempotencykey AS held
    (user_id, key, fingerprint, status, body, headers, created_at)
VALUES (%s, %s, %s, NULL, NULL, '{}', %s)
ON CONFLICT (user_id, key) DO UPDATE
    SET fingerprint = excluded.fingerprint, status = NULL, body = NULL,
        headers = '{}', created_at = excluded.created_at
    WHERE held.created_at < %s
RETURNING id
"""


def new_key() -> str:
    """What a form carries to be known again."""
    return uuid4().hex


def sent_once(
    request: HttpRequest, work: Callable[[], str], *, user_id: int, at: datetime
) -> str:
    """Do what a form asks, or answer what was answered when the same was sent before.

    `work` answers what it came to in a few letters: a number, no text of a person. A
    form without a key is always done.
    """
    key = request.POST.get(FIELD, "")
    if not (key.isalnum() and len(key) <= LONGEST):
        return work()
    key = f"form:{key}:{_content(request)}"
    with act():
        row = claim(user_id, key, "", at)
        if row is not None:
            came_to = work()
            kept = {"came_to": came_to}
            IdempotencyKey.objects.filter(pk=row).update(status=200, headers=kept)
            return came_to
    held = IdempotencyKey.objects.get(user_id=user_id, key=key)
    return str(held.headers["came_to"])


def _content(request: HttpRequest) -> str:
    """A fingerprint of what was typed and chosen, and of the files."""
    typed = sorted(
        (n, v) for n, v in request.POST.lists() if n != "csrfmiddlewaretoken"
    )
    files: Any = sorted(request.FILES.lists())
    sent = [(n, [(f.name, digest(f)) for f in some if f]) for n, some in files]
    return hashlib.sha256(repr((request.path, typed, sent)).encode()).hexdigest()


def digest(file: Any) -> str:
    """SHA-256 of a file's bytes; it can be read again."""
    found = hashlib.sha256()
    for chunk in file.chunks():
        found.update(chunk)
    file.seek(0)
    return found.hexdigest()


def claim(user_id: int, key: str, print_: str, at: datetime) -> int | None:
    """The new row's id; None where the key was used in the last 24 hours."""
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, [user_id, key, print_, at, at - KEPT])
        found = cursor.fetchone()
    if found is None:
        return None
    if found[0] % SWEEP_EVERY == 0:
        old = IdempotencyKey.objects.filter(created_at__lt=at - KEPT)
        IdempotencyKey.objects.filter(pk__in=old.values("pk")[:1000]).delete()
    return int(found[0])
