"""How often one token or person may ask; counted in Valkey, unlimited without it.

Every answer says what is left, as the IETF's draft has it:
https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/10/
"""

import logging
import time
from dataclasses import dataclass

import redis
from django.conf import settings
from django.utils.translation import gettext as _
from rest_framework.request import Request

from core import live
from core.api.problems import TooMany

PER_MINUTE = 12_000  # stops a program that runs away, nobody else
WINDOW = 60  # seconds
POLICY = "minute"  # what the headers call it
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Quota:
    """How often one may ask in this minute, how often one did, and when it is over."""

    most: int
    asked: int
    resets: int  # seconds

    @property
    def headers(self) -> dict[str, str]:
        """What a program reads: its limit, what is left of it, and until when."""
        left = max(self.most - self.asked, 0)
        return {
            "RateLimit-Policy": f'"{POLICY}";q={self.most};w={WINDOW}',
            "RateLimit": f'"{POLICY}";r={left};t={self.resets}',
        }

    def require(self) -> None:
        """Raise TooMany beyond the limit."""
        if self.asked > self.most:
            raise TooMany(
                _("At most %(n)s requests a minute; wait a little.") % {"n": self.most},
                retry_after=self.resets,
            )


def count(request: Request) -> Quota | None:
    """Count this request: one round trip. None where nothing is counted.

    A token's own limit goes before `API_PER_MINUTE` of the settings, which 0 lifts.
    """
    most = getattr(request.auth, "per_minute", None)
    if most is None:
        most = int(getattr(settings, "API_PER_MINUTE", PER_MINUTE))
    if not most:
        return None
    who = f"t{request.auth.pk}" if request.auth else f"u{request.user.pk}"
    minute, gone = divmod(int(time.time()), WINDOW)
    key = f"rate:{who}:{minute}"
    try:
        pipe = live.valkey().pipeline(transaction=False)
        pipe.incr(key)
        pipe.expire(key, WINDOW * 2, nx=True)
        asked, _kept = pipe.execute()
    except (redis.RedisError, OSError) as error:
        log.warning("requests are not counted: %s", error)
        return None
    return Quota(most, int(asked), WINDOW - gone)
