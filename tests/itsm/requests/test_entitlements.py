"""What people hold: given by orders, warned of, ended, and confirmed by the owner."""

from datetime import timedelta

import pytest
from django.test import Client

from core.errors import Forbidden, WrongState
from core.models import Event
from itsm.requests.entitlements import giving, reviewing, sweep, trainings
from itsm.requests.models import Course, Entitlement
from itsm.tickets import actions
from notify import hearing
from tests.cast import AT
from tests.factories import a_token, as_, later
from tests.itsm.requests.steps import an_offering, ordered

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def given(cast, service="vpn", person=None, role="user", **more):
    common = {"service": cast.services[service], "role": role, "by": None, "at": AT}
    return giving.give(person=person or cast.carol, **common | more)


def told(kind):
    return Event.objects.filter(kind=kind)


def heard(kind):
    """Who hears of the newest event of a kind."""
    event = told(kind).order_by("-pk").first()
    return {one.person.user_id for one in hearing.of([event])}


def fulfilled(cast, offering, minutes):
    ticket = ordered(cast, offering, at=later(minutes))
    actions.take(ticket=ticket, by=cast.bob, at=later(minutes))
    return actions.resolve(
        ticket=ticket, by=cast.bob, at=later(minutes), resolution="There."
    )


def test_a_fulfilled_order_gives_what_it_promises_until_when(cast):
    vpn = cast.services["vpn"]
    offering = an_offering(
        "Remote", gives_service=vpn, gives_role="user", gives_for=90 * DAY
    )
    ticket = fulfilled(cast, offering, 1)
    held = Entitlement.objects.get()
    assert (held.person, held.service, held.role) == (cast.carol, vpn, "user")
    assert (held.ticket, held.offering) == (ticket, offering)
    assert held.expires_at == later(1) + 90 * DAY
    assert held.confirm_by == later(1) + giving.HALF_YEAR
    again = fulfilled(cast, offering, 100)
    held.refresh_from_db()
    assert held.expires_at == later(100) + 90 * DAY
    assert held.ticket == again
    assert told("entitlement.renew").count() == 1


def test_an_order_that_is_cancelled_gives_nothing(cast):
    offering = an_offering("Remote", gives_service=cast.services["vpn"])
    ticket = ordered(cast, offering)
    actions.cancel(ticket=ticket, by=cast.carol, at=later(1), comment="No.")
    assert not Entitlement.objects.exists()


def test_it_warns_two_weeks_before_and_ends_on_its_day_once(cast):
    held = given(cast, lasts=30 * DAY)
    assert sweep.sweep(at=AT + 15 * DAY) == 0
    assert sweep.sweep(at=AT + 17 * DAY) == 1
    assert sweep.sweep(at=AT + 18 * DAY) == 0
    assert heard("entitlement.expiring") == {cast.carol.pk}
    assert sweep.sweep(at=AT + 30 * DAY) == 1
    held.refresh_from_db()
    assert (held.ended_why, held.ended_at) == ("expired", AT + 30 * DAY)
    assert heard("entitlement.end") == {cast.carol.pk, cast.erin.pk}


def test_the_owner_is_asked_once_for_all_and_nothing_ends_by_itself(cast):
    given(cast)
    given(cast, person=cast.mallory)
    assert sweep.sweep(at=AT + 160 * DAY) == 2
    (event,) = told("entitlement.asked")
    assert event.changes["count"] == [None, 2]
    assert heard("entitlement.asked") == {cast.erin.pk}
    assert sweep.sweep(at=AT + 183 * DAY) == 2
    assert sweep.sweep(at=AT + 300 * DAY) == 0
    assert heard("entitlement.unconfirmed") == {cast.erin.pk, cast.grace.pk}
    assert Entitlement.objects.filter(ended_at=None).count() == 2


def test_the_owner_keeps_and_ends_and_keeps_the_rest(cast):
    one, two, three = (
        given(cast, person=p) for p in (cast.carol, cast.mallory, cast.bob)
    )
    other = given(cast, "printing")
    when = AT + 170 * DAY
    done = reviewing.review(decisions={one.pk: "end"}, by=cast.erin, at=when)
    assert (done.kept, done.ended) == (0, 1)
    done = reviewing.review(
        decisions={two.pk: "keep"}, by=cast.erin, at=when, rest=True
    )
    assert done.kept == 2
    for held in (one, two, three, other):
        held.refresh_from_db()
    assert one.ended_why == "owner"
    assert two.confirm_by == when + giving.HALF_YEAR
    assert (three.confirmed_by, three.confirmed_at) == (cast.erin, when)
    assert other.confirmed_at is None


def test_only_the_owner_and_administrators_decide(cast):
    held = given(cast)
    for person in (cast.bob, cast.carol, cast.frank):
        with pytest.raises(Forbidden):
            giving.confirm(entitlement=held, by=person, at=later(1))
        with pytest.raises(Forbidden):
            giving.end(entitlement=held, by=person, at=later(1))
    giving.end(entitlement=held, by=cast.grace, at=later(1))
    with pytest.raises(WrongState):
        giving.confirm(entitlement=held, by=cast.erin, at=later(2))


def test_the_page_confirms_in_one_form(cast):
    long_ago = {"at": AT - 400 * DAY}
    one = given(cast, **long_ago)
    two = given(cast, person=cast.mallory, **long_ago)
    erin = as_(cast.erin)
    page = erin.get("/entitlements/confirm/").content.decode()
    assert "Mallory" in page
    assert 'data-rowkey="y"' in page
    erin.post("/entitlements/confirm/", {f"e-{one.pk}": "end", "rest": "1"})
    one.refresh_from_db()
    two.refresh_from_db()
    assert (one.ended_why, two.confirmed_by) == ("owner", cast.erin)
    assert "Mallory" not in erin.get("/entitlements/confirm/").content.decode()
    bob = as_(cast.bob)
    bob.post("/entitlements/confirm/", {f"e-{two.pk}": "end"})
    two.refresh_from_db()
    assert two.ended_at is None


def test_people_see_what_they_hold_and_not_what_others_do(cast):
    given(cast)
    mine = as_(cast.carol).get("/entitlements/").content.decode()
    assert "VPN" in mine
    peek = {"person": "carol@demo.example"}
    others = as_(cast.mallory).get("/entitlements/", peek).content.decode()
    assert "VPN" not in others
    staff = as_(cast.bob).get("/entitlements/", peek).content.decode()
    assert "VPN" in staff
    by_service = as_(cast.bob).get("/entitlements/?service=vpn").content.decode()
    assert "Carol" in by_service


def test_rest_lists_grants_confirms_and_ends(cast):
    def ask(person, method, path, body=None):
        headers = {"Authorization": f"Bearer {a_token(person)}"}
        send = getattr(Client(), method)
        more = {} if method == "get" else {"content_type": "application/json"}
        return send(f"/api/v1/{path}", body or {}, headers=headers, **more)

    wish = {"person": "carol@demo.example", "service": "vpn", "role": "user"}
    assert ask(cast.bob, "post", "entitlements/", wish).status_code == 403
    made = ask(cast.grace, "post", "entitlements/", {**wish, "lasts": "P30D"})
    assert made.status_code == 201
    pk = made.json()["id"]
    assert ask(cast.carol, "get", "entitlements/").json()["results"][0]["id"] == pk
    assert ask(cast.mallory, "get", f"entitlements/{pk}/").status_code == 404
    running = ask(cast.bob, "get", "entitlements/?state=running&service=vpn").json()
    assert [one["person"] for one in running["results"]] == ["carol@demo.example"]
    assert ask(cast.bob, "post", f"entitlements/{pk}/confirm/").status_code == 403
    assert ask(cast.erin, "post", f"entitlements/{pk}/confirm/").json()["confirmed_by"]
    assert ask(cast.erin, "post", f"entitlements/{pk}/end/").json()["ended_why"]
    assert ask(cast.erin, "post", f"entitlements/{pk}/end/").status_code == 409


def test_courses_and_trainings_on_pages_and_over_rest(cast):
    grace = as_(cast.grace)
    made = {"name": "Safe remote work", "where": "Portal", "lasts": "30"}
    grace.post("/settings/courses/new/", made)
    course = Course.objects.get()
    assert course.lasts == 30 * DAY
    form = {"person": "carol@demo.example", "course": course.pk}
    grace.post("/settings/trainings/", {**form, "done_at": "2026-03-01"})
    assert "Carol" in as_(cast.bob).get("/settings/trainings/").content.decode()
    bob = {"Authorization": f"Bearer {a_token(cast.bob)}"}
    body = {"person": "mallory@demo.example", "course": course.slug}
    sent = {"headers": bob, "content_type": "application/json"}
    assert Client().post("/api/v1/trainings/", body, **sent).status_code == 201
    mallory = {"Authorization": f"Bearer {a_token(cast.mallory)}"}
    seen = Client().get("/api/v1/trainings/", headers=mallory).json()["results"]
    assert [one["person"] for one in seen] == ["mallory@demo.example"]
    with pytest.raises(Forbidden):
        trainings.create_course(by=cast.bob, at=AT, name="Mine")
