"""What must always be true of steps and of what people hold."""

from datetime import datetime, timedelta

from django.db.models import OuterRef, Q, Subquery
from django.utils import timezone

from core import invariants
from itsm.requests.fulfilment.bundles import DONE
from itsm.requests.models import Automatic, Entitlement, Offering, Request
from itsm.tickets.states import OPEN

LATE = timedelta(hours=1)
SHOWN = 20
State = Automatic.State


def register() -> None:
    """Add them to doctor."""
    for name, says, check in (
        (
            "steps.called",
            "Every automatic step whose turn came is called, answered or has failed",
            lambda: stuck(timezone.now()),
        ),
        ("entitlements.left", "Whoever has left holds nothing", left),
        (
            "entitlements.ended",
            "What was held until a date has ended by then",
            lambda: overdue(timezone.now()),
        ),
    ):
        invariants.register(name, says, check)


def stuck(at: datetime) -> list[str]:
    """Those that nobody calls any more, or that have been due for long."""
    rows = Automatic.objects.filter(
        task__done_at=None,
        task__waived_reason="",
        task__ticket__state_category__in=OPEN,
        state__in=[State.CALLING, State.ANSWER],
    )
    forgotten = rows.filter(Q(next_at=None) | Q(next_at__lt=at - LATE))
    found = forgotten.values_list("task_id", flat=True)[:SHOWN]
    return [f"The automatic step {pk} waits and nobody calls it." for pk in found]


def left() -> list[str]:
    """People whose last bundle took everything, and who hold something."""
    bundles = Request.objects.filter(
        ticket__requester=OuterRef("person"), ticket__state_category__in=DONE
    ).exclude(offering=None)
    last = bundles.exclude(offering__bundle="").order_by(
        "-ticket__resolved_at", "-ticket_id"
    )
    rows = Entitlement.objects.filter(ended_at=None).annotate(
        last=Subquery(last.values("offering__bundle")[:1])
    )
    rows = rows.filter(last=Offering.Bundle.LEAVER)
    told = rows.values_list("pk", "person__email")[:SHOWN]
    return [f"{email} has left and holds entitlement {pk}." for pk, email in told]


def overdue(at: datetime) -> list[str]:
    """Those whose end the sweep should have told."""
    rows = Entitlement.objects.filter(ended_at=None, expires_at__lt=at - LATE)
    pks = rows.values_list("pk", flat=True)[:SHOWN]
    return [f"Entitlement {pk} should have ended." for pk in pks]
