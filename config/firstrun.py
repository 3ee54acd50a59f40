"""The code that lets the first administrator in, where there is no demo data.

`manage.py up` prints it; the first-run page asks for it. Only its hash is kept, in
VAR/first_run, and a new code replaces the one before.
"""

import hashlib
import hmac
import os
import secrets
from pathlib import Path

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # nothing that is read two ways
GROUPS, GROUP_LENGTH = 3, 4  # 59 bits


def first_run_code(var: Path) -> str:
    """Make a new code, keep its hash, return it for printing: `K7QM-2XHD-R9TW`."""
    code = "-".join(
        "".join(secrets.choice(ALPHABET) for _ in range(GROUP_LENGTH))
        for _ in range(GROUPS)
    )
    handle = os.open(_path(var), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(_digest(code))
    return code


def check_first_run_code(var: Path, code: str) -> bool:
    """Whether this is the code that was printed last (case and dashes do not count)."""
    if not _path(var).exists():
        return False
    return hmac.compare_digest(_path(var).read_text(), _digest(code))


def forget_first_run_code(var: Path) -> None:
    """Call when the first administrator exists: the code works no longer."""
    _path(var).unlink(missing_ok=True)


def _path(var: Path) -> Path:
    return var / "first_run"


def _digest(code: str) -> str:
    plain = "".join(letter for letter in code.upper() if letter.isalnum())
    return hashlib.sha256(plain.encode()).hexdigest()
