"""What people's inboxes hold when the demo begins: the news of its last days.

Seeding tells nobody (`Door.SEED`), so these lines are written by the rule book from the
same events, without any message: no mail goes out for what never happened.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from core.models import Event
from notify import hearing, notices
from notify.hearing import Heard
from notify.models import Notice

DAYS = timedelta(days=14)
UNREAD_FOR = timedelta(hours=2)  # what is older they have seen
MOST, ALIKE = 12, 4  # lines of one inbox, and how many of one rule
LOOKED_AFTER = timedelta(minutes=40)


def fill(*, at: datetime) -> None:
    """Write the newest lines of everybody's inbox; the older of them were read."""
    events = Event.objects.filter(at__gt=at - DAYS, at__lte=at).order_by("at", "id")
    heard = hearing.of(list(events))
    heard.sort(key=lambda one: (one.event.at, one.event.pk))
    kept = _newest(heard)
    notices.write(
        [one for one in heard if one.event.subject_id in kept[one.person.user_id]]
    )
    for line in Notice.objects.filter(at__lt=at - UNREAD_FOR):
        line.read_at = line.at + LOOKED_AFTER
        line.save(update_fields=["read_at"])


def _newest(heard: Sequence[Heard]) -> dict[int, set[int]]:
    """For each person the newest few things, of different sorts."""
    kept: dict[int, set[int]] = defaultdict(set)
    alike: Counter[tuple[int, str]] = Counter()
    for one in reversed(heard):
        things, rule = kept[one.person.user_id], (one.person.user_id, one.rule.name)
        fits = len(things) < MOST and alike[rule] < ALIKE
        if fits and one.event.subject_id not in things:
            things.add(one.event.subject_id)
            alike[rule] += 1
    return kept
