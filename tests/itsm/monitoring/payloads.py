"""What tools send, in a few words, and the shared folder of real payloads."""

from pathlib import Path
from zlib import crc32

ROOT = Path(__file__).resolve().parents[3]
BESIDE = (found for up in ROOT.parents[:2] for found in up.glob("*/data/alerts"))
FOLDER = next(BESIDE, ROOT.parent / "data/alerts")  # in a folder beside the project


def pagerduty(key, action="trigger", dedup="disk-full", **payload):
    """An event as the Events API v2 takes it."""
    told = {"summary": "Disk is full", "source": "web-1", "severity": "critical"}
    event = {"routing_key": key, "event_action": action, "payload": told | payload}
    return event | ({"dedup_key": dedup} if dedup else {})


def alertmanager(*names, status="firing", **message):
    """A message of Alertmanager: one alert for each name."""
    alerts = [
        {
            "status": status,
            "labels": {"alertname": name, "severity": "warning", "instance": "db:9100"},
            "annotations": {"summary": f"{name} on db"},
            "startsAt": "2026-03-02T08:59:00Z",
            "endsAt": "0001-01-01T00:00:00Z",
            "generatorURL": "http://prometheus:9090/graph",
            "fingerprint": f"{crc32(name.encode()):016x}",
        }
        for name in names
    ]
    return {
        "version": "4",
        "groupKey": '{}:{alertname="x"}',
        "truncatedAlerts": 0,
        "status": status,
        "receiver": "beeline",
        "alerts": alerts,
        "externalURL": "http://alertmanager:9093",
    } | message
