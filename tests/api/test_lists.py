"""Lists: filters, orders, pages that neither skip nor repeat, constant statements."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from itsm.tickets import search
from tests.cast import AT
from tests.factories import a_request, an_incident, rows, said

pytestmark = pytest.mark.django_db


def numbers(answer) -> list[str]:
    return [one["number"] for one in answer.json()["results"]]


def walk(client, path: str) -> list[str]:
    found = []
    while path:
        body = client.get(path).json()
        found += [one["number"] for one in body["results"]]
        path = body["next"]
    return found


def test_filters_narrow_by_field(cast, api):
    mine = an_incident(cast, by=cast.bob, requester=cast.carol, impact="high")
    an_incident(cast, by=cast.mallory)
    owned = an_incident(cast, by=cast.bob, owner=cast.bob, team=cast.teams["desk"])
    client = api(cast.bob)
    for query in (
        "requester=CAROL@demo.example",
        "organisation=acme",
        "impact=high,medium",
        f"number={mine.number.lower()}",
        "organisation=acme&state=new&priority=P2",
    ):
        assert numbers(client.get(f"incidents/?{query}")) == [mine.number], query
    assert numbers(client.get("incidents/?owner=bob@demo.example")) == [owned.number]
    assert numbers(client.get("incidents/?team=desk")) == [owned.number]
    assert len(numbers(client.get("incidents/?owner="))) == 2
    assert len(numbers(client.get("incidents/?owner=,bob@demo.example"))) == 3


def test_updated_since_is_for_who_keeps_a_copy(cast, api):
    an_incident(cast)
    late = an_incident(cast, at=AT + timedelta(hours=2))
    since = (AT + timedelta(hours=1)).isoformat().replace("+00:00", "Z")
    answer = api(cast.bob).get(f"incidents/?updated_since={since}&ordering=updated_at")
    assert numbers(answer) == [late.number]


def test_q_finds_words_and_never_internal_ones_for_requesters(cast, api):
    ticket = an_incident(cast, title="Scanner jams")
    said(ticket, "fuserkit ordered", by=cast.bob, public=False)
    search.index([ticket.pk])
    assert numbers(api(cast.bob).get("incidents/?q=scan")) == [ticket.number]
    assert numbers(api(cast.bob).get("incidents/?q=fuserkit")) == [ticket.number]
    assert numbers(api(cast.carol).get("incidents/?q=fuserkit")) == []


@pytest.mark.parametrize(
    "ordering",
    [
        *("", "number", "-number", "opened_at", "-opened_at", "updated_at"),
        *("priority", "-priority", "start_by", "-start_by"),
        *("next_due_at", "-next_due_at"),
    ],
)
def test_pages_neither_skip_nor_repeat_in_any_order(cast, api, ordering):
    rows(cast, 4, next_due_at=AT, priority=2)
    rows(cast, 3, opened_at=AT - timedelta(days=1))
    rows(cast, 4, next_due_at=AT + timedelta(days=1), priority=5)
    client = api(cast.bob)
    query = f"&ordering={ordering}" if ordering else ""
    whole = numbers(client.get(f"incidents/?limit=200{query}"))
    assert len(whole) == len(set(whole)) == 11
    assert walk(client, f"incidents/?limit=2{query}") == whole
    last = client.get(f"incidents/?limit=10{query}").json()["next"]
    back = client.get(client.get(last).json()["previous"])
    assert numbers(back) == whole[:10]
    assert back.json()["previous"] is None


def test_a_cursor_of_another_order_is_refused(cast, api):
    rows(cast, 3)
    client = api(cast.bob)
    cursor = client.get("incidents/?limit=1").json()["next"].split("cursor=")[1]
    assert (
        client.get(f"incidents/?cursor={cursor}&ordering=priority").status_code == 400
    )


def test_all_practices_together(cast, api):
    incident, request = an_incident(cast), a_request(cast)
    client = api(cast.bob)
    assert numbers(client.get("tickets/")) == [request.number, incident.number]
    assert numbers(client.get("tickets/?type=request")) == [request.number]
    assert client.get("incidents/?type=request").status_code == 400


def test_requesters_list_their_own_and_what_their_organisation_shares(cast, api):
    mine, other = an_incident(cast), an_incident(cast, by=cast.mallory)
    assert numbers(api(cast.carol).get("incidents/")) == [mine.number]
    assert numbers(api(cast.mallory).get("tickets/")) == [other.number]
    secret = an_incident(cast, service=cast.services["hr-portal"])
    assert secret.number in numbers(api(cast.carol).get("incidents/"))
    assert secret.number not in numbers(api(cast.bob).get("incidents/"))
    assert secret.number in numbers(api(cast.grace).get("incidents/"))


LISTS = [
    "incidents/",
    "incidents/?limit=200",
    "tickets/?ordering=priority",
    "incidents/?q=printer",
    "incidents/?owner=&state_category=new,active",
    "events/",
]


def statements(client, path: str) -> int:
    client.get(path)  # the first one notes that the token is used
    with CaptureQueriesContext(connection) as seen:
        assert client.get(path).status_code == 200
    return len(seen)


def test_statements_do_not_grow_with_rows(cast, api):
    parent = an_incident(cast)
    person, admin = api(cast.bob), api(cast.grace)
    for n in range(3):
        an_incident(cast, parent=parent, title=f"Printer {n}")
    rows(cast, 100, parent=parent)
    few = {path: statements(person, path) for path in LISTS}
    fewer = statements(admin, "incidents/?limit=200")
    for n in range(20):
        child = an_incident(cast, parent=parent, title=f"Printer {n}")
        said(child, by=cast.bob)
    rows(cast, 10_000, parent=parent)
    many = {path: statements(person, path) for path in LISTS}
    assert many == few
    assert statements(admin, "incidents/?limit=200") == fewer
    assert max(many.values()) <= 16


def test_a_timeline_costs_the_same_however_long(cast, api):
    ticket = an_incident(cast)
    client = api(cast.bob)
    said(ticket, by=cast.bob)
    for path in ("events/", "comments/"):
        few = statements(client, f"incidents/{ticket.number}/{path}")
        for _ in range(30):
            said(ticket, by=cast.erin)
        assert statements(client, f"incidents/{ticket.number}/{path}") == few
