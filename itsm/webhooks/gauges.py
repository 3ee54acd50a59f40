"""What webhooks measure of themselves."""

from collections.abc import Mapping
from datetime import datetime

from django.db.models import Count

from core import gauges
from core.gauges import Labels
from itsm.webhooks.line import OPEN
from itsm.webhooks.models import Delivery


def register() -> None:
    """Join core's measures."""
    gauges.gauge("beeline_deliveries", "Deliveries that wait, by webhook", waiting)


def waiting(at: datetime) -> Mapping[Labels, float]:
    """How many wait for each webhook."""
    rows = Delivery.objects.filter(state__in=OPEN).values_list("webhook_id")
    counted = rows.annotate(n=Count("pk")).order_by()
    return {(("webhook", str(pk)),): float(n) for pk, n in counted}
