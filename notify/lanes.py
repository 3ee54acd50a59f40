"""The ways out: one sender at a time on each, a pace, and a rest after a failure.

A sender holds an advisory lock of its database session, so that a killed one lets go at
once, and no transaction is open while it talks to a server. Its session stamps every
message; one that holds a way and is silent for longer than any message takes is no
sender any more (its machine went, or its socket lives on): it is ended.
"""

import contextlib
import logging
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import Error, connection, transaction

from notify.models import Channel, Lane, Route

log = logging.getLogger(__name__)
LOCKS = 7_236  # the first of two numbers; the second is made from the lane's name
FIRST_REST, LONGEST_REST = timedelta(seconds=10), timedelta(minutes=5)
LONGEST_PAGE_REST = timedelta(seconds=30)  # somebody is being woken
LOST = timedelta(seconds=90)  # by the database's clock; connecting and sending: 40 s
BURST = 4  # a quarter of a minute's messages may leave at once
HOLDERS = """
SELECT a.pid, a.state, now() - a.state_change
FROM pg_locks l JOIN pg_stat_activity a USING (pid)
WHERE l.locktype = 'advisory' AND l.objsubid = 2 AND l.granted
  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND l.classid = %s AND l.objid = (hashtext(%s)::bigint & 4294967295)::oid
"""


@dataclass(frozen=True, slots=True)
class Way:
    """One way out, and whose pace it keeps."""

    channel: str
    route_id: int | None = None

    @property
    def name(self) -> str:
        """Its row, and its lock."""
        return f"route:{self.route_id}" if self.route_id else self.channel

    @property
    def paces(self) -> tuple[str, ...]:
        """The channel's, and for a route its own."""
        return (self.channel, self.name) if self.route_id else (self.channel,)


def open_ways() -> list[Way]:
    """Pages first, mail last: who is woken waits for nobody."""
    rows = Route.objects.filter(is_active=True, paused_at=None).order_by("pk")
    ways = [Way(channel_of(kind), pk) for pk, kind in rows.values_list("pk", "kind")]
    ways.sort(key=lambda way: way.channel != Channel.PAGE)
    return [*ways, Way(Channel.MAIL)]


def channel_of(kind: str) -> str:
    """What a route of this kind carries."""
    is_page = kind in {Route.Kind.SMS, Route.Kind.NTFY}
    return Channel.PAGE.value if is_page else Channel.CHAT.value


@contextlib.contextmanager
def alone(way: Way) -> Iterator[bool]:
    """Whether nobody else sends on this way, until the block ends."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_try_advisory_lock(%s, hashtext(%s))", [LOCKS, way.name]
        )
        (is_ours,) = cursor.fetchone() or (False,)
    if not is_ours:
        _end_lost(way)
    try:
        yield is_ours
    finally:
        if is_ours:
            with contextlib.suppress(Error), connection.cursor() as cursor:
                cursor.execute(
                    "SELECT pg_advisory_unlock(%s, hashtext(%s))", [LOCKS, way.name]
                )


def holders(way: Way) -> list[tuple[int, str, timedelta]]:
    """The sessions that hold it: process id, state, and for how long it is in it."""
    with connection.cursor() as cursor:
        cursor.execute(HOLDERS, [LOCKS, way.name])
        return cursor.fetchall()


def _end_lost(way: Way) -> None:
    """End a holder that says nothing any more; the next beat finds the way free."""
    for pid, state, silent in holders(way):
        if silent > LOST:
            log.warning("%s was held by session %s, %s", way.name, pid, state)
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(%s)", [pid])


@contextlib.contextmanager
def careful(way: Way) -> Iterator[bool]:
    """Whether to go on: of all ways that failed last time only one is tried at once.

    Each may cost a worker the whole timeout, and others have work to do.
    """
    if not Lane.objects.filter(pk=way.name, failures__gt=0).exists():
        yield True
        return
    with alone(Way("failing")) as is_ours:
        yield is_ours


def room(way: Way, at: datetime) -> int:
    """How many messages may leave now: none while it rests or was too fast."""
    rows = {lane.name: lane for lane in Lane.objects.filter(pk__in=way.paces)}
    lane = rows.get(way.name)
    if lane is not None and lane.rests_until is not None and lane.rests_until > at:
        return 0
    return min(
        int(_filled(rows[name], at)) if name in rows else _most(name)
        for name in way.paces
    )


def spend(way: Way, n: int, at: datetime) -> None:
    """Count what left."""
    with transaction.atomic():
        for lane in _locked(way.paces, at):
            lane.tokens, lane.filled_at = _filled(lane, at) - n, at
            lane.save(update_fields=["tokens", "filled_at"])


def rest(way: Way, failure: str, at: datetime, *, seconds: float | None = None) -> None:
    """The way failed: leave it alone for a while, longer each time."""
    with transaction.atomic():
        (lane,) = _locked([way.name], at)
        lane.failures = min(lane.failures + 1, 1000)
        lane.failed_at = lane.failed_at or at
        lane.failure = failure
        lane.rests_until = at + _pause(way, lane.failures, seconds)
        lane.save()


def well(way: Way) -> None:
    """The way works."""
    healed = {"failures": 0, "failed_at": None, "rests_until": None, "failure": ""}
    Lane.objects.filter(pk=way.name, failures__gt=0).update(**healed)


def _pause(way: Way, failures: int, seconds: float | None) -> timedelta:
    if seconds is not None:
        return min(timedelta(seconds=max(1.0, seconds)), timedelta(hours=1))
    most = LONGEST_PAGE_REST if way.channel == Channel.PAGE else LONGEST_REST
    pause = min(FIRST_REST * 2 ** min(failures - 1, 10), most)
    return pause * random.uniform(0.8, 1.2)


def _locked(names: Sequence[str], at: datetime) -> list[Lane]:
    """Rows to change, made where there are none yet."""
    missing = [Lane(pk=name, tokens=_most(name), filled_at=at) for name in names]
    Lane.objects.bulk_create(missing, ignore_conflicts=True)
    rows = Lane.objects.select_for_update().filter(pk__in=names)
    return list(rows.order_by("pk"))


def _filled(lane: Lane, at: datetime) -> float:
    """Its tokens by now."""
    most = _most(lane.pk)
    passed = max(0.0, (at - lane.filled_at).total_seconds())
    return min(float(most), lane.tokens + passed * _per_minute(lane.pk) / 60)


def _most(name: str) -> int:
    return max(1, _per_minute(name) // BURST)


def _per_minute(name: str) -> int:
    return settings.MESSAGES_PER_MINUTE[name.partition(":")[0]]
