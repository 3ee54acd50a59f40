"""Calls that go out are signed as Standard Webhooks has it.

https://www.standardwebhooks.com/: HMAC-SHA256 over "id.timestamp.body", in base64, by
the bytes that stand in base64 behind "whsec_".
"""

import base64
import binascii
import hashlib
import hmac
import secrets

PREFIX = "whsec_"
LEAST_BYTES = 16  # of a secret that somebody brings


def new_secret() -> str:
    """A secret as the receiver is given it, once."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def is_secret(text: str) -> bool:
    """Whether this can sign: the prefix, and enough bytes in base64."""
    if not text.startswith(PREFIX):
        return False
    try:
        key = base64.b64decode(text.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        return False
    return len(key) >= LEAST_BYTES


def sign(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """One signature, with its version."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed = b".".join([message_id.encode(), str(timestamp).encode(), body])
    digest = hmac.new(key, signed, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"
