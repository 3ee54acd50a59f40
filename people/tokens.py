"""API tokens: 256 random bits, shown once; only their hash is stored.

A token is random, so a plain SHA-256 suffices: there is nothing to guess by brute
force. Scopes narrow what the person may do: none given means everything they may do;
`read` allows GET alone; a collection's name (`incidents`) allows that collection.
"""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework import authentication, exceptions
from rest_framework.request import Request

from people.models import ApiToken, User

PREFIX = "bee_"
TOUCH_EVERY = timedelta(minutes=5)


def digest(token: str) -> str:
    """What is stored of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def issue(
    *,
    user: User,
    name: str,
    at: datetime,
    scopes: Sequence[str] = (),
    expires_at: datetime | None = None,
) -> tuple[ApiToken, str]:
    """A new token: its row, and the secret, which is told only now."""
    secret = PREFIX + secrets.token_urlsafe(32)
    row = ApiToken.objects.create(
        user=user,
        name=name,
        prefix=secret[:12],
        digest=digest(secret),
        scopes=list(scopes),
        created_at=at,
        expires_at=expires_at,
    )
    return row, secret


class TokenAuthentication(authentication.BaseAuthentication):
    """`Authorization: Bearer TOKEN`."""

    keyword = "Bearer"

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        """The token's person; None where there is no bearer header."""
        header = authentication.get_authorization_header(request).split()
        if not header or header[0].lower() != b"bearer":
            return None
        if len(header) != 2:
            raise exceptions.AuthenticationFailed(
                _("Send: Authorization: Bearer TOKEN")
            )
        at = timezone.now()
        token = (
            ApiToken.objects.select_related("user__organisation")
            .filter(
                Q(expires_at=None) | Q(expires_at__gt=at),
                digest=digest(header[1].decode("latin-1")),
                revoked_at=None,
                user__is_active=True,
            )
            .first()
        )
        if token is None:
            raise exceptions.AuthenticationFailed(
                _("This token is unknown, expired or revoked.")
            )
        if token.last_used_at is None or token.last_used_at < at - TOUCH_EVERY:
            ApiToken.objects.filter(pk=token.pk).update(last_used_at=at)
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        """Makes an unauthenticated answer 401, not 403."""
        return self.keyword


class SessionAuthentication(authentication.SessionAuthentication):
    """The browser's session, with CSRF protection."""

    def authenticate_header(self, request: Request) -> str:
        """Makes an unauthenticated answer 401, not 403."""
        return "Bearer"
