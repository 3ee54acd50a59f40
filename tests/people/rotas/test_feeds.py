"""Shifts as calendars: read back by the same library that phones' servers use."""

from datetime import timedelta

import pytest
from django.test import Client
from icalendar import Calendar

from people.models import DutyLink, RotaLayer
from people.rotas import absence_actions, feeds, swap_actions
from tests.factories import as_
from tests.people.rotas.rotas import a_rota, a_spec, utc

pytestmark = pytest.mark.django_db
NOW = utc("2026-03-20T12:00")


def entries(content: bytes) -> list:
    calendar = Calendar.from_ical(content)
    return list(calendar.walk("VEVENT"))


def test_the_times_are_instants_over_a_clock_change(cast):
    rota = a_rota(cast)
    found = entries(feeds.of_rota(rota, NOW))
    spring = next(e for e in found if e["dtstart"].dt == utc("2026-03-23T08:00"))
    assert spring["dtend"].dt == utc("2026-03-30T07:00")
    assert all(e["dtstart"].dt.tzinfo is not None for e in found)
    raw = feeds.of_rota(rota, NOW).decode()
    assert "DTSTART:20260323T080000Z" in raw
    assert "\r\n" in raw


def test_a_year_ahead_and_three_months_back(cast):
    found = entries(feeds.of_rota(a_rota(cast), NOW))
    starts = sorted(e["dtstart"].dt for e in found)
    ends = sorted(e["dtend"].dt for e in found)
    assert starts[0] == utc("2026-01-05T08:00")  # the rota began then
    assert NOW + timedelta(days=358) < starts[-1] < NOW + timedelta(days=365)
    later = entries(feeds.of_rota(feeds.Rota.objects.get(), utc("2026-12-01T00:00")))
    first = min(e["dtend"].dt for e in later)
    assert utc("2026-12-01T00:00") - timedelta(days=90) < first
    assert ends == sorted(set(ends))


def test_an_entry_keeps_its_name_when_the_turn_changes_hands(cast):
    rota = a_rota(cast)

    def uids():
        return {
            str(e["uid"]): str(e["summary"]) for e in entries(feeds.of_rota(rota, NOW))
        }

    before = uids()
    assert len(before) == len(entries(feeds.of_rota(rota, NOW)))
    layer = RotaLayer.objects.get().pk
    swap_actions.propose_swap(
        rota=rota, by=cast.alice, at=NOW, one=(layer, 12), other=(layer, 13)
    )
    after = uids()
    assert after.keys() == before.keys()
    assert sum(after[uid] != before[uid] for uid in before) == 2


def test_ones_own_shifts_and_nobody_elses(cast):
    a_rota(cast)
    a_rota(cast, a_spec(cast.bob), a_spec(cast.erin), team="network", name="Network")
    found = entries(feeds.of_person(cast.bob, NOW))
    assert {str(e["summary"]) for e in found} == {
        "On duty: Desk duty, First",
        "On duty: Network, First",
    }


def test_no_text_that_somebody_wrote_is_in_it(cast):
    rota = a_rota(cast, note="The safe: 4711")
    absence_actions.add_absence(
        user=cast.bob,
        by=cast.bob,
        at=NOW,
        starts_at=NOW,
        ends_at=NOW + timedelta(days=30),
        cover=cast.alice,
        note="Knee surgery",
    )
    raw = (feeds.of_rota(rota, NOW) + feeds.of_person(cast.alice, NOW)).decode()
    assert "covers Bob" in raw
    assert "4711" not in raw
    assert "surgery" not in raw


def secret_of(answer) -> str:
    return answer.content.decode().split("/duty/")[1].split(".ics")[0]


@pytest.mark.parametrize(
    ("address", "data"),
    [("/account/", {"what": "duty-link"}), ("/settings/rotas/desk-duty/link/", {})],
)
def test_a_secret_address_is_shown_once_renewed_and_revoked(cast, address, data):
    a_rota(cast)
    bob, anybody = as_(cast.bob), Client()
    first = secret_of(bob.post(address, data))
    answer = anybody.get(f"/duty/{first}.ics")
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert entries(answer.content)
    assert first not in bob.get("/account/").content.decode()
    assert not DutyLink.objects.filter(digest=first).exists()  # only its hash
    second = secret_of(bob.post(address, data))
    assert anybody.get(f"/duty/{first}.ics").status_code == 404
    assert anybody.get(f"/duty/{second}.ics").status_code == 200
    assert bob.post(address, {**data, "revoke": "1"}).status_code == 302
    assert anybody.get(f"/duty/{second}.ics").status_code == 404
    assert anybody.get("/duty/x.ics").status_code == 404


def test_an_address_ends_with_the_access_of_its_person(cast):
    secret = absence_actions.make_link(user=cast.bob, by=cast.bob, at=NOW)
    assert feeds.by_secret(secret, NOW) is not None
    cast.bob.is_active = False
    cast.bob.save()
    assert feeds.by_secret(secret, NOW) is None


def test_it_speaks_the_language_of_its_person(cast):
    cast.bob.language = "de"
    cast.bob.save()
    a_rota(cast)
    secret = absence_actions.make_link(user=cast.bob, by=cast.bob, at=NOW)
    assert "Dienst: Bob" in feeds.by_secret(secret, NOW).decode()


def test_both_can_be_downloaded(cast):
    a_rota(cast)
    for address in ("/account/duty.ics", "/settings/rotas/desk-duty/rota.ics"):
        answer = as_(cast.bob).get(address)
        assert answer["Content-Type"].startswith("text/calendar")
        assert answer["Content-Disposition"].startswith("attachment")
        assert entries(answer.content)
        assert as_(cast.carol).get(address).status_code == 403
