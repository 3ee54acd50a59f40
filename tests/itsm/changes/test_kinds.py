"""Kinds of change: who writes them, who gives them standing, what records speak for."""

from datetime import timedelta

import pytest

from core.models import Event
from itsm.changes.actions import open_change
from itsm.changes.kinds import actions, standing
from itsm.changes.models import Change, Kind, Proposal
from itsm.changes.records import of_kind
from itsm.tickets import actions as tickets
from tests.factories import a_change, a_kind, a_token, an_incident, as_, later
from tests.itsm.changes.test_control import do
from tests.itsm.checks import forbidden, invalid, wrong_state

API = "/api/v1/change-kinds/"
PROPOSALS = "/api/v1/change-proposals/"


def rest(person, method, path, data=None):
    send = getattr(as_(person), method)
    more = {} if method == "get" else {"content_type": "application/json"}
    headers = {"HTTP_AUTHORIZATION": f"Bearer {a_token(person)}"}
    return send(path, data or {}, **more, **headers)


def over(kind, n, *, result="success", first=0):
    """So many changes of a kind that have ended; how is not what is tested here."""
    made = []
    for number in range(n):
        row = open_change(by=kind.author, at=later(first + number), kind=kind)
        Change.objects.filter(pk=row.pk).update(
            ended_at=later(first + number), result=result
        )
        made.append(row)
    return made


@pytest.fixture
def kind(cast):
    kind = a_kind(cast, service=cast.services["vpn"], team=cast.teams["network"])
    kind.author = cast.alice
    return kind


def end(kind, cast, result="success", minute=100):
    """One more, ended by its own verbs, so that its record is looked at."""
    one = open_change(by=cast.alice, at=later(minute), kind=kind)
    do(one, "emergency", cast.alice, minute=minute, threat="x")
    return do(one, "resolve", cast.alice, minute=minute + 1, result=result)


# who


@pytest.mark.parametrize(
    ("name", "may"),
    [
        ("frank", True),
        ("dana", True),
        ("grace", True),
        ("erin", True),  # leads the team
        ("bob", False),
        ("carol", False),
        ("mallory", False),
    ],
)
def test_who_writes_a_kind_of_the_network_team(cast, name, may):
    person, team = cast.people[name], cast.teams["network"]
    if may:
        made = actions.create_kind(by=person, at=later(1), name="Port", team=team)
        assert made.standing == "normal"
    else:
        with forbidden():
            actions.create_kind(by=person, at=later(1), name="Port", team=team)


def test_a_lead_gives_it_to_no_other_team(cast):
    kind = a_kind(cast, team=cast.teams["network"])
    actions.change_kind(kind=kind, by=cast.erin, at=later(1), plan="Edit the zone")
    with forbidden():
        desk = cast.teams["desk"]
        actions.change_kind(kind=kind, by=cast.erin, at=later(1), team=desk)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"name": " "}, "name"),
        ({"length": timedelta(0)}, "length"),
        ({"length": timedelta(days=15)}, "length"),
        ({"tasks": ["x"] * 51}, "tasks"),
        ({"answers": {"way_back": "perhaps"}}, "answers"),
        ({"colour": "red"}, "colour"),
        ({"standing": "standard"}, "standing"),
    ],
)
def test_what_makes_no_sense_is_refused(cast, kind, given, field):
    with invalid() as caught:
        actions.change_kind(kind=kind, by=cast.frank, at=later(1), **given)
    assert field in caught.value.errors


@pytest.mark.parametrize("name", ["frank", "erin", "alice", "carol", "bob"])
def test_only_the_owner_of_the_process_gives_standing(cast, kind, name):
    with forbidden():
        standing.set_standing(
            kind=kind, by=cast.people[name], at=later(1), to="standard", reason="x"
        )


def test_who_wrote_the_template_does_not_give_it_standard_status(cast):
    mine = a_kind(cast, by=cast.dana)
    with forbidden():
        standing.set_standing(
            kind=mine, by=cast.dana, at=later(1), to="standard", reason="x"
        )
    given = {"kind": mine, "to": "standard", "reason": "Agreed"}
    standing.set_standing(by=cast.grace, at=later(1), **given)
    mine.refresh_from_db()
    assert (mine.standing, mine.authorised_by) == ("standard", cast.grace)


def test_a_standard_kind_whose_template_changes_is_standard_no_longer(cast):
    kind = a_kind(cast, "standard", plan="Edit the zone")
    actions.change_kind(kind=kind, by=cast.frank, at=later(1), description="A name")
    kind.refresh_from_db()
    assert kind.standing == "standard"
    actions.change_kind(kind=kind, by=cast.frank, at=later(2), plan="Edit everything")
    kind.refresh_from_db()
    assert (kind.standing, kind.authorised_by) == ("normal", None)
    told = Event.objects.filter(kind="change_kind.change").last()
    assert told.changes["standing"] == ["standard", "normal"]
    assert "Edit everything" not in str(told.changes)


def test_a_standing_needs_a_reason_and_is_given_once(cast, kind):
    given = {"kind": kind, "by": cast.dana, "at": later(1)}
    with invalid():
        standing.set_standing(**given, to="standard", reason=" ")
    standing.set_standing(**given, to="standard", reason="Agreed")
    with wrong_state():
        standing.set_standing(**given, to="standard", reason="Again")


# the record


def test_a_failure_is_a_result_or_an_incident_that_it_caused(cast, kind):
    good, issues = end(kind, cast), end(kind, cast)
    end(kind, cast, "failed")
    Change.objects.filter(pk=issues.pk).update(result="issues")
    record = of_kind(kind)
    assert (record.ended, record.failed) == (3, 1)
    incident = an_incident(cast)
    link = {"ticket": incident, "by": cast.alice, "kind": "caused_by_change"}
    tickets.link(**link, at=later(200), to=good)
    assert of_kind(kind).failed == 2
    tickets.unlink(**link, at=later(201), to=good)
    assert of_kind(kind).failed == 1
    other = a_change(cast)
    link["ticket"] = other  # a change is no incident
    tickets.link(**link, at=later(202), to=good)
    assert of_kind(kind).failed == 1


def test_what_still_runs_or_was_taken_up_again_is_not_counted(cast, kind):
    one = end(kind, cast, "failed")
    open_change(by=cast.alice, at=later(1), kind=kind)
    assert of_kind(kind).ended == 1
    do(one, "reopen", cast.alice, minute=110, comment="Once more")
    assert of_kind(kind).ended == 0


# what it speaks for


def test_the_sixtieth_success_proposes_standard_status_and_changes_nothing(cast, kind):
    over(kind, 58)
    end(kind, cast, minute=100)
    assert not Proposal.objects.exists()
    end(kind, cast, minute=110)
    found = Proposal.objects.get()
    assert (found.to, found.former, found.decision) == ("standard", "normal", "")
    assert found.evidence == {"ended": 60, "failed": 0, "bound": 0.05, "changes": []}
    kind.refresh_from_db()
    assert kind.standing == "normal"
    told = Event.objects.get(kind="change_proposal.make")
    assert (told.actor_id, told.changes["standing"]) == (None, ["normal", "standard"])
    end(kind, cast, minute=120)
    assert Proposal.objects.count() == 1


def test_a_failure_takes_an_open_proposal_back(cast, kind):
    over(kind, 59)
    end(kind, cast, minute=100)
    end(kind, cast, "failed", minute=110)
    assert Proposal.objects.get().decision == "lapsed"


@pytest.fixture
def proposed(cast, kind):
    over(kind, 59)
    end(kind, cast, minute=100)
    return Proposal.objects.get()


def test_the_owner_accepts_and_the_kind_is_standard(cast, kind, proposed):
    standing.accept(proposal=proposed, by=cast.dana, at=later(200))
    kind.refresh_from_db()
    assert (kind.standing, kind.authorised_by) == ("standard", cast.dana)
    made = open_change(by=cast.alice, at=later(210), kind=kind)
    assert Change.objects.get(pk=made.pk).model == "standard"
    with wrong_state():
        standing.accept(proposal=proposed, by=cast.dana, at=later(201))


def test_a_no_has_a_reason_and_is_not_asked_again_at_once(cast, kind, proposed):
    with invalid():
        standing.decline(proposal=proposed, by=cast.dana, at=later(200), reason="")
    standing.decline(proposal=proposed, by=cast.dana, at=later(200), reason="Audit")
    end(kind, cast, minute=210)
    assert Proposal.objects.count() == 1
    over(kind, 18, first=300)
    end(kind, cast, minute=500)
    assert Proposal.objects.filter(decision="").get().to == "standard"


@pytest.mark.parametrize("name", ["frank", "alice", "carol", "mallory"])
def test_nobody_else_decides_on_it(cast, proposed, name):
    for decide in (standing.accept, standing.decline):
        with forbidden():
            decide(
                proposal=proposed, by=cast.people[name], at=later(200), reason="Mine"
            )


def test_an_incident_linked_to_a_standard_change_proposes_its_suspension(cast):
    kind = a_kind(cast, "standard")
    kind.author = cast.alice
    changes = over(kind, 17)
    assert not Proposal.objects.exists()
    incident = an_incident(cast)
    tickets.link(
        ticket=incident,
        by=cast.bob,
        at=later(300),
        kind="caused_by_change",
        to=changes[3],
    )
    found = Proposal.objects.get()
    assert (found.to, found.evidence["failed"]) == ("suspended", 1)
    assert found.evidence["changes"] == [changes[3].pk]
    standing.accept(proposal=found, by=cast.dana, at=later(310))
    kind.refresh_from_db()
    assert kind.standing == "suspended"


def test_the_owner_of_the_process_is_told(cast, proposed):
    from notify.rulebook import of_kind as rules_of

    [rule] = rules_of("change_proposal.make")
    event = Event.objects.get(kind="change_proposal.make")
    assert rule.audience([event]) == {event.id: {cast.dana.pk}}


# pages and REST


def test_the_pages_show_record_evidence_and_decision(cast, kind, proposed):
    page = as_(cast.bob).get("/changes/kinds/").content.decode()
    assert "DNS record" in page
    assert "Make “DNS record” standard" in page
    page = as_(cast.bob).get("/changes/kinds/dns-record/").content.decode()
    assert "60 changes, none failed; with 95 % certainty at most 5 % fail." in page
    assert page.count("/changes/CHG-") >= 40
    one = f"/changes/proposals/{proposed.pk}/"
    assert "Your decision" not in as_(cast.bob).get(one).content.decode()
    assert "Your decision" in as_(cast.dana).get(one).content.decode()


def test_the_page_decides(cast, kind, proposed):
    address = f"/changes/proposals/{proposed.pk}/decide/"
    answer = {"answer": "decline", "reason": ""}
    assert as_(cast.bob).post(address, answer).status_code == 403
    refused = as_(cast.dana).post(address, answer)
    assert refused.status_code == 422
    assert "Say why." in refused.content.decode()
    assert as_(cast.dana).post(address, {"answer": "accept"}).status_code == 302
    assert as_(cast.dana).post(address, {"answer": "accept"}).status_code == 409
    kind.refresh_from_db()
    assert kind.standing == "standard"


def test_the_page_of_a_kind_sets_its_standing(cast, kind):
    address = "/changes/kinds/dns-record/standing/"
    sent = {"to": "standard", "reason": "Agreed"}
    assert as_(cast.frank).post(address, sent).status_code == 403
    assert as_(cast.dana).post(address, {**sent, "to": "x"}).status_code == 422
    assert as_(cast.dana).post(address, sent).status_code == 302
    kind.refresh_from_db()
    assert kind.standing == "standard"


def test_settings_make_and_change_a_kind(cast):
    sent = {
        "name": "VLAN port",
        "length": "15",
        "tasks": "Set it\n\nLabel it",
        "answers.way_back": "tried",
    }
    made = as_(cast.frank).post("/settings/change-kinds/new/", sent)
    assert made.status_code == 302, made.content.decode()[-3000:]
    kind = Kind.objects.get()
    assert (kind.tasks, kind.answers) == (["Set it", "Label it"], {"way_back": "tried"})
    assert kind.length == timedelta(minutes=15)
    here = "/settings/change-kinds/vlan-port/"
    sent |= {"name": "Port", "answers.way_back": "", "is_active": "on"}
    assert as_(cast.frank).post(here, sent).status_code == 302
    kind.refresh_from_db()
    assert (kind.name, kind.answers) == ("Port", {})
    assert as_(cast.bob).post(here, sent).status_code == 403
    assert as_(cast.bob).get(here).status_code == 200


@pytest.mark.parametrize("name", ["carol", "mallory"])
@pytest.mark.parametrize("path", ["/changes/kinds/", "/changes/kinds/dns-record/"])
def test_requesters_do_not_come_here(cast, kind, name, path):
    assert as_(cast.people[name]).get(path).status_code == 403


def test_kinds_over_rest(cast, kind):
    told = rest(cast.bob, "get", f"{API}dns-record/").json()
    assert told["record"] == {"ended": 0, "failed": 0, "bound": 1.0}
    assert (told["service"], told["team"], told["length"]) == (
        "vpn",
        "network",
        "P0DT01H00M00S",
    )
    end(kind, cast, "failed")
    end(kind, cast)
    [listed] = rest(cast.bob, "get", API).json()["results"]
    assert (listed["record"]["ended"], listed["record"]["failed"]) == (2, 1)
    sent = {"name": "Disk", "length": "PT15M", "answers": {"noticed": "nothing"}}
    assert rest(cast.bob, "post", API, sent).status_code == 403
    made = rest(cast.frank, "post", API, sent)
    assert made.status_code == 201, made.content
    changed = rest(cast.frank, "patch", f"{API}disk/", {"plan": "Grow it"})
    assert changed.json()["plan"] == "Grow it"
    assert rest(cast.bob, "patch", f"{API}disk/", {"plan": ""}).status_code == 403
    assert rest(cast.carol, "get", API).json()["results"] == []


def test_a_standing_over_rest(cast, kind):
    address = f"{API}dns-record/standing/"
    sent = {"to": "standard", "reason": "Agreed"}
    assert rest(cast.frank, "post", address, sent).status_code == 403
    assert rest(cast.dana, "post", address, {"reason": "x"}).status_code == 422
    told = rest(cast.dana, "post", address, sent)
    assert told.status_code == 200, told.content
    assert told.json()["authorised_by"] == "dana@demo.example"
    assert rest(cast.dana, "post", address, sent).status_code == 409


def test_proposals_over_rest(cast, kind, proposed):
    [told] = rest(cast.bob, "get", PROPOSALS).json()["results"]
    assert (told["kind"], told["to"], told["decision"]) == (
        "dns-record",
        "standard",
        "",
    )
    here = f"{PROPOSALS}{proposed.pk}/"
    assert rest(cast.frank, "post", f"{here}accept/").status_code == 403
    assert rest(cast.dana, "post", f"{here}decline/").status_code == 422
    done = rest(cast.dana, "post", f"{here}decline/", {"reason": "Audit"})
    assert (done.json()["decision"], done.json()["reason"]) == ("declined", "Audit")
    assert rest(cast.dana, "post", f"{here}accept/").status_code == 409
