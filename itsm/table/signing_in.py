"""HTTP Basic for programs that know nothing else: an e-mail, and an API token.

The account's password is never taken here: it would walk around the second step, and
lie in the configuration of some program. Who fails too often is not looked at again
for a while, counted by where they come from and whom they claim to be, so that nobody
locks out somebody else; without Valkey nothing is counted.
"""

import base64
import binascii
import hashlib
import time

import redis
from allauth.account.adapter import get_adapter
from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _
from rest_framework import authentication, exceptions
from rest_framework.request import Request

from core import live
from core.api.problems import TooMany
from people import tokens
from people.models import ApiToken, User

WINDOW = 60  # seconds
MOST_OF_ONE = 10  # failures in a window: one address, one e-mail
MOST_OF_ADDRESS = 100


class BasicTokenAuthentication(authentication.BaseAuthentication):
    """`Authorization: Basic`: an e-mail for the name, a token for the password."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        """The token's person; None where the header is another. Raises TooMany."""
        header = authentication.get_authorization_header(request).split()
        if not header or header[0].lower() != b"basic":
            return None
        email, secret = _read(header[1:])
        keys = _keys(request, email)
        _require_patience(keys)
        try:
            user, token = tokens.admit(secret, request)
            if user.email.lower() != email:
                raise exceptions.AuthenticationFailed(
                    _("This token is unknown, expired or revoked.")
                )
        except exceptions.AuthenticationFailed:
            _count(keys)
            raise
        return user, token

    def authenticate_header(self, request: Request) -> str:
        """Makes an unauthenticated answer 401, not 403."""
        return "Basic"


def _read(parts: list[bytes]) -> tuple[str, str]:
    """The e-mail and the token."""
    try:
        text = base64.b64decode(b"".join(parts), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        text = ""
    email, colon, secret = text.partition(":")
    if not colon:
        raise exceptions.AuthenticationFailed(
            _("Send your e-mail as the name and an API token as the password.")
        )
    return email.strip().lower(), secret


def _keys(request: Request, email: str) -> dict[str, int]:
    """What is counted, and how many are borne."""
    try:
        where = str(get_adapter().get_client_ip(request._request))
    except PermissionDenied:  # a proxy that does not say for whom it asks
        where = ""
    whom = hashlib.sha256(email.encode(errors="replace")).hexdigest()[:16]
    now = int(time.time()) // WINDOW
    return {
        f"basic:{now}:{where}:{whom}": MOST_OF_ONE,
        f"basic:{now}:{where}": MOST_OF_ADDRESS,
    }


def _require_patience(keys: dict[str, int]) -> None:
    try:
        counted = live.valkey().mget(list(keys))
    except (redis.RedisError, OSError):
        return
    failed = zip(counted, keys.values(), strict=True)
    if any(int(n or 0) >= most for n, most in failed):
        raise TooMany(
            _("Too many failed attempts; wait a little."),
            retry_after=WINDOW - int(time.time()) % WINDOW,
        )


def _count(keys: dict[str, int]) -> None:
    try:
        with live.valkey().pipeline() as pipe:
            for key in keys:
                pipe.incr(key)
                pipe.expire(key, WINDOW * 2)
            pipe.execute()
    except (redis.RedisError, OSError):
        return
