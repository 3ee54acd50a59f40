"""An incident from an alert: what it says, and whose it is."""

from collections.abc import Iterable
from datetime import UTC, datetime

from django.utils.translation import gettext as _

from core.reader import speaking
from itsm.monitoring import words
from itsm.monitoring.deciding.book import Decision
from itsm.monitoring.models import Alert
from itsm.tickets import actions
from itsm.tickets.models import LONGEST_BODY, Ticket
from itsm.tickets.states import Channel, TicketType
from people.models import Service, Team

LONGEST_TITLE = 250
LONGEST_REF = 200
MOST_LABELS = 30  # told in the description; the alert has them all


class Teams:
    """The only team of each service; one statement, when the first is asked for."""

    def __init__(self, services: Iterable[int]) -> None:
        self._services = set(services)
        self._found: dict[int, Team | None] | None = None

    def of(self, alert: Alert) -> Team | None:
        """The alert's, else the one that alone supports its service."""
        if alert.team is not None:
            return alert.team
        if self._found is None:
            self._found = {}
            links = Service.support_teams.through.objects.select_related("team")
            for link in links.filter(service__in=self._services):
                is_second = link.service_id in self._found
                self._found[link.service_id] = None if is_second else link.team
        return self._found.get(alert.service_id)


def open_incident(
    alert: Alert, decision: Decision, teams: Teams, at: datetime
) -> Ticket:
    """Open it as the alert's source, in the installation's language."""
    with speaking(""):
        return actions.open_ticket(
            type=TicketType.INCIDENT,
            title=_title(alert),
            description=_description(alert, decision),
            by=alert.source.account,
            at=at,
            channel=Channel.MACHINE,
            service=_service(alert, decision),
            team=teams.of(alert),
            impact=alert.impact,
            urgency=alert.urgency,
            external_ref=alert.key[:LONGEST_REF],
        )


def moment(at: datetime) -> str:
    """An instant in a text that anybody may read anywhere."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def _service(alert: Alert, decision: Decision) -> Service:
    group = decision.group
    if group is None or group.service is None or group.service == alert.service_id:
        return alert.service
    return Service.objects.get(pk=group.service)


def _title(alert: Alert) -> str:
    title = " ".join(alert.summary.split()) or alert.key
    if len(title) > LONGEST_TITLE:
        return title[: LONGEST_TITLE - 1] + "…"
    return title


def _description(alert: Alert, decision: Decision) -> str:
    facts = [
        (_("Source"), alert.source.name),
        (_("Severity"), alert.get_severity_display()),
        (_("Host"), alert.host),
        (_("Component"), alert.component),
        (_("Group"), alert.group_name),
        (_("Class"), alert.class_name),
        (_("Began"), moment(alert.began_at)),
        *sorted((str(n), str(v)) for n, v in alert.labels.items())[:MOST_LABELS],
    ]
    lines = [f"- {name}: {value}" for name, value in facts if value]
    parts = [alert.summary, "\n".join(lines), alert.url]
    parts.append(words.sentence(decision.why))
    return "\n\n".join(part for part in parts if part)[:LONGEST_BODY]
