"""Alerts as rows, for tests of what is shown of them."""

from datetime import timedelta
from itertools import count

from itsm.monitoring.models import Alert, AlertGroup, Deployment, Maintenance
from tests.factories import AT

_keys = count(1)


def an_alert(source, *, at=AT, **fields):
    """One alert, open and not decided; of its source's service."""
    fields = {
        "key": f"key-{next(_keys)}",
        "status": "open",
        "severity": "error",
        "summary": "Disk is full",
        "service": source.service,
        "impact": "medium",
        "urgency": "high",
        "began_at": at,
        "first_at": at,
        "last_at": at,
        "recent": [at],
        **fields,
    }
    return Alert.objects.create(source=source, **fields)


def cleared(source, *, at=AT, **fields):
    """One that is over after ten minutes."""
    end = at + timedelta(minutes=10)
    return an_alert(source, at=at, status="closed", cleared_at=end, **fields)


def a_group(kind="storm", key="storm:1", *, incident=None, service=None, at=AT):
    """A group."""
    return AlertGroup.objects.create(
        kind=kind, key=key, incident=incident, service=service, opened_at=at, last_at=at
    )


def a_storm(source, n, *, incident=None, at=AT):
    """So many alerts of one group, a second apart; the first opened the incident."""
    group = a_group(incident=incident, service=source.service, at=at)
    return [
        an_alert(
            source,
            at=at + timedelta(seconds=i),
            summary=f"Link {i} is down",
            group=group,
            incident=incident,
            decision="joined" if i else "opened",
        )
        for i in range(n)
    ]


def a_window(*services, by, starts_at, ends_at, name="Firmware", **fields):
    """A maintenance window as a row."""
    row = Maintenance.objects.create(
        name=name,
        by=by,
        starts_at=starts_at,
        ends_at=ends_at,
        created_at=starts_at,
        **fields,
    )
    row.services.set(services)
    return row


def a_deployment(service, at, summary="shop 4.2", **fields):
    """Something was deployed."""
    return Deployment.objects.create(
        service=service, at=at, received_at=at, summary=summary, **fields
    )
