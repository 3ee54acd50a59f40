"""What people do with their own account: its fields, sessions, presence, the tour."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import available_timezones

from django.utils.translation import gettext as _

from core.errors import Invalid
from core.log import act, record
from people import sessions
from people.actions import LANGUAGES, USER_TEXTS
from people.changes import Changes, Given, plain, put, require_known
from people.keys import in_force
from people.models import Presence, SignIn, Theme, User
from people.policy import Scope, require

LONGEST = timedelta(days=60)
STEPS = 5  # the tour is over
OWN_FIELDS = frozenset(
    {"name", "phone", "place", "time_zone", "language", "theme", "keys"}
)


def change_account(*, user: User, by: User, at: datetime, **given: Any) -> User:
    """Change one's own name, phone, place, time zone, language, look or keys.

    Raises Forbidden, Invalid.
    """
    with act():
        user = User.objects.select_for_update().get(pk=user.pk)
        _require_own(user.pk, by)
        require_known(given, OWN_FIELDS)
        _check_account(given)
        changes = put(user, given, texts=USER_TEXTS, by=by, at=at)
        if changes:
            record("user.change", subject=user, by=by, at=at, changes=changes)
    return user


def _check_account(given: Given) -> None:
    if "name" in given and not given["name"].strip():
        raise Invalid({"name": [_("Give your name.")]})
    if given.get("language", "") not in LANGUAGES:
        raise Invalid({"language": [_("Pages are not written in that language.")]})
    if given.get("theme", "") not in Theme.values:
        raise Invalid({"theme": [_("There is no such choice.")]})
    zone = given.get("time_zone")
    if zone and zone not in available_timezones():
        raise Invalid({"time_zone": [_("There is no such time zone.")]})
    keys = given.get("keys")
    if keys is None:
        return
    chosen = keys.get("map", {})
    if any(len(key) != 1 or not key.isprintable() for key in chosen.values()):
        raise Invalid({"keys": [_("A key is one letter, digit or sign.")]})
    everything = in_force(chosen)
    if len(set(everything)) != len(everything):
        raise Invalid({"keys": [_("Two actions have the same key.")]})


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
