"""API tokens: 256 random bits, shown once; only their hash is stored.

A token is random, so a plain SHA-256 suffices: there is nothing to guess by brute
force. Scopes narrow what the person may do: none given means everything they may do;
`read` allows GET alone; a collection's name (`incidents`) allows that collection.
"""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Model
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework import authentication, exceptions
from rest_framework.request import Request

from core import reader
from people.models import ApiToken, Organisation, User

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
    per_minute: int | None = None,
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
        per_minute=per_minute,
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
        return admit(header[1].decode("latin-1"), request)

    def authenticate_header(self, request: Request) -> str:
        """Makes an unauthenticated answer 401, not 403."""
        return self.keyword


def admit(secret: str, request: Request) -> tuple[User, ApiToken]:
    """Whose token it is; who speaks no language in the request is told in their own.

    Raises AuthenticationFailed.
    """
    at = timezone.now()
    token = _find(digest(secret), at)
    if token is None:
        raise exceptions.AuthenticationFailed(
            _("This token is unknown, expired or revoked.")
        )
    if token.last_used_at is None or token.last_used_at < at - TOUCH_EVERY:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=at)
    if not request.headers.get("Accept-Language"):
        reader.switch(token.user.language)
    return token.user, token


class SessionAuthentication(authentication.SessionAuthentication):
    """The browser's session, with CSRF protection."""

    def enforce_csrf(self, request: Request) -> None:
        """By its header alone: what was sent is read by the view, if it may be."""
        plain: Any = request._request
        plain._post = QueryDict()
        try:
            super().enforce_csrf(plain)
        finally:
            del plain._post

    def authenticate_header(self, request: Request) -> str:
        """Makes an unauthenticated answer 401, not 403."""
        return "Bearer"


_READ: dict[type[Model], tuple[str, ...]] = {
    ApiToken: (
        *("id", "user_id", "name", "prefix", "scopes", "per_minute", "last_used_at"),
    ),
    User: (
        *("id", "email", "name", "organisation_id", "manager_id", "roles"),
        *("is_vip", "is_machine", "is_active", "time_zone", "language"),
    ),
    Organisation: ("id", "slug", "name", "shares_tickets", "is_active"),
}
_COLUMNS = ", ".join(
    f"{model._meta.db_table}.{name}" for model, names in _READ.items() for name in names
)
_FIND = f"""SELECT {_COLUMNS} FROM people_apitoken
    JOIN people_user ON people_user.id = people_apitoken.user_id
    LEFT JOIN people_organisation
        ON people_organisation.id = people_user.organisation_id
    WHERE digest = %s AND revoked_at IS NULL AND people_user.is_active
        AND (expires_at IS NULL OR expires_at > %s)"""  # noqa: S608 - our own columns


def _find(hashed: str, at: datetime) -> ApiToken | None:
    """The token that is good now, its person and their organisation: one query.

    Past the ORM, because every call of every program asks it: a third of the time.
    """
    with connection.cursor() as cursor:
        cursor.execute(_FIND, [hashed, at])
        row = cursor.fetchone()
    if row is None:
        return None
    found: list[Any] = []
    for model, names in _READ.items():
        values, row = row[: len(names)], row[len(names) :]
        found.append(model.from_db("default", names, values))
    token, user, organisation = found
    token.user = user
    user.organisation = organisation if user.organisation_id else None
    return token
