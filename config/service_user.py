"""The user that PostgreSQL runs as when we are root: it refuses to be root itself."""

import contextlib
import os
import pwd
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

SERVICE_USER = "beeline"


def name() -> str:
    """The unprivileged user: ours, made when it is missing, or nobody."""
    with contextlib.suppress(KeyError):
        return pwd.getpwnam(SERVICE_USER).pw_name
    useradd = shutil.which("useradd") or "/usr/sbin/useradd"
    with contextlib.suppress(OSError):
        subprocess.run(  # noqa: S603 - a system program, fixed arguments
            [useradd, "--system", "--no-create-home", SERVICE_USER],
            check=False,
            capture_output=True,
        )
    with contextlib.suppress(KeyError):
        return pwd.getpwnam(SERVICE_USER).pw_name
    return "nobody"


def open_to(user: str, *, owned: Iterable[Path], installed: Path) -> None:
    """Give the user its own directories, and a way to them and to the program."""
    for directory in owned:
        hand_over(directory, user)
        allow_passage(directory)
    libraries = installed.parent.with_name(installed.parent.name + ".libs")
    for directory in (installed, libraries):
        allow_passage(directory)
        if directory.exists() and not directory.stat().st_mode & stat.S_IROTH:
            allow_reading(directory)


def allow_reading(directory: Path) -> None:
    """What pip installed under a strict umask is no secret: anybody may read it."""
    for path in (directory, *directory.rglob("*")):
        mode = path.stat().st_mode
        runs = path.is_dir() or mode & stat.S_IXUSR
        path.chmod(mode | (0o555 if runs else 0o444))


def hand_over(directory: Path, user: str) -> None:
    """Make the service user the owner of one directory."""
    entry = pwd.getpwnam(user)
    if directory.stat().st_uid != entry.pw_uid:
        os.chown(directory, entry.pw_uid, entry.pw_gid)


def allow_passage(path: Path) -> None:
    """Let others walk through (not list, not read) the directories above `path`."""
    for directory in path.parents:
        mode = directory.stat().st_mode
        if not mode & stat.S_IXOTH:
            directory.chmod(mode | stat.S_IXOTH)
            print(  # noqa: T201 - the person should know
                f"Allowed passage through {directory} (mode o+x): PostgreSQL does "
                "not run as root and has to reach its files.",
                file=sys.stderr,
            )
