"""Chat rooms and paging gateways: what they get, and what their answers mean."""

import json
import socket
import threading
import time

import pytest
from django.db import connection

from core.outbound import Policy
from notify import lanes, retrying, sending
from notify.channels import hooks
from notify.lanes import Way
from notify.models import Lane, Message, Route
from tests.notify.telling import NOW, a_message, a_route, reach, states

pytestmark = pytest.mark.django_db(transaction=True)


class Hook:
    """A server that answers what it is told to, and keeps what it got."""

    def __init__(self):
        self.answers = []  # (status, headers, body); the last one stays
        self.got = []  # (path, headers, JSON)
        self.delay = 0.0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}/hook/s3cret"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                peer, _address = self.listener.accept()
            except OSError:
                return
            with peer:
                self._answer(peer)

    def _answer(self, peer):
        raw = b""
        while b"\r\n\r\n" not in raw:
            raw += peer.recv(65536)
        head, _, body = raw.partition(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        headers = {
            name.lower(): value
            for name, _sep, value in (line.partition(": ") for line in lines[1:])
        }
        while len(body) < int(headers["content-length"]):
            body += peer.recv(65536)
        self.got.append((lines[0].split()[1], headers, json.loads(body)))
        time.sleep(self.delay)
        status, more, said = (200, {}, "ok")
        if self.answers:
            status, more, said = (
                self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
            )
        lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(said)}"]
        lines += [f"{name}: {value}" for name, value in more.items()]
        peer.sendall(("\r\n".join(lines) + "\r\n\r\n" + said).encode())


@pytest.fixture
def hook(settings):
    settings.OUTBOUND_ALLOW = "127.0.0.1"
    found = Hook()
    yield found
    found.listener.close()


def in_room(route, **fields):
    return a_message(None, channel="chat", route=route, **fields)


@pytest.mark.parametrize("kind", ["slack", "teams", "mattermost"])
def test_a_room_hears_in_the_words_of_its_chat(kind, things, hook, clock):
    message = in_room(a_route(kind, hook.url))
    things.texts[message.events[0][1]] = "It is <b>back</b> @channel <!channel>"
    assert sending.send_due(clock=clock) == 1
    ((path, headers, body),) = hook.got
    assert path == "/hook/s3cret"
    assert headers["content-type"] == "application/json; charset=utf-8"
    said = json.dumps(body, ensure_ascii=False)
    assert "THG-7 VPN drops every hour" in said
    assert "/things/THG-7/" in said
    assert "VPN" in said
    if kind == "slack":
        assert body["text"] == "THG-7 VPN drops every hour"
        assert "<!channel>" not in said
        assert "&lt;!channel&gt;" in said
    elif kind == "teams":
        card = body["attachments"][0]["content"]
        assert (card["type"], card["version"]) == ("AdaptiveCard", "1.4")
        assert card["actions"][0]["url"].endswith("/things/THG-7/")
    else:
        assert body["attachments"][0]["title_link"].endswith("/things/THG-7/")
        assert "@channel" not in said
    message.refresh_from_db()
    assert (message.state, message.address) == ("sent", f"Our {kind}")


def test_a_room_hears_nothing_of_what_is_not_for_all(things, hook, clock):
    message = in_room(a_route("slack", hook.url))
    things.hidden.add((0, 7))
    sending.send_due(clock=clock)
    assert states(message) == ["dropped"]
    assert hook.got == []


def test_a_page_goes_over_every_route_that_reaches_the_person(
    cast, things, hook, clock
):
    a_route("sms", hook.url, secret="gate-key")
    a_route("ntfy", hook.url, secret="topic-key", name="Ntfy")
    a_route("ntfy", hook.url, is_active=False, name="Old")
    reach(cast.bob, page_phone="+49 30 1234", page_topic="bob-7f3a")
    a_message(cast.bob, channel="page", kind="thing.page", is_urgent=True)
    assert sending.send_due(clock=clock) == 2
    (_p1, sms_headers, sms), (_p2, ntfy_headers, ntfy) = hook.got
    assert sms_headers["authorization"] == "Bearer gate-key"
    assert set(sms) == {"to", "title", "text", "url", "id", "is_urgent"}
    assert sms["to"] == "+49 30 1234"
    assert sms["url"].endswith("/things/THG-7/acknowledge/")
    assert ntfy_headers["authorization"] == "Bearer topic-key"
    assert (ntfy["topic"], ntfy["priority"]) == ("bob-7f3a", 5)
    assert ntfy["click"].endswith("/things/THG-7/")
    assert ntfy["actions"][0]["url"].endswith("/things/THG-7/acknowledge/")
    assert ntfy["actions"][0]["action"] == "view"  # never a POST by itself
    ids = {headers["idempotency-key"] for _path, headers, _body in hook.got}
    assert len(ids) == 2
    assert {m.address for m in Message.objects.all()} == {"+49 30 1234", "bob-7f3a"}


def test_a_gateway_that_hangs_does_not_keep_the_other_from_waking_somebody(
    cast, things, hook, clock, monkeypatch, settings
):
    monkeypatch.setattr(hooks, "POLICY", Policy(total_seconds=0.5))
    slow = Hook()
    slow.delay = 3
    a_route("sms", slow.url)
    a_route("ntfy", hook.url, name="Ntfy")
    reach(cast.bob, page_phone="+49 30 1234", page_topic="bob")
    a_message(cast.bob, channel="page", kind="thing.page")
    sending.send_due(clock=clock)
    assert len(hook.got) == 1
    assert sorted(states()) == ["sent", "waiting"]
    slow.listener.close()


def test_somebody_without_number_and_topic_is_mailed(cast, things, mail, hook, clock):
    a_route("sms", hook.url)
    a_message(cast.bob, channel="page", kind="thing.page")
    assert sending.send_due(clock=clock) == 1
    assert hook.got == []
    assert mail.addresses == {cast.bob.email: 1}


def test_a_page_is_tried_again_within_seconds_and_not_for_hours(
    cast, things, hook, clock
):
    a_route("sms", hook.url)
    reach(cast.bob, page_phone="+49 30 1234")
    message = a_message(cast.bob, channel="page", kind="thing.page")
    hook.answers = [(500, {}, "no")]
    for _n in range(40):
        sending.send_due(clock=clock)
        message.refresh_from_db()
        if message.state != "waiting":
            break
        clock.at = max(clock.at, message.due_at)
    assert (message.state, message.tries) == ("failed", retrying.MOST_PAGE_TRIES)
    assert 300 < (clock.at - NOW).total_seconds() < 1000
    assert "500 no" in message.failure
    keys = {headers["idempotency-key"] for _path, headers, _body in hook.got}
    assert len(keys) == 1


@pytest.mark.parametrize(
    ("status", "code", "is_paused"),
    [
        (404, "hook.gone", True),
        (410, "hook.gone", True),
        (403, "hook.gone", True),
        (301, "hook.moved", True),
        (400, "hook.refused", False),
        (413, "hook.refused", False),
    ],
)
def test_a_refusal_for_good_fails_and_may_pause_the_room(
    status, code, is_paused, things, hook, clock
):
    route = a_route("slack", hook.url)
    message, second = in_room(route), in_room(route, subject_id=8)
    hook.answers = [
        (status, {"Location": "http://127.0.0.1:1/"}, "channel_is_archived")
    ]
    sending.send_due(clock=clock)
    sending.send_due(clock=clock)
    message.refresh_from_db()
    route.refresh_from_db()
    assert message.state == "failed"
    assert message.failure.startswith(f"{code}|{status}")
    assert (route.paused_at is not None) is is_paused
    assert states(second) == ["failed"]


def test_a_gateway_that_knows_us_no_more_is_not_paused(cast, things, hook, clock):
    route = a_route("sms", hook.url)
    reach(cast.bob, page_phone="+49 30 1234")
    a_message(cast.bob, channel="page", kind="thing.page")
    hook.answers = [(401, {}, "who are you")]
    sending.send_due(clock=clock)
    route.refresh_from_db()
    assert route.paused_at is None
    assert route.failure == "hook.gone|401 who are you"


def test_a_room_that_asks_to_wait_gets_its_time(things, hook, clock):
    route = a_route("slack", hook.url)
    message = in_room(route)
    hook.answers = [(429, {"Retry-After": "120"}, "slow down"), (200, {}, "ok")]
    assert sending.send_due(clock=clock) == 0
    message.refresh_from_db()
    assert (message.state, message.tries) == ("waiting", 0)
    assert sending.send_due(clock=clock.on(seconds=119)) == 0
    assert len(hook.got) == 1
    assert sending.send_due(clock=clock.on(seconds=2)) == 1


def test_a_server_in_trouble_is_tried_again(things, hook, clock):
    message = in_room(a_route("slack", hook.url))
    hook.answers = [(502, {}, "bad gateway"), (200, {}, "ok")]
    assert sending.send_due(clock=clock) == 0
    assert states(message) == ["waiting"]
    assert sending.send_due(clock=clock.on(minutes=1)) == 1
    keys = {headers["idempotency-key"] for _path, headers, _body in hook.got}
    assert len(keys) == 1


def test_one_room_in_trouble_does_not_keep_the_others_waiting(things, hook, clock):
    down = a_route("slack", "http://127.0.0.1:1/hook", name="Down")
    in_room(down)
    in_room(a_route("slack", hook.url, name="Up"))
    # port 1 is refused by our own guard, so that room is paused
    assert sending.send_due(clock=clock) == 1
    assert Route.objects.get(name="Down").failure.startswith("out.port")


def test_a_route_to_the_inside_is_refused_and_says_why(things, clock, settings):
    settings.OUTBOUND_ALLOW = ""
    message = in_room(a_route("slack", "http://127.0.0.1:8000/hook"))
    sending.send_due(clock=clock)
    message.refresh_from_db()
    assert (message.state, message.failure) == ("failed", "out.inside|127.0.0.1")


def test_messages_of_a_paused_route_say_so(things, hook, clock):
    message = in_room(a_route("slack", hook.url, paused_at=NOW))
    sending.send_due(clock=clock)
    message.refresh_from_db()
    assert (message.state, message.failure) == ("failed", "route.off|")
    assert hook.got == []


def test_a_room_keeps_its_own_pace(things, hook, clock):
    route = a_route("slack", hook.url)
    for n in range(20):
        in_room(route, subject_id=n + 1)
    assert sending.send_due(clock=clock) == 15
    assert sending.send_due(clock=clock.on(seconds=2)) == 2
    assert Lane.objects.get(pk=f"route:{route.pk}").failures == 0


def test_of_ways_that_fail_only_one_is_tried_at_once(things, hook, clock):
    way = Way("chat", a_route("slack", hook.url).pk)
    with lanes.careful(way) as may:
        assert may  # it never failed
    lanes.rest(way, "out.away|x", clock())
    found = []

    def other():
        try:
            with lanes.careful(way) as may:
                found.append(may)
        finally:
            connection.close()

    with lanes.careful(way) as may:
        assert may
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    assert found == [False]


def test_a_secret_stands_nowhere_in_the_database(things, hook):
    route = a_route("sms", hook.url, secret="gate-key")
    assert "gate-key" not in route.secret
    assert "s3cret" not in route.url


@pytest.mark.parametrize("other", [True, False])
def test_a_page_on_a_route_that_was_paused_goes_another_way(
    other, cast, things, hook, mail, clock
):
    route = a_route("sms", hook.url, paused_at=NOW)
    reach(cast.bob, page_phone="+49 30 1234", page_topic="bob")
    if other:
        a_route("ntfy", f"{hook.url}/topics")
    page = {"kind": "thing.page", "tries": 3, "is_urgent": True}
    message = a_message(cast.bob, channel="page", route=route, **page)
    assert sending.send_due(clock=clock) == 1
    message.refresh_from_db()
    assert (message.state, message.failure) == ("sent", "")
    assert len(hook.got) == other
    assert mail.addresses == ({} if other else {cast.bob.email: 1})


def test_of_a_pages_copies_one_goes_on_when_their_routes_are_paused(
    cast, things, hook, mail, clock
):
    routes = [a_route(kind, hook.url, paused_at=NOW) for kind in ("sms", "ntfy")]
    first = a_message(cast.bob, channel="page", kind="thing.page", route=routes[0])
    rest = {"user": cast.bob, "channel": "page", "route": routes[1]}
    copy = a_message(**rest, kind="thing.page")
    Message.objects.filter(pk=copy.pk).update(events=first.events)
    assert sending.send_due(clock=clock) == 1
    assert states(first, copy) == ["sent", "failed"]
    assert mail.addresses == {cast.bob.email: 1}


def test_a_page_whose_copy_was_sent_is_not_sent_twice(cast, things, hook, mail, clock):
    closed = a_route("sms", hook.url, paused_at=NOW)
    sent = a_message(cast.bob, channel="page", kind="thing.page", state="sent")
    left = a_message(cast.bob, channel="page", kind="thing.page", route=closed)
    Message.objects.filter(pk=left.pk).update(events=sent.events)
    assert sending.send_due(clock=clock) == 0
    left.refresh_from_db()
    assert (left.state, left.failure) == ("failed", "route.off|")
