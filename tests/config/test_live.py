"""The live channel, driven as an ASGI server drives it."""

import asyncio
import json
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import redis
from django.conf import settings
from django.db import connections
from django.test import Client
from django.utils import timezone

from config import live, live_sessions
from core import live as publishing
from core.live import publish
from people.models import User
from people.roles import Role

pytestmark = pytest.mark.django_db(transaction=True)
OURS = f"http://127.0.0.1:{settings.PORT}"


def run(story: Coroutine[Any, Any, None]) -> None:
    """In a thread of its own: Playwright may have left a loop running in this one."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, story).result()


@pytest.fixture(autouse=True)
def hub(monkeypatch):
    monkeypatch.setattr(live, "hub", live.Hub())


def person(email: str, role: Role) -> User:
    return User.objects.create_user(
        email, "a long password", name=email, roles=[role], created_at=timezone.now()
    )


def signed_in(user: User) -> str:
    client = Client()
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return client.cookies["sessionid"].value


class Browser:
    """One EventSource."""

    def __init__(self, cookie: str = "", origin: str = "") -> None:
        self.scope = {
            "type": "http",
            "method": "GET",
            "path": "/live/",
            "headers": [
                (b"cookie", f"sessionid={cookie}".encode()),
                *([(b"origin", origin.encode())] if origin else []),
            ],
        }
        self.left = asyncio.Event()
        self.sent: list[dict] = []

    async def __aenter__(self) -> "Browser":
        self.task = asyncio.create_task(
            live.application(self.scope, self._receive, self._send)
        )
        await self.until(lambda: self.sent)
        return self

    async def __aexit__(self, *error) -> None:
        self.left.set()
        await asyncio.wait_for(self.task, 5)
        for task in live.hub.tasks:
            task.cancel()

    async def _receive(self) -> dict:
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: dict) -> None:
        self.sent.append(message)

    @property
    def status(self) -> int:
        return self.sent[0]["status"]

    @property
    def headers(self) -> dict:
        return dict(self.sent[0]["headers"])

    @property
    def text(self) -> str:
        return b"".join(m.get("body", b"") for m in self.sent).decode()

    def ids(self) -> list[int]:
        lines = [t for t in self.text.splitlines() if t.startswith('data: {"ids"')]
        return sorted(i for line in lines for i in json.loads(line[6:])["ids"])

    async def until(self, condition) -> None:
        async with asyncio.timeout(8):
            while not condition():
                await asyncio.sleep(0.02)


async def subscribed(valkey) -> None:
    async with asyncio.timeout(5):
        while valkey.pubsub_numpat() == 0:
            await asyncio.sleep(0.02)


def test_without_a_session_nobody_hears_anything():
    async def story():
        async with Browser("no-such-session") as browser:
            assert browser.status == 401

    run(story())


def test_pages_of_other_origins_are_refused():
    cookie = signed_in(person("bob@live.example", Role.AGENT))

    async def story():
        async with Browser(cookie, "https://evil.example") as browser:
            assert browser.status == 403
            assert b"access-control-allow-origin" not in browser.headers
        async with Browser(cookie, OURS) as browser:
            assert browser.status == 200
            assert browser.headers[b"access-control-allow-origin"] == OURS.encode()
            assert browser.headers[b"access-control-allow-credentials"] == b"true"

    run(story())


def test_each_hears_what_is_for_them_alone(valkey):
    bob, carol = person("bob@x.org", Role.AGENT), person("carol@x.org", Role.REQUESTER)
    cookies = signed_in(bob), signed_in(carol)

    async def story():
        async with Browser(cookies[0]) as hers, Browser(cookies[1]) as his:
            await subscribed(valkey)
            publish(audience="staff", message={"event": "tickets", "ids": [1, 2]})
            publish(audience=f"user:{bob.pk}", message={"ids": [3]})
            publish(audience=f"user:{carol.pk}", message={"ids": [4]})
            await hers.until(lambda: hers.ids() == [1, 2, 3])
            await his.until(lambda: his.ids() == [4])
            assert "event: tickets\ndata: " in hers.text

    run(story())


def test_a_valkey_that_was_away_leaves_pages_behind_until_they_ask(valkey):
    cookie = signed_in(person("bob@x.org", Role.AGENT))

    async def story():
        async with Browser(cookie) as browser:
            await subscribed(valkey)
            valkey.client_kill_filter(_type="pubsub")
            await browser.until(lambda: "event: behind" in browser.text)
            await subscribed(valkey)
            publish(audience="staff", message={"ids": [5]})
            await browser.until(lambda: browser.ids() == [5])

    run(story())


def test_too_much_news_becomes_a_plain_behind():
    stream = live.Stream("key", frozenset({"staff"}))
    stream.tell("tickets", list(range(live.MOST_IDS + 1)))
    assert stream.take() == b"event: behind\ndata: {}\n\n"
    assert stream.take() == b""


@pytest.mark.parametrize("how", ["sign out", "password", "account closed"])
def test_the_stream_ends_with_its_session(how, monkeypatch):
    monkeypatch.setattr(live, "RECHECK_SECONDS", 0.1)
    bob = person("bob@x.org", Role.AGENT)
    client = Client()
    client.force_login(bob, backend=settings.AUTHENTICATION_BACKENDS[0])

    def end_it():
        if how == "sign out":
            client.session.flush()
        elif how == "password":
            bob.set_password("another long password")
            bob.save()
        else:
            bob.is_active = False
            bob.save()
        connections.close_all()

    async def story():
        async with Browser(client.cookies["sessionid"].value) as browser:
            await asyncio.sleep(0.3)
            assert "event: over" not in browser.text
            await asyncio.to_thread(end_it)
            await browser.until(browser.task.done)
            assert "event: over" in browser.text
            assert browser.sent[-1]["more_body"] is False

    run(story())


def test_nothing_holds_a_database_connection(monkeypatch):
    cookie = signed_in(person("bob@x.org", Role.AGENT))
    closed = []
    monkeypatch.setattr(
        live_sessions.connection, "close", lambda: closed.append(True), raising=False
    )
    assert live_sessions.who(cookie) is not None
    assert closed == [True]


def test_strange_messages_are_dropped(valkey):
    cookie = signed_in(person("bob@x.org", Role.AGENT))

    async def story():
        async with Browser(cookie) as browser:
            await subscribed(valkey)
            for strange in (b"\xff", b"7", b"[]", b'{"ids": 3}', b"{}"):
                valkey.publish("live:staff", strange)
            publish(audience="staff", message={"ids": [8]})
            await browser.until(lambda: browser.ids() == [8])

    run(story())


def test_publishing_without_valkey_raises_nothing(monkeypatch):
    away = redis.Redis.from_url("unix:///nowhere/valkey.sock")
    monkeypatch.setattr("core.live._valkey", lambda: away)
    publish(audience="staff", message={"ids": [1]})
    publishing.poke()


def test_pokes_are_coalesced(monkeypatch):
    sent = []
    monkeypatch.setattr(publishing, "_advance_consumers", lambda: sent.append(1))
    monkeypatch.setattr(publishing, "_asked_at", float("-inf"))
    publishing._valkey.cache_clear()
    for _ in range(20):
        publishing.poke()
    assert len(sent) == 1


def test_pokes_of_several_processes_are_coalesced_in_valkey(monkeypatch):
    sent = []
    monkeypatch.setattr(publishing, "_advance_consumers", lambda: sent.append(1))
    publishing._valkey.cache_clear()
    for _ in range(3):
        monkeypatch.setattr(publishing, "_asked_at", float("-inf"))  # another process
        publishing.poke()
    assert len(sent) == 1
