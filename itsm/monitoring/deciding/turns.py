"""One decider at a time."""

from django.db import connection

DECIDER = 7_236_005  # advisory lock


def take_turn() -> bool:
    """Whether it is ours until the transaction ends; somebody else's goes on alone."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [DECIDER])
        return bool(cursor.fetchone()[0])
