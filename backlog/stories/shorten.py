"""Rank keys that grew long become short again, in the background, in the same order.

Who puts story after story into one place makes keys longer there, a character for
about every six. A batch takes a long key with its neighbours, as few as make room, and
gives them short keys between the two that stay: one statement, so that a reader
sees the keys before it or those after it, and both stand in the same order. Whoever
moves meanwhile waits for the process's lock, or is waited for; where somebody holds a
story of the batch, the next sweep does it: people do not wait for it, nor it for them.
"""

import logging
from collections.abc import Sequence
from itertools import takewhile

from django.db import OperationalError, connection, transaction
from django.db.models import Exists, OuterRef
from django.db.models.functions import Length

from backlog.standing import lock
from backlog.stories.models import Story
from backlog.stories.querysets import StoryQuerySet
from backlog.stories.rank import LONGEST, spread
from core import followers
from core.models import Event
from processes.models import Process

log = logging.getLogger(__name__)
SHORT = LONGEST // 2  # characters at most of a key that a batch gives
BATCH = 64  # long keys at a time
UPDATE = """
UPDATE backlog_story SET rank = new.rank
FROM unnest(%s::bigint[], %s::text[]) AS new (id, rank)
WHERE backlog_story.id = new.id
"""


def register() -> None:
    """Join the actions on stories."""
    followers.follow(Story.subject_type, follow)


def follow(_event: Event, story: Story) -> None:
    """Called within the action that changes a story: a long key is worth a poke."""
    if len(story.rank) > LONGEST:
        transaction.on_commit(poke)


def poke() -> None:
    """Ask a worker to look, when a long key has committed; beat pokes too."""
    from backlog.stories.tasks import shorten_ranks

    try:
        shorten_ranks.apply_async(retry=False, expires=5, ignore_result=True)
    except Exception as error:  # Valkey may be away: beat pokes again
        log.warning("the workers were not poked: %s", error)


def sweep() -> int:
    """Shorten every key over the limit; how many rows were written for it."""
    long = Story.objects.annotate(length=Length("rank")).filter(
        process=OuterRef("pk"), length__gt=LONGEST
    )
    written = 0
    for process in Process.objects.filter(Exists(long)):
        while batch := shorten(process):
            written += batch
    return written


def shorten(process: Process) -> int:
    """One batch in a transaction of its own; how many keys, 0 where none is long or
    somebody holds one of the stories."""
    try:
        with transaction.atomic():
            lock(process)
            return _write(Story.objects.filter(process=process).order_by("rank"))
    except OperationalError:  # held, by somebody who does not change the order
        return 0


def _write(rows: StoryQuerySet) -> int:
    pks, keys = zip(*rows.values_list("pk", "rank"), strict=True)
    first, new = shorter(keys)
    batch = list(pks[first : first + len(new)])
    if batch:
        list(rows.filter(pk__in=batch).select_for_update(nowait=True).values_list("pk"))
        with connection.cursor() as cursor:
            cursor.execute(UPDATE, [batch, new])
    return len(batch)


def shorter(keys: Sequence[str]) -> tuple[int, list[str]]:
    """From which place of an ordered list which keys go; none where none is long.

    The next long ones, with more and more of their neighbours until all they are given
    are short: at the latest the whole list is.
    """
    is_long = [len(key) > LONGEST for key in keys]
    if True not in is_long:
        return 0, []
    first = is_long.index(True)
    run = list(takewhile(bool, is_long[first : first + BATCH]))
    beside = 0
    while True:
        start, end = max(0, first - beside), min(len(keys), first + len(run) + beside)
        new = _fresh(keys, start, end)
        if max(map(len, new)) <= SHORT or len(new) == len(keys):
            return start, new
        beside = 2 * beside or 1


def _fresh(keys: Sequence[str], start: int, end: int) -> list[str]:
    """Keys for these places that nobody has, nor had.

    PostgreSQL looks for a second of a key at each row that a statement writes, not at
    its end: a new key must differ from those that others in the batch still hold.
    """
    low = keys[start - 1] if start else ""
    high = keys[end] if end < len(keys) else ""
    taken, many = set(keys[start:end]), end - start
    free = [key for key in spread(2 * many, low, high) if key not in taken]
    return [free[i * len(free) // many] for i in range(many)]
