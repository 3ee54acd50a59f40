"""When a message is tried again, and when it is given up."""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from notify import failures
from notify.models import Channel, Message, Reach, Route

State = Message.State
SILENT = timedelta(minutes=2)  # a claim nobody stamped for so long is a dead worker's
LONGEST = timedelta(days=1)
FIRST, SLOWEST = timedelta(seconds=30), timedelta(hours=3)
MOST_TRIES = 15  # 30 s, 1 min, 2 min … 3 h: given up 22 hours after the first
FIRST_PAGE, SLOWEST_PAGE = timedelta(seconds=5), timedelta(minutes=1)
MOST_PAGE_TRIES = 12  # nine minutes; by then somebody else has been woken
JITTER = 0.2
SETTLED = 500
CLOSED = Q(route__is_active=False) | Q(route__paused_at__isnull=False)


def pause(channel: str, tries: int) -> timedelta | None:
    """How long to wait after so many tries; None: no more."""
    is_page = channel == Channel.PAGE
    if tries >= (MOST_PAGE_TRIES if is_page else MOST_TRIES):
        return None
    first, slowest = (FIRST_PAGE, SLOWEST_PAGE) if is_page else (FIRST, SLOWEST)
    return min(first * 2 ** (tries - 1), slowest)


def later(
    rows: QuerySet[Message], message: Message, failure: str, at: datetime
) -> None:
    """Try it again, with jitter so that many do not come back together."""
    tries = message.tries + 1
    wait = pause(message.channel, tries)
    if wait is None:
        never(rows, failure, tries=tries)
        return
    due = at + wait * random.uniform(1 - JITTER, 1 + JITTER)
    rows.update(
        state=State.WAITING, tries=tries, due_at=due, failure=failure, runner=None
    )


def never(rows: QuerySet[Message], failure: str, *, tries: int | None = None) -> None:
    """It failed; a person may send it again."""
    more = {} if tries is None else {"tries": tries}
    rows.update(state=State.FAILED, failure=failure, runner=None, **more)


def settle(*, at: datetime) -> None:
    """Give every due message a way that is open, or say that it has none."""
    is_free = Q(state=State.WAITING, due_at__lte=at)
    is_left = Q(state=State.SENDING, claimed_at__lt=at - SILENT)
    due = Message.objects.filter(is_free | is_left)
    _take_from_closed(due.filter(CLOSED, channel=Channel.PAGE))
    _page_by_route(at)
    never(due.filter(CLOSED), failures.keep("route.off"))
    never(due.filter(channel=Channel.CHAT, route=None), failures.keep("route.none"))


def _take_from_closed(pages: QuerySet[Message]) -> None:
    """A page whose route was closed looks for another way, unless it has one already.

    Its copies on other routes are such; of several that were closed one goes on.
    """
    same = {name: OuterRef(name) for name in ("user", "subject_type", "subject_id")}
    copies = Message.objects.filter(
        channel=Channel.PAGE, events=OuterRef("events"), **same
    )
    waits = Q(state__in=[State.WAITING, State.SENDING])
    goes_on = Q(state=State.SENT) | waits & (~CLOSED | Q(pk__lt=OuterRef("pk")))
    alone = pages.exclude(Exists(copies.exclude(pk=OuterRef("pk")).filter(goes_on)))
    ids = list(alone.values_list("pk", flat=True)[:SETTLED])
    Message.objects.filter(CLOSED, pk__in=ids).update(
        route=None, state=State.WAITING, tries=0, runner=None, claimed_at=None
    )


def _page_by_route(at: datetime) -> None:
    """A page without a route goes over every route that reaches the person, or by mail.

    Each then has its own tries: a gateway that hangs does not keep the others waiting.
    """
    with transaction.atomic():
        rows = Message.objects.select_for_update(skip_locked=True, of=("self",))
        pages = list(
            rows.filter(
                channel=Channel.PAGE, route=None, state=State.WAITING, due_at__lte=at
            )[:SETTLED]
        )
        if not pages:
            return
        reaches = Reach.objects.in_bulk({page.user_id for page in pages})
        routes = list(
            Route.objects.filter(
                is_active=True, paused_at=None, kind__in=["sms", "ntfy"]
            ).order_by("pk")
        )
        copies = []
        for page in pages:
            copies += _spread(page, _routes_for(reaches.get(page.user_id), routes))
        Message.objects.bulk_create(copies)


def _routes_for(reach: Reach | None, routes: Sequence[Route]) -> list[Route]:
    if reach is None:
        return []
    known = {Route.Kind.SMS: reach.page_phone, Route.Kind.NTFY: reach.page_topic}
    return [route for route in routes if known[Route.Kind(route.kind)]]


def _spread(page: Message, routes: Sequence[Route]) -> list[Message]:
    """Put a page on its first route; answers its copies for the others, not saved."""
    if not routes:
        page.channel, page.is_urgent = Channel.MAIL, True
        page.save(update_fields=["channel", "is_urgent"])
        return []
    page.route = routes[0]
    page.save(update_fields=["route"])
    same = {
        field.attname: getattr(page, field.attname)
        for field in Message._meta.concrete_fields
        if field.attname not in {"id", "route_id"}
    }
    return [Message(**same, route=route) for route in routes[1:]]
