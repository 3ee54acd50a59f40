"""Making, changing, ending and accepting an agreement, and what is refused."""

from datetime import date

import pytest

from core.errors import Forbidden, Invalid, WrongState
from core.models import Event, TextVersion
from itsm.sla.actions import (
    accept_agreement,
    change_agreement,
    create_agreement,
    end_agreement,
)
from itsm.sla.models import Agreement
from itsm.sla.policy import visible_to
from people.actions import change_organisation
from people.roles import Role
from tests.cast import AT
from tests.factories import later
from tests.itsm.sla.agreeing import TARGETS, a_calendar

STEP = {"when": {"share": 90}, "promise": "any", "who": ["lead"], "channel": "mail"}
HOUSE = {"kind": "operational", "targets": {"P3": {"resolution": "PT4H"}}}


@pytest.fixture
def acme(cast):
    """Acme, for which Carol speaks."""
    organisation = cast.organisations["acme"]
    organisation.contact = cast.carol
    organisation.save()
    return organisation


@pytest.fixture
def owner(cast):
    """Erin, who owns the VPN as a service owner."""
    cast.erin.roles = [*cast.erin.roles, Role.SERVICE_OWNER.value]
    cast.erin.save()
    return cast.erin


def made(by, name="Acme", **fields):
    return create_agreement(
        by=by, at=AT, name=name, **{"targets": TARGETS, "warnings": [75], **fields}
    )


def refused(by, **fields):
    with pytest.raises(Invalid) as no:
        made(by, **fields)
    assert not Agreement.objects.filter(name=fields.get("name", "Acme")).exists()
    return no.value.errors


def test_an_administrator_makes_one_and_the_log_says_so(grace, acme):
    agreement = made(grace, organisation=acme, warnings=[90, 75, 90])
    assert (agreement.slug, agreement.warnings) == ("acme", [75, 90])
    assert agreement.valid_from == date(2026, 3, 2)
    event = Event.objects.get(kind="agreement.create")
    assert event.subject_id == agreement.pk
    assert event.changes["organisation"] == [None, acme.pk]
    assert "name" not in event.changes


@pytest.mark.parametrize("name", ["alice", "dana", "carol"])
def test_others_make_none(cast, name):
    with pytest.raises(Forbidden):
        made(cast.people[name])


def test_a_services_owner_makes_them_for_that_service_alone(cast, owner):
    agreement = made(owner, service=cast.services["vpn"])
    with pytest.raises(Forbidden):
        made(owner, "Everything")
    with pytest.raises(Forbidden):
        change_agreement(
            agreement=agreement, by=owner, at=AT, service=cast.services["e-mail"]
        )
    change_agreement(agreement=agreement, by=owner, at=AT, name="VPN for all")
    assert Agreement.objects.get().name == "VPN for all"


@pytest.mark.parametrize(
    ("fields", "where", "words"),
    [
        ({"name": " "}, "name", "name"),
        ({"targets": {}}, "targets", "Promise something"),
        ({"targets": {"P9": {"response": "PT1H"}}}, "targets", "no priority “P9”"),
        (
            {"targets": {"P1": {"response": "PT0S"}}},
            "targets.P1.response",
            "longer than nothing",
        ),
        ({"targets": {"P1": {"update": "-PT1H"}}}, "targets.P1.update", "not a dur"),
        ({"targets": {"P1": {"peace": "PT1H"}}}, "targets.P1.peace", "not promised"),
        (
            {"targets": {"P1": {"response": "PT4H", "resolution": "PT2H"}}},
            "targets.P1.response",
            "after the resolution",
        ),
        ({"warnings": [0]}, "warnings", "between 1 and 99"),
        ({"warnings": [100]}, "warnings", "between 1 and 99"),
        ({"around_the_clock": [6]}, "around_the_clock", "no priority P6"),
        ({**HOUSE}, "team", "which team"),
        (
            {"kind": "operational", "targets": {"P1": {"response": "PT1H"}}},
            "targets.P1.response",
            "not promised here",
        ),
        ({"valid_until": date(2026, 3, 1)}, "valid_until", "end before it begins"),
        ({"type": "riddle"}, "type", "no such kind"),
        ({"escalations": [{**STEP, "who": []}]}, "escalations", "who is told"),
        ({"escalations": [{**STEP, "who": ["ghost"]}]}, "escalations", "nobody"),
        ({"escalations": [{**STEP, "channel": "owl"}]}, "escalations", "channel"),
        ({"escalations": [{**STEP, "promise": "rain"}]}, "escalations", "about one of"),
        ({"escalations": [{**STEP, "when": {"share": 0}}]}, "escalations", "1 and 100"),
        ({"escalations": [{**STEP, "when": {}}]}, "escalations", "say when"),
        ({"escalations": [{**STEP, "when": {"before": "P"}}]}, "escalations", "Step 1"),
        ({"escalations": [{**STEP, "colour": "red"}]}, "escalations", "it has when"),
        (
            {"escalations": [{**STEP, "who": ["user:eve@nowhere.example"]}]},
            "escalations",
            "eve@nowhere.example",
        ),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence(grace, fields, where, words):
    assert words in " ".join(refused(grace, **fields)[where])


def test_a_customers_agreement_names_no_team_and_no_retired_calendar(cast):
    team = cast.teams["network"]
    retired = a_calendar(is_active=False)
    errors = refused(cast.grace, team=team, calendar=retired)
    assert errors.keys() == {"team", "calendar"}
    assert "“Office hours” is retired" in errors["calendar"][0]


def test_a_step_that_nobody_has_the_part_for_is_refused(cast):
    step = {**STEP, "who": ["service_owner"]}
    mail, vpn = cast.services["e-mail"], cast.services["vpn"]
    errors = refused(cast.grace, service=mail, escalations=[step])
    assert "reaches nobody" in errors["escalations"][0]
    made(cast.grace, service=vpn, escalations=[step])


def test_two_that_say_the_same_on_a_common_day_are_refused(cast):
    grace, vpn = cast.grace, cast.services["vpn"]
    made(grace, "First", service=vpn, valid_until=date(2026, 6, 30))
    errors = refused(grace, name="Second", service=vpn, valid_from=date(2026, 6, 30))
    assert "“First” says the same for P3" in errors["valid_from"][0]
    made(grace, "After", service=vpn, valid_from=date(2026, 7, 1))
    made(grace, "Elsewhere", service=cast.services["e-mail"])
    made(grace, "Other", service=vpn, targets={"P1": {"response": "PT15M"}})


def test_a_change_may_not_overlap_either_and_changes_nothing_then(cast):
    made(cast.grace, "First", valid_until=date(2026, 6, 30))
    after = made(cast.grace, "After", valid_from=date(2026, 7, 1))
    with pytest.raises(Invalid):
        change_agreement(
            agreement=after, by=cast.grace, at=AT, valid_from=date(2026, 6, 1)
        )
    after.refresh_from_db()
    assert after.valid_from == date(2026, 7, 1)


def test_the_contact_accepts_and_nobody_else_of_the_customer(cast, acme):
    agreement = made(cast.grace, organisation=acme)
    for other in (cast.mallory, cast.alice):
        with pytest.raises(Forbidden):
            accept_agreement(agreement=agreement, by=other, at=AT)
    accept_agreement(agreement=agreement, by=cast.carol, at=later(5))
    agreement.refresh_from_db()
    assert (agreement.accepted_by, agreement.accepted_at) == (cast.carol, later(5))
    with pytest.raises(WrongState):
        accept_agreement(agreement=agreement, by=cast.carol, at=later(6))


def test_an_administrator_accepts_for_them_with_a_note_of_who_said_it(cast, acme):
    agreement = made(cast.grace, organisation=acme)
    with pytest.raises(Invalid):
        accept_agreement(agreement=agreement, by=cast.grace, at=AT)
    accept_agreement(agreement=agreement, by=cast.grace, at=AT, note="Carol, by phone")
    event = Event.objects.get(kind="agreement.accept")
    kept = TextVersion.objects.get(pk=event.changes["note"][1])
    assert kept.body == "Carol, by phone"


def test_what_is_with_no_customer_is_accepted_by_nobody(grace):
    with pytest.raises(WrongState):
        accept_agreement(agreement=made(grace), by=grace, at=AT, note="Me")


def test_other_targets_ask_for_a_new_yes_and_another_warning_does_not(cast, acme):
    agreement = made(cast.grace, organisation=acme)
    accept_agreement(agreement=agreement, by=cast.carol, at=AT)
    change_agreement(agreement=agreement, by=cast.grace, at=AT, warnings=[50])
    agreement.refresh_from_db()
    assert agreement.accepted_by == cast.carol
    targets = {"P3": {"resolution": "P2D"}}
    change_agreement(agreement=agreement, by=cast.grace, at=AT, targets=targets)
    agreement.refresh_from_db()
    assert (agreement.accepted_by, agreement.accepted_at) == (None, None)
    last = Event.objects.filter(kind="agreement.change").last()
    assert last.changes["accepted_by"] == [cast.carol.pk, None]


def test_the_same_again_changes_nothing(cast, acme):
    agreement = made(cast.grace, organisation=acme)
    before = Event.objects.count()
    change_agreement(agreement=agreement, by=cast.grace, at=later(9), targets=TARGETS)
    agreement.refresh_from_db()
    assert (Event.objects.count(), agreement.updated_at) == (before, AT)


def test_one_ends_today_or_on_a_day_and_stays_accepted(cast, acme):
    agreement = made(cast.grace, organisation=acme)
    accept_agreement(agreement=agreement, by=cast.carol, at=AT)
    with pytest.raises(Invalid):
        end_agreement(
            agreement=agreement, by=cast.grace, at=AT, last_day=date(2026, 2, 1)
        )
    ended = end_agreement(agreement=agreement, by=cast.grace, at=AT)
    assert (ended.valid_until, ended.accepted_by) == (date(2026, 3, 2), cast.carol)
    assert Event.objects.filter(kind="agreement.end").count() == 1


def test_the_log_names_people_of_steps_by_id(cast):
    steps = [{**STEP, "who": ["lead", "user:bob@demo.example"]}]
    made(cast.grace, escalations=steps)
    event = Event.objects.get(kind="agreement.create")
    assert event.changes["escalations"][1][0]["who"] == ["lead", f"user:{cast.bob.pk}"]
    assert "bob@" not in str(event.changes)


def test_staff_see_all_and_a_contact_those_of_their_organisation(cast, acme):
    acmes = made(cast.grace, organisation=acme)
    made(cast.grace, "Globex", organisation=cast.organisations["globex"])
    made(cast.grace, "All")
    made(
        cast.grace,
        "Network for Acme",
        organisation=acme,
        team=cast.teams["network"],
        **HOUSE,
    )
    assert visible_to(cast.bob).count() == 4
    assert list(visible_to(cast.carol)) == [acmes]
    assert not visible_to(cast.mallory).exists()
    cast.carol.is_active = False
    assert not visible_to(cast.carol).exists()


def test_only_somebody_of_an_organisation_speaks_for_it(cast):
    with pytest.raises(Invalid, match="another organisation"):
        change_organisation(
            organisation=cast.organisations["acme"],
            by=cast.grace,
            at=AT,
            contact=cast.mallory,
        )
    acme = change_organisation(
        organisation=cast.organisations["acme"],
        by=cast.grace,
        at=AT,
        contact=cast.carol,
    )
    assert acme.contact == cast.carol
