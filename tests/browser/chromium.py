"""Finds the Chromium that the browser tests drive; `--install` installs one."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

# The first has no window's user interface to draw and takes a third less of a core.
NAMES = (
    *("chromium-headless-shell", "chromium", "chromium-browser"),
    *("google-chrome", "google-chrome-stable"),
)
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


def install_commands() -> list[list[str]]:
    """How this system's package manager installs one, the lightest first."""
    if shutil.which("apt-get"):
        packages = ("chromium-headless-shell", "chromium")
        install = ["apt-get", "install", "-y", "--no-install-recommends"]
        commands = [["apt-get", "update", "-qq"], *([*install, p] for p in packages)]
        if os.geteuid() == 0:
            return commands
        sudo = ["sudo", "-n"]
        return [[*sudo, *one] for one in commands] if shutil.which("sudo") else []
    if shutil.which("brew"):
        return [["brew", "install", "--cask", "chromium"]]
    return []


def main() -> int:
    """Find one, or install it; the exit code says whether there is one now."""
    if find():
        return 0
    print("Installing Chromium for the browser tests …", flush=True)
    for command in install_commands():
        if not find():
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
