"""The live channel: server-sent events at /live/, in a small process of its own.

One stream per browser. It carries ids, never texts, and holds no database connection:
who is there is read once from the session and looked at again every 20 seconds, all
sessions at once. Messages come from Valkey (core/live.py); when that was away, pages
are told that they are `behind` and fetch what they show.
"""

import asyncio
import contextlib
import json
import logging
import os
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

import redis.asyncio  # noqa: E402 - after Django's setup
from django.conf import settings  # noqa: E402

from config import live_sessions  # noqa: E402
from core.live import CHANNEL_PREFIX  # noqa: E402

HEARTBEAT_SECONDS = 15.0
RECHECK_SECONDS = 20.0
RETRY_MS = 2000
GATHER_SECONDS = 0.1  # what happens within this time goes out as one message
STILL_HERE = b"event: beat\ndata: {}\n\n"  # an event: pages count the seconds since
MOST_IDS = 500  # more than this and the page had better fetch everything
Scope = dict[str, Any]
_log = logging.getLogger(__name__)


@dataclass(eq=False)
class Stream:
    """One open browser and what it has not been told yet."""

    session_key: str
    audiences: frozenset[str]
    pending: dict[str, set[int]] = field(default_factory=dict)
    is_behind: bool = False
    is_over: bool = False
    wake: asyncio.Event = field(default_factory=asyncio.Event)

    def tell(self, event: str, ids: list[int]) -> None:
        """Add to what goes out next; too much becomes "you are behind"."""
        waiting = self.pending.setdefault(event, set())
        waiting.update(ids)
        if len(waiting) > MOST_IDS:
            self.fall_behind()
        self.wake.set()

    def fall_behind(self) -> None:
        """The page has to fetch again what it shows."""
        self.pending.clear()
        self.is_behind = True
        self.wake.set()

    def end(self) -> None:
        """The session is over: say so and close."""
        self.is_over = True
        self.wake.set()

    def take(self) -> bytes:
        """What to send now, as the event stream's text."""
        parts = [
            f"event: {event}\ndata: {json.dumps({'ids': sorted(ids)})}\n\n"
            for event, ids in self.pending.items()
        ]
        if self.is_behind:
            parts.insert(0, "event: behind\ndata: {}\n\n")
        if self.is_over:
            parts.append("event: over\ndata: {}\n\n")
        self.pending.clear()
        self.is_behind = False
        self.wake.clear()
        return "".join(parts).encode()


class Hub:
    """All open streams, and the one subscription that feeds them."""

    def __init__(self) -> None:
        self.streams: dict[str, set[Stream]] = {}
        self.tasks: list[asyncio.Task[None]] = []

    def everyone(self) -> set[Stream]:
        """Every open stream once."""
        return set().union(*self.streams.values()) if self.streams else set()

    def open(self, who: live_sessions.Who) -> Stream:
        """A stream for one browser; the first one starts the hub's own work."""
        if not self.tasks:
            self.tasks = [
                asyncio.create_task(self.listen()),
                asyncio.create_task(self.recheck()),
            ]
        stream = Stream(who.session_key, who.audiences)
        for audience in stream.audiences:
            self.streams.setdefault(audience, set()).add(stream)
        return stream

    def close(self, stream: Stream) -> None:
        """Forget a stream."""
        for audience in stream.audiences:
            members = self.streams.get(audience, set())
            members.discard(stream)
            if not members:
                self.streams.pop(audience, None)

    async def listen(self) -> None:
        """Hand on what Valkey says, for ever; when it was away, say `behind`."""
        was_away = False
        while True:
            try:
                async with redis.asyncio.Redis.from_url(
                    settings.REDIS_URL, health_check_interval=10
                ) as valkey:
                    await self.hand_on(valkey, was_away)
            except (redis.RedisError, OSError) as error:
                if not was_away:
                    _log.warning("Valkey is away, pages will ask again: %s", error)
            was_away = True
            await asyncio.sleep(0.5)

    async def hand_on(self, valkey: Any, was_away: bool) -> None:
        """Subscribe and deliver until the connection breaks."""
        async with valkey.pubsub() as subscription:
            await subscription.psubscribe(f"{CHANNEL_PREFIX}*")
            if was_away:
                for stream in self.everyone():
                    stream.fall_behind()
            while True:
                message = await subscription.get_message(
                    ignore_subscribe_messages=True, timeout=10
                )
                if message is not None:
                    self.deliver(message["channel"], message["data"])

    def deliver(self, channel: bytes, data: bytes) -> None:
        """One message to all streams of its audience."""
        audience = channel.decode().removeprefix(CHANNEL_PREFIX)
        try:
            message = json.loads(data)
            event, ids = str(message.get("event", "tickets")), list(message["ids"])
        except (ValueError, KeyError, TypeError, AttributeError):
            _log.warning("A message on %s is not one of ours", audience)
            return
        for stream in self.streams.get(audience, ()):
            stream.tell(event, ids)

    async def recheck(self) -> None:
        """End the streams whose session ended: all in one look."""
        while True:
            await asyncio.sleep(RECHECK_SECONDS)
            streams = self.everyone()
            if not streams:
                continue
            keys = {stream.session_key: stream.audiences for stream in streams}
            try:
                still = await asyncio.to_thread(live_sessions.still_valid, keys)
            except Exception as error:  # the database is away: nobody is thrown out
                _log.warning("Sessions could not be looked at: %s", error)
                continue
            for stream in streams:
                if stream.session_key not in still:
                    stream.end()


hub = Hub()


async def application(scope: Scope, receive: Any, send: Any) -> None:
    """The ASGI application: one address, and a health check."""
    if scope["type"] == "lifespan":
        await answer_lifespan(receive, send)
    elif scope["type"] != "http":
        return
    elif scope["path"] == "/health/live":
        await answer(send, 200, b"ok")
    elif scope["path"] != "/live/" or scope["method"] != "GET":
        await answer(send, 404, b"")
    else:
        await live(scope, receive, send)


async def answer_lifespan(receive: Any, send: Any) -> None:
    """Nothing to prepare; end the hub's work at the end."""
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            for task in hub.tasks:
                task.cancel()
            return


async def live(scope: Scope, receive: Any, send: Any) -> None:
    """One browser's stream, from the check who it is to the end."""
    headers = {
        key.decode("latin-1"): v.decode("latin-1") for key, v in scope["headers"]
    }
    origin = headers.get("origin", "")
    if origin and not is_ours(origin):
        await answer(send, 403, b"")
        return
    who = await asyncio.to_thread(live_sessions.who, session_key(headers))
    if who is None:
        await answer(send, 401, b"", origin)
        return
    stream = hub.open(who)
    try:
        await run(stream, origin, receive, send)
    finally:
        hub.close(stream)


async def run(stream: Stream, origin: str, receive: Any, send: Any) -> None:
    """Send what there is, a heartbeat when there is nothing, until either side ends."""
    start = [
        (b"content-type", b"text/event-stream; charset=utf-8"),
        (b"cache-control", b"no-store"),
        (b"x-accel-buffering", b"no"),
    ]
    await send(
        {
            "type": "http.response.start",
            "status": 200,
            "headers": start + cors(origin),
        }
    )
    await write(send, f"retry: {RETRY_MS}\nevent: hello\ndata: {{}}\n\n".encode())
    gone = asyncio.create_task(until_gone(receive))
    try:
        while not gone.done() and not stream.is_over:
            await next_news(stream, gone)
            if not gone.done():
                await write(send, stream.take() or STILL_HERE)
        if not gone.done():
            await write(send, b"", more=False)
    finally:
        gone.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await gone


async def next_news(stream: Stream, gone: asyncio.Task[None]) -> None:
    """Wait for news, for the browser to leave, or for the next heartbeat."""
    news = asyncio.ensure_future(stream.wake.wait())
    await asyncio.wait(
        {news, gone}, timeout=HEARTBEAT_SECONDS, return_when=asyncio.FIRST_COMPLETED
    )
    if news.done():
        await asyncio.sleep(GATHER_SECONDS)
    news.cancel()


async def until_gone(receive: Any) -> None:
    """Return when the browser has closed the connection."""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return


async def write(send: Any, body: bytes, more: bool = True) -> None:
    """One piece of the stream."""
    await send({"type": "http.response.body", "body": body, "more_body": more})


async def answer(send: Any, status: int, body: bytes, origin: str = "") -> None:
    """A plain, complete answer."""
    headers = [(b"content-type", b"text/plain; charset=utf-8"), *cors(origin)]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await write(send, body, more=False)


def session_key(headers: dict[str, str]) -> str:
    """The session's key from the cookie; empty when there is none."""
    cookies: SimpleCookie = SimpleCookie()
    with contextlib.suppress(CookieError):
        cookies.load(headers.get("cookie", ""))
    morsel = cookies.get(settings.SESSION_COOKIE_NAME)
    return morsel.value if morsel else ""


def is_ours(origin: str) -> bool:
    """Whether pages of this origin are Beeline's own."""
    ours = {settings.BASE_URL}
    if settings.IS_LOOPBACK:
        ours |= {
            f"http://{host}:{settings.PORT}" for host in ("127.0.0.1", "localhost")
        }
    return origin in ours


def cors(origin: str) -> list[tuple[bytes, bytes]]:
    """Our pages are on another port of the same host: let them read, with cookies."""
    headers = [(b"vary", b"Origin")]
    if origin and is_ours(origin):
        headers += [
            (b"access-control-allow-origin", origin.encode()),
            (b"access-control-allow-credentials", b"true"),
        ]
    return headers
