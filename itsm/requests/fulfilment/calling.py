"""Steps without hands: the call goes out, and its answer ends the task.

Each call is claimed in a transaction of its own, with a date at which it is due again:
who is killed in mid-call leaves a claim that grows old. The receiver knows a call that
comes twice by its `webhook-id`, which a step keeps until somebody retries it by hand.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from core import outbound, signed
from core.context import Door, through
from core.outbound import Answer, OutboundError, OutboundRefused, Policy
from core.sealing import unseal
from itsm.requests.fulfilment import answering
from itsm.requests.fulfilment.steps import PURPOSE
from itsm.requests.models import Automatic

Clock = Callable[[], datetime]
State = Automatic.State
CLAIM = timedelta(minutes=2)  # a caller that was killed is given up after it
POLICY = Policy(total_seconds=10.0)
MOST = 50  # calls of one sweep
LONGEST_SAID = 200


@dataclass(frozen=True, slots=True)
class Out:
    """A call that was claimed."""

    pk: int
    attempts: int
    url: str
    secret: str
    body: bytes
    message_id: str


def sweep(*, clock: Clock = timezone.now, most: int = MOST) -> int:
    """Call what is due, and give up what was not answered; how many there were."""
    with through(Door.TIMER):
        done = answering.fail_silent(_due(clock(), State.ANSWER)[:most], at=clock())
        while done < most and _call_one(clock):
            done += 1
    return done


def _due(at: datetime, state: State) -> Any:
    return Automatic.objects.filter(next_at__lte=at, state=state).order_by("next_at")


def _call_one(clock: Clock) -> bool:
    out = _claim(clock())
    if out is None:
        return False
    came = _post(out, clock())
    answering.settle_call(
        out.pk,
        attempts=out.attempts,
        failure=_failure(came),
        said=_said(came),
        is_final=isinstance(came, OutboundRefused),
        at=clock(),
    )
    return True


def _claim(at: datetime) -> Out | None:
    """The next call, ours for a while. Others skip it."""
    with transaction.atomic():
        row = (
            _due(at, State.CALLING)
            .select_for_update(skip_locked=True, of=("self",))
            .select_related("task__ticket__requester", "task__team")
            .first()
        )
        if row is None:
            return None
        row.attempts += 1
        row.next_at = at + CLAIM
        row.token_digest = answering.digest(token_of(row))
        row.save(update_fields=["attempts", "next_at", "token_digest"])
    return Out(
        pk=row.pk,
        attempts=row.attempts,
        url=unseal(row.url, purpose=PURPOSE),
        secret=unseal(row.secret, purpose=PURPOSE),
        body=json.dumps(told(row)).encode(),
        message_id=message_id(row),
    )


def told(row: Automatic) -> dict[str, Any]:
    """What the other side is sent: the step, the order, and where to answer."""
    task, ticket = row.task, row.task.ticket
    order = getattr(ticket, "request", None)
    answers = dict(order.answers) if order is not None and order.answers else {}
    person = ticket.requester
    where = f"{settings.BASE_URL}/api/v1/tasks/{token_of(row)}/answer/"
    return {
        "task": {"id": task.pk, "title": task.title},
        "request": {
            "number": ticket.number,
            "title": ticket.title,
            "offering": order.offering.slug if order and order.offering else None,
            "answers": answers,
        },
        "person": {"email": person.email, "name": person.name} if person else None,
        "answer": {"url": where, "within_seconds": row.timeout.total_seconds()},
    }


def token_of(row: Automatic) -> str:
    """The token that answers this step. Only its digest is kept: it is made again
    from the server's own key, so that a call repeated after a crash carries the same.
    """
    key = settings.SECRET_KEY.encode()[:64]
    begun = row.task.begun_at
    named = f"{row.task_id} {begun.isoformat() if begun else ''}"
    return hashlib.blake2b(named.encode(), key=key, digest_size=32).hexdigest()


def message_id(row: Automatic) -> str:
    """The call's name, the same however often it is tried by itself."""
    return f"step_{row.task_id}_{row.rounds}"


def _post(out: Out, at: datetime) -> Answer | OutboundError:
    """The call, with no transaction open."""
    if not out.url or not out.secret:
        return OutboundRefused("out.url")
    stamp = int(at.timestamp())
    headers = {
        "Content-Type": "application/json",
        "webhook-id": out.message_id,
        "webhook-timestamp": str(stamp),
        "webhook-signature": signed.sign(out.secret, out.message_id, stamp, out.body),
    }
    try:
        return outbound.post(out.url, out.body, headers=headers, policy=POLICY)
    except OutboundError as no:
        return no


def _failure(came: Answer | OutboundError) -> str:
    """What went wrong, as it is kept; empty where the call was taken."""
    if isinstance(came, OutboundError):
        return f"{came.code}|{came.about}"
    if 200 <= came.status < 300:
        return ""
    said = came.body[:LONGEST_SAID].decode("utf-8", "replace").replace("\x00", "")
    return f"step.status|{came.status} {said}".strip()


def _said(came: Answer | OutboundError) -> tuple[bool, str] | None:
    """An answer that came at once, in the body of a 2xx: `{"ok": true, "note": …}`."""
    if isinstance(came, OutboundError) or not 200 <= came.status < 300:
        return None
    try:
        body = json.loads(came.body)
    except ValueError:
        return None
    if not isinstance(body, dict) or not isinstance(body.get("ok"), bool):
        return None
    note = body.get("note", "")
    return body["ok"], answering.clean(note if isinstance(note, str) else "")
