"""The calendar at a secret address: what its owner may see, and no longer than that."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from icalendar import Calendar

from itsm.changes.calendar import link_actions
from itsm.changes.calendar.models import CalendarLink
from itsm.changes.models import Change
from tests.cast import AT
from tests.factories import as_, rows
from tests.itsm.checks import forbidden

HOUR = timedelta(hours=1)


@pytest.fixture
def plan(cast):
    """Plans a change of the VPN for tomorrow."""

    def made(start=1.0, **fields):
        about = {"service": cast.services["vpn"], "title": "Firmware"} | fields
        (ticket,) = rows(cast, 1, type="change", **about)
        begin = timezone.now() + (24 + start) * HOUR
        Change.objects.create(
            ticket=ticket, window_start=begin, window_end=begin + 2 * HOUR
        )
        return ticket

    return made


def address(user):
    return f"/changes/calendar/{link_actions.make_link(user=user, by=user, at=AT)}.ics"


def events(url):
    answer = Client().get(url)
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/calendar")
    return list(Calendar.from_ical(answer.content).walk("VEVENT"))


def test_a_calendar_program_reads_the_changes_and_what_they_collide_with(cast, plan):
    one, other = plan(), plan(2, state="draft", state_category="new")
    told = {str(event["summary"]): event for event in events(address(cast.alice))}
    mine = told[f"{one.number} Firmware"]
    assert f"Collides with {other.number}: both on VPN" in str(mine["description"])
    assert str(mine["url"]).endswith(f"/changes/{one.number}/")
    assert str(told[f"{other.number} Firmware"]["status"]) == "TENTATIVE"


def test_it_holds_what_its_owner_may_see_and_no_more(cast, plan):
    secret = plan(restricted=True, owner=cast.erin)
    assert events(address(cast.alice)) == []
    (seen,) = events(address(cast.erin))
    assert secret.number in str(seen["summary"])


def test_it_is_narrowed_as_its_address_says(cast, plan):
    plan()
    url = address(cast.alice)
    assert len(events(f"{url}?service=vpn")) == 1
    assert events(f"{url}?service=printing") == []


def test_a_new_address_ends_the_old_one_and_a_revoked_one_answers_nothing(cast):
    old = address(cast.alice)
    new = address(cast.alice)
    assert Client().get(old).status_code == 404
    assert Client().get(new).status_code == 200
    as_(cast.alice).post("/changes/calendar/link/", {"revoke": "1"})
    assert Client().get(new).status_code == 404
    assert not CalendarLink.objects.exists()


def test_whoever_left_or_works_here_no_longer_reads_nothing(cast):
    url = address(cast.bob)
    cast.bob.roles = []
    cast.bob.save()
    assert Client().get(url).status_code == 404


def test_the_page_shows_the_address_once(cast):
    client = as_(cast.alice)
    shown = client.post("/changes/calendar/link/", {"service": "vpn"})
    assert shown["Cache-Control"] == "no-store"
    html = shown.content.decode()
    assert ".ics?service=vpn</code>" in html
    assert ".ics" not in client.get("/changes/calendar/").content.decode()


def test_nobody_makes_one_for_somebody_else(cast):
    with forbidden():
        link_actions.make_link(user=cast.alice, by=cast.bob, at=AT)
    with forbidden():
        link_actions.make_link(user=cast.carol, by=cast.carol, at=AT)
    assert as_(cast.carol).post("/changes/calendar/link/").status_code == 403
