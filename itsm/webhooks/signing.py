"""Secrets, and what a delivery is signed with, as Standard Webhooks has it.

While a secret is being rotated both sign, so that the receiver may change over at any
time in between.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from core.sealing import seal, unseal
from core.signed import new_secret, sign
from itsm.webhooks.models import Delivery, Webhook

__all__ = ["headers", "new_secret", "sealed", "secrets_of", "sign"]
PURPOSE = "webhook.secret"
BOTH = timedelta(hours=24)  # for so long the former secret signs too


def sealed(secret: str) -> str:
    """As the row keeps it."""
    return seal(secret, purpose=PURPOSE)


def secrets_of(webhook: Webhook, at: datetime) -> list[str]:
    """What signs now, the newest first; none where they cannot be read any more."""
    kept = [webhook.secret, webhook.old_secret if webhook.is_rotating(at) else ""]
    return [found for one in kept if one and (found := unseal(one, purpose=PURPOSE))]


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
