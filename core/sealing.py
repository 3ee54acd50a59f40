"""Secrets that we have to read again (a client secret, a one-time code's seed), sealed.

Sealed with a key made from SECRET_KEY, so that a copy of the database alone opens none.
Who changes SECRET_KEY has to enter them anew; docs/admin.md says which.
"""

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings


def seal(text: str, *, purpose: str) -> str:
    """The text as only this installation, and only for this purpose, reads it."""
    return _box(purpose).encrypt(text.encode()).decode()


def unseal(sealed: str, *, purpose: str) -> str:
    """What was sealed; empty where it is none of ours (SECRET_KEY has changed)."""
    try:
        return _box(purpose).decrypt(sealed.encode()).decode()
    except (InvalidToken, ValueError):
        return ""


def _box(purpose: str) -> Fernet:
    key = hashlib.blake2b(
        purpose.encode(), key=settings.SECRET_KEY.encode()[:64], digest_size=32
    )
    return Fernet(base64.urlsafe_b64encode(key.digest()))
