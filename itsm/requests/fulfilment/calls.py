"""When a call that failed is tried again."""

from datetime import timedelta

PAUSES = tuple(timedelta(seconds=n) for n in (10, 60, 300, 900, 3600))


def pause(attempts: int) -> timedelta:
    """How long until it is tried again after so many tries."""
    return PAUSES[min(attempts, len(PAUSES)) - 1]
