"""Where a signal belongs: its source's mapping in rows, looked up once a batch."""

from hashlib import sha256

from itsm.monitoring.folding import Placed
from itsm.monitoring.formats.base import Signal
from itsm.monitoring.models import LONGEST_KEY, Severity, Source
from itsm.tickets.states import Level
from people.models import Service, Team

LEVELS = {
    Severity.CRITICAL.value: (Level.HIGH.value, Level.HIGH.value),
    Severity.ERROR.value: (Level.MEDIUM.value, Level.HIGH.value),
    Severity.WARNING.value: (Level.LOW.value, Level.MEDIUM.value),
    Severity.INFO.value: (Level.LOW.value, Level.LOW.value),
}


class Places:
    """Services and teams by their slugs, read when one is first named."""

    def __init__(self) -> None:
        self._services: dict[str, int] | None = None
        self._teams: dict[str, int] | None = None

    def place(self, source: Source, signal: Signal, key: str) -> Placed:
        """The signal with impact, urgency, service and team."""
        impact, urgency = LEVELS[signal.severity]
        return Placed(
            signal=signal,
            key=short(key),
            service=source.service_id,
            team=source.team_id,
            impact=impact,
            urgency=urgency,
            host=signal.host,
        )

    def _service(self, slug: str) -> int | None:
        if self._services is None:
            rows = Service.objects.filter(is_active=True)
            self._services = dict(rows.values_list("slug", "pk"))
        return self._services.get(slug)

    def _team(self, slug: str) -> int | None:
        if self._teams is None:
            rows = Team.objects.filter()
            self._teams = dict(rows.values_list("slug", "pk"))
        return self._teams.get(slug)


def short(key: str) -> str:
    """A key that fits; two that differ still do."""
    if len(key) <= LONGEST_KEY:
        return key
    digest = sha256(key.encode()).hexdigest()
    return f"{key[: LONGEST_KEY - 65]} {digest}"
