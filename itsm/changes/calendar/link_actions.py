"""One's own secret address of the calendar: made, made anew, revoked."""

import secrets
from datetime import datetime

from core.log import act, record
from itsm.changes.calendar.models import CalendarLink
from people.models import User
from people.policy import Scope, require
from people.rotas.absence_actions import digest


def make_link(*, user: User, by: User, at: datetime) -> str:
    """A new secret, told only now; the one before works no longer. Raises Forbidden."""
    with act():
        user = User.objects.select_for_update().get(pk=user.pk)
        _require_own(user, by)
        secret = secrets.token_urlsafe(32)
        CalendarLink.objects.filter(user=user).delete()
        CalendarLink.objects.create(user=user, digest=digest(secret), made_at=at)
        record("user.change_calendar_link", subject=user, by=by, at=at)
    return secret


def revoke_link(*, user: User, by: User, at: datetime) -> None:
    """The address works no longer. Raises Forbidden."""
    with act():
        user = User.objects.select_for_update().get(pk=user.pk)
        _require_own(user, by)
        gone, _kinds = CalendarLink.objects.filter(user=user).delete()
        if gone:
            record("user.change_calendar_unlink", subject=user, by=by, at=at)


def _require_own(user: User, by: User) -> None:
    require(by, "freeze.see")
    own = frozenset({Scope.SELF} if user.pk == by.pk else ())
    require(by, "account.change", own)
