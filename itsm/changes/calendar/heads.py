"""What stands above the calendar: where one is, where one can go, what is left out."""

from datetime import date
from typing import Any

from core.reader import gettext as _
from itsm.changes.calendar import words
from itsm.changes.calendar.frame import DAY, LIST, MONTH, WEEKLY, Frame, Wish
from itsm.changes.calendar.models import CalendarLink
from itsm.changes.freezes.actions import VERB
from itsm.changes.models import Change
from people.models import Service, Team, User
from people.policy import allows

Options = list[tuple[str, str]]


def head(user: User, wish: Wish, shown: Frame, today: date) -> dict[str, Any]:
    """The words and addresses; three queries."""
    day = shown.begin if shown.begin != today else None
    keys = {MONTH: "m", WEEKLY: "w", LIST: "l"}
    called = {MONTH: _("Month"), WEEKLY: _("Week"), LIST: _("List")}
    return {
        "wish": wish,
        "when": _when(shown),
        "earlier": wish.url(day=shown.earlier),
        "later": wish.url(day=shown.later),
        "now_url": wish.url(day=None),
        "is_now": shown.begin <= today < shown.end and wish.view != LIST,
        "views": [
            (view, called[view], wish.url(view=view, day=_kept(wish, shown, today)))
            for view in keys
        ],
        "keys": keys,
        "day": day,
        "services": _services(wish),
        "teams": _teams(wish),
        "models": list(Change.Model.choices),
        "may_freeze": allows(user, VERB),
        "link": CalendarLink.objects.filter(user=user).first(),
        "weekdays": [words.weekday(n) for n in range(7)],
    }


def _kept(wish: Wish, shown: Frame, today: date) -> date | None:
    """The day another view opens at: today where that is shown, else the first."""
    if wish.day is None or shown.begin <= today < shown.end:
        return None
    return shown.begin


def _when(shown: Frame) -> str:
    last = shown.end - DAY
    if shown.view == MONTH:
        return words.month(shown.begin)
    said = words.days(shown.begin, last)
    if shown.view != WEEKLY:
        return said
    week = {"n": shown.begin.isocalendar().week, "days": said}
    return _("Week %(n)s, %(days)s") % week


def _services(wish: Wish) -> Options:
    rows = Service.objects.filter(is_active=True).order_by("name")
    return _with(list(rows.values_list("slug", "name")), wish.service)


def _teams(wish: Wish) -> Options:
    rows = Team.objects.filter(is_active=True).order_by("name")
    return _with(list(rows.values_list("slug", "name")), wish.team)


def _with(options: Options, chosen: str) -> Options:
    """The options with the one that is chosen, though nobody knows it any more."""
    known = not chosen or any(slug == chosen for slug, _name in options)
    return options if known else [*options, (chosen, chosen)]
