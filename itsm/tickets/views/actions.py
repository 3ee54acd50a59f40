"""What people do with saved views. Names and words in addresses stay out of the log."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from core.errors import Forbidden, Invalid
from core.log import act, record
from itsm.tickets import columns as known_columns
from itsm.tickets.queue import VIEWS
from itsm.tickets.views import counting
from itsm.tickets.views.models import LONGEST_NAME, LONGEST_QUERY, ListWish, SavedView
from people import policy
from people.models import Team, User
from people.policy import Scope
from people.roles import Role

MOST = 60  # views of one person, or of one team
KEPT_REMOVED = timedelta(days=1)


def save(
    *,
    by: User,
    at: datetime,
    name: str,
    query: str,
    type: str = "",
    team: Team | None = None,
) -> SavedView:
    """Save a list under a name, for oneself or for a team."""
    view = SavedView(owner=by, team=team, name=name.strip(), type=type)
    view.query = counting.wish_for(query, type).query()
    with act():
        require_change(by, view)
        _check(view)
        same = SavedView.objects.filter(deleted_at=None, team=team)
        if (same if team else same.filter(owner=by)).count() >= MOST:
            raise Invalid({"name": [_("There are %(n)s views already.") % {"n": MOST}]})
        view.created_at = view.updated_at = at
        view.save()
        counting.keep_rule(view, by, at=at)
        _record("view.save", view, by, at)
    return view


def change(
    *,
    view: SavedView,
    by: User,
    at: datetime,
    name: str | None = None,
    query: str | None = None,
) -> SavedView:
    """Give a view another name, or make it the list that an address shows."""
    with act():
        view = locked(view)
        require_change(by, view)
        old = view.name, view.query
        if name is not None:
            view.name = name.strip()
        if query is not None:
            view.query = counting.wish_for(query, view.type).query()
        _check(view)
        if (view.name, view.query) == old:
            return view
        view.updated_at = at
        view.save(update_fields=["name", "query", "updated_at"])
        if view.query != old[1]:
            counting.keep_rule(view, by, at=at)
        _record("view.change", view, by, at)
    return view


def remove(*, view: SavedView, by: User, at: datetime) -> SavedView:
    """Take a view away; for a day it can be brought back."""
    with act():
        view = locked(view)
        require_change(by, view)
        old = SavedView.objects.filter(deleted_at__lt=at - KEPT_REMOVED)
        old.delete()
        if view.deleted_at is None:
            view.deleted_at = at
            view.save(update_fields=["deleted_at"])
            counting.forget(view)
            _record("view.remove", view, by, at)
    return view


def restore(*, view: SavedView, by: User, at: datetime) -> SavedView:
    """Bring back a view that was taken away."""
    with act():
        view = locked(view)
        require_change(by, view)
        if view.deleted_at is not None:
            view.deleted_at = None
            view.save(update_fields=["deleted_at"])
            counting.keep_rule(view, by, at=at)
            _record("view.restore", view, by, at)
    return view


def copy(*, view: SavedView, by: User, at: datetime) -> SavedView:
    """One's own copy of a team's view."""
    return save(by=by, at=at, name=view.name, query=view.query, type=view.type)


def arrange(
    *,
    by: User,
    order: Sequence[str] | None = None,
    hidden: Sequence[str] | None = None,
    start: str | None = None,
) -> ListWish:
    """The order of one's views, those left out, and the one the queue opens with."""
    policy.require(by, "view.save")
    with act():
        wish = _own(by)
        for name, given in (("order", order), ("hidden", hidden)):
            if given is not None:
                keys = dict.fromkeys(key for key in given if _is_key(key))
                setattr(wish, name, list(keys)[: 4 * MOST])
        if start is not None and (not start or _is_key(start)):
            wish.start = start
        wish.save()
    return wish


def set_look(*, by: User, columns: Sequence[str], density: str) -> ListWish:
    """The columns and the density that one's lists have unless their address says."""
    policy.require(by, "view.save")
    with act():
        wish = _own(by)
        wish.columns = known_columns.chosen(columns)
        wish.density = density if density in known_columns.DENSITIES else ""
        wish.save()
    return wish


def may_change(view: SavedView, by: User) -> bool:
    """Whether a person may change a view: their own, or one of a team they lead."""
    try:
        require_change(by, view)
    except Forbidden:
        return False
    return True


def teams_for(by: User) -> list[Team]:
    """The teams a person may save views for."""
    rows = Team.objects.filter(is_active=True).order_by("name")
    if not by.has_role(Role.ADMINISTRATOR):
        rows = rows.filter(pk__in=by.led_team_ids)
    return list(rows)


def seen_by(user: User) -> Q:
    """The views somebody who works here may read: their own and those of all teams."""
    return Q(owner_id=user.pk, team=None) | Q(team__isnull=False)


def require_change(by: User, view: SavedView) -> None:
    """Raise Forbidden where it is not theirs, nor one of a team that they lead."""
    if view.team_id is None and view.owner_id == by.pk:
        return policy.require(by, "view.save")
    if view.team_id is None:
        raise Forbidden(_("This is not yours to do."))
    led = frozenset({Scope.LED}) if view.team_id in by.led_team_ids else frozenset()
    why = _("Only leads of the team and administrators change its views.")
    return policy.require(by, "view.share", led, why=why)


def _check(view: SavedView) -> None:
    errors = {}
    if not view.name:
        errors["name"] = [_("Give the view a name.")]
    elif len(view.name) > LONGEST_NAME or "\x00" in view.name:
        errors["name"] = [_("At most %(n)s characters.") % {"n": LONGEST_NAME}]
    if len(view.query) > LONGEST_QUERY:
        errors["query"] = [_("These are more filters than a view can keep.")]
    if errors:
        raise Invalid(errors)


def locked(view: SavedView) -> SavedView:
    """Its row, as it is now, until the transaction ends."""
    return SavedView.objects.select_for_update().get(pk=view.pk)


def _own(by: User) -> ListWish:
    wish, _made = ListWish.objects.select_for_update().get_or_create(user=by)
    return wish


def _is_key(key: str) -> bool:
    return key in VIEWS or (key[:1] == "v" and key[1:].isdecimal() and len(key) < 20)


def _record(kind: str, view: SavedView, by: User, at: datetime) -> None:
    changes: dict[str, Any] = {"team": (None, view.team_id)} if view.team_id else {}
    record(kind, subject=view, by=by, at=at, changes=changes)
