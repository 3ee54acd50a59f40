"""Starting a batch, doing its items, and taking them back.

Each item is one action of its own, through `doors.perform`, as the person who asked;
the item's row changes in that action's transaction, so that whatever is killed, it is
done once or still to do. All events carry the batch's key, under which outward readers
of the log wait until a minute has passed (`core.holds`).
"""

import logging
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.db import DatabaseError, transaction
from django.utils.translation import gettext as _

from core import holds, jobs, reader, texts
from core.context import Door, current, through
from core.errors import Forbidden, Invalid, Refused
from core.log import act, record
from itsm.tickets.actions.undoing import restore, snapshot
from itsm.tickets.asking import ask
from itsm.tickets.bulk.models import Bulk, BulkItem
from itsm.tickets.bulk.verbs import check_verb, shown_fields, take_back
from itsm.tickets.doors import hold, perform
from itsm.tickets.models import Ticket
from itsm.tickets.replies.fields import TELLERS, filled, label
from people.models import User

log = logging.getLogger(__name__)
AT_ONCE = 100  # more than that is a job
MOST = 10_000
STEP = 25  # items of one batch
UNDO_FOR = timedelta(seconds=60)
STARTED, FINISHED, UNDONE = "bulk.started", "bulk.finished", "bulk.undone"
State = BulkItem.State


def start(
    *,
    numbers: Iterable[str],
    verb: str,
    fields: Mapping[str, Any],
    by: User,
    at: datetime,
) -> Bulk:
    """Write down what is asked for; nothing is done yet. Raises Invalid."""
    wanted = list(dict.fromkeys(number.strip().upper() for number in numbers))
    _check(wanted, verb, fields)
    with act():
        bulk = Bulk(
            by=by,
            verb=verb,
            fields=dict(fields),
            total=len(wanted),
            created_at=at,
            door=current().door.value,
            language=reader.language() or "",
        )
        _keep_for_us(bulk, at)
        bulk.save()
        holds.open_hold(bulk.key)
        found = Ticket.objects.filter(number__in=wanted).values_list("number", "pk")
        ids = dict(found)
        BulkItem.objects.bulk_create(
            BulkItem(bulk=bulk, place=place, number=number, ticket_id=ids.get(number))
            for place, number in enumerate(wanted)
        )
        with through(Door(bulk.door), bulk.key):
            changes = {"verb": (None, verb), "tickets": (None, len(wanted))}
            record(STARTED, subject=bulk, by=by, at=at, changes=changes)
    return bulk


def go(bulk: Bulk) -> None:
    """Do a small batch here and now; leave a large one to the workers.

    `bulk` is what `start` or `undo` answered. Call it when that has committed.
    """
    if bulk.runner is None:
        jobs.poke()
    else:
        jobs.run(bulk, seconds=3600)


def _keep_for_us(bulk: Bulk, at: datetime) -> None:
    """A small batch is its starter's own to do; if they die, a worker takes over."""
    if bulk.total <= AT_ONCE:
        bulk.state, bulk.runner = Bulk.State.RUNNING, uuid4()
        bulk.started_at = bulk.stamped_at = at


def undo(bulk: Bulk, *, by: User, at: datetime) -> Bulk:
    """Begin to take back what was done; what was not done yet never will be.

    `go` does it, or the workers. Raises Forbidden for all but its starter, Refused when
    it is too late.
    """
    with transaction.atomic():
        bulk = Bulk.objects.select_for_update().get(pk=bulk.pk)
        require_starter(bulk, by)
        if bulk.phase == Bulk.Phase.UNDO:
            raise Refused(_("This is being undone already."))
        if not holds.is_open(bulk.key, at=at):
            raise Refused(_("The minute to undo this is over."))
        holds.hold_until(bulk.key, None)
        bulk.items.filter(state=State.PENDING).update(
            state=State.REFUSED, status=409, detail=_("Stopped before its turn.")
        )
        bulk.phase, bulk.state, bulk.runner = Bulk.Phase.UNDO, Bulk.State.QUEUED, None
        bulk.stamped_at = bulk.finished_at = None
        bulk.done, bulk.total = 0, bulk.items.filter(state=State.DONE).count()
        _keep_for_us(bulk, at)
        bulk.save()
    return bulk


def require_starter(bulk: Bulk, by: User) -> None:
    """Raise Forbidden for all others, also for those who may look at it."""
    if bulk.by_id != by.pk:
        raise Forbidden(_("This is not yours to do."))


def step(bulk: Bulk, *, at: datetime) -> bool:
    """Do the next items; whether some are left."""
    undoing = bulk.phase == Bulk.Phase.UNDO
    wanted = State.DONE if undoing else State.PENDING
    place = "-place" if undoing else "place"
    items = bulk.items.filter(state=wanted).order_by(place)
    pks = list(items.values_list("pk", flat=True)[:STEP])
    with through(Door(bulk.door), bulk.key), reader.speaking(bulk.language):
        for pk in pks:
            _undo_one(bulk, pk, at) if undoing else _do_one(bulk, pk, at)
    left = bulk.items.filter(state=wanted).count()
    bulk.done = max(bulk.total - left, 0)
    Bulk.objects.filter(pk=bulk.pk, phase=bulk.phase).update(done=bulk.done)
    return left > 0


def ended(bulk: Bulk, *, at: datetime) -> None:
    """Say so in the log; from now on it can be undone for a minute."""
    counted = bulk.counts()
    changes = {name: (None, n) for name, n in counted.items() if n}
    with act(), through(Door(bulk.door), bulk.key):
        if bulk.phase == Bulk.Phase.UNDO:
            bulk.undone_at = at
            if not counted[State.KEPT] and not counted[State.DONE]:
                holds.take_back(bulk.key, bulk.subject_type, bulk.pk)
            record(UNDONE, subject=bulk, by=bulk.by, at=at, changes=changes)
            holds.close(bulk.key, at=at)
        else:
            bulk.undo_until = at + UNDO_FOR
            holds.hold_until(bulk.key, bulk.undo_until)
            record(FINISHED, subject=bulk, by=bulk.by, at=at, changes=changes)
        bulk.fields = shown_fields(bulk.fields)
        bulk.save(update_fields=["undone_at", "undo_until", "fields"])


def _check(numbers: list[str], verb: str, fields: Mapping[str, Any]) -> None:
    errors: dict[str, list[str]] = {}
    if not numbers:
        errors["numbers"] = [_("Name at least one ticket.")]
    elif len(numbers) > MOST:
        errors["numbers"] = [_("At most %(n)s tickets at once.") % {"n": MOST}]
    if problem := check_verb(verb):
        errors["verb"] = [problem]
    for name, value in (("numbers", numbers), ("fields", fields)):
        if _has_nul(value):
            errors[name] = [_("It holds a character that cannot be stored.")]
    if errors:
        raise Invalid(errors)


def _has_nul(value: Any) -> bool:
    """Whether U+0000 stands in it anywhere: PostgreSQL stores it nowhere."""
    if isinstance(value, str):
        return "\x00" in value
    if isinstance(value, Mapping):
        return any(_has_nul(one) for pair in value.items() for one in pair)
    return isinstance(value, list | tuple) and any(map(_has_nul, value))


def _do_one(bulk: Bulk, pk: int, at: datetime) -> None:
    try:
        with act():
            item = _to_do(pk, State.PENDING)
            if item is None:
                return
            ticket = hold(_visible(item, bulk.by), bulk.verb, bulk.fields)
            with_texts = snapshot(ticket)
            fields = _for_this(bulk, ticket)
            done = perform(ticket, bulk.verb, fields, by=bulk.by, at=at)
            _write_last(item, done, with_texts)
    except Refused as refused:
        _answer(pk, State.PENDING, State.REFUSED, refused.status, refused.detail)
    except DatabaseError:
        raise  # the batch is tried again
    except Exception:
        log.exception("item %s of batch %s failed", pk, bulk.pk)
        words = _("Something went wrong on our side. Nothing was changed.")
        _answer(pk, State.PENDING, State.REFUSED, 500, words)


def _for_this(bulk: Bulk, ticket: Ticket) -> dict[str, Any]:
    """The fields for one ticket: a reply's `{first_name}` is its requester's."""
    body = bulk.fields.get("body")
    if bulk.verb != "comment" or not isinstance(body, str):
        return bulk.fields
    told = filled(body, ticket, bulk.by)
    missing = [name for name in told.missing if name in TELLERS]
    if missing:
        names = ", ".join(label(name) for name in missing)
        words = {"number": ticket.number, "names": names}
        raise Invalid({"body": [_("%(number)s has no %(names)s.") % words]})
    return {**bulk.fields, "body": told.text if not told.missing else body}


def _undo_one(bulk: Bulk, pk: int, at: datetime) -> None:
    try:
        with act():
            item = _to_do(pk, State.DONE)
            if item is None or item.ticket is None or item.before is None:
                return
            if not take_back(item, bulk.verb, by=bulk.by, at=at):
                restore(
                    ticket=item.ticket,
                    before=item.before,
                    version=item.version,
                    act_id=bulk.key,
                    by=bulk.by,
                    at=at,
                )
            holds.take_back(bulk.key, Ticket.subject_type, item.ticket.pk)
            item.state, item.detail = State.UNDONE, _("It is as it was before.")
            item.save(update_fields=["state", "detail"])
    except Refused as refused:
        _answer(pk, State.DONE, State.KEPT, refused.status, refused.detail)
    except DatabaseError:
        raise
    except Exception:
        log.exception("item %s of batch %s could not be undone", pk, bulk.pk)
        _answer(pk, State.DONE, State.KEPT, 500, _("It could not be taken back."))


def _to_do(pk: int, state: str) -> BulkItem | None:
    """The item, locked, where it is still to be worked on."""
    rows = BulkItem.objects.select_for_update(skip_locked=True)
    return rows.filter(pk=pk, state=state).first()


def _visible(item: BulkItem, by: User) -> Ticket:
    """Its ticket, locked; refused where it is not theirs to see, or not there."""

    def build(tickets: Any, pk: int) -> Any:
        return tickets.filter(pk=pk).values_list("pk")

    if not ask(by, "is it seen", build, pk=item.ticket_id or 0):
        raise NotThere(_("There is no ticket %(n)s for you.") % {"n": item.number})
    return Ticket(pk=item.ticket_id)


class NotThere(Refused):
    """A ticket that is not there, or not theirs to see."""

    status = 404


def _write_last(item: BulkItem, ticket: Ticket, before: dict[str, Any]) -> None:
    item.before = before
    item.state, item.status, item.version = State.DONE, 200, ticket.version
    item.save(update_fields=["before", "state", "status", "version"])


def _answer(pk: int, from_: str, to: str, status: int, detail: str) -> None:
    BulkItem.objects.filter(pk=pk, state=from_).update(
        state=to, status=status, detail=detail[:1000]
    )


def forget(subject: Any) -> None:
    """A text of a ticket is gone: batches that are over keep no copy of it."""
    if subject.subject_type != Ticket.subject_type:
        return
    over = Bulk.objects.filter(
        items__ticket_id=subject.pk, state__in=[Bulk.State.DONE, Bulk.State.FAILED]
    )
    for bulk in over.distinct():
        Bulk.objects.filter(pk=bulk.pk).update(fields=shown_fields(bulk.fields))


def register() -> None:
    """Let the workers look for batches."""
    jobs.register(Bulk)
    texts.on_redact(forget)
