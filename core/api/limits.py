"""How often one token or person may ask; counted in Valkey, unlimited without it."""

import logging
import time

import redis
from django.conf import settings
from django.utils.translation import gettext as _
from rest_framework.request import Request

from core import live
from core.api.problems import TooMany

PER_MINUTE = 12_000  # stops a program that runs away, nobody else
WINDOW = 60  # seconds
log = logging.getLogger(__name__)


def check(request: Request) -> None:
    """Raise TooMany beyond the limit; `API_PER_MINUTE = 0` in the settings lifts it."""
    most = int(getattr(settings, "API_PER_MINUTE", PER_MINUTE))
    if not most:
        return
    who = f"t{request.auth.pk}" if request.auth else f"u{request.user.pk}"
    now = int(time.time())
    key = f"rate:{who}:{now // WINDOW}"
    try:
        asked = int(live._valkey().incr(key))
        if asked == 1:
            live._valkey().expire(key, WINDOW * 2)
    except (redis.RedisError, OSError) as error:
        log.warning("requests are not counted: %s", error)
        return
    if asked > most:
        raise TooMany(
            _("At most %(n)s requests a minute; wait a little.") % {"n": most},
            retry_after=WINDOW - now % WINDOW,
        )
