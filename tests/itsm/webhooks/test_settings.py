"""Administrators make, change, pause and delete webhooks, on pages and over REST."""

from datetime import timedelta

import pytest
from django.utils import timezone

from core import invariants, jobs
from core.errors import Forbidden, Invalid, WrongState
from core.models import Event, IdempotencyKey
from itsm.webhooks import actions, queries, tidying
from itsm.webhooks.models import Delivery, Replay, Webhook
from tests.api.conftest import Api
from tests.factories import an_incident, as_, later
from tests.itsm.webhooks.receiver import Clock, a_webhook, read_log, send, states

pytestmark = pytest.mark.django_db
URL = "http://127.0.0.1:9999/hook/s3cret-path"
NEW = {"name": "Ours", "url": URL, "kinds": ["ticket.open"]}
FORM = {**NEW, "owner": "grace@demo.example", "more": "", "priority": ""}


def check(name: str) -> list[str]:
    return {one.name: one for one in invariants.registered()}[name].check()


class TestPages:
    def make(self, cast, **more):
        return as_(cast.grace).post("/settings/webhooks/new/", {**FORM, **more})

    def test_one_is_made_and_its_secret_is_shown_this_once(self, cast):
        made = self.make(cast)
        row = Webhook.objects.get()
        assert "whsec_" in made.content.decode()
        assert made["Cache-Control"] == "no-store"
        client = as_(cast.grace)
        for path in ("", f"{row.pk}/", f"{row.pk}/edit/"):
            page = client.get(f"/settings/webhooks/{path}").content.decode()
            assert "whsec_" not in page
            assert "Ours" in page
        told = str(list(Event.objects.values("changes")))
        assert "s3cret-path" not in told
        assert "127.0.0.1:9999" in told

    def test_filters_and_other_kinds_come_back_in_the_form(self, cast):
        desk, acme = cast.teams["desk"], cast.organisations["acme"]
        self.make(
            cast,
            more="ticket.approve, agreement.*",
            team=[desk.pk],
            organisation=[acme.pk],
            type=["incident"],
            priority="2",
            with_restricted="on",
        )
        row = Webhook.objects.get()
        assert row.kinds == ["ticket.open", "ticket.approve", "agreement.*"]
        assert row.filters == {
            "type": ["incident"],
            "team": [desk.pk],
            "organisation": [acme.pk],
            "priority": 2,
        }
        client, path = as_(cast.grace), f"/settings/webhooks/{row.pk}/"
        form = client.get(f"{path}edit/").content.decode()
        assert "ticket.approve, agreement.*" in form
        page = client.get(path).content.decode()
        for words in ("P2 and above", "Service Desk", "Acme", "Incident"):
            assert words in page
        again = {**FORM, "name": "Theirs", "kinds": ["ticket.*"]}
        assert client.post(f"{path}edit/", again).url == path
        fresh = Webhook.objects.get()
        assert (fresh.name, fresh.kinds, fresh.filters) == ("Theirs", ["ticket.*"], {})
        assert not fresh.with_restricted
        history = client.get(path).content.decode()
        assert "<ins>Theirs</ins>" in history

    @pytest.mark.parametrize(
        "url",
        [
            *("http://10.0.0.1/", "http://169.254.169.254/latest", "http://[::1]/"),
            *("ftp://x/", "http://127.0.0.1:22/", "nonsense", ""),
        ],
    )
    def test_an_address_that_is_not_called_is_not_kept(self, url, cast):
        assert self.make(cast, url=url).status_code == 422
        assert not Webhook.objects.exists()

    @pytest.mark.parametrize(
        ("more", "words"),
        [
            ({"kinds": []}, "Choose what it hears."),
            ({"more": "Ticket Open!"}, "is no kind of event"),
            ({"owner": "nobody@demo.example"}, "Nobody with access"),
            ({"name": " "}, "This field is required."),
        ],
    )
    def test_what_is_wrong_is_said(self, more, words, cast):
        answer = self.make(cast, **more)
        assert answer.status_code == 422
        assert words in answer.content.decode()
        assert not Webhook.objects.exists()

    def test_names_are_there_once_and_free_when_deleted(self, cast):
        self.make(cast)
        assert self.make(cast, name="ours").status_code == 422
        row = Webhook.objects.get()
        as_(cast.grace).post(f"/settings/webhooks/{row.pk}/delete/")
        assert self.make(cast).status_code == 200
        assert as_(cast.grace).get(f"/settings/webhooks/{row.pk}/").status_code == 404
        gone = Webhook.objects.get(pk=row.pk)
        assert (gone.secret, gone.is_open) == ("", False)

    def test_deliveries_are_shown_filtered_and_sent_again(self, cast, receiver):
        webhook = a_webhook(cast, receiver.url, kinds=["ticket.open"])
        good, bad = an_incident(cast), an_incident(cast)
        receiver.answer = lambda got: (
            404 if got.told["subject"]["number"] == bad.number else 204
        )
        clock = Clock(timezone.now())
        send(clock)
        Delivery.objects.filter(state="pending").update(state="given_up")
        client, path = as_(cast.grace), f"/settings/webhooks/{webhook.pk}/"
        page = client.get(path).content.decode()
        assert "2 in all" in page
        assert "The other side answered 404" in page
        assert f"/incidents/{good.number}/" in page
        page = client.get(f"{path}?stands=given_up").content.decode()
        assert "1 in all" in page
        assert good.number not in page
        one = Delivery.objects.get(state="given_up")
        detail = client.get(f"{path}deliveries/{one.pk}/").content.decode()
        assert one.message_id in detail
        assert "&#34;kind&#34;: &#34;ticket.open&#34;" in detail
        client.post(f"{path}deliveries/{one.pk}/again/")
        one.refresh_from_db()
        assert (one.state, one.tries, one.is_again) == ("pending", 0, True)
        again = client.post(f"{path}deliveries/{one.pk}/again/", follow=True)
        assert "on its way already" in again.content.decode()
        overview = client.get("/settings/webhooks/").content.decode()
        assert "A ticket is opened" in overview

    def test_a_long_list_comes_in_pages_and_costs_the_same(
        self, cast, django_assert_max_num_queries
    ):
        webhook = a_webhook(cast, URL, kinds=["ticket.open"])
        for _n in range(queries.SIZE + 5):
            an_incident(cast)
        read_log()
        path, client = f"/settings/webhooks/{webhook.pk}/", as_(cast.grace)
        client.get(path)
        with django_assert_max_num_queries(18):
            first = client.get(path).content.decode()
        assert f"{queries.SIZE + 5} in all" in first
        last = Delivery.objects.order_by("-pk")[queries.SIZE - 1]
        rest = client.get(f"{path}?before={last.pk}").content.decode()
        assert "From the start" in rest
        assert client.get(f"{path}?before=x&stands=y").status_code == 200

    def test_pause_resume_rotate_test_and_replay_have_buttons(self, cast, receiver):
        webhook = a_webhook(cast, receiver.url, kinds=["ticket.open"])
        client, path = as_(cast.grace), f"/settings/webhooks/{webhook.pk}/"
        client.post(f"{path}pause/")
        assert "Paused since" in client.get(path).content.decode()
        client.post(f"{path}resume/", {"skip": "1"})
        assert Webhook.objects.get().is_open
        rotated = client.post(f"{path}rotate/").content.decode()
        assert "whsec_" in rotated
        assert "the former one signs too" in rotated
        client.post(f"{path}test/")
        assert Delivery.objects.get().kind == "webhook.test"
        client.post(f"{path}replay/", {"since": "2026-01-01T00:00"})
        assert Replay.objects.get().since.year == 2026
        running = client.post(
            f"{path}replay/", {"since": "2026-01-01T00:00"}, follow=True
        )
        assert "A replay is running" in running.content.decode()
        wrong = client.post(f"{path}replay/", {"since": "yesterday"})
        assert wrong.status_code == 422
        ahead = client.post(f"{path}replay/", {"since": "2999-01-01T00:00"})
        assert ahead.status_code == 422
        assert client.get(f"{path}rotate/").status_code == 405

    @pytest.mark.parametrize("who", ["alice", "bob", "carol"])
    def test_nobody_else_sees_or_does_any_of_it(self, who, cast):
        webhook = a_webhook(cast, URL)
        person = cast.people[who]
        client = as_(person)
        path = f"/settings/webhooks/{webhook.pk}/"
        assert client.get("/settings/webhooks/").status_code == 403
        assert client.get(path).status_code == 403
        assert client.post(f"{path}rotate/").status_code == 403
        known = {"by": person, "at": later(1)}
        for act in (
            lambda: actions.create_webhook(**known, **NEW),
            lambda: actions.change_webhook(webhook=webhook, **known, name="Mine"),
            lambda: actions.pause_webhook(webhook=webhook, **known),
            lambda: actions.rotate_secret(webhook=webhook, **known),
            lambda: actions.test_webhook(webhook=webhook, **known),
            lambda: actions.delete_webhook(webhook=webhook, **known),
            lambda: actions.replay_since(webhook=webhook, since=later(0), **known),
        ):
            with pytest.raises(Forbidden):
                act()
        assert Webhook.objects.get().is_open


class TestRest:
    def test_one_is_made_read_changed_and_deleted(self, cast):
        grace = Api(cast.grace)
        made = grace.post(
            "webhooks/",
            {**NEW, "teams": ["desk"], "priority": "P2", "types": ["change"]},
        )
        assert made.status_code == 201, made.content
        told = made.json()
        assert told["secret"].startswith("whsec_")
        assert (told["teams"], told["priority"], told["types"]) == (
            ["desk"],
            "P2",
            ["change"],
        )
        assert told["owner"] == "grace@demo.example"
        path = f"webhooks/{told['id']}/"
        assert made["Location"] == f"/api/v1/{path}"
        read = grace.get(path)
        assert "secret" not in read.json()
        changed = grace.patch(
            path, {"services": ["vpn"], "priority": None, "owner": "bob@demo.example"}
        ).json()
        assert (changed["teams"], changed["services"]) == (["desk"], ["vpn"])
        assert (changed["priority"], changed["owner"]) == (None, "bob@demo.example")
        stale = grace.patch(path, {"name": "X"}, If_Match=read["ETag"])
        assert stale.status_code == 412
        assert len(grace.get("webhooks/").json()["results"]) == 1
        assert grace.send("delete", path, None).status_code == 204
        assert grace.get(path).status_code == 404
        assert grace.get("webhooks/").json()["results"] == []

    @pytest.mark.parametrize(
        ("more", "field"),
        [
            ({"url": "http://10.0.0.1/"}, "url"),
            ({"url": "http://127.0.0.1:22/"}, "url"),
            ({"kinds": []}, "kinds"),
            ({"kinds": ["no kind"]}, "kinds"),
            ({"kinds": [f"a.b{n}" for n in range(60)]}, "kinds"),
            ({"teams": ["no-such"]}, "teams"),
            ({"priority": "P9"}, "priority"),
            ({"owner": "nobody@x.example"}, "owner"),
            ({"name": ""}, "name"),
            ({"surprise": 1}, "surprise"),
        ],
    )
    def test_what_is_wrong_is_said_by_field(self, more, field, cast):
        answer = Api(cast.grace).post("webhooks/", {**NEW, **more})
        assert answer.status_code == 422, answer.content
        assert field in answer.json()["errors"]

    def test_a_secret_is_not_kept_with_an_idempotency_key(self, cast):
        grace = Api(cast.grace)
        first = grace.post("webhooks/", NEW, Idempotency_Key="once")
        secret = first.json()["secret"]
        assert all(secret not in (r.body or "") for r in IdempotencyKey.objects.all())
        again = grace.post("webhooks/", NEW, Idempotency_Key="once")
        assert again.status_code == 201
        assert (again.json()["id"], again.json()["secret"]) == (
            first.json()["id"],
            None,
        )
        assert Webhook.objects.count() == 1
        path = f"webhooks/{first.json()['id']}/rotate/"
        rotated = grace.post(path, {}, Idempotency_Key="turn").json()["secret"]
        assert rotated != secret
        assert grace.post(path, {}, Idempotency_Key="turn").json()["secret"] is None
        assert Event.objects.filter(kind="webhook.rotate").count() == 1

    def test_verbs_and_deliveries(self, cast, receiver):
        clock = Clock(timezone.now())
        webhook = a_webhook(cast, receiver.url, kinds=["ticket.open"])
        grace, path = Api(cast.grace), f"webhooks/{webhook.pk}/"
        assert grace.post(f"{path}pause/").json()["is_paused"] is True
        assert (
            grace.post(f"{path}replay/", {"since": "2026-01-01T00:00:00Z"}).status_code
            == 409
        )
        assert (
            grace.post(f"{path}resume/", {"skip": False}).json()["is_paused"] is False
        )
        tried = grace.post(f"{path}test/")
        assert (tried.status_code, tried.json()["state"]) == (202, "pending")
        an_incident(cast)
        send(clock.on(seconds=5))
        listed = grace.get(f"{path}deliveries/?state=delivered").json()["results"]
        assert {one["kind"] for one in listed} == {"ticket.open", "webhook.test"}
        one = next(one for one in listed if one["kind"] == "ticket.open")
        assert "body" not in one
        whole = grace.get(f"{path}deliveries/{one['id']}/").json()
        assert whole["body"].encode() in [got.body for got in receiver.got]
        assert (whole["status"], whole["tries"]) == (204, 1)
        resent = grace.post(f"{path}deliveries/{one['id']}/resend/")
        assert (resent.status_code, resent.json()["state"]) == (202, "pending")
        assert grace.post(f"{path}deliveries/{one['id']}/resend/").status_code == 409
        begun = grace.post(f"{path}replay/", {"since": "2026-01-01T00:00:00Z"})
        assert begun.status_code == 202
        while jobs.work_off():
            pass
        replay = grace.get(f"{path}replays/{begun.json()['id']}/").json()
        assert (replay["state"], replay["done"]) == ("done", replay["total"])
        assert grace.post(f"{path}replay/", {}).status_code == 422
        assert grace.get(f"{path}deliveries/?state=odd").status_code == 400

    def test_a_list_costs_the_same_however_long(
        self, cast, django_assert_max_num_queries
    ):
        for n in range(12):
            a_webhook(
                cast, URL, name=f"W{n}", filters={"team": [cast.teams["desk"].pk]}
            )
        grace = Api(cast.grace)
        grace.get("webhooks/")
        with django_assert_max_num_queries(8):
            assert len(grace.get("webhooks/").json()["results"]) == 12

    def test_it_is_for_administrators(self, cast):
        webhook = a_webhook(cast, URL)
        for path in ("webhooks/", f"webhooks/{webhook.pk}/"):
            assert Api(cast.alice).get(path).status_code in {403, 404}


def test_a_machine_or_somebody_gone_is_no_owner(cast):
    type(cast.bob).objects.filter(pk=cast.bob.pk).update(is_machine=True)
    cast.bob.refresh_from_db()
    with pytest.raises(Invalid):
        a_webhook(cast, URL, owner=cast.bob)


def test_one_without_an_owner_goes_on_with_another(cast):
    webhook = a_webhook(cast, URL, owner=cast.bob)
    actions.pause_webhook(webhook=webhook, by=cast.grace, at=later(1))
    type(cast.bob).objects.filter(pk=cast.bob.pk).update(is_active=False)
    known = {"webhook": webhook, "by": cast.grace, "at": later(2)}
    with pytest.raises(WrongState, match="name another one"):
        actions.resume_webhook(**known)
    actions.change_webhook(**known, owner=cast.alice)
    assert actions.resume_webhook(**known).is_open


def test_filters_that_name_nothing_are_refused(cast):
    for wrong in ({"team": [0]}, {"priority": 7}, {"type": ["story"]}, {"x": [1]}):
        with pytest.raises(Invalid):
            a_webhook(cast, URL, filters=wrong)


def test_old_deliveries_are_forgotten_and_what_they_said_before(cast, receiver):
    a_webhook(cast, receiver.url, kinds=["ticket.open"])
    clock = Clock(timezone.now())
    an_incident(cast)
    send(clock)
    assert tidying.tidy(at=clock() + timedelta(days=6)) == 0
    assert Delivery.objects.get().body
    assert tidying.tidy(at=clock() + timedelta(days=8)) == 0
    assert not Delivery.objects.get().body
    assert tidying.tidy(at=clock() + timedelta(days=31)) == 1
    assert not Delivery.objects.exists()


def test_what_waits_for_a_paused_one_is_given_up_after_a_month(cast):
    webhook = a_webhook(cast, URL, kinds=["ticket.open"])
    an_incident(cast)
    read_log(timezone.now())
    actions.pause_webhook(webhook=webhook, by=cast.grace, at=later(1))
    tidying.tidy(at=timezone.now() + timedelta(days=29))
    assert states() == ["pending"]
    tidying.tidy(at=timezone.now() + timedelta(days=31))
    assert states() == ["given_up"]


def test_doctor_finds_what_nobody_sends(cast):
    webhook = a_webhook(cast, URL, kinds=["ticket.open"])
    an_incident(cast)
    read_log(timezone.now())
    assert check("webhooks.delivered") == []
    Delivery.objects.update(due_at=timezone.now() - timedelta(hours=2))
    assert "more than an hour" in check("webhooks.delivered")[0]
    Webhook.objects.filter(pk=webhook.pk).update(paused_at=timezone.now())
    assert check("webhooks.delivered") == []
    Webhook.objects.update(paused_at=None, rests_until=timezone.now())
    long_ago = timezone.now() - timedelta(hours=51)
    Delivery.objects.update(first_at=long_ago)
    assert "neither delivered nor given up" in check("webhooks.delivered")[0]


def test_doctor_finds_what_overtook(cast, receiver):
    a_webhook(cast, receiver.url)
    an_incident(cast)
    send(Clock(timezone.now()))
    assert check("webhooks.order") == []
    first = Delivery.objects.order_by("event_id")[0]
    rows = Delivery.objects.filter(pk=first.pk)
    rows.update(delivered_at=timezone.now() + timedelta(minutes=1))
    assert str(first.event_id) in check("webhooks.order")[0]
    rows.update(is_again=True)
    assert check("webhooks.order") == []
    rows.update(is_again=False, state="pending", delivered_at=None)
    assert str(first.event_id) in check("webhooks.order")[0]


def test_what_waits_is_measured(cast, client):
    webhook = a_webhook(cast, URL, kinds=["ticket.open"])
    an_incident(cast)
    read_log()
    metrics = client.get("/metrics").content.decode()
    assert f'beeline_deliveries{{webhook="{webhook.pk}"}} 1' in metrics
