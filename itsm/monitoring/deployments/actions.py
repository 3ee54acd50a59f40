"""What a pipeline does: it reports what was deployed."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from core.errors import Invalid
from itsm.monitoring.deployments import of_changes
from itsm.monitoring.models import LONGEST_SUMMARY, Deployment
from people.models import Service, User
from people.policy import require

AHEAD = timedelta(hours=1)  # clocks may be off by so much


def report_deployment(
    *,
    by: User,
    at: datetime,
    service: Service,
    summary: str,
    happened_at: datetime | None = None,
    origin: str = "",
    links: Sequence[Mapping[str, str]] = (),
    details: Mapping[str, Any] | None = None,
) -> Deployment:
    """Something was changed on a service; without an origin its reporter is it.

    No event of the log: it happened elsewhere, and its row says all there is to say.
    Raises Forbidden, Invalid.
    """
    require(by, "deployment.report")
    summary = summary.strip()
    errors: dict[str, list[str]] = {}
    if not summary:
        errors["summary"] = [_("Say what was deployed.")]
    elif len(summary) > LONGEST_SUMMARY:
        most = {"most": LONGEST_SUMMARY}
        errors["summary"] = [_("At most %(most)s characters are possible.") % most]
    if happened_at is not None and happened_at > at + AHEAD:
        errors["at"] = [_("That is still to come.")]
    if errors:
        raise Invalid(errors)
    row = Deployment(
        service=service,
        summary=summary,
        at=happened_at or at,
        received_at=at,
        origin=origin.strip()[:255] or by.name,
        links=[dict(link) for link in links],
        details=dict(details or {}),
    )
    with transaction.atomic():
        of_changes.keep([row])
    return of_changes.kept(row)
