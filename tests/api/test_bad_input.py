"""Whatever is sent: an answer that says what is wrong, never a 500, never HTML."""

import pytest
from django.test import Client

from itsm.tickets.models import Ticket
from tests.factories import a_token, an_incident, taken, upload

pytestmark = pytest.mark.django_db
PROBLEM = "application/problem+json"


def is_problem(answer, status: int) -> dict:
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == PROBLEM
    body = answer.json()
    assert {"type", "title", "status", "detail"} <= body.keys()
    assert body["status"] == status
    return body


BROKEN = {
    "half": b'{"title": "x"',
    "not JSON": b"title=x",
    "a list": b'["title"]',
    "a text": b'"title"',
    "null": b"null",
    "Latin-1": '{"title": "Zürich"}'.encode("latin-1"),
    "UTF-16": '{"title": "x"}'.encode("utf-16"),
    "NaN": b'{"title": "x", "affected": NaN}',
    "a name twice": b'{"title": "x", "title": "y"}',
    "half a character": b'{"title": "\\ud800"}',
    "half a character as a name": b'{"\\udfff": "x"}',
    "deep": b'{"title":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "too deep": b'{"extra":' + b'{"a":' * 50 + b"1" + b"}" * 50 + b"}",
    "a raw NUL": b'{"title": "a\x00b"}',
    "an endless number": b'{"affected": ' + b"9" * 5000 + b"}",
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_json_is_400(cast, api, name):
    is_problem(api(cast.bob).post("incidents/", BROKEN[name]), 400)
    assert not Ticket.objects.exists()


UNUSABLE = {
    "NUL": {"title": "a\x00b"},
    "too long": {"title": "x" * 251},
    "a number as title": {"title": 5},
    "an object as title": {"title": {}},
    "blank": {"title": "   "},
    "nothing": {},
    "null": {"title": None},
    "huge number": {"title": "x", "affected": 10**400},
    "endless fraction": {"title": "x", "affected": 1e308},
    "true as number": {"title": "x", "affected": True},
    "list as choice": {"title": "x", "impact": ["high"]},
    "object as choice": {"title": "x", "impact": {}},
    "NUL in a slug": {"title": "x", "service": "v\x00pn"},
    "NUL in an e-mail": {"title": "x", "requester": "\x00@x.y"},
    "unknown field": {"title": "x", "colour": "red"},
    "list as extra": {"title": "x", "extra": []},
    "unknown extra": {"title": "x", "extra": {"colour": "red"}},
    "parent that is not there": {"title": "x", "parent": "INC-99999999"},
    "NUL in a number": {"title": "x", "parent": "INC-\x001"},
}


@pytest.mark.parametrize("name", UNUSABLE)
def test_unusable_fields_are_422_and_named(cast, api, name):
    body = is_problem(api(cast.bob).post("incidents/", UNUSABLE[name]), 422)
    assert body["errors"]
    assert not Ticket.objects.exists()


ODD_TRIAGE = [
    {"impact": 5},
    {"priority": "P9"},
    {"priority": 1},
    {"size": 4},
    {"size": "9" * 5000},
    {"affected": -1},
    {"category": "\ud7ff"},
    {"service": 7},
    {"priority": "P1"},
]


@pytest.mark.parametrize("sent", ODD_TRIAGE, ids=[str(s)[:30] for s in ODD_TRIAGE])
def test_odd_values_of_a_verb_are_422(cast, api, sent):
    ticket = an_incident(cast)
    is_problem(api(cast.bob).post(f"incidents/{ticket.number}/triage/", sent), 422)
    assert Ticket.objects.get(pk=ticket.pk).version == ticket.version


QUERIES = [
    "colour=red",
    "limit=0",
    "limit=201",
    "limit=-1",
    "limit=x",
    "limit=" + "9" * 5000,
    "limit=²",
    "ordering=colour",
    "ordering=--number",
    "cursor=x",
    "cursor=" + "A" * 5000,
    "cursor=W10",
    "cursor=é",
    "ordering=priority&cursor=W2ZhbHNlLCJwcmlvcml0eSIsSW5maW5pdHksNV0",  # infinity
    "updated_since=yesterday",
    "updated_since=99999-01-01",
    "updated_since=2026-13-45T00:00:00Z",
    "impact=huge",
    "priority=1",
    "restricted=maybe",
    "affected=1e9",
    "state=%00",
    "q=%00",
    "size=4",
    "process_version=99999999999999999999",
]


@pytest.mark.parametrize("query", QUERIES, ids=[q[:30] for q in QUERIES])
def test_parameters_that_make_no_sense_are_400(cast, api, query):
    is_problem(api(cast.bob).get(f"incidents/?{query}"), 400)


HARMLESS = [
    "q=%25'%22;--",
    "q=((((",
    "q=",
    "state=nowhere",
    "team=none'--",
    "owner=",
    "owner=nobody@nowhere",
    "number=INC-1,INC-2",
    "extra.colour=red",
    "extra.a__b=1",
    "extra.contains=nan",
    "parent=INC-1",
    "updated_since=2026-01-01T00:00:00+02:00",
]


@pytest.mark.parametrize("query", HARMLESS)
def test_filters_that_match_nothing_answer_an_empty_page(cast, api, query):
    answer = api(cast.bob).get(f"incidents/?{query}")
    assert answer.status_code == 200
    assert answer.json()["results"] == []


ADDRESSES = [
    "incidents/INC-%00/",
    "incidents/INC-1%0A/",
    "incidents/" + "9" * 3000 + "/",
    "incidents/../../etc/passwd",
    "incidents/INC-١٢/",
    "users/%00/",
    "services/%00/",
    "services/a'b/",
    "processes/%00/versions/",
    "processes/incident/versions/99999999999999999999/",
    "incidents/INC-1/attachments/99999999999999999999999/",
    "nothing/",
    "nothing",
    "/api/",
    "/api/v2/",
    "/api/v1/",
]


@pytest.mark.parametrize("path", ADDRESSES, ids=[a[:30] for a in ADDRESSES])
@pytest.mark.parametrize("method", ["get", "post", "patch", "put", "delete"])
def test_addresses_that_are_not_there_are_404(cast, api, path, method):
    client = api(cast.bob)
    answer = client.get(path) if method == "get" else client.send(method, path, {})
    is_problem(answer, 404)


def test_a_read_without_the_last_slash_moves_on(cast, api):
    answer = api(cast.bob).get("incidents?limit=5")
    assert answer.status_code == 301
    assert answer["Location"] == "/api/v1/incidents/?limit=5"


@pytest.mark.parametrize("method", ["put", "delete", "patch"])
def test_methods_that_are_not_there_are_405_with_those_that_are(cast, api, method):
    answer = api(cast.bob).send(method, "incidents/", {})
    is_problem(answer, 405)
    assert "GET" in answer["Allow"]


def test_without_a_token_it_is_401(cast, api, client):
    answer = client.get("/api/v1/incidents/")
    is_problem(answer, 401)
    assert answer["WWW-Authenticate"] == "Bearer"
    for header in ("Bearer", "Bearer x y", "Bearer nothing", "Bearer \xff", "bearer "):
        answer = client.get("/api/v1/incidents/", headers={"Authorization": header})
        is_problem(answer, 401)


def test_an_inactive_persons_token_is_401(cast, api):
    client = api(cast.bob)
    cast.bob.is_active = False
    cast.bob.save()
    is_problem(client.get("incidents/"), 401)


def test_a_session_sends_files_too_and_needs_its_csrf_token_for_them(cast):
    ticket = an_incident(cast)
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(cast.bob)
    browser.get("/portal/")
    path, token = f"/api/v1/incidents/{ticket.number}/attachments/", "x-csrftoken"
    key = browser.cookies["csrftoken"].value
    for headers, status in (({}, 403), ({token: "x" * 32}, 403), ({token: key}, 201)):
        answer = browser.post(path, {"file": upload()}, headers=headers)
        assert answer.status_code == status, answer.content
    form = browser.post(path, {"file": upload(), "csrfmiddlewaretoken": key})
    assert form.status_code == 403  # the header alone counts


def test_a_session_needs_its_csrf_token(cast):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(cast.bob)
    assert browser.get("/api/v1/incidents/").status_code == 200
    answer = browser.post("/api/v1/incidents/", {"title": "x"}, "application/json")
    is_problem(answer, 403)


def test_scopes_narrow_a_token(cast, api):
    ticket = an_incident(cast)
    reader, incidents = api(cast.bob, "read"), api(cast.bob, "incidents")
    assert reader.get(f"incidents/{ticket.number}/").status_code == 200
    is_problem(reader.post("incidents/", {"title": "x"}), 403)
    is_problem(reader.post("incidents/", b"{"), 403)
    assert incidents.post("incidents/", {"title": "x"}).status_code == 201
    is_problem(incidents.get("changes/"), 403)
    is_problem(incidents.get("changes/CHG-1/"), 404)
    both = api(cast.bob, "read", "events")
    assert both.get("events/").status_code == 200
    is_problem(both.get("incidents/"), 403)


def test_the_order_of_answers_is_the_contracts(cast, api):
    ticket = taken(cast)
    at = f"incidents/{ticket.number}"
    carol, bob, mallory = api(cast.carol), api(cast.bob), api(cast.mallory)
    stale = {"If_Match": '"other"'}
    is_problem(mallory.post(f"{at}/take/", b"{", **stale), 404)  # before all else
    is_problem(carol.post(f"{at}/take/", b"{", **stale), 403)  # before what was sent
    is_problem(carol.patch(f"{at}/", b"{", **stale), 403)
    is_problem(carol.post(f"{at}/resolve/", b"{", **stale), 403)
    is_problem(bob.post(f"{at}/start/?x=1", {}, **stale), 400)  # before the version
    is_problem(bob.post(f"{at}/start/", b"{", **stale), 400)
    is_problem(bob.post(f"{at}/start/", {"x": 1}, **stale), 412)  # before the state
    is_problem(bob.post(f"{at}/start/", {"x": 1}), 409)  # before the fields
    is_problem(bob.post(f"{at}/wait/", {"x": 1}), 422)


@pytest.mark.parametrize("version", ["9" * 5000, "²", "", "-1"])
def test_a_version_that_never_was_is_stale(cast, api, version):
    number = an_incident(cast).number
    answer = api(cast.bob).send(
        "patch",
        f"incidents/{number}/",
        {"title": "New"},
        if_match=f'"{number}.{version}"',
    )
    is_problem(answer, 412)


def test_other_media_types_are_415(cast, api):
    client = api(cast.bob)
    for kind in ("text/plain", "application/xml", "application/x-www-form-urlencoded"):
        answer = client.post("incidents/", b"title=x", content_type=kind)
        is_problem(answer, 415)


def test_a_body_that_is_too_large_is_413(cast, api, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    body = {"title": "x", "description": "x" * 2000}
    is_problem(api(cast.bob).post("incidents/", body), 413)


def test_a_file_that_is_too_large_is_413(cast, api):
    ticket = an_incident(cast)
    answer = api(cast.bob).client.post(
        f"/api/v1/incidents/{ticket.number}/attachments/",
        b"x",
        content_type="multipart/form-data; boundary=x",
        headers=api(cast.bob).headers,
        CONTENT_LENGTH=str(99 * 1024 * 1024),
    )
    is_problem(answer, 413)


def test_too_many_requests_are_429_and_say_how_long(cast, api, settings):
    settings.API_PER_MINUTE = 3
    client = api(cast.bob)
    codes = [client.get("incidents/").status_code for _ in range(3)]
    assert codes == [200, 200, 200]
    answer = client.get("incidents/")
    is_problem(answer, 429)
    assert 1 <= int(answer["Retry-After"]) <= 60
    assert api(cast.alice).get("incidents/").status_code == 200


def test_without_valkey_nobody_is_limited(cast, api, settings, monkeypatch):
    import redis

    from core import live

    gone = redis.Redis.from_url("unix:///nowhere.sock")
    monkeypatch.setattr(live, "_valkey", lambda: gone)
    assert api(cast.bob).get("incidents/").status_code == 200


def test_html_is_never_answered(cast, client):
    token = {"Authorization": f"Bearer {a_token(cast.bob)}", "Accept": "text/html"}
    answer = client.get("/api/v1/incidents/", headers=token)
    assert answer["Content-Type"] == "application/json"
    is_problem(client.get("/api/v1/nothing/", headers=token), 404)


@pytest.mark.parametrize("address", ["/nowhere/", "/portal/", "/api/nowhere/"])
def test_a_form_that_cannot_be_read_is_our_mistake_nowhere(cast, address):
    browser = Client(enforce_csrf_checks=True, raise_request_exception=False)
    browser.force_login(cast.bob)
    browser.get("/portal/")
    answer = browser.post(address, b"a=b", "multipart/form-data")
    assert answer.status_code in {400, 403, 404}
