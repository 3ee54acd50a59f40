"""Finds the Chromium that the browser tests drive; `--install` installs one."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAC_APPS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]


def find() -> str | None:
    """The path of a Chromium or Chrome; CHROMIUM=path comes first."""
    wish = os.environ.get("CHROMIUM")
    if wish:
        return wish
    for name in NAMES:
        if found := shutil.which(name):
            return found
    return next((app for app in MAC_APPS if Path(app).exists()), None)


def install_command() -> list[str] | None:
    """How this system's package manager installs one; None when we cannot."""
    if shutil.which("apt-get"):
        command = ["apt-get", "install", "-y", "--no-install-recommends", "chromium"]
        if os.geteuid() == 0:
            return command
        return ["sudo", "-n", *command] if shutil.which("sudo") else None
    if shutil.which("brew"):
        return ["brew", "install", "--cask", "chromium"]
    return None


def main() -> int:
    """Find one, or install it; the exit code says whether there is one now."""
    if find():
        return 0
    command = install_command()
    if command is not None:
        print("Installing Chromium for the browser tests …", flush=True)
        if "apt-get" in command:
            update = [*command[: command.index("apt-get") + 1], "update", "-qq"]
            subprocess.run(update, check=False)
        subprocess.run(command, check=False, stdout=subprocess.DEVNULL)
    if find():
        return 0
    print(
        "The browser tests need Chromium or Chrome: install one, or set CHROMIUM to "
        "its path.",
        file=sys.stderr,
    )
    return 1


if __name__ == "__main__":
    sys.exit(main())
