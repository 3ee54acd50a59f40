"""What people do with their own account: sessions, presence, the tour."""

from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from core.errors import Invalid
from core.log import act, record
from people import sessions
from people.changes import Changes, plain
from people.models import Presence, SignIn, User
from people.policy import Scope, require

LONGEST = timedelta(days=60)
STEPS = 5  # the tour is over


def end_session(*, sign_in: SignIn, by: User, at: datetime) -> None:
    """Sign one of one's own browsers out. Raises Forbidden."""
    with act():
        _require_own(sign_in.user_id, by)
        _note_end(by, at, 1)
        sessions.end(sign_in)


def end_other_sessions(*, user: User, by: User, at: datetime, here: str) -> int:
    """Sign out everywhere else; how many browsers that were. Raises Forbidden."""
    with act():
        _require_own(user.pk, by)
        ended = sessions.end_all(user, but=here)
        if ended:
            _note_end(by, at, ended)
    return ended


def _note_end(by: User, at: datetime, count: int) -> None:
    changes: Changes = {"sessions": (count, 0)}
    record("user.session_end", subject=by, by=by, at=at, changes=changes)


def set_presence(
    *, user: User, by: User, at: datetime, presence: str, until: datetime | None = None
) -> User:
    """Say whether one may be asked now, and until when that holds.

    Raises Forbidden, Invalid.
    """
    with act():
        user = User.objects.select_for_update(of=("self",)).get(pk=user.pk)
        _require_own(user.pk, by)
        if presence not in Presence.values:
            raise Invalid({"presence": [_("There is no such presence.")]})
        if presence == Presence.AVAILABLE:
            until = None
        if until is not None and not at < until <= at + LONGEST:
            raise Invalid({"until": [_("Say a time ahead, within sixty days.")]})
        changes: Changes = {
            name: (plain(old), plain(new))
            for name, old, new in (
                ("presence", user.presence, presence),
                ("presence_until", user.presence_until, until),
            )
            if old != new
        }
        if changes:
            user.presence, user.presence_until = presence, until
            user.save(update_fields=["presence", "presence_until"])
            record("user.presence", subject=user, by=by, at=at, changes=changes)
    return user


def set_tour(*, user: User, by: User, step: int) -> User:
    """Where somebody is in the tour; 5 is behind them. Nothing for the log."""
    _require_own(user.pk, by)
    user.tour = min(max(step, 0), STEPS)
    user.save(update_fields=["tour"])
    return user


def _require_own(owner_id: int, by: User) -> None:
    scopes = frozenset({Scope.SELF}) if owner_id == by.pk else frozenset()
    require(by, "account.change", scopes)
