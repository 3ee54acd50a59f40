"""Message-IDs that prove themselves, so that an answer to one can be trusted.

`<bl.MESSAGE.USER.TYPE.ID.PROOF@host>`: the proof is an HMAC over all that stands before
it. Who answers brings the id back (In-Reply-To); one that was made up or altered does
not verify. No look-up is needed, so it holds when the message's row is long gone.
"""

import hashlib
import hmac
import re
from urllib.parse import urlsplit

from django.conf import settings

PURPOSE = b"beeline mail message-id"
FORM = re.compile(
    r"<?bl\.(\d{1,19})\.(\d{1,19})\.([a-z_]{0,20})\.(\d{1,19})\.([0-9a-f]{40})"
    r"@[\w.:\[\]-]{1,255}>?",
    re.ASCII,
)


def host() -> str:
    """Whose ids they are."""
    return urlsplit(settings.BASE_URL).hostname or "localhost"


def make(message_id: int, user_id: int, subject_type: str, subject_id: int) -> str:
    """The Message-ID of one message to one person (0: a room) about one thing."""
    named = f"bl.{message_id}.{user_id}.{subject_type}.{subject_id}"
    return f"<{named}.{_proof(named)}@{host()}>"


def verify(message_id: str) -> tuple[str, int, int] | None:
    """Type and id of the thing, and the person it was sent to; None if not ours."""
    found = FORM.fullmatch(message_id.strip())
    if found is None:
        return None
    _message, user_id, subject_type, subject_id, proof = found.groups()
    named = f"bl.{'.'.join(found.groups()[:4])}"
    if not hmac.compare_digest(proof, _proof(named)):
        return None
    return subject_type, int(subject_id), int(user_id)


def thread(subject_type: str, subject_id: int) -> str:
    """What all mails on one thing refer to, so that they stand together."""
    return f"<thread.{subject_type}.{subject_id}@{host()}>"


def _proof(named: str) -> str:
    """160 bits, under a key that is made from SECRET_KEY for this alone."""
    key = hashlib.blake2b(PURPOSE, key=settings.SECRET_KEY.encode()[:64]).digest()
    return hmac.digest(key, named.encode(), "sha256").hex()[:40]
