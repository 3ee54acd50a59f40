"""A source that is silent for longer than it should be raises an alert of its own.

It is an alert like any other: the rules decide on it. Its key is one that no tool
sends, so that nothing a source says can clear it but being heard.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import (
    DateTimeField,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    QuerySet,
)
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from core.reader import speaking
from itsm.monitoring import writing
from itsm.monitoring.folding import Fold
from itsm.monitoring.formats.base import Action, Signal
from itsm.monitoring.models import Alert, Reception, Severity, Source
from itsm.monitoring.placing import Places
from itsm.monitoring.work import known

KEY = "\u200bsilence"  # begins with no character that anybody types
LIMIT = 100  # sources of one look


def listen(*, at: datetime) -> int:
    """Raise what has become silent, clear what is heard again; how many changed."""
    return _say(_silent(at), Action.TRIGGER, at) + _say(_heard(at), Action.RESOLVE, at)


def _silent(at: datetime) -> Any:
    """Silent for too long, and not known to be; from when it was made, if never heard.

    While receptions of it wait for us it is not silent.
    """
    since = Coalesce(F("heard_at"), F("created_at"))
    until = ExpressionWrapper(since + F("silent_after"), output_field=DateTimeField())
    rows = Source.objects.filter(paused_at=None, silent_after__gt=timedelta(0))
    late = rows.annotate(until=until).filter(until__lt=at)
    waiting = Reception.objects.filter(source=OuterRef("pk"), worked_at=None)
    return late.exclude(pk__in=_open()).exclude(Exists(waiting))


def _heard(at: datetime) -> QuerySet[Source]:
    """Heard again; or nobody waits for it any more."""
    return Source.objects.filter(pk__in=_open()).exclude(pk__in=_still_late(at))


def _still_late(at: datetime) -> Any:
    since = Coalesce(F("heard_at"), F("created_at"))
    until = ExpressionWrapper(since + F("silent_after"), output_field=DateTimeField())
    rows = Source.objects.filter(silent_after__gt=timedelta(0))
    return rows.annotate(until=until).filter(until__lt=at).values("pk")


def _open() -> Any:
    still = Alert.objects.filter(key=KEY).exclude(status=Alert.Status.CLOSED)
    return still.values("source")


def _say(sources: QuerySet[Source], action: Action, at: datetime) -> int:
    ids = list(sources.values_list("pk", flat=True)[:LIMIT])
    if not ids:
        return 0
    with transaction.atomic():
        rows = Source.objects.select_for_update(skip_locked=True, no_key=True)
        mine = list(rows.filter(pk__in=ids).order_by("pk"))
        still = sources.filter(pk__in=[source.pk for source in mine])
        fold, places = Fold(known({(source.pk, KEY) for source in mine})), Places()
        for source in still:
            placed = places.place(source, _signal(source, action), KEY)
            fold.take(source.pk, placed, at)
        writing.change(fold.changed(), at)
        writing.make(fold.made(), at)
    return len(mine)


def _signal(source: Source, action: Action) -> Signal:
    with speaking(""):
        summary = _("%(source)s is silent") % {"source": source.name}
    return Signal(action, KEY, summary, severity=Severity.ERROR.value)
