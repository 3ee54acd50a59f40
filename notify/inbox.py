"""Somebody's inbox: what it says, page by page, and what they have read of it.

A page costs five queries and what telling costs, however long the inbox is.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any

from django.db import connection
from django.db.models import Count, Q, QuerySet
from django.utils.dateparse import parse_datetime
from django.utils.text import Truncator

from core import wording
from core.models import Event
from core.reader import gettext as _
from core.reader import language, local
from notify import rulebook, texts
from notify.models import Notice
from notify.rulebook import Reader, Rule, Told

SIZE = 50
SHOWN = 3  # of a line's events, the newest are told
EXCERPT = 160
AGAIN = """
UPDATE notify_notice SET read_at = NULL WHERE id IN (
    SELECT DISTINCT ON (subject_type, subject_id) id FROM notify_notice old
    WHERE user_id = %s AND read_at IS NOT NULL AND (id = ANY (%s) OR read_at = %s)
      AND NOT EXISTS (SELECT FROM notify_notice new
          WHERE new.user_id = old.user_id AND new.read_at IS NULL
            AND new.subject_type = old.subject_type
            AND new.subject_id = old.subject_id)
    ORDER BY subject_type, subject_id, id DESC)
"""


@dataclass(frozen=True, slots=True)
class Line:
    """One line, worded. `url` is empty where the reader may not see the thing."""

    pk: int
    at: datetime
    is_unread: bool
    is_urgent: bool
    number: str
    title: str
    url: str
    sentences: Sequence[str]
    more: int
    excerpt: str


@dataclass(frozen=True, slots=True)
class Inbox:
    """A page of it; `next` is where the following one begins, or empty."""

    urgent: Sequence[Line]
    days: Sequence[tuple[str, Sequence[Line]]]
    total: int
    unread: int
    next: str


def of(
    user: Any, *, at: datetime, only_unread: bool = False, before: str = ""
) -> Inbox:
    """One page, newest first; what is urgent and unread stands above the first."""
    rows = Notice.objects.filter(user=user)
    counts = rows.aggregate(total=Count("pk"), unread=Count("pk", Q(read_at=None)))
    hot = Q(is_urgent=True, read_at=None)
    urgent = [] if before else list(rows.filter(hot).order_by("-at", "-pk")[:SIZE])
    rest = rows.exclude(hot)
    if only_unread:
        rest = rest.filter(read_at=None)
    found = list(_beyond(rest, before).order_by("-at", "-pk")[: SIZE + 1])
    more, found = len(found) > SIZE, found[:SIZE]
    lines = {line.pk: line for line in worded([*urgent, *found], user)}
    return Inbox(
        urgent=[lines[row.pk] for row in urgent],
        days=_by_day([lines[row.pk] for row in found], at),
        total=counts["total"],
        unread=counts["unread"],
        next=f"{found[-1].at.isoformat()}~{found[-1].pk}" if more else "",
    )


def _beyond(rows: QuerySet[Notice], before: str) -> QuerySet[Notice]:
    """What follows a line that an address names; all of it where it names none."""
    instant, _sign, pk = before.partition("~")
    try:
        at = parse_datetime(instant)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None or not (pk.isascii() and pk.isdigit()):
        return rows
    return rows.filter(Q(at__lt=at) | Q(at=at, pk__lt=int(pk[:18])))


def _by_day(lines: Iterable[Line], at: datetime) -> list[tuple[str, Sequence[Line]]]:
    today = local(at).date()
    return [
        (_day_words(day, today), list(some))
        for day, some in groupby(lines, key=lambda line: local(line.at).date())
    ]


def _day_words(day: date, today: date) -> str:
    if day == today:
        return _("Today")
    if day == today - timedelta(days=1):
        return _("Yesterday")
    return wording.day_words(day)


def worded(rows: Sequence[Notice], user: Any) -> list[Line]:
    """Each row in its reader's words, told by the rooms that own the things."""
    reader = Reader(user.pk, language() or "", user.time_zone)
    wanted = [(row, row.events[-SHOWN:]) for row in rows]
    events = Event.objects.in_bulk({pk for _row, some in wanted for _rule, pk in some})
    told = _tell(events, reader)
    return [_line(row, some, told) for row, some in wanted]


def _tell(events: Mapping[int, Event], reader: Reader) -> dict[int, Told | None]:
    """What each event is for this reader, by its id."""
    found: dict[int, Told | None] = {}
    by_type = sorted(events.values(), key=lambda event: event.subject_type)
    for kind, some in groupby(by_type, key=lambda event: event.subject_type):
        mine = list(some)
        if teller := rulebook.teller_of(kind):
            told = teller.tell([(event, reader) for event in mine])
            ids = (event.pk for event in mine)
            found |= dict(zip(ids, told, strict=True))
    return found


def _line(
    row: Notice, events: Sequence[Sequence[Any]], told: Mapping[int, Told | None]
) -> Line:
    seen = [(rule, one) for rule, pk in events if (one := told.get(pk)) is not None]
    newest = seen[-1][1] if seen else None
    title = (newest.fields.get("title") or _subject(*seen[-1])) if newest else ""
    sentences = dict.fromkeys(_sentence(rule, one) for rule, one in reversed(seen))
    return Line(
        pk=row.pk,
        at=row.at,
        is_unread=row.read_at is None,
        is_urgent=row.is_urgent and row.read_at is None,
        number=newest.fields.get("number", "") if newest else "",
        title=title,
        url=newest.url if newest else "",
        sentences=[one for one in sentences if one],
        more=len(row.events) - len(events) if newest else 0,
        excerpt=Truncator(" ".join(newest.text.split())).chars(EXCERPT)
        if newest
        else "",
    )


def _sentence(name: str, told: Told) -> str:
    """What a rule says of an event, in a few words; empty where the rule is gone."""
    rule = _rule(name)
    words = (rule.line or rule.title) if rule else ""
    return texts.fill_line(str(words), told.fields)


def _subject(name: str, told: Told) -> str:
    """What a thing without a title of its own is called: as a mail on it."""
    rule = _rule(name)
    return texts.fill_line(str(rule.subject), told.fields) if rule else name


def _rule(name: str) -> Rule | None:
    return next((rule for rule in rulebook.rules() if rule.name == name), None)


def read(user: Any, *, at: datetime, ids: Sequence[int] | None = None) -> int:
    """They have read these lines, or all; how many were unread."""
    rows = Notice.objects.filter(user=user, read_at=None)
    if ids is not None:
        rows = rows.filter(pk__in=ids)
    return rows.update(read_at=at)


def unread(
    user: Any, *, ids: Sequence[int] = (), read_at: datetime | None = None
) -> int:
    """Lines are unread again: these, and what was read at one moment; how many.

    One whose thing has a newer unread line stays read: that line says it all.
    """
    with connection.cursor() as cursor:
        cursor.execute(AGAIN, [user.pk, list(ids), read_at])
        return int(cursor.rowcount)
