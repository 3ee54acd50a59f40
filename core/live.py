"""The publishing side of the live channel, and the poke that hurries the log's readers.

Both go through Valkey, which may be away or emptied at any moment: a page that misses a
message asks again, and beat pokes the readers every second. So nothing here raises.
"""

import json
import logging
import time
from functools import lru_cache

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

CHANNEL_PREFIX = "live:"
STAFF = "staff"
POKE_KEY = "poked"
POKE_EVERY_MS = 200
_log = logging.getLogger(__name__)
_asked_at = float("-inf")


def user_audience(user_id: int) -> str:
    """The audience that is one person, in all their browsers."""
    return f"user:{user_id}"


@lru_cache(maxsize=1)
def _valkey() -> redis.Redis:
    """One pool per process; half a second is the longest anybody waits for it."""
    return redis.Redis.from_url(
        settings.REDIS_URL,
        socket_timeout=0.5,
        socket_connect_timeout=0.5,
        retry=Retry(NoBackoff(), 1),  # once, for a connection that a restart has cut
    )


def valkey() -> redis.Redis:
    """Valkey for what may be forgotten at any moment; catch RedisError and OSError."""
    return _valkey()


def publish(*, audience: str, message: dict[str, object]) -> None:
    """Tell the open pages of `audience` ("staff", "user:<id>") what to fetch again.

    `message` carries ids, never texts: `{"event": "tickets", "ids": [1, 2]}`; without
    "event" it is "tickets". Pages ask for what they may see, as themselves.
    """
    publish_many([(audience, message)])


def publish_many(messages: list[tuple[str, dict[str, object]]]) -> None:
    """Publish several `(audience, message)` pairs in one round trip."""
    try:
        pipe = _valkey().pipeline(transaction=False)
        for audience, message in messages:
            pipe.publish(CHANNEL_PREFIX + audience, json.dumps(message))
        pipe.execute()
    except (redis.RedisError, OSError) as error:
        _log.warning("Live updates are late: %s", error)


def poke() -> None:
    """Ask the readers of the log to move, at most once in 200 ms for all processes.

    Call it when the transaction has committed (`transaction.on_commit(poke)`). A
    process that asked itself less than 200 ms ago does not even ask Valkey.
    """
    global _asked_at
    now = time.monotonic()
    if now - _asked_at < POKE_EVERY_MS / 1000:
        return
    _asked_at = now
    try:
        first = _valkey().set(POKE_KEY, 1, nx=True, px=POKE_EVERY_MS)
        if first:
            _advance_consumers()
    except Exception as error:
        _log.warning("The log's readers were not poked: %s", error)


def _advance_consumers() -> None:
    from core.tasks import advance_consumers

    advance_consumers.apply_async(retry=False, expires=5, ignore_result=True)
