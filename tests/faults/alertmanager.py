"""Finds the Alertmanager that tests drive, or installs it."""

import os
import shutil
import subprocess
import sys

NAMES = ("prometheus-alertmanager", "alertmanager")


def find() -> str | None:
    """The path of one; ALERTMANAGER=path comes first."""
    if wish := os.environ.get("ALERTMANAGER"):
        return wish
    return next((found for name in NAMES if (found := shutil.which(name))), None)


def install_commands() -> list[list[str]]:
    """How Debian installs it. Its service is not wanted: it is not started."""
    if not shutil.which("apt-get"):
        return []
    install = ["apt-get", "install", "-y", "--no-install-recommends"]
    commands = [["apt-get", "update", "-qq"], [*install, "prometheus-alertmanager"]]
    if os.geteuid() == 0:
        return commands
    sudo = ["sudo", "-n"]
    return [[*sudo, *one] for one in commands] if shutil.which("sudo") else []


def ensure() -> str | None:
    """Find one, or install it; None where neither can be."""
    if find() is None:
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in install_commands():
            subprocess.run(
                command,
                check=False,
                stdout=subprocess.DEVNULL,
                env={**environment, "RUNLEVEL": "1"},
            )
    return find()


def main() -> int:
    """The exit code says whether there is one."""
    if ensure():
        return 0
    print(
        "The tests of events need Prometheus's Alertmanager: install it, or set "
        "ALERTMANAGER to its path.",
        file=sys.stderr,
    )
    return 1


if __name__ == "__main__":
    sys.exit(main())
