"""A process of its own for what a test kills; it shares no connection with us."""

import os
from collections.abc import Callable

from django.db import connection, connections


def in_a_child(work: Callable[[], object]) -> int:
    """Fork a process that does this and ends; its id.

    Where a browser was driven before, its event loop makes `close_all` overlook the
    connection that this test uses, and both would speak on one socket.
    """
    connections.close_all()
    connection.close()
    assert connection.connection is None
    pid = os.fork()
    if pid:
        return pid
    try:
        work()
    finally:
        os._exit(0)
