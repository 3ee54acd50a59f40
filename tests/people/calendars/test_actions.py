"""What administrators do with calendars, and what nobody can do to a version."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from core import subjects, worktime
from core.errors import Forbidden, Invalid, WrongState
from core.log import act
from core.models import Event
from people.calendars import actions, reading
from people.calendars.actions import change_calendar, create_calendar, make_default
from people.calendars.models import Calendar, CalendarVersion
from tests.cast import AT

pytestmark = pytest.mark.django_db
WEEK = {day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
BERLIN = {"time_zone": "Europe/Berlin", "hours": WEEK}
HOUR = timedelta(hours=1)


def a_calendar(cast, name="Office", **more):
    return create_calendar(by=cast.grace, at=AT, name=name, **{**BERLIN, **more})


def now(calendar):
    return reading.worktime(reading.current_version_id(calendar.pk))


class Heard(list):
    def append_all(self, *args):
        self.append(args)


def events(calendar):
    found = Event.objects.filter(subject_type="calendar", subject_id=calendar.pk)
    return list(found.order_by("id"))


def test_a_calendar_knows_the_public_holidays_from_ten_years_back_to_thirty_ahead(cast):
    calendar = a_calendar(cast, country="DE", region="BE", holidays=["2026-12-24"])
    content = calendar.versions.get().content
    free = set(content["holidays"])
    assert {"2016-01-01", "2026-03-08", "2056-12-26", "2026-12-24"} <= free
    assert "2015-12-25" not in free
    assert "2057-01-01" not in free
    assert content["own"] == ["2026-12-24"]
    easter = datetime(2026, 4, 2, 15, tzinfo=UTC)  # five on Maundy Thursday
    assert worktime.add(now(calendar), easter, HOUR) == datetime(
        2026, 4, 7, 8, tzinfo=UTC
    )


def test_a_region_has_holidays_that_its_neighbour_has_not(cast):
    bavaria = a_calendar(cast, country="DE", region="BY")
    berlin = a_calendar(cast, country="DE", region="BE")
    epiphany = date(2027, 1, 6)
    assert worktime.day_periods(now(bavaria), epiphany) == []
    assert worktime.day_periods(now(berlin), epiphany)


def test_a_change_is_a_new_version_and_the_old_one_counts_as_it_did(cast):
    calendar = a_calendar(cast)
    old = reading.current_version_id(calendar.pk)
    hours = {"mon": [["12:00", "24:00"]]}
    change_calendar(calendar=calendar, by=cast.grace, at=AT, hours=hours)
    new = reading.current_version_id(calendar.pk)
    assert new != old
    assert worktime.is_open(reading.worktime(old), AT)
    assert not worktime.is_open(reading.worktime(new), AT)
    assert events(calendar)[-1].changes["version"] == [1, 2]
    assert events(calendar)[-1].changes["hours"][1] == ["mon 12:00-24:00"]


def test_what_says_the_same_or_only_another_name_is_no_new_version(cast):
    calendar = a_calendar(cast, holidays=["2026-12-24", "2026-12-24"])
    again = {**BERLIN, "holidays": ["2026-12-24"], "name": "Head office"}
    change_calendar(calendar=calendar, by=cast.grace, at=AT, **again)
    assert calendar.versions.count() == 1
    assert Calendar.objects.get().name == "Head office"
    assert list(events(calendar)[-1].changes) == ["name"]


def test_a_version_can_be_neither_changed_nor_deleted(cast):
    a_calendar(cast)
    for write in (
        lambda rows: rows.update(content={}),
        lambda rows: rows.update(number=7),
        lambda rows: rows.delete(),
    ):
        with (
            pytest.raises(ProgrammingError, match="cannot change"),
            transaction.atomic(),
        ):
            write(CalendarVersion.objects.all())
    CalendarVersion.objects.update(made_by=None)  # whoever made it may be gone


def test_there_is_one_default_and_it_is_known_at_once(cast):
    assert reading.default_version_id() is None
    first = a_calendar(cast, is_default=True)
    assert reading.default_version_id() == reading.current_version_id(first.pk)
    second = a_calendar(cast, "Nights")
    with act():
        assert reading.default_version_id() == reading.current_version_id(first.pk)
        make_default(calendar=second, by=cast.grace, at=AT)
        assert reading.default_version_id() == reading.current_version_id(second.pk)
    assert list(Calendar.objects.filter(is_default=True)) == [second]
    with pytest.raises(IntegrityError), transaction.atomic():
        Calendar.objects.update(is_default=True)


def test_the_default_is_asked_once_in_an_action(cast, django_assert_num_queries):
    a_calendar(cast, is_default=True)
    reading.default_version_id()
    with act(), django_assert_num_queries(1):
        assert reading.default_version_id() == reading.default_version_id()


def test_a_default_calendar_cannot_be_retired_or_simply_be_none(cast):
    calendar = a_calendar(cast, is_default=True)
    with pytest.raises(WrongState, match="default one first"):
        actions.retire(calendar=calendar, by=cast.grace, at=AT)
    with pytest.raises(Invalid, match="default one instead"):
        change_calendar(calendar=calendar, by=cast.grace, at=AT, is_default=False)


def test_a_retired_calendar_is_no_default_until_it_is_back(cast):
    calendar = a_calendar(cast)
    actions.retire(calendar=calendar, by=cast.grace, at=AT)
    with pytest.raises(WrongState, match="not in use"):
        make_default(calendar=calendar, by=cast.grace, at=AT)
    both = {"is_active": True, "is_default": True}
    change_calendar(calendar=calendar, by=cast.grace, at=AT, **both)
    assert [e.kind for e in events(calendar)] == [
        *("calendar.create", "calendar.retire", "calendar.return", "calendar.default")
    ]


def test_who_listens_hears_of_new_versions_and_of_another_default(cast, monkeypatch):
    heard = Heard()
    monkeypatch.setattr(actions, "_on_change", [])
    monkeypatch.setattr(actions, "_on_default", [])
    for _twice in range(2):
        actions.on_change(heard.append_all)
    actions.on_default(heard.append_all)
    calendar = a_calendar(cast, is_default=True)
    first = reading.current_version_id(calendar.pk)
    change_calendar(calendar=calendar, by=cast.grace, at=AT, time_zone="UTC")
    second = reading.current_version_id(calendar.pk)
    assert heard == [
        (None, first, cast.grace, AT),
        (calendar, first, second, cast.grace, AT),
    ]


def test_a_failing_listener_undoes_the_change(cast, monkeypatch):
    def fails(*args):
        raise ZeroDivisionError

    monkeypatch.setattr(actions, "_on_change", [fails])
    calendar = a_calendar(cast)
    with pytest.raises(ZeroDivisionError):
        change_calendar(calendar=calendar, by=cast.grace, at=AT, time_zone="UTC")
    assert calendar.versions.count() == 1


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"name": " "}, "name"),
        ({"hours": {}}, "hours"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"country": "XX"}, "country"),
        ({"country": "DE", "region": "Texas"}, "country"),
        ({"names": {"2026-12-24": "x" * 201}}, "names"),
        ({"names": {"soon": "x"}}, "names"),
        ({"names": []}, "names"),
        ({"slug": "Head Office"}, "slug"),
        ({"slug": "new"}, "slug"),
        ({"colour": "red"}, "colour"),
        (
            {
                "holidays": [
                    f"{y}-01-{d:02}" for y in range(2000, 2080) for d in range(1, 29)
                ]
            },
            "holidays",
        ),
    ],
)
def test_an_impossible_calendar_is_not_made(cast, given, field):
    with pytest.raises(Invalid) as caught:
        a_calendar(cast, **given)
    assert list(caught.value.errors) == [field]
    assert not Calendar.objects.exists()


def test_short_names_are_free_or_made_so(cast):
    assert a_calendar(cast, slug="hq").slug == "hq"
    assert a_calendar(cast).slug == "office"
    assert a_calendar(cast).slug == "office-2"
    assert a_calendar(cast, name="New").slug == "new-calendar"
    with pytest.raises(Invalid, match="this short name"):
        a_calendar(cast, slug="hq")


def test_only_administrators_change_calendars_and_only_staff_see_them(cast):
    calendar = a_calendar(cast)
    for by in (cast.alice, cast.dana, cast.carol):
        with pytest.raises(Forbidden):
            a_calendar_by(by)
        for verb in (change_calendar, make_default, actions.retire, actions.bring_back):
            with pytest.raises(Forbidden):
                verb(calendar=calendar, by=by, at=AT)
    seen = subjects.get("calendar").visible_to
    assert seen(cast.bob).count() == 1
    assert seen(cast.carol).count() == 0


def a_calendar_by(by):
    return create_calendar(by=by, at=AT, name="Mine", **BERLIN)


def test_names_of_days_stand_in_no_event(cast):
    names = {"2026-12-24": "Zqchristmasxk"}
    calendar = a_calendar(cast, names=names, holidays=["2026-12-24"])
    change_calendar(calendar=calendar, by=cast.grace, at=AT, holidays=[], names=names)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM core_event WHERE changes::text ~ 'Zqch'")
        assert cursor.fetchone() == (0,)
