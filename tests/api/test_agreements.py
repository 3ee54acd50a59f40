"""Agreements over REST: what programs read, make, change, accept and try out."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from itsm.sla.models import Agreement
from people.roles import Role
from tests.cast import AT
from tests.factories import a_token
from tests.itsm.sla.agreeing import a_calendar, an_agreement

URL = "/api/v1/agreements/"
TARGETS = {"P1": {"response": "PT15M", "update": "PT30M", "resolution": "PT4H"}}


@pytest.fixture
def acme(cast):
    organisation = cast.organisations["acme"]
    organisation.contact = cast.carol
    organisation.save()
    return organisation


class Program:
    """Somebody's program."""

    def __init__(self, client, user):
        self.client, self.headers = (
            client,
            {"Authorization": f"Bearer {a_token(user)}"},
        )

    def get(self, path=URL, **query):
        return self.client.get(path, query, headers=self.headers)

    def send(self, method, path, **fields):
        return getattr(self.client, method)(
            path, fields, content_type="application/json", headers=self.headers
        )


@pytest.fixture
def grace(client, cast):
    return Program(client, cast.grace)


@pytest.fixture
def carol(client, cast):
    return Program(client, cast.carol)


@pytest.fixture
def bob(client, cast):
    return Program(client, cast.bob)


def test_one_is_made_and_read_with_names_of_everything(grace, cast, acme):
    a_calendar()
    step = {"when": {"before": "PT30M"}, "who": ["lead"], "channel": "chat"}
    answer = grace.send(
        "post",
        URL,
        name="Acme VPN",
        service="vpn",
        organisation="acme",
        calendar="office-hours",
        around_the_clock=["P1"],
        targets=TARGETS,
        warnings=[50, 75],
        escalations=[step],
        valid_from="2026-01-01",
    )
    assert answer.status_code == 201, answer.content
    told = answer.json()
    assert told["slug"] == "acme-vpn"
    assert (told["service"], told["organisation"]) == ("vpn", "acme")
    assert (told["calendar"], told["around_the_clock"]) == ("office-hours", ["P1"])
    assert (told["type"], told["team"], told["valid_until"]) == (None, None, None)
    assert (told["targets"], told["escalations"]) == (TARGETS, [step])
    assert grace.get(f"{URL}acme-vpn/").json() == told
    assert grace.get().json()["results"] == [told]


def test_what_cannot_be_is_told_by_field(grace):
    answer = grace.send(
        "post", URL, name="", targets={"P1": {"response": "soon"}}, warnings=[120]
    )
    assert answer.status_code == 422
    assert answer.json()["errors"].keys() == {"name"}
    answer = grace.send(
        "post", URL, name="X", targets={"P1": {"response": "soon"}}, warnings=[120]
    )
    assert answer.json()["errors"].keys() == {"warnings", "targets.P1.response"}


@pytest.mark.parametrize(
    "fields",
    [
        {"targets": []},
        {"targets": {"P1": "PT1H"}},
        {"targets": {"P1": {"response": 15}}},
        {"targets": {"P1": {"response": "PT1H\x00"}}},
        {"warnings": ["75"]},
        {"around_the_clock": ["P7"]},
        {"valid_from": "2026-02-30"},
        {"valid_from": 7},
        {"calendar": "nowhere"},
        {"type": "riddle"},
        {"escalations": {"who": []}},
        {"escalations": [{"who": ["user:a\x00b"]}]},
        {"surprise": 1},
    ],
)
def test_what_is_no_value_of_a_field_is_told_there(grace, fields):
    given = {"name": "X", "targets": TARGETS, **fields}
    answer = grace.send("post", URL, **given)
    assert answer.status_code == 422, answer.content
    assert answer.json()["errors"].keys() == fields.keys()
    assert not Agreement.objects.exists()


def test_a_promise_of_null_promises_nothing(grace):
    targets = {"P1": {"response": "PT1H", "update": None}, "P2": None}
    answer = grace.send("post", URL, name="X", targets=targets)
    assert answer.json()["targets"] == {"P1": {"response": "PT1H"}}


def test_it_is_changed_in_part_and_an_old_etag_is_refused(grace, acme):
    an_agreement(organisation=acme)
    tag = grace.get(f"{URL}acme/")["ETag"]
    answer = grace.send("patch", f"{URL}acme/", warnings=[90], type="incident")
    assert (answer.json()["warnings"], answer.json()["type"]) == ([90], "incident")
    grace.headers = {**grace.headers, "If-Match": tag}
    assert grace.send("patch", f"{URL}acme/", warnings=[80]).status_code == 412


def test_staff_read_and_only_a_services_owner_and_administrators_write(
    cast, bob, client
):
    an_agreement(service=cast.services["vpn"])
    assert bob.get(f"{URL}acme/").status_code == 200
    assert bob.send("patch", f"{URL}acme/", warnings=[90]).status_code == 403
    assert bob.send("post", URL, name="X", targets=TARGETS).status_code == 403
    cast.erin.roles = [*cast.erin.roles, Role.SERVICE_OWNER.value]
    cast.erin.save()
    erin = Program(client, cast.erin)
    assert erin.send("patch", f"{URL}acme/", warnings=[90]).status_code == 200
    assert erin.send("post", URL, name="X", targets=TARGETS).status_code == 403


def test_a_contact_reads_and_accepts_theirs_without_the_steps_inside(
    cast, acme, carol, client
):
    step = {"when": {"share": 90}, "who": ["user:bob@demo.example"], "channel": "mail"}
    an_agreement(organisation=acme, escalations=[step])
    an_agreement("Globex", organisation=cast.organisations["globex"])
    (told,) = carol.get().json()["results"]
    assert (told["slug"], told["escalations"]) == ("acme", None)
    assert "bob@" not in carol.get().content.decode()
    assert carol.get(f"{URL}globex/").status_code == 404
    assert carol.send("patch", f"{URL}acme/", warnings=[1]).status_code == 403
    assert carol.send("post", f"{URL}acme/try/", priority="P1").status_code == 403
    answer = carol.send("post", f"{URL}acme/accept/")
    assert answer.json()["accepted_by"] == "carol@demo.example"
    assert carol.send("post", f"{URL}acme/accept/").status_code == 409
    mallory = Program(client, cast.mallory)
    assert mallory.send("post", f"{URL}acme/accept/").status_code == 404


def test_an_administrator_who_accepts_says_for_whom(grace, acme):
    an_agreement(organisation=acme)
    assert grace.send("post", f"{URL}acme/accept/").status_code == 422
    answer = grace.send("post", f"{URL}acme/accept/", note="Carol, in the meeting")
    assert answer.json()["accepted_by"] == "grace@demo.example"


def test_trying_says_what_would_hold_and_why(cast, acme, bob):
    office = a_calendar()
    an_agreement(organisation=acme)
    an_agreement(
        "Acme VPN",
        organisation=acme,
        service=cast.services["vpn"],
        calendar=office,
        targets={"P3": {"response": "PT30M"}},
    )
    answer = bob.send(
        "post",
        f"{URL}acme/try/",
        service="vpn",
        organisation="acme",
        type="incident",
        priority="P3",
        at=AT.isoformat(),
    )
    assert answer.json() == {
        "holds": False,
        "terms": {
            "response": {
                "target": "PT30M",
                "calendar": "office-hours",
                "agreement": "acme-vpn",
            }
        },
        "why": [
            "“Acme VPN” counts: it names the service and the organisation.",
            "It goes before “Acme”, which names only the organisation.",
            "Its time is that of the calendar “Office hours”.",
        ],
    }
    assert bob.send("post", f"{URL}acme/try/").status_code == 422


def test_trying_before_it_began_finds_the_processs_targets(cast, acme, bob):
    an_agreement(organisation=acme)
    fields = {"organisation": "acme", "priority": "P3", "at": "2025-06-01T09:00:00Z"}
    told = bob.send("post", f"{URL}acme/try/", **fields).json()
    assert told["holds"] is False
    assert told["terms"]["response"] == {
        "target": "PT4H",
        "calendar": None,
        "agreement": None,
    }


def test_the_list_takes_the_same_statements_for_one_and_for_many(
    cast, acme, bob, django_assert_num_queries
):
    an_agreement(organisation=acme)
    bob.get()
    with CaptureQueriesContext(connection) as few:
        bob.get()
    for n in range(20):
        an_agreement(
            f"More {n}", service=cast.services["vpn"], calendar=a_calendar(f"C{n}")
        )
    with django_assert_num_queries(len(few)):
        assert len(bob.get().json()["results"]) == 21
