"""Once a decision is no longer needed, nobody is asked for it, in no place."""

import pytest

from itsm.portal import queries as portal
from itsm.requests.actions import order
from itsm.tickets import work
from itsm.tickets.approving.asking import refresh
from itsm.tickets.doors import perform
from itsm.tickets.models import Approval, Ticket
from processes import actions as process_actions
from processes import yaml_text
from tests.cast import AT
from tests.factories import a_change, later
from tests.itsm.checks import fresh
from tests.processes.definitions import shipped_data

PLAN = {
    "plan": "Apply it",
    "test": "Five checks",
    "way_back": "Snapshot",
    "window": {"start": "2026-03-10T20:00:00Z", "end": "2026-03-10T22:00:00Z"},
}


def asks_nobody(cast, ticket):
    """Neither the log of decisions, nor anybody's work, nor the portal."""
    assert not Approval.objects.filter(ticket=ticket, decision="").exists()
    for person in cast.people.values():
        assert portal.asked_of(person) == [], person
        assert work.of(person, at=later(60)).decisions == [], person
        seen = Ticket.objects.visible_to(person).filter(approvals__decision="")
        assert not seen.exists(), person


def test_an_ended_request_asks_nobody(cast):
    for by, verb in ((cast.carol, "cancel"), (cast.bob, "cancel"), ("frank", "reject")):
        laptop = order(offering=cast.offerings["new-laptop"], by=cast.carol, at=AT)
        assert len(portal.asked_of(cast.frank)) == 1
        by = cast.people.get(by, by)
        perform(laptop, verb, {"comment": "No need."}, by=by, at=later(5))
        assert fresh(laptop).state_category == "cancelled"
        asks_nobody(cast, laptop)


@pytest.mark.parametrize(
    ("verb", "by", "raw"),
    [
        ("cancel", "alice", {"comment": "Not now."}),
        ("reject", "frank", {"comment": "Not in the freeze."}),
        ("revise", "alice", {"comment": "Other gateway."}),
        ("emergency", "alice", {"threat": "Ransomware"}),
    ],
)
def test_a_change_that_left_its_approval_asks_nobody(cast, verb, by, raw):
    change = a_change(cast, service=cast.services["vpn"])
    perform(change, "submit", PLAN, by=cast.alice, at=later(1))
    assert len(work.of(cast.frank, at=later(2)).decisions) == 1
    perform(change, verb, raw, by=cast.people[by], at=later(3))
    asks_nobody(cast, change)


def without(*names: str) -> str:
    """Changes that the change authority is not asked about beforehand."""
    data = shipped_data("change")
    data["approvals"] = [one for one in data["approvals"] if one["name"] not in names]
    data["transitions"]["approve"]["by"] = ["agent"]
    data["transitions"]["reject"]["by"] = ["agent"]
    for name in names:
        del data["controls"][f"approval.{name}"]
    return yaml_text.write(data)


@pytest.mark.parametrize(
    "spared", [("change_authority",), ("change_authority", "afterwards")]
)
def test_a_version_that_spares_the_approval_asks_nobody_who_was_asked(cast, spared):
    change = a_change(cast, service=cast.services["vpn"])
    perform(change, "submit", PLAN, by=cast.alice, at=later(1))
    process = cast.processes["change"]
    first = process.versions.get(number=1)
    lean = process_actions.create_draft(
        process=process, by=cast.dana, at=later(2), text=without(*spared)
    )
    process_actions.release(version=lean, by=cast.dana, at=later(3))
    same = {state: state for state in shipped_data("change")["states"]}
    crossing = {"there": same, "by": cast.dana}
    process_actions.migrate(source=first, target=lean, at=later(4), **crossing)
    assert fresh(change).process_version == lean
    asks_nobody(cast, change)
    process_actions.migrate(
        source=lean, target=first, at=later(5), returning=True, **crossing
    )
    assert [row.decision for row in Approval.objects.order_by("id")] == [
        "withdrawn",
        "",
    ]
    perform(change, "approve", {}, by=cast.frank, at=later(6))
    assert fresh(change).state == "scheduled"


def test_a_version_that_asks_somebody_else_asks_them_instead(cast):
    change = a_change(cast, service=cast.services["vpn"])
    perform(change, "submit", PLAN, by=cast.alice, at=later(1))
    data = shipped_data("change")
    for rule in data["approvals"]:
        if rule["name"] == "change_authority":
            rule["by"] = "process_owner"
    for verb in ("approve", "reject"):
        data["transitions"][verb]["by"] = ["process_owner"]
    process = cast.processes["change"]
    other = process_actions.create_draft(
        process=process, by=cast.dana, at=later(2), text=yaml_text.write(data)
    )
    process_actions.release(version=other, by=cast.dana, at=later(3))
    process_actions.migrate(
        source=process.versions.get(number=1),
        target=other,
        there={state: state for state in data["states"]},
        by=cast.dana,
        at=later(4),
    )
    assert work.of(cast.frank, at=later(5)).decisions == []
    assert len(work.of(cast.dana, at=later(5)).decisions) == 1
    perform(change, "approve", {}, by=cast.dana, at=later(6))
    assert fresh(change).state == "scheduled"


def test_nobody_is_offered_a_decision_that_is_one_unknown_persons(cast):
    """`service_owner` is a role, and an authority that is one person's."""
    cast.erin.roles = [*cast.erin.roles, "service_owner"]
    cast.erin.save(update_fields=["roles"])
    change = a_change(cast, service=cast.services["vpn"])
    row = Approval.objects.create(
        ticket=change, name="service_owner", authority="service_owner", asked_at=AT
    )
    refresh([row], AT)
    assert work.of(cast.erin, at=later(5)).decisions == []
    assert len(work.of(cast.grace, at=later(5)).decisions) == 1
