"""The value stream: drawn by hand, or measured from the log and taken over."""

import re
from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.utils import timezone

from backlog.profile import actions, proposing, queries
from backlog.profile.stream import draw_stream, total
from core.errors import Forbidden, Invalid
from core.models import Event
from itsm.tickets.actions import resolve, restrict, resume, take, wait
from processes.models import Process
from tests.cast import AT, Cast
from tests.factories import an_incident, as_, later

pytestmark = pytest.mark.django_db
HOME = "/processes/incident/"

# The reference example of the Process Backlog: 352 of 5,284 minutes.
REFERENCE = [
    {"name": "Register", "process_minutes": 12, "waiting_minutes": 0},
    {"name": "Classify", "process_minutes": 10, "waiting_minutes": 240},
    {"name": "Investigate", "process_minutes": 180, "waiting_minutes": 1440},
    {"name": "Approve", "process_minutes": 30, "waiting_minutes": 2880},
    {"name": "Resolve", "process_minutes": 120, "waiting_minutes": 372},
]


@pytest.fixture
def incident(cast: Cast) -> Process:
    process = cast.processes["incident"]
    actions.add_member(process=process, by=cast.dana, at=AT, user=cast.bob)
    return process


def drawn(cast: Cast, process: Process, steps=REFERENCE, **more):
    by, at = more.get("by", cast.dana), more.get("at", AT)
    return draw_stream(process=process, by=by, at=at, steps=steps)


def test_the_reference_map_gives_6_7_per_cent(cast: Cast, incident: Process):
    found = total(drawn(cast, incident))
    assert (found.worked, found.lead) == (352, 5284)
    assert round(float(found.efficiency) * 100, 1) == 6.7
    page = as_(cast.erin).get(HOME).content.decode()
    assert "6.7 %" in page
    told = as_(cast.erin).get("/api/v1/processes/incident/stream/").json()
    assert (told["process_minutes"], told["lead_minutes"]) == (352, 5284)
    assert told["efficiency"] == pytest.approx(0.0666, abs=0.0001)


def test_nothing_that_takes_time_has_no_efficiency():
    assert total([]).efficiency is None


def test_yields_multiply_where_they_are_known():
    def step(first_pass):
        return SimpleNamespace(
            process_minutes=1, waiting_minutes=0, first_pass=first_pass
        )

    assert total([step(90), step(None), step(50)]).first_pass == 45
    assert total([step(None)]).first_pass is None
    assert total([step(0), step(90)]).first_pass == 0


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", " "),
        ("name", "x" * 121),
        ("process_minutes", -1),
        ("waiting_minutes", Decimal("1e12")),
        ("value", "fun"),
        ("first_pass", 101),
    ],
)
def test_what_cannot_be_is_named_with_its_place(cast: Cast, incident, field, value):
    wrong = [REFERENCE[0], {**REFERENCE[1], field: value}]
    with pytest.raises(Invalid) as no:
        drawn(cast, incident, wrong)
    assert list(no.value.errors) == [f"steps.2.{field}"]
    assert not incident.stream.exists()


def test_only_its_owner_and_team_draw_it(cast: Cast, incident: Process):
    drawn(cast, incident, by=cast.bob)
    for nobody in (cast.erin, cast.frank, cast.carol):
        with pytest.raises(Forbidden):
            drawn(cast, incident, [], by=nobody)
    assert incident.stream.count() == 5


def test_it_is_drawn_on_a_page_line_by_line(cast: Cast, incident: Process):
    drawn(cast, incident, REFERENCE[:2])
    dana, page = as_(cast.dana), f"{HOME}stream/"
    sent = {
        "step-TOTAL_FORMS": "5",
        "step-INITIAL_FORMS": "2",
        "step-0-name": "Register",
        "step-0-ORDER": "2",
        "step-0-process_minutes": "12",
        "step-1-name": "Classify",
        "step-1-ORDER": "1",
        "step-1-DELETE": "on",
        "step-2-name": "Triage",
        "step-2-ORDER": "1",
        "step-2-process_minutes": "3.5",
        "step-2-value": "adding",
        "step-2-first_pass": "80",
    }
    assert dana.get(page).status_code == 200
    assert dana.post(page, sent)["Location"] == f"{HOME}#stream"
    found = queries.steps(incident)
    assert [(s.name, s.process_minutes, s.value, s.first_pass) for s in found] == [
        ("Triage", Decimal("3.5"), "adding", 80),
        ("Register", 12, "necessary", None),
    ]
    answer = dana.post(page, {**sent, "step-3-process_minutes": "9"})
    assert answer.status_code == 422
    assert "has 1 to 120 characters" in answer.content.decode()
    assert dana.post(page, {**sent, "step-2-first_pass": "x"}).status_code == 422


# A ticket that Bob takes after 10 minutes, works on for 30, that waits for 60, and is
# solved after 20 more.
def history(cast: Cast, n: int = 0, waits: bool = True, start=AT, **fields):
    at = start + timedelta(minutes=n)
    ticket = an_incident(cast, at=at, service=cast.services["vpn"], **fields)
    by = {"by": cast.bob}
    take(ticket=ticket, at=at + timedelta(minutes=10), **by)
    if waits:
        wait(ticket=ticket, at=at + timedelta(minutes=40), reason="supplier", **by)
        resume(ticket=ticket, at=at + timedelta(minutes=100), **by)
    end = at + timedelta(minutes=120 if waits else 40)
    return resolve(ticket=ticket, at=end, resolution="Restarted", **by)


def by_state(proposal) -> dict:
    return {step.slug: step for step in proposal.steps}


def test_the_log_proposes_a_step_per_state(cast: Cast, incident: Process):
    for n in range(5):
        history(cast, n)
    found = proposing.propose(cast.dana, incident, at=later(500))
    assert found.measured == 5
    assert [s.slug for s in found.steps] == ["new", "in_progress", "waiting"]
    new, active, waits = found.steps
    assert (new.waiting_minutes, new.process_minutes) == (10, 0)
    assert (active.process_minutes, active.first_pass) == (50, 0)
    assert (waits.waiting_minutes, waits.first_pass) == (60, 100)
    assert total(found.usual).efficiency == Decimal(50) / 120


def test_it_is_the_median_and_says_how_many_passed(cast: Cast, incident: Process):
    for n in range(6):
        history(cast, n, waits=n < 2)
    found = by_state(proposing.propose(cast.dana, incident, at=later(500)))
    assert found["in_progress"].process_minutes == 30
    assert (found["waiting"].passed, found["waiting"].is_usual) == (2, False)
    assert (found["new"].passed, found["new"].is_usual) == (6, True)


def test_fewer_than_five_say_nothing(cast: Cast, incident: Process):
    for n in range(4):
        history(cast, n)
    assert proposing.propose(cast.dana, incident, at=later(500)) is None
    page = as_(cast.dana).get(f"{HOME}stream/propose/").content.decode()
    assert "Too little ran on this process" in page


def test_what_is_not_resolved_or_long_ago_is_not_measured(cast: Cast, incident):
    for n in range(5):
        history(cast, n)
    take(ticket=an_incident(cast, service=cast.services["vpn"]), by=cast.bob, at=AT)
    found = proposing.propose(cast.dana, incident, at=later(500))
    assert found.measured == 5
    late = later(500) + proposing.PERIOD
    assert proposing.propose(cast.dana, incident, at=late) is None
    change = cast.processes["change"]
    assert proposing.propose(cast.dana, change, at=later(500)) is None


def test_restricted_tickets_are_measured_for_those_who_see_them(cast, incident):
    for n in range(5):
        history(cast, n)
    ticket = history(cast, 9, by=cast.mallory)
    restrict(ticket=ticket, by=cast.grace, at=later(200))
    assert proposing.propose(cast.frank, incident, at=later(500)).measured == 5
    assert proposing.propose(cast.grace, incident, at=later(500)).measured == 6


def test_a_person_takes_over_what_they_saw(cast: Cast, incident: Process):
    drawn(cast, incident)
    for n in range(5):
        history(cast, n)
    seen = later(500)
    for n in range(9):
        history(cast, 600 + n, waits=False)
    rows = proposing.take_over(
        process=incident,
        by=cast.bob,
        at=later(900),
        states=["in_progress", "new"],
        as_of=seen,
    )
    assert [(s.name, s.process_minutes) for s in rows] == [
        ("New", 0),
        ("In progress", 50),
    ]
    assert {s.measured_at for s in queries.steps(incident)} == {seen}
    event = Event.objects.filter(kind="process.describe").latest("id")
    assert event.changes["steps"] == [5, 2]
    assert event.actor_id == cast.bob.pk


def test_what_is_measured_stays_so_until_its_numbers_change(cast: Cast, incident):
    for n in range(5):
        history(cast, n)
    proposing.take_over(
        process=incident, by=cast.dana, at=later(500), states=["new", "in_progress"]
    )
    names = ("name", "process_minutes", "waiting_minutes", "first_pass")
    steps = [{n: getattr(s, n) for n in names} for s in queries.steps(incident)]
    steps[1]["process_minutes"] = 40
    steps[0]["value"] = "necessary"
    rows = drawn(cast, incident, steps, at=later(600))
    assert [s.measured_at for s in rows] == [later(500), None]


def test_nothing_is_taken_that_was_not_proposed(cast: Cast, incident: Process):
    for n in range(5):
        history(cast, n)

    def taken(by=cast.dana, at=500, **more):
        given = {"states": ["new"], **more}
        proposing.take_over(process=incident, by=by, at=later(at), **given)

    for wrong in (
        {"states": []},
        {"states": ["heaven"]},
        {"as_of": later(501)},
        {"at": 5000, "as_of": later(500)},
    ):
        with pytest.raises(Invalid):
            taken(**wrong)
    with pytest.raises(Forbidden):
        taken(by=cast.erin)
    assert not incident.stream.exists()


def test_the_proposal_stands_beside_what_is_drawn(cast: Cast, incident: Process):
    drawn(cast, incident)
    dana, page = as_(cast.dana), f"{HOME}stream/propose/"
    yesterday = timezone.now() - timedelta(days=1)
    for n in range(5):
        history(cast, n, start=yesterday)
    shown = dana.get(page).content.decode()
    assert "Investigate" in shown
    assert "In progress" in shown
    as_of = re.search(r'name="as_of" value="([^"]+)"', shown)[1]
    assert as_(cast.erin).get(page).status_code == 403
    assert dana.post(page, {"as_of": as_of}).status_code == 422
    assert incident.stream.count() == 5
    sent = {"as_of": as_of, "state": ["new", "in_progress"]}
    assert dana.post(page, sent)["Location"] == f"{HOME}#stream"
    assert [s.name for s in queries.steps(incident)] == ["New", "In progress"]
