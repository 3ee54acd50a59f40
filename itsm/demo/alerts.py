"""The demo's Prometheus: a watchdog, a lonely alert, a storm, and one that is open.

Its payloads are what Alertmanager sends. They are read by the product's own format and
decided by its own rules; the rows are written from that at once, since the ninety days
are one transaction and the worker's batches are transactions of their own.
"""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from core.log import record
from itsm.demo.cast import Cast
from itsm.demo.simulation import Life, Simulation
from itsm.monitoring import formats, mapping
from itsm.monitoring.deciding.book import Book, Decision
from itsm.monitoring.deciding.rules import Seen
from itsm.monitoring.formats.base import Signal
from itsm.monitoring.models import (
    MOST_RECENT,
    Alert,
    AlertGroup,
    Reception,
    Source,
    SourceHour,
)
from itsm.monitoring.source_actions import create_source
from itsm.tickets import actions, kinds
from itsm.tickets.models import Ticket
from itsm.tickets.states import Channel
from people.models import User

INCIDENTS = 3
FORMAT, SERVICE = "alertmanager", "web-shop"
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
WATCHED = 24  # hours in which the watchdog's calls are kept
SEEMS = "The shop answers 502 on most nodes; the database has no connections left."


@dataclass(frozen=True, slots=True)
class Trouble:
    """One alerting rule on one host."""

    name: str
    host: str
    severity: str
    summary: str
    job: str = "shop"

    def told(self, began: datetime, ended: datetime | None) -> dict[str, Any]:
        """As Alertmanager tells it."""
        labels = {
            "alertname": self.name,
            "instance": f"{self.host}:9100",
            "job": self.job,
            "severity": self.severity,
            "team": "digital-products",
        }
        named = json.dumps(labels, sort_keys=True).encode()
        return {
            "status": "resolved" if ended else "firing",
            "labels": labels,
            "annotations": {"summary": self.summary},
            "startsAt": began.isoformat(),
            "endsAt": ended.isoformat() if ended else "0001-01-01T00:00:00Z",
            "generatorURL": "https://prometheus.linden.example/graph",
            "fingerprint": sha256(named).hexdigest()[:16],
        }


WATCHDOG = Trouble("Watchdog", "monitor-1", "none", "Alerting works.", "prometheus")
MEMORY = Trouble("MemoryLow", "shop-db-1", "error", "Memory is nearly used up")
SLOW = Trouble(
    "CheckoutSlow", "shop-lb", "warning", "Checkout takes 2.4 s (95 % of it)"
)
STORM = (
    Trouble(
        "ConnectionsUsedUp", "shop-db-1", "critical", "No database connection left"
    ),
    *(
        Trouble("Answers502", f"shop-web-{n}", "critical", f"shop-web-{n} answers 502")
        for n in range(1, 9)
    ),
    *(
        Trouble("QueueGrows", f"shop-job-{n}", "error", f"Orders wait on shop-job-{n}")
        for n in range(1, 6)
    ),
)


class Watching:
    """The source, what it posted, and what became of it."""

    def __init__(self, sim: Simulation, cast: Cast) -> None:
        self.sim, self.cast = sim, cast
        self.source: Source = create_source(
            by=cast.people["grace"],
            at=sim.start,
            name="Prometheus",
            service=cast.services[SERVICE],
            team=cast.team_of(SERVICE),
        )
        self._receptions: list[Reception] = []
        self._hours: dict[datetime, Counter[str]] = {}
        self._repeated: dict[int, Alert] = {}

    def lives(self) -> Iterator[tuple[Life, datetime]]:
        """What it sees, each with the moment when that begins."""
        end = self.sim.end
        yield self._watchdog(), end - WATCHED * HOUR
        yield self._trouble([MEMORY], 22 * MINUTE), end - 6 * 24 * HOUR - 3 * HOUR
        storm = self._trouble(STORM, 41 * MINUTE, self.cast.people["priya"])
        yield storm, end - 19 * HOUR - 12 * MINUTE
        yield self._trouble([SLOW], None), end - 50 * MINUTE

    def finish(self) -> None:
        """Write what was received, hour by hour too. Four statements."""
        repeats = list(self._repeated.values())
        Alert.objects.bulk_update(repeats, ["count", "last_at", "recent"])
        Reception.objects.bulk_create(self._receptions)
        SourceHour.objects.bulk_create(
            SourceHour(source=self.source, hour=hour, **counts)
            for hour, counts in self._hours.items()
        )
        heard = max(row.received_at for row in self._receptions)
        Source.objects.filter(pk=self.source.pk).update(heard_at=heard)

    def _watchdog(self) -> Life:
        """It always fires, which shows that alerting works; it is only recorded."""
        began = self.sim.start
        alerts: list[Alert] = []
        while True:
            signals = self._post([WATCHDOG], began)
            self._count("repeats", 1)
            alerts = alerts or self._alerts(signals, began)
            self._seen_again(alerts, (self.sim.now - began) // HOUR)
            yield HOUR

    def _trouble(
        self, told: Sequence[Trouble], lasts: timedelta | None, by: User | None = None
    ) -> Life:
        """One incident, however many alerts; it is over when they are."""
        began = self.sim.now
        signals = self._post(told, began)
        ticket, alerts = self._open(signals)
        self._count("alerts", len(alerts))
        if by is not None:
            yield 9 * MINUTE
            actions.take(ticket=ticket, by=by, at=self.sim.now)
            yield 4 * MINUTE
            now = self.sim.now
            actions.comment(ticket=ticket, by=by, at=now, body=SEEMS, public=False)
        if lasts is None:
            for n in range(2, 5):
                yield 15 * MINUTE
                self._post(told, began)
                self._count("repeats", len(told))
                self._seen_again(alerts, n)
            return
        yield began + lasts
        self._post(told, began, self.sim.now)
        self._count("cleared", len(told))
        self._clear(ticket, alerts, is_free=by is None)

    def _open(self, signals: Sequence[Signal]) -> tuple[Ticket, list[Alert]]:
        """The incident of the first, which the others join."""
        now, account = self.sim.now, self.source.account
        decisions = self._decide(signals, now)
        first = signals[0]
        impact, urgency = mapping.levels({}, first.severity)
        ticket = actions.open_ticket(
            type="incident",
            title=first.summary,
            description=f"{first.summary}\n\n- Host: {first.host}",
            by=account,
            at=now,
            channel=Channel.MACHINE,
            service=self.source.service,
            team=self.source.team,
            impact=impact,
            urgency=urgency,
            external_ref=first.key,
        )
        group = decisions[0].group
        assert group is not None
        row = AlertGroup.objects.create(
            kind=group.kind,
            key=group.key,
            service=self.source.service,
            services=group.services,
            incident=ticket,
            opened_at=now,
            last_at=now,
        )
        more = {"group": row, "incident": ticket}
        alerts = self._alerts(signals, now, decisions, **more)
        changes = {"alerts": (0, len(alerts)), "alert": (None, alerts[0].pk)}
        record(kinds.ALERT, subject=ticket, by=account, at=now, changes=changes)
        return ticket, alerts

    def _clear(self, ticket: Ticket, alerts: Sequence[Alert], is_free: bool) -> None:
        now, account = self.sim.now, self.source.account
        ids = [alert.pk for alert in alerts]
        Alert.objects.filter(pk__in=ids).update(status="closed", cleared_at=now)
        AlertGroup.objects.filter(incident=ticket).update(closed_at=now)
        changes = {"alerts": (len(ids), 0), "alert": (None, ids[0])}
        record(kinds.ALERT, subject=ticket, by=account, at=now, changes=changes)
        said = f"{self.source.name} says that it is over: {alerts[-1].summary}"
        actions.resolve(ticket=ticket, by=account, at=now, resolution=said)
        if is_free:
            actions.close(ticket=ticket, by=account, at=now)
            ticket.verified_by = "monitoring"  # as through the door of sources
        elif ticket.timer_at is not None:
            self.sim.add(self._by_itself(ticket), ticket.timer_at)

    def _by_itself(self, ticket: Ticket) -> Life:
        verb, now = ticket.timer_verb, self.sim.now
        actions.transition(ticket=ticket, verb=verb, by=None, at=now, given={})
        yield from ()

    def _seen_again(self, alerts: Sequence[Alert], count: int) -> None:
        """Kept for `finish`, where each is written once."""
        for alert in alerts:
            alert.count, alert.last_at = count, self.sim.now
            alert.recent = [*alert.recent, self.sim.now][-MOST_RECENT:]
            self._repeated[alert.pk] = alert

    def _decide(self, signals: Sequence[Signal], at: datetime) -> list[Decision]:
        """As the rules of an installation without any decide."""
        service = self.source.service
        rows = [self._row(signal, at) for signal in signals]
        for number, row in enumerate(rows):
            row.pk = number  # they are not written yet; it orders them
        seen = [Seen.of(row) for row in rows]
        return Book(names={service.pk: service.name}).decide(seen, at)

    def _alerts(
        self,
        signals: Sequence[Signal],
        at: datetime,
        decisions: Sequence[Decision] = (),
        **more: Any,
    ) -> list[Alert]:
        rows = []
        for signal, decision in zip(
            signals, decisions or self._decide(signals, at), strict=True
        ):
            row = self._row(signal, at, **more)
            row.decision, row.why = decision.outcome, decision.why
            rows.append(row)
        return Alert.objects.bulk_create(rows)

    def _row(self, signal: Signal, at: datetime, **more: Any) -> Alert:
        impact, urgency = mapping.levels({}, signal.severity)
        return Alert(
            source=self.source,
            key=signal.key,
            status=Alert.Status.OPEN,
            severity=signal.severity,
            summary=signal.summary,
            host=signal.host,
            component=signal.component,
            group_name=signal.group,
            class_name=signal.class_,
            service=self.source.service,
            team=self.source.team,
            impact=impact,
            urgency=urgency,
            labels=dict(signal.labels),
            details=dict(signal.details),
            url=signal.url,
            began_at=at,
            first_at=at,
            last_at=at,
            recent=[at],
            **more,
        )

    def _post(
        self, told: Sequence[Trouble], began: datetime, ended: datetime | None = None
    ) -> Sequence[Signal]:
        """One call, kept as it came, and what it says."""
        now = self.sim.now
        body = {
            "version": "4",
            "groupKey": f'{{}}:{{alertname="{told[0].name}"}}',
            "status": "resolved" if ended else "firing",
            "receiver": "beeline",
            "truncatedAlerts": 0,
            "externalURL": "https://alertmanager.linden.example",
            "groupLabels": {"alertname": told[0].name},
            "commonLabels": {"job": told[0].job},
            "commonAnnotations": {},
            "alerts": [one.told(began, ended) for one in told],
        }
        text = json.dumps(body).encode()
        signals = formats.read(FORMAT, text, {}).signals
        self._receptions.append(
            Reception(
                source=self.source,
                format=FORMAT,
                body=text,
                received_at=now,
                worked_at=now,
                n_signals=len(signals),
            )
        )
        self._count("received", 1)
        self._count("signals", len(signals))
        return signals

    def _count(self, name: str, n: int) -> None:
        hour = self.sim.now.replace(minute=0, second=0, microsecond=0)
        self._hours.setdefault(hour, Counter())[name] += n
