"""One round of a worker: receptions, decisions, silence; and what pokes it."""

import logging
import time
from collections.abc import Callable
from datetime import datetime

from itsm.monitoring import heartbeat, work
from itsm.monitoring.deciding import acting

log = logging.getLogger(__name__)
SLICE = 2.0  # seconds; then others get their turn, and the next poke goes on
POKE_EVERY = 0.2  # seconds, of one process
_poked = float("-inf")


def work_slice(
    *, clock: Callable[[], datetime], seconds: float = SLICE
) -> tuple[int, bool]:
    """Work for so long; how much was done, and whether something is left."""
    until, done = time.monotonic() + seconds, 0
    while True:
        at = clock()
        worked = work.work_off(at=at, batches=4)
        decided = acting.decide(at=at, batches=4)
        done += worked + decided
        if not worked and not decided:
            return done, False
        if time.monotonic() >= until:
            return done, True


def work_events(*, clock: Callable[[], datetime]) -> int:
    """One round; poke again where something is left."""
    heartbeat.listen(at=clock())
    done, left = work_slice(clock=clock)
    if left:
        poke()
    return done


def poke() -> None:
    """Ask a worker to look, at most so often; call it when a reception has committed.

    A poke that is lost costs the second until beat's next.
    """
    global _poked
    if time.monotonic() < _poked + POKE_EVERY:
        return
    _poked = time.monotonic()
    from itsm.monitoring.tasks import work_events as task

    try:
        task.apply_async(retry=False, expires=5, ignore_result=True)
    except Exception as error:  # Valkey may be away: beat pokes again
        log.warning("the workers were not poked: %s", error)
