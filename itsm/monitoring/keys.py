"""Integration keys: 128 random bits, sealed; administrators may read them again.

A key is found by its SHA-256. While one is being replaced the former counts as well.
"""

import hashlib
import secrets
from datetime import datetime, timedelta

from core.sealing import seal, unseal
from itsm.monitoring.models import Source

PURPOSE = "source-key"
OVERLAP = timedelta(days=1)  # in which the former key still counts


def make() -> str:
    """A new key: 32 characters, as long as a PagerDuty routing key."""
    return secrets.token_hex(16)


def digest(key: str) -> str:
    """By what it is found."""
    return hashlib.sha256(key.encode()).hexdigest()


def give(source: Source, key: str) -> None:
    """Put a key into a row that is not saved yet."""
    source.key, source.key_digest = seal(key, purpose=PURPOSE), digest(key)


def read(source: Source) -> str:
    """The key; empty after SECRET_KEY has changed."""
    return unseal(source.key, purpose=PURPOSE)


def rotate(source: Source, *, at: datetime) -> str:
    """A new key in a row that is not saved yet; the former counts for `OVERLAP`."""
    key = make()
    source.former_digest, source.former_until = source.key_digest, at + OVERLAP
    give(source, key)
    return key
