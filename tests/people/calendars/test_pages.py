"""The pages of calendars: made, changed, looked at, and asked."""

from datetime import date

import pytest
from django.utils.translation import override

from core import slots
from people.calendars import views
from people.calendars.actions import create_calendar
from people.calendars.models import Calendar, CalendarVersion
from tests.cast import AT

pytestmark = pytest.mark.django_db
WEEK = {day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
TYPED = {
    "name": "Office",
    "time_zone": "Europe/Berlin",
    **dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), "09:00-12:00, 13:00-17:00"),
    "sat": "22:00-07:00",
    "place": "DE-BE",
    "days": "2026-12-24 09:00-12:00 Christmas Eve\n2026-12-31 Stocktaking",
    "breaks": "2026-12-22 10:00-11:30",
    "is_default": "on",
}


@pytest.fixture
def grace(cast, client):
    client.force_login(cast.grace)
    return client


@pytest.fixture
def office(cast):
    return create_calendar(
        by=cast.grace,
        at=AT,
        name="Office",
        time_zone="Europe/Berlin",
        hours=WEEK,
        country="DE",
        region="BE",
        names={"2026-12-24": "Christmas Eve"},
        overrides={"2026-12-24": [["09:00", "12:00"]]},
    )


def page(client, address):
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def test_what_is_typed_makes_a_calendar_and_comes_back_as_it_was_typed(grace):
    answer = grace.post("/settings/calendars/new/", TYPED)
    assert answer["Location"] == "/settings/calendars/office/"
    content = CalendarVersion.objects.get().content
    assert content["hours"]["mon"] == [["09:00", "12:00"], ["13:00", "17:00"]]
    assert content["hours"]["sat"] == [["22:00", "31:00"]]
    assert "sun" not in content["hours"]
    assert content["own"] == ["2026-12-31"]
    assert (content["country"], content["region"]) == ("DE", "BE")
    assert Calendar.objects.get().is_default
    form = page(grace, "/settings/calendars/office/edit/")
    for typed in ("09:00-12:00, 13:00-17:00", "22:00-07:00", TYPED["breaks"]):
        assert typed in form
    assert "2026-12-24 09:00-12:00 Christmas Eve" in form
    assert '<option value="DE-BE" selected>' in form


def test_saving_what_is_there_makes_no_new_version(grace):
    grace.post("/settings/calendars/new/", TYPED)
    grace.post("/settings/calendars/office/edit/", TYPED)
    assert CalendarVersion.objects.count() == 1
    grace.post("/settings/calendars/office/edit/", {**TYPED, "sun": "8-12"})
    assert CalendarVersion.objects.count() == 2


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"tue": "mornings"}, "“mornings” are no hours"),
        ({"days": "Christmas"}, "Line 1: “Christmas” does not begin with a day"),
        ({"days": "2026-12-25 9-12"}, "2026-12-25 is a public holiday (Christmas Day)"),
        ({"breaks": "2026-12-22"}, "Line 1: say from when till when."),
        ({"mon": "9-12, 11-13"}, "mon: 09:00–12:00 and 11:00–13:00 overlap."),
        ({"days": "1066-10-14 Hastings"}, "1066-10-14 is not from 1970 to 2099."),
    ],
)
def test_mistakes_are_told_where_they_are_and_nothing_typed_is_lost(grace, more, says):
    answer = grace.post("/settings/calendars/new/", {**TYPED, **more})
    text = answer.content.decode()
    assert answer.status_code == 422
    assert says in text
    for typed in {**TYPED, **more}.values():
        assert typed.splitlines()[0] in text
    assert not Calendar.objects.exists()


def test_a_week_without_hours_is_refused_with_a_sentence(grace):
    week = dict.fromkeys(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), "")
    bare = {**TYPED, **week, "days": ""}
    answer = grace.post("/settings/calendars/new/", bare)
    assert answer.status_code == 422
    assert "Nobody would ever work" in answer.content.decode()


def test_a_year_shows_its_days_in_words(grace, office):
    text = page(grace, "/settings/calendars/office/?year=2026")
    assert "Fri 25 Dec 2026" in text
    assert "Christmas Day" in text
    assert "Christmas Eve" in text
    assert "09:00-12:00" in text
    assert "Mon to Fri 09:00-17:00" in text
    assert "Berlin, Germany" in text
    assert text.count("<table") == 12
    assert "254 working days" in text  # 261 weekdays, seven of them holidays
    assert "?year=2025" in text
    assert "?year=2027" in text


def test_years_that_are_none_are_this_year(grace, office):
    this = f">{date.today().year}</h3>"
    for year in ("x", "0", "99999", "1066", "²026"):
        assert this in page(grace, f"/settings/calendars/office/?year={year}")
    assert "year=1969" not in page(grace, "/settings/calendars/office/?year=1970")
    assert "year=2100" not in page(grace, "/settings/calendars/office/?year=2099")


@pytest.mark.parametrize(
    ("takes", "says"),
    [
        ("4 h", "Due Mon 9 Mar 2026, 12:50"),
        ("10 min", "Due Fri 6 Mar 2026, 17:00"),
        ("2 days", "Due Tue 10 Mar 2026, 16:50"),
        ("soon", "Write how long like 30 min, 4 h or 2 days."),
    ],
)
def test_a_question_what_if_is_answered(cast, client, office, takes, says):
    client.force_login(cast.bob)
    address = "/settings/calendars/office/?start=2026-03-06T16:50&takes="
    text = page(client, address + takes)
    assert says in text
    assert f'value="{takes}"' in text
    assert 'value="2026-03-06T16:50"' in text


def test_the_way_to_an_answer_is_told_step_by_step(grace, office):
    asked = "?start=2026-03-06T16:50&takes=4 h"
    text = page(grace, f"/settings/calendars/office/{asked}")
    assert "Fri 6 Mar 2026, 16:50–17:00" in text
    assert "Mon 9 Mar 2026, 09:00–12:50" in text


@pytest.mark.parametrize(
    "start", ["", "Friday", "9999-12-31T23:59", "0001-01-01T00:00"]
)
def test_a_start_that_is_none_is_said_so(grace, office, start):
    text = page(grace, f"/settings/calendars/office/?start={start}&takes=4 h")
    assert 'class="fault"' in text
    assert "Due " not in text


def test_who_counts_by_it_is_told_by_other_rooms(grace, office, monkeypatch):
    monkeypatch.setattr(slots, "_slots", dict(slots._slots))
    assert "Nobody yet." in page(grace, "/settings/calendars/office/")
    line = {"title": "Gold for Acme", "url": "/x/", "note": "P1 to P5"}
    slots.fill(views.USED_BY, "agreements", lambda row: [line])
    assert "Gold for Acme" in page(grace, "/settings/calendars/office/")


def test_one_is_made_the_default_and_another_taken_out_of_use(grace, office):
    base = "/settings/calendars/office"
    grace.post(f"{base}/retire/")
    assert "Not in use" in page(grace, "/settings/calendars/")
    grace.post(f"{base}/return/")
    grace.post(f"{base}/default/")
    assert Calendar.objects.get().is_default
    assert grace.post(f"{base}/retire/").status_code == 409
    assert grace.post(f"{base}/burn/").status_code == 404
    assert grace.get(f"{base}/default/").status_code == 302


def test_staff_read_and_only_administrators_change(cast, client, office):
    client.force_login(cast.bob)
    assert "Edit" not in page(client, "/settings/calendars/office/").split("<main")[1]
    assert client.get("/settings/calendars/office/edit/").status_code == 403
    assert client.get("/settings/calendars/new/").status_code == 403
    assert client.post("/settings/calendars/office/retire/").status_code == 403
    client.force_login(cast.carol)
    assert client.get("/settings/calendars/office/").status_code == 403
    client.force_login(cast.grace)
    assert client.get("/settings/calendars/nowhere/").status_code == 404


def test_a_year_costs_the_same_however_much_differs(
    grace, office, django_assert_max_num_queries
):
    page(grace, "/settings/calendars/office/")
    with django_assert_max_num_queries(12):
        page(grace, "/settings/calendars/office/?year=2026")


def test_holidays_are_called_as_the_reader_speaks(cast, grace, office):
    cast.grace.language = "de"
    cast.grace.save()
    text = page(grace, "/settings/calendars/office/?year=2026")
    assert "Karfreitag" in text
    assert "Good Friday" not in text
    with override("de"):
        assert "Berlin, Deutschland" in text
