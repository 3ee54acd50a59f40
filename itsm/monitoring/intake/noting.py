"""What was refused, for its source's health page; it never stands in the way."""

import logging
import time
from datetime import datetime

from django.db import DatabaseError

from itsm.monitoring import lines
from itsm.monitoring.intake.refusals import ROUTING_KEY, Refusal
from itsm.monitoring.writing import plain

OFTEN = "limit"  # is refused quickly, so it is written once a second with its number
EVERY = 1.0  # seconds
HIDDEN = '"routing_key": "…"'.encode()
log = logging.getLogger(__name__)
_waiting: dict[int, tuple[float, int]] = {}  # source: when written, refused since


def note(source: int, no: Refusal, body: bytes, *, at: datetime) -> None:
    """Put it on the line that says the same, or on a new one."""
    n = _often(source) if no.code == OFTEN else 1
    if not n:
        return
    line = lines.Line(
        source=source,
        code=no.code,
        about=plain(no.about.replace("\n", "; "))[:300],
        sample=sample_of(body),
        n=n,
    )
    try:
        lines.keep([line], at=at)
    except DatabaseError as error:
        log.warning("a refused event could not be noted: %s", error)


def sample_of(body: bytes) -> str:
    """The beginning of a body, without the key that may stand there."""
    return plain(without_key(body[:1000]).decode("utf-8", "replace"))[:500]


def without_key(body: bytes) -> bytes:
    """A body without the key of its source, for people to look at."""
    return ROUTING_KEY.sub(HIDDEN, body)


def _often(source: int) -> int:
    """How many to write now; 0 within a second of the last."""
    now = time.monotonic()
    written, since = _waiting.get(source, (float("-inf"), 0))
    is_due = now - written >= EVERY
    _waiting[source] = (now, 0) if is_due else (written, since + 1)
    return since + 1 if is_due else 0


def forget() -> None:
    """Begin anew in this process (tests)."""
    _waiting.clear()
