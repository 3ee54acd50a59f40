"""Administrators see what left, what did not and why, and send it again."""

from datetime import timedelta

import pytest
from django.utils import timezone

from core import invariants
from core.errors import Forbidden, WrongState
from core.models import Event
from notify import failures, measures
from notify.models import Lane, Message, Reach, Route
from people.actions import change_user
from people.delivery import actions, queries
from tests.api.conftest import api
from tests.cast import AT
from tests.factories import as_
from tests.notify.telling import NOW, a_message, a_route, reach, things

__all__ = ["api", "things"]
pytestmark = pytest.mark.django_db


def failed(user, **fields):
    return a_message(user, state="failed", failure="mail.refused|550 no", **fields)


def test_the_page_counts_truly_and_says_why(cast, things):
    now = timezone.now()
    failed(cast.carol, address=cast.carol.email)
    a_message(cast.bob, state="sent", sent_at=now)
    a_message(cast.bob, state="sent", sent_at=now - timedelta(days=2))
    a_message(cast.bob, due_at=now + timedelta(hours=1))
    a_message(cast.bob, due_at=now - timedelta(hours=1))
    mail = {one.channel: one for one in queries.standings(now)}["mail"]
    assert (mail.pending, mail.late, mail.failed, mail.sent) == (2, 1, 1, 1)
    page = as_(cast.grace).get("/settings/delivery/").content.decode()
    assert "The mail server refused it: 550 no" in page
    assert "5 in all" in page


def test_filters_narrow_the_list(cast, things):
    failed(cast.carol)
    a_message(cast.bob, state="sent", sent_at=NOW)
    client = as_(cast.grace)
    page = client.get("/settings/delivery/?stands=failed").content.decode()
    assert "1 in all" in page
    assert "Carol" in page
    page = client.get("/settings/delivery/?q=bob&channel=mail").content.decode()
    assert "1 in all" in page
    assert client.get("/settings/delivery/?before=x&stands=y").status_code == 200
    page = client.get("/settings/delivery/?channel=page").content.decode()
    assert "No such message" in page


def test_a_long_list_comes_in_pages(cast, things, django_assert_max_num_queries):
    for _n in range(queries.SIZE + 5):
        failed(cast.carol)
    client = as_(cast.grace)
    with django_assert_max_num_queries(14):
        first = client.get("/settings/delivery/").content.decode()
    assert f"{queries.SIZE} of {queries.SIZE + 5} shown" in first
    before = Message.objects.order_by("-pk")[queries.SIZE - 1].pk
    assert f"before={before}" in first
    rest = as_(cast.grace).get(f"/settings/delivery/?before={before}")
    assert "From the start" in rest.content.decode()


@pytest.mark.parametrize("who", ["alice", "bob", "carol"])
def test_nobody_else_sees_or_does_any_of_it(who, cast, things):
    message, client = failed(cast.carol), as_(cast.people[who])
    for address in ("delivery/", "routes/", "routes/new/"):
        assert client.get(f"/settings/{address}").status_code == 403
    again = f"/settings/delivery/{message.pk}/again/"
    assert client.post(again).status_code == 403
    with pytest.raises(Forbidden):
        actions.send_again(message=message, by=cast.people[who], at=AT)
    with pytest.raises(Forbidden):
        actions.release_address(user=cast.carol, by=cast.people[who], at=AT)
    message.refresh_from_db()
    assert message.state == "failed"


def test_one_that_failed_is_sent_again_with_its_id(cast, things):
    message = failed(cast.carol, tries=3, reference="<x@y>")
    as_(cast.grace).post(f"/settings/delivery/{message.pk}/again/")
    message.refresh_from_db()
    assert (message.state, message.tries, message.failure) == ("waiting", 0, "")
    assert message.reference == "<x@y>"
    event = Event.objects.get(kind="user.send_again")
    assert event.actor_id == cast.grace.pk


def test_only_what_failed_can_be_sent_again(cast, things):
    sent = a_message(cast.carol, state="sent", sent_at=NOW)
    with pytest.raises(WrongState):
        actions.send_again(message=sent, by=cast.grace, at=AT)
    answer = as_(cast.grace).post(f"/settings/delivery/{sent.pk}/again/", follow=True)
    assert "Only a message that failed" in answer.content.decode()
    sent.refresh_from_db()
    assert sent.state == "sent"


def test_all_that_failed_on_one_channel_is_sent_again(cast, things):
    mails = [failed(cast.carol), failed(cast.bob)]
    page = a_message(cast.bob, channel="page", state="failed")
    as_(cast.grace).post("/settings/delivery/again/", {"channel": "mail"})
    assert {Message.objects.get(pk=m.pk).state for m in mails} == {"waiting"}
    page.refresh_from_db()
    assert page.state == "failed"
    assert Event.objects.filter(kind="user.send_again").count() == 1
    as_(cast.grace).post("/settings/delivery/again/", {"channel": "pigeon"})


def test_a_paused_address_is_shown_to_both_and_released(cast, things):
    reach(cast.carol, mail_paused_at=NOW, mail_failure="mail.address|550 no such user")
    page = as_(cast.grace).get("/settings/delivery/").content.decode()
    assert "550 no such user" in page
    own = as_(cast.carol).get("/account/").content.decode()
    assert "comes back" in own
    assert "550" not in own
    as_(cast.grace).post(f"/settings/delivery/people/{cast.carol.pk}/release/")
    found = Reach.objects.get(user=cast.carol)
    assert (found.mail_paused_at, found.mail_failure) == (None, "")
    assert Event.objects.get(kind="user.mail_release").subject_id == cast.carol.pk
    assert "comes back" not in as_(cast.carol).get("/account/").content.decode()


def test_a_new_address_is_not_paused(cast):
    reach(cast.carol, mail_paused_at=NOW, mail_failure="mail.address|550")
    change_user(user=cast.carol, by=cast.grace, at=AT, place="Room 1")
    assert Reach.objects.get(user=cast.carol).mail_paused_at is not None
    change_user(user=cast.carol, by=cast.grace, at=AT, email="c@acme.example")
    assert Reach.objects.get(user=cast.carol).mail_paused_at is None


def test_what_fails_is_said_on_the_page_by_way(cast, things):
    route = a_route("slack", "https://hooks.example/")
    Lane.objects.create(
        name=f"route:{route.pk}",
        tokens=1,
        filled_at=NOW,
        failures=2,
        failed_at=NOW,
        failure="out.slow|hooks.example",
    )
    page = as_(cast.grace).get("/settings/delivery/").content.decode()
    assert "hooks.example took too long." in page


def test_late_messages_are_said_by_health_and_measured(cast, things, client):
    now = timezone.now()
    a_message(cast.carol, due_at=now - timedelta(seconds=30))
    assert measures.warnings(now) == []
    a_message(cast.carol, due_at=now - timedelta(minutes=5))
    (said,) = measures.warnings(now)
    assert said.startswith("The oldest due message (mail) has waited for 300")
    reasons = client.get("/health/ready").json()["reasons"]
    assert any("oldest due message (mail)" in reason for reason in reasons)
    metrics = client.get("/metrics").content.decode()
    assert 'beeline_messages{channel="mail",state="waiting"} 2' in metrics
    assert 'beeline_messages_late_seconds{channel="mail"} 3' in metrics


def check(name):
    return {one.name: one for one in invariants.registered()}[name].check()


def test_doctor_finds_what_nobody_sends(cast, things):
    assert check("notify.delivered") == []
    message = a_message(cast.carol, due_at=timezone.now() - timedelta(hours=30))
    assert str(message.pk) in check("notify.delivered")[0]
    Message.objects.update(state="failed")
    assert check("notify.delivered") == []


def test_doctor_finds_what_was_told_twice(cast, things):
    first = a_message(cast.carol, state="sent", sent_at=NOW)
    assert check("notify.once") == []
    again = a_message(cast.carol, state="sent", sent_at=NOW)
    assert check("notify.once") == []  # other events
    Message.objects.filter(pk=again.pk).update(events=first.events)
    assert "told" in check("notify.once")[0]
    Message.objects.filter(pk=again.pk).update(user=cast.bob)
    assert check("notify.once") == []


def test_every_failure_has_words_without_holes():
    for code in failures.WORDS:
        said = failures.words(failures.keep(code, "x\r\ny"))
        assert said
        assert "%" not in said
        assert "\n" not in said
    assert failures.words("no.such|thing") == "no.such thing"


class TestRoutes:
    @pytest.fixture(autouse=True)
    def loopback(self, settings):
        settings.OUTBOUND_ALLOW = "127.0.0.1"

    URL = "http://127.0.0.1:9999/services/T0/s3cret"

    def make(self, cast, kind="slack", **more):
        sent = {"name": "Network", "url": self.URL, **more}
        return as_(cast.grace).post(f"/settings/routes/new/?kind={kind}", sent)

    def test_a_route_is_made_and_its_secrets_are_never_shown(self, cast, things):
        answer = self.make(cast, "sms", secret="gate-key")
        route = Route.objects.get()
        assert answer.url == f"/settings/routes/{route.pk}/"
        for path in (answer.url, "/settings/routes/", "/settings/delivery/"):
            page = as_(cast.grace).get(path).content.decode()
            assert "s3cret" not in page
            assert "gate-key" not in page
        assert "127.0.0.1:9999" in as_(cast.grace).get(answer.url).content.decode()
        told = str(list(Event.objects.filter(kind="route.create").values("changes")))
        assert "s3cret" not in told
        assert "gate-key" not in told
        assert "gAAAA" not in told  # nor sealed

    def test_an_empty_address_and_token_keep_what_is_there(self, cast, things):
        self.make(cast, "sms", secret="gate-key")
        route = Route.objects.get()
        sent = {"name": "Gateway", "url": "", "secret": "", "is_active": "on"}
        as_(cast.grace).post(f"/settings/routes/{route.pk}/", sent)
        fresh = Route.objects.get()
        assert (fresh.name, fresh.url, fresh.secret) == (
            "Gateway",
            route.url,
            route.secret,
        )

    def test_rules_and_places_are_kept(self, cast, things):
        self.make(cast, rules=["thing.said"], team=[cast.teams["desk"].pk], service=[])
        route = Route.objects.get()
        assert route.rules == ["thing.said"]
        assert route.filters == {"team": [cast.teams["desk"].pk]}

    @pytest.mark.parametrize(
        "url",
        ["http://10.0.0.1/", "ftp://x/", "http://127.0.0.1:22/", "nonsense", ""],
    )
    def test_an_address_that_is_not_called_is_not_kept(self, url, cast):
        answer = self.make(cast, url=url)
        assert answer.status_code == 422
        assert not Route.objects.exists()

    def test_names_are_there_once(self, cast):
        self.make(cast)
        assert self.make(cast, name="network").status_code == 422
        assert Route.objects.count() == 1

    def test_an_unknown_kind_asks_which(self, cast):
        page = as_(cast.grace).get("/settings/routes/new/?kind=pigeon")
        assert "What does it speak?" in page.content.decode()

    def test_a_test_is_a_message_on_its_way(self, cast):
        self.make(cast)
        route = Route.objects.get()
        as_(cast.grace).post(f"/settings/routes/{route.pk}/test/")
        message = Message.objects.get()
        assert (message.channel, message.route, message.user) == ("chat", route, None)
        page = as_(cast.grace).get(f"/settings/routes/{route.pk}/").content.decode()
        assert "A route is tried out" in page

    def test_a_gateway_is_tried_out_on_oneself(self, cast):
        self.make(cast, "ntfy")
        route = Route.objects.get()
        with pytest.raises(WrongState, match="no topic"):
            actions.test_route(route=route, by=cast.grace, at=AT)
        reach(cast.grace, page_topic="grace")
        message = actions.test_route(route=route, by=cast.grace, at=AT)
        assert (message.channel, message.user) == ("page", cast.grace)

    def test_a_paused_route_goes_on_by_hand_or_with_a_new_address(self, cast):
        self.make(cast)
        route = Route.objects.get()
        path = f"/settings/routes/{route.pk}/"
        as_(cast.grace).post(f"{path}pause/", {"pause": "1"})
        assert Route.objects.get().paused_at is not None
        with pytest.raises(WrongState):
            actions.test_route(route=route, by=cast.grace, at=AT)
        as_(cast.grace).post(f"{path}pause/", {"pause": "0"})
        assert Route.objects.get().paused_at is None
        Route.objects.update(paused_at=NOW, failure="hook.gone|404")
        sent = {"name": "Network", "url": f"{self.URL}2", "is_active": "on"}
        as_(cast.grace).post(path, sent)
        fresh = Route.objects.get()
        assert (fresh.paused_at, fresh.failure) == (None, "")


class TestRest:
    @pytest.fixture(autouse=True)
    def loopback(self, settings):
        settings.OUTBOUND_ALLOW = "127.0.0.1"

    NEW = {"kind": "slack", "name": "Room", "url": "http://127.0.0.1:9999/s3cret"}

    def test_routes_are_made_changed_and_tried_out(self, cast, api, things):
        grace = api(cast.grace)
        made = grace.post("routes/", {**self.NEW, "teams": ["desk"]})
        assert made.status_code == 201, made.content
        told = made.json()
        assert (told["host"], told["teams"]) == ("127.0.0.1:9999", ["desk"])
        assert "s3cret" not in made.content.decode()
        path = f"routes/{told['id']}/"
        changed = grace.patch(path, {"services": ["vpn"], "is_paused": True})
        assert changed.json()["teams"] == ["desk"]
        assert changed.json()["services"] == ["vpn"]
        assert grace.post(f"{path}test/", {}).status_code == 409
        grace.patch(path, {"is_paused": False})
        tried = grace.post(f"{path}test/", {})
        assert (tried.status_code, tried.json()["state"]) == (202, "waiting")
        assert tried.json()["subject"] == {"type": "route", "number": "Room"}
        assert grace.get("routes/").json()["results"][0]["name"] == "Room"

    @pytest.mark.parametrize(
        ("more", "field"),
        [
            ({"url": "http://10.0.0.1/"}, "url"),
            ({"rules": ["no.such"]}, "rules"),
            ({"kind": "pigeon"}, "kind"),
            ({"kind": "sms", "rules": ["ticket.x"]}, "rules"),
            ({"secret": "ö"}, "secret"),
            ({"name": ""}, "name"),
            ({"surprise": 1}, "surprise"),
        ],
    )
    def test_what_is_wrong_is_said_by_field(self, more, field, cast, api):
        answer = api(cast.grace).post("routes/", {**self.NEW, **more})
        assert answer.status_code == 422
        assert field in answer.json()["errors"]

    def test_messages_are_listed_and_sent_again(self, cast, api, things):
        message = failed(cast.carol)
        a_message(cast.bob, state="sent", sent_at=NOW)
        grace = api(cast.grace)
        listed = grace.get("messages/?state=failed").json()["results"]
        assert [one["id"] for one in listed] == [message.pk]
        assert listed[0]["failure"] == "The mail server refused it: 550 no"
        again = grace.post(f"messages/{message.pk}/resend/", {})
        assert again.json()["state"] == "waiting"
        assert grace.post(f"messages/{message.pk}/resend/", {}).status_code == 409

    def test_an_address_is_released(self, cast, api):
        reach(cast.carol, mail_paused_at=NOW, mail_failure="x")
        path = f"users/{cast.carol.email}/release/"
        grace = api(cast.grace)
        assert grace.post(path, {}).json()["was_paused"] is True
        assert grace.post(path, {}).json()["was_paused"] is False

    def test_it_is_for_administrators(self, cast, api, things):
        message = failed(cast.carol)
        for path in ("routes/", "messages/", f"messages/{message.pk}/"):
            assert api(cast.alice).get(path).status_code in {403, 404}
