"""One round of a worker: receptions, decisions, silence."""

import time
from collections.abc import Callable
from datetime import datetime

from itsm.monitoring import heartbeat, work
from itsm.monitoring.deciding import acting
from itsm.monitoring.intake import storing

SLICE = 2.0  # seconds; then others get their turn, and the next poke goes on


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
        storing.poke()
    return done
