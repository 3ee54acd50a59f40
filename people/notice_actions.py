"""Somebody's inbox and how they are reached; the words everybody is told things in."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, time
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from core.errors import Invalid
from core.log import act, record
from notify import inbox, rulebook, texts
from notify.models import Choice, Reach, Wording
from notify.rulebook import EVERYBODY, INBOX, MAIL, REQUESTER, Rule
from people.models import User
from people.policy import Scope, require

CHANNELS = (INBOX, MAIL)  # what may be chosen; paging is for who is on duty
REACH = ("quiet_from", "quiet_until", "digest_at", "page_phone", "page_topic")
LANGUAGES = tuple(code for code, _name in settings.LANGUAGES)
LONGEST_TITLE, LONGEST_BODY = 200, 5_000
_PHONE = re.compile(r"\+?[0-9][0-9 ()/-]{4,38}")
_TOPIC = re.compile(r"[A-Za-z0-9_-]{1,64}")
Changes = dict[str, tuple[Any, Any]]


def read_notices(
    *, user: User, by: User, at: datetime, ids: Sequence[int] | None = None
) -> int:
    """These lines of one's inbox are read, or all; how many were not."""
    _require_own(user, by)
    return inbox.read(user, at=at, ids=ids)


def unread_notices(
    *,
    user: User,
    by: User,
    ids: Sequence[int] = (),
    read_at: datetime | None = None,
) -> int:
    """These lines are unread again, or those that were read at one moment."""
    _require_own(user, by)
    return inbox.unread(user, ids=ids, read_at=read_at)


def offered(user: User) -> list[Rule]:
    """The rules that somebody may choose about: requesters only those for them."""
    groups = {REQUESTER, EVERYBODY}
    return [rule for rule in worded() if user.is_staff or rule.group in groups]


def worded() -> list[Rule]:
    """The rules by which people hear of something; others are between machines."""
    return [rule for rule in rulebook.rules() if rule.group]


def set_notifications(
    *,
    user: User,
    by: User,
    at: datetime,
    channels: Mapping[str, Sequence[str]] | None = None,
    **reach: Any,
) -> Reach:
    """Choose by which channels one hears of what, and when one is left alone.

    `channels` holds a list for each rule that is to change; `reach` the fields of
    `Reach` of the same names. Raises Forbidden, Invalid.
    """
    with act():
        _require_own(user, by)
        row = Reach.objects.select_for_update().filter(user=user).first()
        row = row or Reach(user=user)
        _check(user, channels or {}, row, reach)
        changes = _choose(user, channels or {}) | _put(row, reach)
        if changes:
            kind = "user.notifications"
            record(kind, subject=user, by=by, at=at, changes=changes)
    return row


def _check(
    user: User,
    channels: Mapping[str, Sequence[str]],
    row: Reach,
    reach: Mapping[str, Any],
) -> None:
    errors: dict[str, list[str]] = {}
    known = {rule.name: rule for rule in offered(user)}
    for name, wanted in channels.items():
        if name not in known:
            errors[name] = [_("There is no such notification for you.")]
        elif not set(wanted) <= set(CHANNELS):
            errors[name] = [_("Choose from: %(w)s.") % {"w": ", ".join(CHANNELS)}]
        elif known[name].is_fixed or known[name].is_page:
            errors[name] = [_("This one cannot be changed.")]
    if unknown := set(reach) - set(REACH):
        raise TypeError(f"no such fields: {unknown}")
    after = {name: reach.get(name, getattr(row, name)) for name in REACH}
    begins, ends = after["quiet_from"], after["quiet_until"]
    if (begins is None) != (ends is None):
        missing = "quiet_until" if ends is None else "quiet_from"
        errors[missing] = [_("Quiet hours have a beginning and an end.")]
    elif begins is not None and begins == ends:
        errors["quiet_until"] = [_("Quiet hours end at another time than they begin.")]
    if after["page_phone"] and not _PHONE.fullmatch(after["page_phone"]):
        errors["page_phone"] = [_("Write a number such as +49 30 123456.")]
    if after["page_topic"] and not _TOPIC.fullmatch(after["page_topic"]):
        errors["page_topic"] = [_("Letters, digits, - and _ only, at most 64.")]
    if errors:
        raise Invalid(errors)


def _choose(user: User, channels: Mapping[str, Sequence[str]]) -> Changes:
    """Keep what differs from the rule; the log knows it by the rule's name."""
    known = dict(Choice.objects.filter(user=user).values_list("rule", "channels"))
    changes: Changes = {}
    for name, some in channels.items():
        usual = [one for one in CHANNELS if one in rulebook.get(name).channels]
        wanted = [one for one in CHANNELS if one in some]
        if wanted == known.get(name, usual):
            continue
        changes[name] = (known.get(name, usual), wanted)
        if wanted == usual:
            Choice.objects.filter(user=user, rule=name).delete()
        else:
            given = {"channels": wanted}
            Choice.objects.update_or_create(user=user, rule=name, defaults=given)
    return changes


def _put(row: Reach, reach: Mapping[str, Any]) -> Changes:
    """Write what is new; numbers and topics are nobody's business, also in the log."""
    changes: Changes = {}
    for name, new in reach.items():
        old = getattr(row, name)
        if old != new:
            secret = name.startswith("page_")
            pair = (bool(old), bool(new)) if secret else (_plain(old), _plain(new))
            changes[name] = pair
            setattr(row, name, new)
    if changes:
        row.save()
    return changes


def _plain(value: time | None) -> str | None:
    return None if value is None else f"{value:%H:%M}"


def set_wording(
    *, rule: str, language: str, by: User, at: datetime, title: str, body: str
) -> Wording:
    """Say it in this organisation's own words. Raises Forbidden, Invalid."""
    with act():
        require(by, "notification.word")
        entry = _rule(rule, language)
        title, body = " ".join(title.split()), body.replace("\r\n", "\n").strip()
        check_wording(entry, title, body)
        given = {"title": title, "body": body, "by": by, "at": at}
        row, _made = Wording.objects.update_or_create(
            rule=rule, language=language, defaults=given
        )
        changes: Changes = {"rule": (None, rule), "language": (None, language)}
        record("wording.set", subject=row, by=by, at=at, changes=changes)
    return row


def reset_wording(*, rule: str, language: str, by: User, at: datetime) -> None:
    """Back to the words that are shipped; nothing happens where they stand already."""
    with act():
        require(by, "notification.word")
        _rule(rule, language)
        rows = Wording.objects.select_for_update()
        row = rows.filter(rule=rule, language=language).first()
        if row is not None:
            changes: Changes = {"rule": (rule, None), "language": (language, None)}
            record("wording.reset", subject=row, by=by, at=at, changes=changes)
            rows.filter(pk=row.pk).delete()


def _rule(name: str, language: str) -> Rule:
    if language not in LANGUAGES:
        words = {"words": ", ".join(LANGUAGES)}
        raise Invalid({"language": [_("Choose one of: %(words)s.") % words]})
    try:
        return rulebook.get(name)
    except KeyError:
        sentence = _("There is no such notification.")
        raise Invalid({"rule": [sentence]}) from None


def check_wording(rule: Rule, title: str, body: str) -> None:
    """Raise Invalid with a sentence for what is missing, too long, or means nothing."""
    errors: dict[str, list[str]] = {}
    most = {"title": LONGEST_TITLE, "body": LONGEST_BODY}
    for name, text in (("title", title), ("body", body)):
        if not text.strip():
            errors[name] = [_("Write something first.")]
        elif len(text) > most[name]:
            errors[name] = [_("At most %(n)s characters.") % {"n": most[name]}]
        elif wrong := texts.unknown(text, rule):
            words = {
                "wrong": ", ".join(f"{{{one}}}" for one in wrong),
                "known": ", ".join(f"{{{one}}}" for one in texts.fields_of(rule)),
            }
            sentence = _("Nothing is known by %(wrong)s. What there is: %(known)s.")
            errors[name] = [sentence % words]
    if errors:
        raise Invalid(errors)


def _require_own(user: User, by: User) -> None:
    scopes = frozenset({Scope.SELF}) if user.pk == by.pk else frozenset()
    require(by, "account.change", scopes)
