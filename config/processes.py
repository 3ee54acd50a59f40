"""Child processes: signals, process groups, and dying with the parent."""

import contextlib
import ctypes
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path

PR_SET_PDEATHSIG = 1


def dies_with_parent(signum: int) -> Callable[[], None] | None:
    """A `preexec_fn` that sends `signum` to the child when we are killed.

    Linux only (None elsewhere). The process must be started from the main thread:
    the kernel watches the thread, not the process.
    """
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None, use_errno=True)
    parent = os.getpid()

    def before_exec() -> None:
        libc.prctl(PR_SET_PDEATHSIG, signum)
        if os.getppid() != parent:  # killed between fork and here
            os.kill(os.getpid(), signum)

    return before_exec


def die_with_our_parent(signum: int) -> None:
    """Ask the kernel for `signum` when the process that started us is gone (Linux).

    It outlives `exec`, so that a killed `make up` leaves nothing running.
    """
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signum)


def fork(work: Callable[[], object]) -> int:
    """Do some work in a copy of this process; its id. Exit code 0: it is done.

    The copy starts at once, where a new process would have to import all there is. It
    shares no database connection: the caller has closed them. Dies with us (Linux).
    """
    us = os.getpid()
    sys.stdout.flush()
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # we are told by who started us
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        die_with_our_parent(signal.SIGTERM)
        if os.getppid() == us:
            work()
            code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        os._exit(code)


def is_alive(pid: int) -> bool:
    """Whether a process of that id runs; one that only waits to be reaped does not."""
    with contextlib.suppress(ChildProcessError):
        if os.waitpid(pid, os.WNOHANG)[0] == pid:
            return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return not _is_zombie(pid)


def _is_zombie(pid: int) -> bool:
    """Ended, and its parent (not us) has not looked yet. Known on Linux only."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] == "Z"


def signal_group(pid: int, signum: int) -> None:
    """Send a signal to the process group `pid` leads; silence when it is gone."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signum)


def wait_gone(pid: int, seconds: float) -> bool:
    """Wait up to `seconds` for a process to end; True when it has."""
    until = time.monotonic() + seconds
    while is_alive(pid):
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


def stop(pid: int, *steps: tuple[int, float]) -> None:
    """Send each `(signal, seconds to wait)` in turn until the process is gone."""
    for signum, seconds in steps:
        try:
            os.kill(pid, signum)
        except ProcessLookupError:
            return
        if wait_gone(pid, seconds):
            return


STOP_POSTGRES = ((signal.SIGINT, 30.0), (signal.SIGQUIT, 10.0), (signal.SIGKILL, 5.0))
STOP_VALKEY = ((signal.SIGTERM, 10.0), (signal.SIGKILL, 5.0))
