"""What an answer means, when a delivery is tried again, and when it is given up."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from core import outbound
from core.outbound import Answer, OutboundError
from notify import failures

LONGEST = timedelta(hours=48)  # behind the first try
PAUSES = tuple(
    timedelta(seconds=n) for n in (5, 30, 120, 600, 1800, 3600, 7200, 14_400, 21_600)
)
JITTER = 0.1
MOST_ASKED = timedelta(hours=1)  # of Retry-After
FIRST_REST, LONGEST_REST = timedelta(seconds=5), timedelta(minutes=5)
GONE = 410
BUSY = frozenset({408, 425, 429})
LONGEST_SAID = 200
WORDS: Mapping[str, Any] = {
    **outbound.WORDS,
    "hook.status": _("The other side answered %(about)s"),
    "hook.moved": failures.WORDS["hook.moved"],
    "hook.gone": _("The other side wants no more of them (410)."),
    "hook.worn": _("Nothing got through for two days. %(about)s"),
    "hook.unseen": _("Its owner may not see it any more."),
    "hook.stale": _("It waited for a month."),
    "hook.skipped": _("It was left out when the webhook went on."),
    "hook.sealed": _(
        "Its secret cannot be read any more, because the server's own key has changed. "
        "Make a new one."
    ),
    "hook.broken": _("It could not be written: %(about)s"),
    "owner.gone": _("Its owner has no access any more."),
}
keep = failures.keep


def words(kept: str) -> str:
    """In the reader's language; empty for none."""
    code, _sep, about = kept.partition("|")
    return (str(WORDS[code]) % {"about": about}).strip() if code in WORDS else code


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of a try. `is_way`: it was the other side, not this message.

    `wait`: for how long it asked us to stay away.
    """

    failure: str = ""
    status: int | None = None
    is_way: bool = False
    is_gone: bool = False
    wait: timedelta | None = None

    @property
    def is_good(self) -> bool:
        """Whether it was taken."""
        return not self.failure


def judge(came: Answer | OutboundError, at: datetime) -> Verdict:
    """Read an answer, or that there was none."""
    if isinstance(came, OutboundError):
        return Verdict(keep(came.code, came.about), is_way=True)
    status = came.status
    if 200 <= status < 300:
        return Verdict(status=status)
    if status == GONE:
        return Verdict(keep("hook.gone"), status, is_gone=True)
    if 300 <= status < 400:
        return Verdict(keep("hook.moved", status), status, is_way=True)
    said = came.body[:LONGEST_SAID].decode("utf-8", "replace")
    return Verdict(
        keep("hook.status", f"{status} {said}"),
        status,
        is_way=status >= 500 or status in BUSY,
        wait=_asked(came.headers.get("retry-after", ""), at),
    )


def _asked(header: str, at: datetime) -> timedelta | None:
    """Retry-After, within reason: seconds, or a date (RFC 9110, 10.2.3)."""
    if header.isascii() and header.isdigit() and len(header) < 10:
        wait = timedelta(seconds=int(header))
    else:
        try:
            until = parsedate_to_datetime(header)
        except (ValueError, OverflowError):  # a year of twenty digits
            return None
        wait = (until if until.tzinfo else until.replace(tzinfo=UTC)) - at
    return min(max(wait, timedelta(seconds=1)), MOST_ASKED)


def next_try(
    tries: int, first_at: datetime, at: datetime, wait: timedelta | None = None
) -> datetime | None:
    """When it is tried again after so many tries; None: it is given up.

    The last try is at the end of the two days.
    """
    ends = first_at + LONGEST
    if at >= ends:
        return None
    pause = PAUSES[min(tries, len(PAUSES)) - 1]
    pause *= random.uniform(1 - JITTER, 1 + JITTER)
    return min(at + (max(wait, pause) if wait else pause), ends)


def rest(failures_: int, verdict: Verdict) -> timedelta | None:
    """How long the other side is left alone; one bad answer may be the message's."""
    if verdict.wait is not None and verdict.is_way:
        return verdict.wait
    if not verdict.is_way or failures_ < 2:
        return None
    return min(FIRST_REST * 2 ** min(failures_ - 2, 10), LONGEST_REST)
