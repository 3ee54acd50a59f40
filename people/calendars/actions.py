"""What administrators do with calendars. A change is a new version: what was counted by
an older one can be counted again."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.utils.text import slugify
from django.utils.translation import gettext as _

from core.errors import Invalid, WrongState
from core.log import act, forget, record
from core.worktime.reading import DAYS
from people.calendars.content import FIELDS, Content, made, words_of
from people.calendars.models import Calendar, CalendarVersion
from people.calendars.reading import DEFAULT_KEY, default_version_id
from people.changes import (
    Changes,
    as_made,
    new_slug,
    one_at_a_time,
    put,
    require_known,
    require_name,
)
from people.models import User
from people.policy import require

TEXTS = frozenset({"name"})
FREE = frozenset({"new"})  # addresses that are no calendar's
OnChange = Callable[[Calendar, int | None, int, User, datetime], None]
OnDefault = Callable[[int | None, int, User, datetime], None]
_on_change: list[OnChange] = []
_on_default: list[OnDefault] = []


def on_change(callback: OnChange) -> None:
    """Call `callback(calendar, old_version_id, new_version_id, by, at)` in the action
    that gives a calendar another version."""
    if callback not in _on_change:
        _on_change.append(callback)


def on_default(callback: OnDefault) -> None:
    """Call `callback(old_version_id, new_version_id, by, at)` in the action that makes
    another calendar the default; the old one is None where there was none."""
    if callback not in _on_default:
        _on_default.append(callback)


def create_calendar(
    *,
    by: User,
    at: datetime,
    name: str,
    slug: str = "",
    is_default: bool = False,
    **words: Any,
) -> Calendar:
    """A new calendar and its first version; `words` are those of `content.FIELDS`.

    Raises Forbidden, Invalid.
    """
    with act():
        require(by, "calendar.change")
        require_known(words, FIELDS)
        require_name({"name": name})
        one_at_a_time()
        content = made(words, year=at.year)
        calendar = Calendar.objects.create(slug=_slug(slug, name), name=name.strip())
        version = _new_version(calendar, 1, content, by, at)
        changes = as_made({"slug": calendar.slug}, TEXTS)
        changes |= _changes({}, content) | {"version": (None, version.number)}
        record("calendar.create", subject=calendar, by=by, at=at, changes=changes)
        if is_default:
            make_default(calendar=calendar, by=by, at=at)
    return calendar


def change_calendar(
    *, calendar: Calendar, by: User, at: datetime, **given: Any
) -> Calendar:
    """Change what is given: its name, what it says (a new version), whether it is the
    default, whether it is in use. Raises Forbidden, Invalid, WrongState.
    """
    with act():
        calendar = _locked(calendar)
        require(by, "calendar.change")
        require_known(given, {*FIELDS, "name", "is_default", "is_active"})
        require_name(given)
        named = {"name": given["name"].strip()} if "name" in given else {}
        changes = put(calendar, named, texts=TEXTS, by=by, at=at)
        changes |= _say_anew(calendar, given, by, at)
        if changes:
            record("calendar.change", subject=calendar, by=by, at=at, changes=changes)
        if given.get("is_active"):
            bring_back(calendar=calendar, by=by, at=at)
        if given.get("is_default"):
            make_default(calendar=calendar, by=by, at=at)
        elif given.get("is_default") is False and calendar.is_default:
            why = _("Make another calendar the default one instead.")
            raise Invalid({"is_default": [why]})
        if given.get("is_active") is False:
            retire(calendar=calendar, by=by, at=at)
        calendar.refresh_from_db()
    return calendar


def make_default(*, calendar: Calendar, by: User, at: datetime) -> None:
    """Promises without a calendar of their own, and working days, count by it.

    Raises Forbidden, WrongState.
    """
    with act():
        one_at_a_time()
        calendar = _locked(calendar)
        require(by, "calendar.change")
        if calendar.is_default:
            return
        if not calendar.is_active:
            raise WrongState(_("This calendar is not in use."))
        old = default_version_id()
        for other in Calendar.objects.select_for_update().filter(is_default=True):
            _set(other, "default", by, at, is_default=False)
        _set(calendar, "default", by, at, is_default=True)
        forget(DEFAULT_KEY)
        new = calendar.versions.latest("number").pk
        for callback in _on_default:
            callback(old, new, by, at)


def retire(*, calendar: Calendar, by: User, at: datetime) -> None:
    """Nothing new counts by it; what does goes on. Raises Forbidden, WrongState."""
    with act():
        calendar = _locked(calendar)
        require(by, "calendar.change")
        if calendar.is_default:
            raise WrongState(_("Make another calendar the default one first."))
        if calendar.is_active:
            _set(calendar, "retire", by, at, is_active=False)


def bring_back(*, calendar: Calendar, by: User, at: datetime) -> None:
    """It is in use again. Raises Forbidden."""
    with act():
        calendar = _locked(calendar)
        require(by, "calendar.change")
        if not calendar.is_active:
            _set(calendar, "return", by, at, is_active=True)


def _locked(calendar: Calendar) -> Calendar:
    return Calendar.objects.select_for_update().get(pk=calendar.pk)


def _set(calendar: Calendar, verb: str, by: User, at: datetime, **given: bool) -> None:
    changes = put(calendar, given, texts=TEXTS, by=by, at=at)
    record(f"calendar.{verb}", subject=calendar, by=by, at=at, changes=changes)


def _say_anew(
    calendar: Calendar, given: Mapping[str, Any], by: User, at: datetime
) -> Changes:
    """A new version where it says something else than the newest; what differs."""
    said = {name: given[name] for name in FIELDS if name in given}
    if not said:
        return {}
    newest = calendar.versions.latest("number")
    words = words_of(newest.content)
    content = made({**words, **said}, year=at.year)
    if content == newest.content:
        return {}
    version = _new_version(calendar, newest.number + 1, content, by, at)
    forget(DEFAULT_KEY)
    for callback in _on_change:
        callback(calendar, newest.pk, version.pk, by, at)
    numbers = {"version": (newest.number, version.number)}
    return _changes(newest.content, content) | numbers


def _new_version(
    calendar: Calendar, number: int, content: Content, by: User, at: datetime
) -> CalendarVersion:
    return CalendarVersion.objects.create(
        calendar=calendar, number=number, content=content, made_at=at, made_by=by
    )


def _changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> Changes:
    """What the log keeps of a version: no typed names, and of the days that differ
    only that they do; the versions themselves have them."""
    before = {name: _plain(name, old) for name in ("time_zone", *PLAIN)}
    after = {name: _plain(name, new) for name in ("time_zone", *PLAIN)}
    return {
        name: (before[name], after[name])
        for name in before
        if before[name] != after[name]
    }


PLAIN = ("hours", "country", "region")


def _plain(name: str, content: Mapping[str, Any]) -> Any:
    value = content.get(name) or None
    if name != "hours" or value is None:
        return value
    return [f"{day} {begin}-{end}" for day in DAYS for begin, end in value.get(day, [])]


def _slug(wanted: str, name: str) -> str:
    """The short name asked for, where it is one and free; else one of the name."""
    if not wanted:
        found = new_slug(Calendar, name)
        return found if found not in FREE else new_slug(Calendar, f"{name} calendar")
    if slugify(wanted) != wanted or len(wanted) > 50 or wanted in FREE:
        why = _("A short name is of small letters, numbers and hyphens.")
        raise Invalid({"slug": [why]})
    if Calendar.objects.filter(slug=wanted).exists():
        raise Invalid({"slug": [_("Another calendar has this short name.")]})
    return wanted
