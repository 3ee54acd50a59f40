"""What could not be taken, for a source's health page; the same again is counted."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db.models import F

from itsm.monitoring.models import SourceLine

AGAIN = timedelta(hours=1)  # in which the same is counted
MOST = 200  # lines of a source; the oldest make room


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was wrong."""

    source: int
    code: str
    about: str = ""
    sample: str = ""
    n: int = 1


def keep(found: Iterable[Line], *, at: datetime) -> None:
    """Count it on the line that says the same within the hour, or begin a new one."""
    for line in _summed(found):
        rows = SourceLine.objects.filter(
            source_id=line.source,
            code=line.code,
            about=line.about,
            first_at__gt=at - AGAIN,
        )
        newest = rows.order_by("-pk").values_list("pk", flat=True)[:1]
        values = {"n": F("n") + line.n, "last_at": at}
        if not SourceLine.objects.filter(pk__in=list(newest)).update(**values):
            SourceLine.objects.create(
                source_id=line.source,
                code=line.code,
                about=line.about,
                sample=line.sample,
                n=line.n,
                first_at=at,
                last_at=at,
            )
            _make_room(line.source)


def _summed(found: Iterable[Line]) -> Iterable[Line]:
    """Each that says the same once, with how often; the first gives its sample."""
    same: dict[tuple[int, str, str], Line] = {}
    for line in found:
        name = (line.source, line.code, line.about)
        before = same.get(name)
        same[name] = replace(before, n=before.n + line.n) if before else line
    return same.values()


def _make_room(source: int) -> None:
    oldest = SourceLine.objects.filter(source_id=source).order_by("-pk")[MOST:]
    SourceLine.objects.filter(pk__in=oldest.values_list("pk", flat=True)).delete()
