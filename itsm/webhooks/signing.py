"""Secrets, and what a delivery is signed with, as Standard Webhooks has it.

https://www.standardwebhooks.com/: HMAC-SHA256 over "id.timestamp.body", in base64, by
the bytes that stand in base64 behind "whsec_". While a secret is being rotated both
sign, so that the receiver may change over at any time in between.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta

from core.sealing import seal, unseal
from itsm.webhooks.models import Delivery, Webhook

PURPOSE, PREFIX = "webhook.secret", "whsec_"
BOTH = timedelta(hours=24)  # for so long the former secret signs too


def new_secret() -> str:
    """A secret as the receiver is given it, once."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def sealed(secret: str) -> str:
    """As the row keeps it."""
    return seal(secret, purpose=PURPOSE)


def secrets_of(webhook: Webhook, at: datetime) -> list[str]:
    """What signs now, the newest first; none where they cannot be read any more."""
    kept = [webhook.secret, webhook.old_secret if webhook.is_rotating(at) else ""]
    return [found for one in kept if one and (found := unseal(one, purpose=PURPOSE))]


def sign(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """One signature, with its version."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed = b".".join([message_id.encode(), str(timestamp).encode(), body])
    digest = hmac.new(key, signed, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"


def headers(
    delivery: Delivery, body: bytes, keys: list[str], at: datetime
) -> Mapping[str, str]:
    """What goes above the body."""
    stamp, named = int(at.timestamp()), delivery.message_id
    return {
        "Content-Type": "application/json",
        "webhook-id": named,
        "webhook-timestamp": str(stamp),
        "webhook-signature": " ".join(sign(key, named, stamp, body) for key in keys),
        "beeline-delivery": str(delivery.pk),
        "beeline-event": delivery.kind,
    }
