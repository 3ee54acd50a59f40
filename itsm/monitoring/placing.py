"""Where a signal belongs: its source's mapping, in rows that are looked up once."""

from hashlib import sha256

from itsm.monitoring import mapping
from itsm.monitoring.folding import Placed
from itsm.monitoring.formats.base import Signal
from itsm.monitoring.models import LONGEST_KEY, Source
from people.models import Service, Team


class Places:
    """Services and teams by their slugs, read when one is first named."""

    def __init__(self) -> None:
        self._services: dict[str, int] | None = None
        self._teams: dict[str, int] | None = None

    def place(self, source: Source, signal: Signal, key: str) -> Placed:
        """The signal with impact, urgency, service and team: its own, or the source's.

        An unknown service or team is none: the source's is meant.
        """
        mapped = mapping.apply(source.mapping, signal)
        service = self._service(mapped.service_slug) if mapped.service_slug else None
        team = self._team(mapped.team_slug) if mapped.team_slug else None
        if team is None and service in {None, source.service_id}:
            team = source.team_id
        return Placed(
            signal=signal,
            key=short(key),
            service=service or source.service_id,
            team=team,
            impact=mapped.impact,
            urgency=mapped.urgency,
            host=mapped.host,
        )

    def _service(self, slug: str) -> int | None:
        if self._services is None:
            rows = Service.objects.filter(is_active=True)
            self._services = dict(rows.values_list("slug", "pk"))
        return self._services.get(slug)

    def _team(self, slug: str) -> int | None:
        if self._teams is None:
            self._teams = dict(Team.objects.values_list("slug", "pk"))
        return self._teams.get(slug)


def short(key: str) -> str:
    """A key that fits; two that differ still do."""
    if len(key) <= LONGEST_KEY:
        return key
    digest = sha256(key.encode()).hexdigest()
    return f"{key[: LONGEST_KEY - 65]} {digest}"
