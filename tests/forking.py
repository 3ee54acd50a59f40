"""A process of its own for what a test kills; it shares no connection with us."""

import os
from collections.abc import Callable

from django.db import connection, connections


def in_a_child(work: Callable[[], object]) -> int:
    """Fork a process that does this and ends; its id.

    Once a browser was driven here, this process has an event loop, and Django keeps our
    connection with the loop; the one of before lies where a thread without a loop
    finds it. A child has no loop: it would speak on that socket, which is ours too.
    """
    connections.close_all()
    connection.close()
    pid = os.fork()
    if pid:
        return pid
    inherited = []  # kept, because forgetting one ends its session: also for us
    try:
        for found in connections.all(initialized_only=True):
            inherited.append(found.connection)
            found.connection = None
        work()
    finally:
        os._exit(0)
