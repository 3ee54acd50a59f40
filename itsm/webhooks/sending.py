"""Sending what is due: one sender at a time, many calls at once, marked one by one.

An advisory lock of its database session makes it the only one, so that a killed one
lets go at once and slow receivers never hold more than one worker. The calls wait in
threads that know no database; all rows are read and marked here, with no transaction
open while anybody waits for an answer.
"""

import contextlib
import logging
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import datetime

from django.db import Error, connection, transaction
from django.utils import timezone

from core import outbound
from core.outbound import Answer, OutboundError, Policy
from itsm.webhooks import bodies, line, retrying, signing, standing
from itsm.webhooks.models import Delivery, Webhook

log = logging.getLogger(__name__)
LOCK = 7_236_014
SLOTS = 12  # calls at once
EACH = 4  # of them to one webhook
BATCH = 24  # deliveries that one webhook claims at once
SLICE = 15.0  # seconds after which no more calls are begun
LOOK = 0.5  # seconds until we look for others that are due
POLICY = Policy(total_seconds=5.0)
State = Delivery.State
Clock = Callable[[], datetime]
Came = tuple[Answer | OutboundError, int]  # and how many ms that took


@dataclass(slots=True)
class Way:
    """One webhook while we send to it; `waiting` is claimed and written."""

    webhook: Webhook
    waiting: deque[tuple[Delivery, bytes]] = field(default_factory=deque)
    calls: int = 0
    is_dry: bool = False

    @property
    def most(self) -> int:
        """Calls at once; one that failed last time is tried with care."""
        return 1 if self.webhook.failures else EACH


def send_due(*, clock: Clock = timezone.now) -> int:
    """Send what is due; how many deliveries were taken."""
    standing.stop_orphans(at=clock())
    if not line.webhooks_due(clock()).exists():
        return 0
    with _alone() as is_ours:
        if not is_ours:
            return 0
        with ThreadPoolExecutor(SLOTS, thread_name_prefix="webhooks") as pool:
            return Run(clock, pool).work()


@contextlib.contextmanager
def _alone() -> Iterator[bool]:
    """Whether nobody else sends, until the block ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
        (is_ours,) = cursor.fetchone() or (False,)
    try:
        yield is_ours
    finally:
        if is_ours:
            with contextlib.suppress(Error), connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


class Run:
    """One sender's slice."""

    def __init__(self, clock: Clock, pool: ThreadPoolExecutor) -> None:
        self.clock, self.pool = clock, pool
        self.ways: dict[int, Way] = {}
        self.calls: dict[Future[Came], tuple[Way, Delivery, bytes]] = {}
        self.sent = 0
        self.looks_at = 0.0

    def work(self) -> int:
        """Send until nothing is left or our time is over."""
        ends = time.monotonic() + SLICE
        try:
            while True:
                if time.monotonic() < ends:
                    self._look()
                    while self._begin_one():
                        pass
                if not self.calls:
                    return self.sent
                done, _rest = wait(self.calls, LOOK, FIRST_COMPLETED)
                for call in done:
                    self._settle(call)
        finally:
            line.let_go([d for way in self.ways.values() for d, _body in way.waiting])

    def _look(self) -> None:
        """Now and then: which webhooks have something due."""
        if time.monotonic() < self.looks_at:
            return
        self.looks_at = time.monotonic() + LOOK
        for webhook in line.webhooks_due(self.clock()):
            way = self.ways.setdefault(webhook.pk, Way(webhook))
            way.webhook, way.is_dry = webhook, False

    def _begin_one(self) -> bool:
        """Begin one call, for whom fewest are under way; False where none can be."""
        if len(self.calls) >= SLOTS:
            return False
        careful = sum(w.calls for w in self.ways.values() if w.webhook.failures)
        for way in sorted(self.ways.values(), key=lambda way: way.calls):
            if way.webhook.failures and careful >= SLOTS // 2:
                continue
            if way.calls < way.most and (way.waiting or self._fill(way)):
                self._call(way, *way.waiting.popleft())
                return True
        return False

    def _fill(self, way: Way) -> bool:
        """Claim and write more for this webhook; whether there is any."""
        if way.is_dry:
            return False
        at, most = self.clock(), min(BATCH, way.most * BATCH // EACH)
        found = line.claim(way.webhook, most, at)
        way.is_dry = not found
        written = _written(way.webhook, found, at)
        way.waiting.extend((d, written[d.pk]) for d in found if d.pk in written)
        return bool(way.waiting) or (bool(found) and self._fill(way))

    def _call(self, way: Way, delivery: Delivery, body: bytes) -> None:
        at, webhook = self.clock(), way.webhook
        keys = signing.secrets_of(webhook, at)
        if not keys:
            standing.stop(webhook, retrying.keep("hook.sealed"), at=at)
            line.let_go([delivery])
            self._rest(way)
            return
        headers = signing.headers(delivery, body, keys, at)
        way.calls += 1
        call = self.pool.submit(_post, webhook.url, body, headers)
        self.calls[call] = (way, delivery, body)

    def _settle(self, call: "Future[Came]") -> None:
        """Mark what came of it, and how the other side is doing."""
        way, delivery, body = self.calls.pop(call)
        way.calls -= 1
        way.is_dry = False
        (came, ms), at = call.result(), self.clock()
        verdict = retrying.judge(came, at)
        with transaction.atomic():
            kept = {"ms": ms, "body": body.decode(), "status": verdict.status}
            if verdict.is_good:
                _mark_delivered(delivery, at, **kept)
                standing.well(way.webhook)
                self.sent += 1
            else:
                mark_failed(delivery, verdict, at, **kept)
                standing.failed(way.webhook, verdict, at=at)
        rests = way.webhook.rests_until
        if not way.webhook.is_open or (rests is not None and rests > at):
            self._rest(way)

    def _rest(self, way: Way) -> None:
        """Nothing more to this one in this slice, unless it turns out to be due."""
        line.let_go([delivery for delivery, _body in way.waiting])
        way.waiting.clear()
        way.is_dry = True


def _post(url: str, body: bytes, headers: Mapping[str, str]) -> Came:
    """One call, in a thread of its own: no database, no words."""
    began = time.monotonic()
    came: Answer | OutboundError
    try:
        came = outbound.post(url, body, headers=headers, policy=POLICY)
    except OutboundError as no:
        came = no
    return came, int((time.monotonic() - began) * 1000)


def _written(webhook: Webhook, found: list[Delivery], at: datetime) -> dict[int, bytes]:
    """The bodies; what may not be told any more is dropped, a fault of ours waits."""
    if not found:
        return {}
    try:
        written = bodies.write(webhook, found)
    except Error:
        raise
    except Exception as no:  # one that cannot be written must not stop the others
        if len(found) > 1:
            parts = [_written(webhook, [one], at) for one in found]
            return {pk: body for part in parts for pk, body in part.items()}
        log.exception("delivery %s could not be written", found[0].pk)
        failure = retrying.keep("hook.broken", type(no).__name__)
        mark_failed(found[0], retrying.Verdict(failure), at)
        return {}
    for one in found:
        if one.pk not in written:
            line.mine(one).update(
                state=State.DROPPED, failure=retrying.keep("hook.unseen"), runner=None
            )
    return written


def _mark_delivered(delivery: Delivery, at: datetime, **kept: object) -> None:
    line.mine(delivery).update(
        state=State.DELIVERED,
        delivered_at=at,
        tried_at=at,
        first_at=delivery.first_at or at,
        tries=delivery.tries + 1,
        failure="",
        runner=None,
        **kept,
    )


def mark_failed(
    delivery: Delivery, verdict: retrying.Verdict, at: datetime, **kept: object
) -> None:
    """Try it again later, or give it up; then the next of its subject has its turn."""
    tries, first_at = delivery.tries + 1, delivery.first_at or at
    due_at = retrying.next_try(tries, first_at, at, verdict.wait)
    is_over = due_at is None or verdict.is_gone
    line.mine(delivery).update(
        state=State.GIVEN_UP if is_over else State.PENDING,
        due_at=due_at or delivery.due_at,
        tries=tries,
        first_at=first_at,
        tried_at=at,
        failure=verdict.failure,
        runner=None,
        **kept,
    )
