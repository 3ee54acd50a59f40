"""A small discrete-event simulation: lives of tickets, run in the order of time.

A life is a generator that acts and yields how long it waits until it acts again; the
simulation keeps them in one heap, so that the log it leaves is in order of time. What
would happen after the end simply has not happened yet: those tickets are open.
"""

import heapq
from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

Life = Iterator[timedelta | datetime]
MORNING, EVENING = 8, 18  # UTC hours between which people work
TODAY = timedelta(hours=10)  # the end is always in somebody's working day


class Simulation:
    """Time, chance and the heap of lives."""

    def __init__(self, *, start: datetime, end: datetime, seed: int = 7) -> None:
        self.start, self.end = start, end
        self.now = start
        self.random = Random(seed)
        self._heap: list[tuple[datetime, int, Life]] = []
        self._count = 0

    def add(self, life: Life, at: datetime) -> None:
        """Let a life begin at a moment."""
        self._count += 1
        heapq.heappush(self._heap, (at, self._count, life))

    def run(self) -> None:
        """Live until the end."""
        while self._heap and self._heap[0][0] <= self.end:
            self.now, _order, life = heapq.heappop(self._heap)
            wait = next(life, None)
            if wait is not None:
                until = wait if isinstance(wait, datetime) else self.now + wait
                self.add(life, max(until, self.now))

    def office(self, wait: timedelta) -> datetime:
        """The moment after a wait, moved into the next working hours."""
        at = self.now + wait
        if at > self.end - TODAY:
            return at
        while at.weekday() >= 5 or at.hour >= EVENING:
            at = (at + timedelta(days=1)).replace(hour=MORNING)
        if at.hour < MORNING:
            at = at.replace(hour=MORNING)
        return at

    def minutes(self, low: float, high: float) -> datetime:
        """A working moment between so many minutes from now."""
        return self.office(timedelta(minutes=self.random.uniform(low, high)))

    def hours(self, low: float, high: float) -> datetime:
        """A working moment between so many hours from now."""
        return self.minutes(low * 60, high * 60)

    def days(self, low: float, high: float) -> datetime:
        """A working moment between so many days from now."""
        return self.minutes(low * 1440, high * 1440)
