"""When freezes hold: repeats, time zones, clock changes, and until when one waits."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from itsm.changes.calendar import queries
from itsm.changes.calendar.freezing import Held, Rule, held, over
from itsm.changes.models import Freeze
from tests.cast import AT

BERLIN = ZoneInfo("Europe/Berlin")


def rule(start, end, repeat="", zone=BERLIN, **more):
    begin, finish = (
        datetime.fromisoformat(one).replace(tzinfo=zone) for one in (start, end)
    )
    return Rule(1, "Month end", begin, finish, zone, repeat, **more)


def spans(rule_, start, end):
    bounds = (datetime.fromisoformat(one).replace(tzinfo=UTC) for one in (start, end))
    return [
        tuple(f"{at.astimezone(rule_.zone):%Y-%m-%d %H:%M}" for at in (h.start, h.end))
        for h in held([rule_], *bounds)
    ]


def test_a_freeze_without_repeats_holds_once():
    shop = rule("2026-11-20T00:00", "2027-01-02T00:00")
    assert len(spans(shop, "2026-01-01", "2036-01-01")) == 1
    assert spans(shop, "2027-01-02", "2036-01-01") == []


def test_a_yearly_freeze_over_new_year_comes_every_year_and_stops():
    shop = rule(
        "2025-11-20T00:00", "2026-01-02T00:00", "yearly", until=date(2027, 11, 20)
    )
    assert spans(shop, "2026-01-01", "2036-01-01") == [
        ("2025-11-20 00:00", "2026-01-02 00:00"),
        ("2026-11-20 00:00", "2027-01-02 00:00"),
        ("2027-11-20 00:00", "2028-01-02 00:00"),
    ]


def test_a_month_end_is_counted_from_the_end_of_each_month():
    erp = rule("2026-01-30T18:00", "2026-02-02T06:00", "month_end")
    assert spans(erp, "2026-02-20", "2026-05-04") == [
        ("2026-02-27 18:00", "2026-03-02 06:00"),
        ("2026-03-30 18:00", "2026-04-02 06:00"),
        ("2026-04-29 18:00", "2026-05-02 06:00"),
    ]
    leap = spans(erp, "2028-02-20", "2028-03-20")
    assert leap == [("2028-02-28 18:00", "2028-03-02 06:00")]


def test_a_day_that_a_month_lacks_is_its_last():
    monthly = rule("2026-01-31T08:00", "2026-01-31T12:00", "monthly")
    days = [start[:10] for start, _end in spans(monthly, "2026-02-01", "2026-05-30")]
    assert days == ["2026-02-28", "2026-03-31", "2026-04-30"]
    leap_day = rule("2028-02-29T08:00", "2028-02-29T12:00", "yearly")
    days = [start[:10] for start, _end in spans(leap_day, "2029-01-01", "2033-01-01")]
    assert days == ["2029-02-28", "2030-02-28", "2031-02-28", "2032-02-29"]


def test_the_clock_on_the_wall_counts_when_the_clocks_change():
    night = rule("2026-02-28T22:00", "2026-03-01T06:00", "month_end")
    october = held([night], *(datetime(2026, m, 15, tzinfo=UTC) for m in (10, 11)))
    march = held([night], *(datetime(2026, m, 15, tzinfo=UTC) for m in (3, 4)))
    assert (october[0].start.hour, march[0].start.hour) == (21, 20)  # UTC


def test_a_time_left_out_is_the_moment_after_and_one_that_comes_twice_holds_to_both():
    spring = rule("2026-01-29T01:00", "2026-01-29T02:30", "monthly")
    (found,) = held(
        [spring], datetime(2026, 3, 28, tzinfo=UTC), datetime(2026, 3, 30, tzinfo=UTC)
    )
    assert (found.start, found.end) == (
        datetime(2026, 3, 29, 0, tzinfo=UTC),
        datetime(2026, 3, 29, 1, tzinfo=UTC),
    )
    autumn = rule("2026-01-25T01:30", "2026-01-25T02:30", "monthly")
    (found,) = held(
        [autumn], datetime(2026, 10, 24, tzinfo=UTC), datetime(2026, 10, 26, tzinfo=UTC)
    )
    assert (found.start, found.end) == (
        datetime(2026, 10, 24, 23, 30, tzinfo=UTC),
        datetime(2026, 10, 25, 1, 30, tzinfo=UTC),
    )


def test_what_waits_is_not_sent_from_one_freeze_into_the_next():
    hour = timedelta(hours=1)
    any_rule = rule("2026-01-01T00:00", "2026-01-02T00:00")
    times = [Held(any_rule, AT, AT + hour), Held(any_rule, AT + hour, AT + 3 * hour)]
    times.append(Held(any_rule, AT + 4 * hour, AT + 5 * hour))
    assert over(times, AT, AT) == AT + 3 * hour
    assert over(times, AT, AT + hour) == AT + 3 * hour
    assert over(times, AT, AT + 2 * hour) == AT + 5 * hour
    assert over(times, AT - hour, AT) is None
    assert over(times, AT + 3 * hour, AT + 3 * hour) is None


def freeze(cast, services=(), **fields):
    values = {
        "name": "Month end",
        "starts_at": AT,
        "ends_at": AT + timedelta(days=2),
        "time_zone": "Europe/Berlin",
        "by": cast.grace,
        "created_at": AT,
    }
    row = Freeze.objects.create(**(values | fields))
    row.services.set(services)
    return row


def test_a_freeze_holds_for_its_services_and_models(cast):
    vpn, mail = cast.services["vpn"], cast.services["e-mail"]
    row = freeze(cast, [vpn], allows=["emergency"])
    found = queries.freeze_at(vpn, "normal", AT, AT)
    assert (found.until, found.name, found.freeze) == (row.ends_at, row.name, row.pk)
    assert queries.freeze_at(vpn, "emergency", AT, AT) is None
    assert queries.freeze_at(mail, "normal", AT, AT) is None
    assert queries.freeze_at(None, "normal", AT, AT) is None
    assert queries.freeze_at(vpn, "normal", row.ends_at, row.ends_at) is None


def test_a_freeze_of_no_service_holds_for_all(cast):
    freeze(cast)
    for service in (cast.services["vpn"], None):
        assert queries.freeze_at(service, "standard", AT, AT) is not None


def test_the_earliest_free_window_is_after_the_freeze(cast):
    row = freeze(cast)
    hour = timedelta(hours=1)
    found = queries.earliest_free(cast.services["vpn"], hour, None, AT, user=cast.alice)
    assert found == (row.ends_at, row.ends_at + hour)
    long = timedelta(days=400)
    assert queries.earliest_free(None, long, None, AT, user=cast.alice) is None
