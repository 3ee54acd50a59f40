"""A process is described: purpose, habits, team, stakeholders, statements, aims."""

import json
from decimal import Decimal

import pytest
from markupsafe import escape

from backlog.profile import actions, queries
from backlog.profile.models import Profile, columns
from core.errors import Forbidden, Invalid
from core.models import Event
from processes import making
from processes.models import Process
from processes.queries import live_version
from tests.cast import AT, Cast
from tests.factories import as_

pytestmark = pytest.mark.django_db
HOME = "/processes/incident/"


@pytest.fixture
def incident(cast: Cast) -> Process:
    """Dana's; Bob is in its improvement team."""
    process = cast.processes["incident"]
    actions.add_member(process=process, by=cast.dana, at=AT, user=cast.bob)
    return process


def described(cast: Cast, process: Process, **given) -> Profile:
    by = given.pop("by", cast.dana)
    return actions.describe(process=process, by=by, at=AT, **given)


def a_stakeholder(cast: Cast, process: Process, name: str, power: int, interest: int):
    given = {"name": name, "power": power, "interest": interest}
    return actions.add_stakeholder(process=process, by=cast.dana, at=AT, **given)


def a_statement(cast: Cast, process: Process, kind: str, title: str, **more):
    more = {"kind": kind, "title": title, **more}
    return actions.add_statement(process=process, by=cast.dana, at=AT, **more)


def an_aim(cast: Cast, process: Process, kind: str, title: str, **more):
    more = {"kind": kind, "title": title, **more}
    return actions.add_aim(process=process, by=cast.dana, at=AT, **more)


def test_what_is_typed_stands_on_the_page_and_never_in_the_log(cast: Cast, incident):
    described(cast, incident, goal="Zqgoal by June", customers="All of sales")
    assert "Zqgoal by June" in as_(cast.bob).get(HOME).content.decode()
    kept = json.dumps(list(Event.objects.values_list("changes", flat=True)))
    assert "Zqgoal" not in kept
    assert "sales" not in kept


def test_nothing_changed_is_nothing_recorded(cast: Cast, incident):
    described(cast, incident, goal="Faster")
    before = Event.objects.count()
    described(cast, incident, goal="Faster", order="wsjf")
    assert Event.objects.count() == before


def test_its_team_describes_it_and_others_do_not(cast: Cast, incident):
    described(cast, incident, by=cast.bob, goal="By its team")
    for nobody in (cast.alice, cast.erin, cast.frank, cast.carol, cast.mallory):
        with pytest.raises(Forbidden):
            described(cast, incident, by=nobody, goal="Mine")


def test_only_its_owner_says_whose_it_is(cast: Cast, incident):
    described(cast, incident, by=cast.bob, name="Incidents", owner=cast.dana)
    with pytest.raises(Forbidden):
        described(cast, incident, by=cast.bob, owner=cast.bob)
    described(cast, incident, by=cast.dana, owner=cast.erin)
    incident.refresh_from_db()
    assert (incident.name, incident.owner) == ("Incidents", cast.erin)


BOARD = [
    {"slug": "todo", "name": "To do", "category": "todo", "limit": None},
    {"slug": "doing", "name": "Doing", "category": "doing", "limit": 3},
    {"slug": "done", "name": "Done", "category": "done", "limit": None},
]


@pytest.mark.parametrize(
    "wrong",
    [
        {"columns": BOARD[:2]},
        {"columns": [*BOARD[::-1]]},
        {"columns": [BOARD[0], BOARD[0], BOARD[2]]},
        {"columns": [BOARD[0], {**BOARD[1], "limit": 0}, BOARD[2]]},
        {"ready": [" "]},
        {"order": "loud"},
        {"large_over": 0},
        {"colour": "red"},
        {"name": ""},
    ],
)
def test_what_makes_no_sense_is_refused(cast: Cast, incident, wrong):
    with pytest.raises(Invalid):
        described(cast, incident, **wrong)
    kept = Profile.objects.get(process=incident)
    assert (kept.columns, kept.ready, kept.order) == (columns(), [], "wsjf")


def test_the_form_keeps_a_columns_slug_while_its_name_stays(cast: Cast, incident):
    dana = as_(cast.dana)
    sent = {
        "name": "Incident",
        "purpose": "",
        "goal": "",
        "customers": "",
        "suppliers": "",
        "owner": "dana@demo.example",
        "team": "",
        "service_manager": "alice@demo.example",
        "order": "hand",
        "estimates": "sizes",
        "large_over": "13",
        "stale_days": "30",
        "ready": "It has criteria\n\nIt has a size",
        "done": "Written down",
        "columns": "To do\nIn progress: 3\nLooked at: 2\nDone",
    }
    assert dana.get(f"{HOME}describe/").status_code == 200
    assert dana.post(f"{HOME}describe/", sent)["Location"] == HOME
    profile = Profile.objects.get(process=incident)
    assert profile.ready == ["It has criteria", "It has a size"]
    assert (profile.order, profile.estimates, profile.large_over) == (
        "hand",
        "sizes",
        13,
    )
    assert profile.service_manager == cast.alice
    assert [(c["slug"], c["category"], c["limit"]) for c in profile.columns] == [
        ("todo", "todo", None),
        ("doing", "doing", 3),
        ("looked-at", "doing", 2),
        ("done", "done", None),
    ]
    page = as_(cast.bob).get(f"{HOME}describe/").content.decode()
    assert "In progress: 3" in page
    assert 'name="owner"' not in page
    assert dana.post(f"{HOME}describe/", {**sent, "columns": "One"}).status_code == 422


def test_the_team_is_of_those_who_work_here_each_once(cast: Cast, incident):
    page = as_(cast.dana).get(HOME).content.decode()
    assert "Bob" in page
    for nobody in (cast.carol, cast.bob):
        with pytest.raises(Invalid):
            actions.add_member(process=incident, by=cast.dana, at=AT, user=nobody)
    member = queries.members(incident).get()
    actions.change_member(
        member=member, by=cast.dana, at=AT, days_a_week=Decimal("2.5")
    )
    actions.remove_member(member=member, by=cast.dana, at=AT)
    assert not queries.members(incident).exists()
    with pytest.raises(Forbidden):
        described(cast, incident, by=cast.bob, goal="No longer in it")


@pytest.mark.parametrize(
    ("power", "interest", "weight"),
    [
        (5, 5, "critical"),
        (4, 4, "critical"),
        (5, 3, "major"),
        (3, 4, "significant"),
        (3, 3, "minor"),
    ],
)
def test_the_map_weighs_power_and_interest(cast, incident, power, interest, weight):
    row = a_stakeholder(cast, incident, "The works council", power, interest)
    assert row.weight == weight
    page = as_(cast.bob).get(HOME).content.decode()
    assert f"Power {power} of 5, interest {interest} of 5" in page


def test_the_weightiest_stand_first(cast: Cast, incident):
    for name, power, interest in (("a", 1, 1), ("b", 3, 5), ("c", 5, 2), ("d", 4, 5)):
        a_stakeholder(cast, incident, name, power, interest)
    found = queries.stakeholders(cast.alice, incident)
    assert "".join(s.name for s in found) == "dcba"


def test_a_stakeholder_with_an_account_needs_no_name_and_is_there_once(cast, incident):
    add = {"process": incident, "by": cast.dana, "at": AT, "user": cast.carol}
    assert actions.add_stakeholder(**add).name == "Carol"
    with pytest.raises(Invalid):
        actions.add_stakeholder(**add)


def test_a_control_without_a_risk_or_an_owner_is_a_fault_to_mend(cast, incident):
    policy = a_statement(cast, incident, "policy", "Nobody decides alone")
    control = a_statement(cast, incident, "control", "Two pairs of eyes")
    assert queries.faults(control) == ["serves", "owner"]
    page = as_(cast.erin).get(HOME).content.decode()
    assert "Serves no policy and no risk yet" in page
    assert "Nobody owns it yet" in page
    given = {"policy": policy, "owner": cast.dana}
    control = actions.change_statement(statement=control, by=cast.dana, at=AT, **given)
    assert queries.faults(control) == []
    actions.remove_statement(statement=policy, by=cast.dana, at=AT)
    control.refresh_from_db()
    assert queries.faults(control) == ["serves"]


def test_policies_and_guidelines_serve_nothing(cast: Cast, incident):
    policy = a_statement(cast, incident, "policy", "Nobody decides alone")
    with pytest.raises(Invalid):
        a_statement(cast, incident, "guideline", "Write it down", policy=policy)
    other = a_statement(cast, cast.processes["change"], "policy", "Of another process")
    with pytest.raises(Invalid):
        a_statement(cast, incident, "control", "Two pairs of eyes", policy=other)


def test_aims_stand_under_each_other(cast: Cast, incident):
    metric = {"target": "90 %", "value": "81 %"}
    objective = an_aim(cast, incident, "objective", "People work again the same day")
    indicator = an_aim(
        cast, incident, "indicator", "Solved within a day", parent=objective
    )
    second = an_aim(cast, incident, "objective", "Nothing comes back")
    row = an_aim(cast, incident, "metric", "Share", parent=indicator, **metric)
    assert [a.pk for a in queries.aims(incident)] == [
        objective.pk,
        indicator.pk,
        row.pk,
        second.pk,
    ]
    assert row.measured_at == AT
    for kind, parent in (("indicator", None), ("metric", objective)):
        with pytest.raises(Invalid):
            an_aim(cast, incident, kind, "Nowhere", parent=parent)
    actions.remove_aim(aim=objective, by=cast.dana, at=AT)
    assert [a.pk for a in queries.aims(incident)] == [second.pk]


def test_a_list_is_kept_on_its_page(cast: Cast, incident):
    dana, page = as_(cast.dana), f"{HOME}stakeholders/"
    sent = {"name": "Works council", "interest": "5", "power": "4", "needs": "Plans"}
    assert dana.post(page, {**sent, "once": "k1"})["Location"] == page
    assert dana.post(page, {**sent, "once": "k1"})["Location"] == page
    row = incident.stakeholders.get()
    one = f"{page}{row.pk}/"
    assert dana.post(one, {**sent, "power": "1"})["Location"] == page
    assert incident.stakeholders.get().power == 1
    assert dana.post(one, {**sent, "name": ""}).status_code == 422
    assert b"Works council" in as_(cast.erin).get(page).content
    assert as_(cast.erin).post(page, sent).status_code == 403
    assert as_(cast.erin).get(one).status_code == 403
    assert dana.get(f"/processes/change/stakeholders/{row.pk}/").status_code == 404
    assert dana.post(one, {"remove": "1"})["Location"] == page
    assert not incident.stakeholders.exists()


@pytest.mark.parametrize("part", ["members", "stakeholders", "statements", "aims"])
def test_every_list_has_its_form_and_its_rows(cast: Cast, incident, part: str):
    a_stakeholder(cast, incident, "Works council", 4, 4)
    a_statement(cast, incident, "control", "Two pairs of eyes")
    an_aim(cast, incident, "objective", "Faster")
    dana = as_(cast.dana)
    page = dana.get(f"{HOME}{part}/").content.decode()
    row = getattr(incident, part).get()
    assert f"{HOME}{part}/{row.pk}/" in page
    assert dana.get(f"{HOME}{part}/{row.pk}/").status_code == 200
    assert dana.post(f"{HOME}{part}/", {}).status_code == 422
    assert (
        "<form"
        not in as_(cast.erin)
        .get(f"{HOME}{part}/")
        .content.decode()
        .split("<main", 1)[-1]
        .split("</main", 1)[0]
    )


def test_the_page_costs_the_same_however_much_is_said(
    cast: Cast, incident, django_assert_max_num_queries
):
    with django_assert_max_num_queries(40) as few:
        as_(cast.dana).get(HOME)
    for n in range(6):
        a_stakeholder(cast, incident, f"S{n}", 1 + n % 5, 3)
        a_statement(cast, incident, "control", f"C{n}", owner=cast.erin)
        an_aim(cast, incident, "objective", f"O{n}")
    with django_assert_max_num_queries(len(few)):
        as_(cast.dana).get(HOME)


def test_the_controls_of_the_live_version_stand_among_those_of_the_process(
    cast: Cast, incident
):
    version, controls = queries.held(incident).version, queries.held(incident).controls
    assert version == live_version(incident)
    first, last = controls[0], controls[-1]
    assert first.name == "“Start” asks for: service"
    assert first.serves.startswith("Promises, support teams and known outages")
    assert first.owner == "Incident process owner"
    assert last.name == "At most 5 each in “In progress”"
    a_statement(cast, incident, "control", "Two pairs of eyes", risk="A wrong guess")
    for user in (cast.dana, cast.erin):
        for page in (HOME, f"{HOME}statements/"):
            text = as_(user).get(page).content.decode()
            assert "Two pairs of eyes" in text
            assert f"{len(controls)} controls of version {version.number}" in text
            assert f"{HOME}versions/{version.number}/" in text
            for one in controls:
                assert f"<b>{escape(one.name)}</b>" in text
                assert escape(one.serves) in text


def test_they_are_the_released_versions_and_nobody_edits_them_here(
    cast: Cast, incident
):
    live = live_version(incident).definition
    draft = live.replace("The requester is told in words what was done", "Secret plan")
    assert draft != live
    incident.versions.create(number=99, definition=draft, created_at=AT)
    text = as_(cast.dana).get(HOME).content.decode()
    assert "Secret plan" not in text
    page = as_(cast.dana).get(f"{HOME}statements/").content.decode()
    assert f"{HOME}statements/1/" not in page
    assert queries.statements(incident) == []


def test_a_process_without_a_live_version_says_nothing_of_controls(cast: Cast):
    made = making.make_process(name="Onboarding", by=cast.dana, at=AT)
    assert queries.held(made).controls == ()
    page = as_(cast.dana).get(f"/processes/{made.slug}/")
    assert "of version" not in page.content.decode()


def test_each_control_is_named_as_people_say_it(cast: Cast):
    said = [one.name for one in queries.held(cast.processes["change"]).controls]
    assert "Approval: The change authority afterwards" in said
    assert len(said) == len(set(said))
    assert not any("_" in one or "." in one for one in said)
