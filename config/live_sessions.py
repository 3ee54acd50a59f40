"""Who an open live channel belongs to: short looks at sessions, in a thread.

Sessions are in Valkey with the database behind it (cached_db). A password hash is
compared as Django does it, so that a changed password ends the channel as well. Each
call closes its database connection at once.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module

from django.conf import settings
from django.contrib.auth import (
    BACKEND_SESSION_KEY,
    HASH_SESSION_KEY,
    SESSION_KEY,
    get_user_model,
)
from django.contrib.sessions.backends.base import SessionBase
from django.db import connection

from core.live import STAFF, user_audience


@dataclass(frozen=True)
class Who:
    """A signed-in browser and what it hears."""

    session_key: str
    audiences: frozenset[str]


def who(session_key: str) -> Who | None:
    """The person of this session; None when it is over or nobody is signed in."""
    if not session_key:
        return None
    try:
        return _who([session_key]).get(session_key)
    finally:
        connection.close()


def still_valid(seen: Mapping[str, frozenset[str]]) -> set[str]:
    """Which of these sessions still hold and still hear what they heard."""
    try:
        found = _who(list(seen))
    finally:
        connection.close()
    return {key for key, who in found.items() if who.audiences == seen.get(key)}


def _who(session_keys: list[str]) -> dict[str, Who]:
    """One read of each session and one query for all their people."""
    sessions = {key: _load(key) for key in session_keys}
    ids = {s[SESSION_KEY] for s in sessions.values() if SESSION_KEY in s}
    users = {
        str(user.pk): user
        for user in get_user_model()._default_manager.filter(pk__in=ids, is_active=True)
    }
    found = {}
    for key, session in sessions.items():
        user = users.get(str(session.get(SESSION_KEY)))
        if user is not None and _holds(session, user):
            found[key] = Who(key, _audiences(user))
    return found


def _load(session_key: str) -> Mapping[str, str]:
    engine = import_module(settings.SESSION_ENGINE)
    session: SessionBase = engine.SessionStore(session_key)
    return session.load()


def _holds(session: Mapping[str, str], user: object) -> bool:
    """Whether the session was opened with the password that is valid now."""
    known = session.get(BACKEND_SESSION_KEY) in settings.AUTHENTICATION_BACKENDS
    wanted = user.get_session_auth_hash()  # type: ignore[attr-defined]
    return known and hmac.compare_digest(session.get(HASH_SESSION_KEY, ""), wanted)


def _audiences(user: object) -> frozenset[str]:
    mine = {user_audience(user.pk)}  # type: ignore[attr-defined]
    return frozenset(mine | {STAFF} if user.is_staff else mine)  # type: ignore[attr-defined]
