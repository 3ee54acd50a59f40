"""Sources over REST: whoever works here reads them, administrators set them up."""

import pytest

from core.models import Event, IdempotencyKey
from itsm.monitoring import keys, work
from itsm.monitoring.models import Reception, Source, SourceLine
from tests.cast import AT
from tests.itsm.monitoring.events import a_source

pytestmark = pytest.mark.django_db
BODY = b'{"routing_key": "%s", "event_action": "trigger", "payload": {"a": "private"}}'


@pytest.fixture
def source(cast):
    return a_source(service=cast.services["vpn"])


def received(source, body=b'{"who": "private"}'):
    return Reception.objects.create(
        source=source, format="generic", body=body, received_at=AT
    )


def test_administrators_read_the_key_and_nobody_else(cast, api, source):
    key = keys.read(source)
    told = api(cast.grace).get("sources/prometheus/").json()
    assert told["key"] == key
    assert api(cast.grace).get("sources/").json()["results"][0]["key"] == key
    for login in ("alice", "bob", "dana", "frank", "erin"):
        client = api(cast.people[login])
        for path in ("", "prometheus/", "prometheus/health/", "prometheus/receptions/"):
            answer = client.get(f"sources/{path}")
            assert answer.status_code == 200
            assert key not in answer.content.decode()
            assert '"key"' not in answer.content.decode()
    assert api(cast.carol).get("sources/").json()["results"] == []
    assert api(cast.carol).get("sources/prometheus/").status_code == 404


def test_a_token_for_something_else_reads_no_source(cast, api, source):
    assert api(cast.grace, "tickets").get("sources/prometheus/").status_code == 403
    assert api(cast.grace, "sources").get("sources/prometheus/").status_code == 200


def test_one_is_made_and_changed(cast, api):
    client = api(cast.grace)
    given = {"name": "Shop", "service": "vpn", "silent_after": "PT15M"}
    answer = client.post("sources/", given)
    assert answer.status_code == 201
    assert answer.json()["key"] == keys.read(Source.objects.get())
    assert answer.headers["Location"].endswith("/api/v1/sources/shop/")
    changed = client.patch(
        "sources/shop/",
        {
            "team": "network",
            "silent_after": None,
            "mapping": {"host": "labels.node"},
            "per_minute": 60,
        },
    ).json()
    assert changed["team"] == "network"
    assert changed["silent_after"] is None
    assert changed["mapping"] == {"host": "labels.node"}
    assert changed["per_minute"] == 60
    kinds = Event.objects.filter(subject_type="source").order_by("id")
    assert [e.kind for e in kinds] == ["source.create", "source.change"]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"mapping": {"nonsense": 1}}, "mapping"),
        ({"mapping": []}, "mapping"),
        ({"silent_after": "soon"}, "silent_after"),
        ({"silent_after": 5}, "silent_after"),
        ({"silent_after": "PT1S"}, "silent_after"),
        ({"per_minute": True}, "per_minute"),
        ({"per_minute": 10**30}, "per_minute"),
        ({"service": None}, "service"),
        ({"service": "nowhere"}, "service"),
        ({"key": "mine"}, "key"),
    ],
)
def test_what_is_wrong_is_named(cast, api, source, given, field):
    answer = api(cast.grace).patch("sources/prometheus/", given)
    assert answer.status_code == 422
    assert list(answer.json()["errors"]) == [field]


def test_name_and_service_are_needed(cast, api):
    answer = api(cast.grace).post("sources/", {})
    assert answer.status_code == 422
    assert set(answer.json()["errors"]) == {"name", "service"}


def test_only_administrators_write(cast, api, source):
    received(source)
    for login in ("alice", "bob", "dana", "frank"):
        client = api(cast.people[login])
        assert (
            client.post("sources/", {"name": "X", "service": "vpn"}).status_code == 403
        )
        assert client.patch("sources/prometheus/", {"name": "X"}).status_code == 403
        for verb in ("pause", "resume", "rotate", "end-former-key", "test"):
            assert client.post(f"sources/prometheus/{verb}/").status_code == 403
    assert not Event.objects.filter(subject_type="source").exists()


def test_verbs_answer_with_the_source(cast, api, source):
    client, former = api(cast.grace), keys.read(source)
    assert client.post("sources/prometheus/pause/").json()["is_paused"] is True
    assert client.post("sources/prometheus/test/").status_code == 409
    assert client.post("sources/prometheus/resume/").json()["is_paused"] is False
    rotated = client.post("sources/prometheus/rotate/").json()
    assert rotated["key"] != former
    assert rotated["former_until"]
    ended = client.post("sources/prometheus/end-former-key/").json()
    assert ended["former_until"] is None
    assert client.post("sources/prometheus/end-former-key/").status_code == 409


def test_a_test_is_received_like_any_other(cast, api, source):
    answer = api(cast.grace).post("sources/prometheus/test/")
    assert answer.status_code == 202
    assert answer.json()["worked_at"] is None
    assert work.work_off(at=AT) == 2


def test_a_repeated_request_does_the_work_once_and_keeps_no_key(cast, api):
    client = api(cast.grace)
    given = {"name": "Shop", "service": "vpn"}
    made = [client.post("sources/", given, idempotency_key="a") for _n in range(2)]
    turned = [
        client.post("sources/shop/rotate/", {}, idempotency_key="b") for _n in range(2)
    ]
    assert [answer.status_code for answer in (*made, *turned)] == [201, 201, 200, 200]
    assert made[0].json()["slug"] == made[1].json()["slug"]
    assert turned[0].json() == turned[1].json()
    assert Source.objects.count() == 1
    key = keys.read(Source.objects.get())
    kept = str(list(IdempotencyKey.objects.values_list("body", "headers")))
    assert key not in kept
    assert made[0].json()["key"] not in kept


def test_a_refusal_is_repeated_too(cast, api):
    client = api(cast.grace)
    answers = [client.post("sources/", {}, idempotency_key="c") for _n in range(2)]
    assert [answer.status_code for answer in answers] == [422, 422]
    assert answers[0].json() == answers[1].json()


def test_bodies_are_for_administrators_and_without_the_key(cast, api, source):
    key = keys.read(source)
    row = received(source, BODY % key.encode())
    listed = api(cast.bob).get("sources/prometheus/receptions/").json()["results"]
    assert [one["id"] for one in listed] == [row.pk]
    assert "body" not in listed[0]
    path = f"sources/prometheus/receptions/{row.pk}/"
    assert api(cast.bob).get(path).status_code == 403
    body = api(cast.grace).get(path).json()["body"]
    assert "private" in body
    assert key not in body
    assert api(cast.grace).get("sources/prometheus/receptions/999/").status_code == 404


def test_health_tells_samples_to_administrators_alone(cast, api, source):
    SourceLine.objects.create(
        source=source, code="malformed", sample="private", first_at=AT, last_at=AT
    )
    SourceLine.objects.update(last_at="2100-01-01T00:00Z")
    told = api(cast.bob).get("sources/prometheus/health/").json()
    assert told["state"] == "trouble"
    assert "sample" not in told["lines"][0]
    assert len(told["hours"]) == 24
    lines = api(cast.grace).get("sources/prometheus/health/").json()["lines"]
    assert lines[0]["sample"] == "private"


def test_the_list_costs_the_same_for_many(cast, api, django_assert_max_num_queries):
    for n in range(20):
        a_source(f"Tool {n}")
    client = api(cast.grace)
    with django_assert_max_num_queries(8):
        assert len(client.get("sources/").json()["results"]) == 20
