"""What to do in a tool so that it reports here: an address, and lines to copy."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as T

ALERTMANAGER = """\
# alertmanager.yml
route:
  receiver: beeline
receivers:
  - name: beeline
    webhook_configs:
      - url: "{address}"
        send_resolved: true
"""
PAGERDUTY = """\
curl {address} \\
  -H 'Content-Type: application/json' -d '{{
    "routing_key": "{key}",
    "event_action": "trigger",
    "dedup_key": "disk-full-web-1",
    "payload": {{
      "summary": "Disk is full on web-1",
      "source": "web-1",
      "severity": "critical"
    }}
  }}'
"""
GRAFANA = """\
# provisioning/alerting/beeline.yaml
apiVersion: 1
contactPoints:
  - orgId: 1
    name: beeline
    receivers:
      - uid: beeline
        type: webhook
        settings:
          url: "{address}"
          httpMethod: POST
"""
SCRIPT = """\
BEELINE_URL="{address}"
"""
CLOUDEVENTS = """\
curl "{address}" \\
  -H 'Content-Type: application/cloudevents+json' -d '{{
    "specversion": "1.0",
    "id": "1",
    "type": "com.example.disk.full",
    "source": "/web-1",
    "subject": "disk",
    "data": {{"severity": "critical", "summary": "Disk is full on web-1"}}
  }}'
"""
GENERIC = """\
curl "{address}" \\
  -H 'Content-Type: application/json' -d '{{
    "summary": "Disk is full on web-1",
    "severity": "critical",
    "host": "web-1"
  }}'
"""


@dataclass(frozen=True, slots=True)
class Tool:
    """Something that reports: what it is called, its format, where its lines go."""

    name: str
    title: Any
    what: Any
    do: Any  # one sentence: where the lines below belong
    lines: str
    path: str = ""  # of the address, with {key}; empty: /api/events/<key>/<name>/

    def address(self, key: str) -> str:
        """Where it posts to."""
        path = self.path or f"/api/events/{{key}}/{self.name}/"
        return settings.BASE_URL + path.format(key=key)

    def snippet(self, key: str) -> str:
        """The lines to copy."""
        return self.lines.format(address=self.address(key), key=key)


_ALL = (
    Tool(
        "alertmanager",
        "Prometheus Alertmanager",
        T("Alerts of Prometheus, each on its own, however they are grouped."),
        T("Add this receiver to alertmanager.yml, route to it, and reload."),
        ALERTMANAGER,
    ),
    Tool(
        "grafana",
        "Grafana",
        T("Alert rules of Grafana, through a contact point."),
        T("Add a contact point of the type Webhook with this address, or this file."),
        GRAFANA,
    ),
    Tool(
        "pagerduty",
        T("Whatever speaks PagerDuty"),
        T("Tools and scripts with a PagerDuty integration, Events API v2."),
        T("Enter this address and this key where it asks for PagerDuty's."),
        PAGERDUTY,
        "/v2/enqueue",
    ),
    Tool(
        "zabbix",
        "Zabbix",
        T("Problems and recoveries, through a media type."),
        T("Take the media type of docs/integrations/, and give it this address."),
        SCRIPT,
    ),
    Tool(
        "icinga",
        "Icinga",
        T("Hosts and services of Icinga 2, through a notification command."),
        T("Take the notification command of docs/integrations/, with this address."),
        SCRIPT,
    ),
    Tool(
        "nagios",
        "Nagios",
        T("Hosts and services of Nagios, through a notification command."),
        T("Take the notification command of docs/integrations/, with this address."),
        SCRIPT,
    ),
    Tool(
        "cloudevents",
        "CloudEvents",
        T("Events of CloudEvents 1.0: structured, binary or in batches."),
        T("Let it post to this address; try it with this line."),
        CLOUDEVENTS,
    ),
    Tool(
        "generic",
        T("Anything that posts JSON"),
        T("You say which part is the summary, which the severity, which the key."),
        T("Let it post to this address; try it with this line."),
        GENERIC,
    ),
)
TOOLS: Mapping[str, Tool] = {tool.name: tool for tool in _ALL}


def tool_of(name: str) -> Tool:
    """The tool of this format; whatever speaks PagerDuty where there is none."""
    return TOOLS.get(name, TOOLS["pagerduty"])
