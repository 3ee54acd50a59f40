"""What sources send, as rows: receptions as the intake writes them."""

import json

from itsm.monitoring.models import Reception
from tests.cast import AT


def sent(source, *signals, at=AT, key="", format="generic", body=None):
    """A call of this source that holds these signals, on disk and not worked off."""
    data = [
        {"event_action": s.action.value, "key": s.key, "summary": s.summary}
        | {"severity": s.severity, "host": s.host, "component": s.component}
        | {"labels": dict(s.labels), "details": dict(s.details)}
        for s in signals
    ]
    return Reception.objects.create(
        source=source,
        format=format,
        body=json.dumps({"events": data}).encode() if body is None else body,
        key=key,
        received_at=at,
    )
