"""A progress bar of our own: one line on a terminal, a line now and then elsewhere."""

import time
from typing import TextIO

WIDTH = 30
TERMINAL_EVERY_S = 0.1
ELSEWHERE_EVERY_S = 10.0


class Bar:
    """How far a piece of work is. `total` and `done` count the same thing."""

    def __init__(self, label: str, total: int, out: TextIO) -> None:
        self.label = label
        self.total = max(total, 1)
        self.out = out
        self.on_terminal = out.isatty()
        self.every = TERMINAL_EVERY_S if self.on_terminal else ELSEWHERE_EVERY_S
        self.started = self.shown = time.monotonic()

    def at(self, done: int) -> None:
        """Say where it stands, not more often than a reader can follow."""
        now = time.monotonic()
        if now - self.shown < self.every:
            return
        self.shown = now
        self._draw(done, now)

    def finish(self) -> None:
        """Complete the bar and leave the line."""
        self._draw(self.total, time.monotonic())
        if self.on_terminal:
            self.out.write("\n")
            self.out.flush()

    def _draw(self, done: int, now: float) -> None:
        share = min(done / self.total, 1.0)
        seconds = now - self.started
        left = f", {seconds / share - seconds:.0f} s left" if 0.02 < share < 1 else ""
        tail = f"{share:4.0%} {seconds:.0f} s{left}"
        if self.on_terminal:
            bar = ("█" * round(share * WIDTH)).ljust(WIDTH, "·")
            self.out.write(f"\r{self.label:<20} {bar} {tail}\x1b[K")
        else:
            self.out.write(f"{self.label}: {tail.strip()}\n")
        self.out.flush()
