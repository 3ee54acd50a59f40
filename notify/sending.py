"""Sending what is due: claim, write, send, mark. Safe with any number of workers.

A claim commits before anything goes out, so no transaction waits for a server. A worker
that is killed leaves its claim behind: it is taken again when it is old, with the same
Message-ID. What a server took is marked at once, each message by itself.
"""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.db import Error, connection, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from notify import bounces, failures, lanes, letters, message_ids, retrying
from notify.channels import Away, Later, Never, Session, chat, paging
from notify.channels.mail import MailSession
from notify.lanes import Way
from notify.letters import Letter
from notify.models import Channel, Message, Reach, Route

log = logging.getLogger(__name__)
BATCH = 50
SLICE = 15.0  # seconds after which a sender begins no more messages
PATIENCE = 60.0  # seconds in which a mark is tried again while the database is away
State = Message.State
Clock = Callable[[], datetime]


@dataclass(slots=True)
class Claim:
    """Messages that are ours to send."""

    runner: UUID
    messages: list[Message]

    def mine(self, message: Message) -> QuerySet[Message]:
        """The row, as long as nobody took it over."""
        return Message.objects.filter(
            pk=message.pk, runner=self.runner, state=State.SENDING
        )


def send_due(*, clock: Clock = timezone.now) -> int:
    """Send what is due on every way, pages first; how many messages were sent."""
    retrying.settle(at=clock())
    return sum(_work(way, clock) for way in lanes.open_ways())


def _work(way: Way, clock: Clock) -> int:
    """Send on one way until nothing is left, it rests, or our time is over."""
    sent, ends = 0, time.monotonic() + SLICE
    if not due(way, clock()).exists():
        return 0
    with lanes.alone(way) as is_ours, lanes.careful(way) as may:
        while is_ours and may and time.monotonic() < ends:
            room = lanes.room(way, clock())
            claim = _claim(way, min(room, BATCH), clock()) if room else None
            if claim is None or not claim.messages:
                break
            sent += _deliver(way, claim, ends, clock)
    return sent


def due(way: Way, at: datetime) -> QuerySet[Message]:
    """What should leave on this way by now, urgent and old first."""
    is_free = Q(state=State.WAITING, due_at__lte=at)
    is_left = Q(
        state=State.SENDING, claimed_at__lt=at - retrying.SILENT, due_at__lte=at
    )
    rows = Message.objects.filter(channel=way.channel, route=way.route_id)
    return rows.filter(is_free | is_left).order_by("-is_urgent", "due_at", "pk")


def _claim(way: Way, n: int, at: datetime) -> Claim:
    """Take up to `n` messages, in one short transaction."""
    runner = uuid4()
    with transaction.atomic():
        rows = due(way, at).select_for_update(skip_locked=True, of=("self",))
        found = list(rows[:n])
        for message in found:
            message.reference = message.reference or message_ids.make(
                message.pk,
                message.user_id or letters.ROOM,
                message.subject_type,
                message.subject_id,
            )
            message.state, message.runner, message.claimed_at = (
                State.SENDING,
                runner,
                at,
            )
        fields = ["reference", "state", "runner", "claimed_at"]
        Message.objects.bulk_update(found, fields)
    return Claim(runner, found)


def _deliver(way: Way, claim: Claim, ends: float, clock: Clock) -> int:
    """Send a claim; whatever happens, what was not sent is let go again."""
    sent = 0
    try:
        ready = list(_ready(claim, clock()))
        if ready:
            with _session(way) as session:
                for message, letter in ready:
                    if time.monotonic() > ends or not _stamp(claim, message, clock()):
                        continue
                    sent += _send(way, session, claim, message, letter, clock)
            if sent:
                lanes.well(way)
    except Away as no:
        lanes.rest(way, no.failure, clock(), seconds=no.seconds)
        _give_up_old(claim, no.failure, clock())
    finally:
        _keep_trying(lambda: _let_go(claim))
        if sent:
            lanes.spend(way, sent, clock())
    return sent


def _session(way: Way) -> Session:
    if way.route_id is None:
        return MailSession()
    route = Route.objects.get(pk=way.route_id or 0)
    return (paging if way.channel == Channel.PAGE else chat).session(route)


def _ready(claim: Claim, at: datetime) -> Iterator[tuple[Message, Letter]]:
    """Those that have something to say to somebody who may hear it."""
    written, broken = _written(claim.messages)
    paused = _paused(claim.messages)
    for message in claim.messages:
        letter = written.get(message.pk)
        if message.pk in broken:
            retrying.later(claim.mine(message), message, broken[message.pk], at)
        elif letter is None:
            _drop(claim, message)
        elif message.channel == Channel.MAIL and message.user_id in paused:
            retrying.never(claim.mine(message), failures.keep("mail.paused"))
        else:
            yield message, letter


def _written(
    messages: Sequence[Message],
) -> tuple[dict[int, Letter], dict[int, str]]:
    """Their letters; if one of them cannot be written, the others still are."""
    try:
        return letters.write(messages), {}
    except Error:
        raise
    except Exception:
        log.exception("a letter could not be written")
    found: dict[int, Letter] = {}
    broken: dict[int, str] = {}
    for message in messages:
        try:
            found |= letters.write([message])
        except Exception as no:  # whatever a teller does wrong
            broken[message.pk] = failures.keep("told.broken", type(no).__name__)
    return found, broken


def _paused(messages: Sequence[Message]) -> set[int]:
    ids = {message.user_id for message in messages if message.user_id}
    rows = Reach.objects.filter(pk__in=ids, mail_paused_at__isnull=False)
    return set(rows.values_list("pk", flat=True))


def _drop(claim: Claim, message: Message) -> None:
    """Nobody is left who may read it, or nothing that may be read."""
    user: Any = message.user
    is_gone = user is not None and not user.is_active
    code = "person.gone" if is_gone else "told.unseen"
    claim.mine(message).update(
        state=State.DROPPED, failure=failures.keep(code), runner=None
    )


def _stamp(claim: Claim, message: Message, at: datetime) -> bool:
    """Say that we are still at it; False where it is not ours any more."""
    return bool(claim.mine(message).update(claimed_at=at))


def _send(
    way: Way,
    session: Session,
    claim: Claim,
    message: Message,
    letter: Letter,
    clock: Clock,
) -> bool:
    """Send one and mark it. Raises Away where the way itself is the trouble."""
    mine = claim.mine(message)
    try:
        address = session.send(message, letter)
    except Later as no:
        retrying.later(mine, message, no.failure, clock())
    except Never as no:
        retrying.never(mine, no.failure)
        if no.is_address:
            bounces.pause(way, message, no.failure, at=clock())
    except Away as no:
        if no.is_charged:
            retrying.later(mine, message, no.failure, clock())
        raise
    except Exception as no:  # a fault of ours must not stop those behind it
        log.exception("message %s could not be sent", message.pk)
        failure = failures.keep("told.broken", type(no).__name__)
        retrying.later(mine, message, failure, clock())
    else:
        _keep_trying(lambda: _mark_sent(mine, message, address, clock()))
        return True
    return False


def _mark_sent(
    mine: QuerySet[Message], message: Message, address: str, at: datetime
) -> None:
    mine.update(
        state=State.SENT,
        sent_at=at,
        address=address[:300],
        failure="",
        tries=message.tries + 1,
        runner=None,
    )


def _let_go(claim: Claim) -> None:
    """What we still hold waits again as it did before, with its Message-ID."""
    ids = [message.pk for message in claim.messages]
    rows = Message.objects.filter(pk__in=ids, runner=claim.runner, state=State.SENDING)
    rows.update(state=State.WAITING, runner=None, claimed_at=None)


def _give_up_old(claim: Claim, failure: str, at: datetime) -> None:
    """The way has failed for a day: say so, instead of hoping on."""
    for message in claim.messages:
        if message.due_at < at - retrying.LONGEST:
            failure_ = failures.keep("lane.worn", failures.words(failure))
            retrying.never(claim.mine(message), failure_)


def _keep_trying(mark: Callable[[], Any]) -> None:
    """The server has it: a database that is away for a moment must not forget that."""
    ends = time.monotonic() + PATIENCE
    while True:
        try:
            mark()
        except Error:
            if connection.in_atomic_block or time.monotonic() > ends:
                raise
            log.warning(
                "the database is away; a sent message is marked when it is back"
            )
            connection.close()
            time.sleep(0.5)
        else:
            return
