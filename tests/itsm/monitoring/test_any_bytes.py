"""Any bytes, to any door: an answer in the format's words, never an error of ours.

What a door took is read as well, and gives signals that fit their rows.
"""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from itsm.monitoring import formats, mapping
from itsm.monitoring.formats import shapes
from itsm.monitoring.formats.base import Action, Unreadable
from itsm.monitoring.models import LONGEST_KEY, LONGEST_SUMMARY, Reception, Severity
from tests.factories import AT
from tests.itsm.monitoring.events import a_source
from tests.itsm.monitoring.payloads import alertmanager, pagerduty

KEY = "a" * 32
LEAF = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["ok", "critical", "2026-03-02T09:00:00Z", "$X", "http://a"])
)
WORDS = sorted(
    {
        "alerts labels status state severity fingerprint annotations payload summary "
        "event_action routing_key dedup_key host type trigger_id value event_id tags "
        "ruleId evalMatches Message messages event output problem_id startsAt links "
        "specversion id source data_base64 timestamp"
    }
    | {need.split("=")[0].split(".")[0] for s in shapes.SHAPES for need in s.needs}
)
NAMES = st.sampled_from(" ".join(WORDS).split()) | st.text(max_size=8)
JSON = st.recursive(
    LEAF,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=6)
    ),
    max_leaves=25,
)
HEADERS = st.sampled_from(
    [
        {},
        {"content-type": "application/cloudevents+json"},
        {"content-type": "application/cloudevents-batch+json"},
        {
            "content-type": "application/json",
            "ce-specversion": "1.0",
            "ce-id": "1",
            "ce-source": "/a",
            "ce-type": "disk.full",
        },
    ]
)
MAPPINGS = st.sampled_from(
    [
        {},
        {"severity_from": "labels.x", "words": {"a": "info"}, "team": "tags.0.name"},
        {"events": "alerts", "key": ["id", "labels.host"], "status": "state"},
        {"key": "a.b.c.d", "resolve_when": ["gone"], "at": "timestamp", "url": "id"},
    ]
)
FEW = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def body_of(value):
    return json.dumps(value).encode("utf-8", "surrogatepass")


def cloudevent(data):
    event = {"specversion": "1.0", "id": "1", "source": "/a", "type": "disk.full"}
    return event | {"data": data}


BODIES = (
    st.binary(max_size=200)
    | JSON.map(body_of)
    | JSON.map(lambda one: body_of(pagerduty(KEY, custom_details=one)))
    | JSON.map(lambda one: body_of(alertmanager("x", truncatedAlerts=one)))
    | JSON.map(lambda one: body_of(cloudevent(one)))
    | st.lists(JSON, max_size=3).map(body_of)
)


def check(signal):
    assert signal.action in set(Action)
    assert signal.severity in Severity.values
    assert len(signal.key) <= LONGEST_KEY
    assert len(signal.summary) <= LONGEST_SUMMARY
    short = (signal.host, signal.component, signal.group, signal.class_)
    assert all(len(text) <= 255 for text in short)
    assert signal.url == "" or signal.url.lower().startswith(("http://", "https://"))
    assert all(isinstance(text, str) for text in signal.labels.values())
    kept = json.dumps([dict(signal.labels), signal.details, *short, signal.summary])
    json.loads(kept, parse_constant=pytest.fail)
    assert "\\u0000" not in kept.replace("\\\\", "")
    kept.encode()
    assert not [c for c in json.loads(kept)[-1] if "\ud800" <= c <= "\udfff"]


@pytest.mark.parametrize("name", formats.FORMATS)
@FEW
@given(body=BODIES, headers=HEADERS, mapped=MAPPINGS)
def test_any_body_is_read_or_unreadable(name, body, headers, mapped):
    try:
        reading = formats.read(name, body, headers, mapped, at=AT)
    except Unreadable:
        return
    for signal in reading.signals:
        check(signal)
        result = mapping.apply(mapped, signal)
        assert len(result.host) <= 255
    assert reading.signals or reading.changes or reading.note


@pytest.fixture
def source(cast):
    return a_source(key=KEY, per_minute=1_000_000)


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["enqueue", "change", *list(formats.FORMATS)[2:]])
@FEW
@given(body=BODIES, kind=HEADERS)
def test_any_bytes_to_any_door_are_answered(client, source, name, body, kind):
    paths = {"enqueue": "/v2/enqueue", "change": "/v2/change/enqueue"}
    path = paths.get(name, f"/api/events/{KEY}/{name}/")
    headers = dict(kind)
    kind = headers.pop("content-type", "application/json")
    before = Reception.objects.count()
    answer = client.generic("POST", path, body, kind, headers=headers)
    assert answer.status_code in {202, 400, 413}
    assert "json" in answer["Content-Type"]
    assert json.loads(answer.content)
    taken = answer.status_code == 202
    assert Reception.objects.count() == before + taken


@pytest.mark.parametrize("wrong", ["", "x" * 300, "a..b", ".", "#x", 7, None, [], {}])
def test_a_path_that_is_none_is_refused(wrong):
    assert list(mapping.wrong({"host": wrong}))


@FEW
@given(value=JSON)
def test_any_mapping_is_right_or_told_why_not(value):
    list(mapping.wrong(value))
    list(mapping.wrong({"severity": value, "words": value, "key": value}))
