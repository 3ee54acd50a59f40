"""Hours and days as people type them, both ways."""

from datetime import timedelta

import pytest

from people.calendars import lines


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("09:00-17:00", [["09:00", "17:00"]]),
        ("9-12, 13 to 17", [["09:00", "12:00"], ["13:00", "17:00"]]),
        ("9.30 – 12.00; 13–17", [["09:30", "12:00"], ["13:00", "17:00"]]),
        ("9 bis 17", [["09:00", "17:00"]]),
        ("22:00-07:00", [["22:00", "31:00"]]),
        ("00:00-00:00", [["00:00", "24:00"]]),
        ("00:00-24:00", [["00:00", "24:00"]]),
        ("24 h", [["00:00", "24:00"]]),
        ("24h", [["00:00", "24:00"]]),
        ("24 Stunden", [["00:00", "24:00"]]),
        ("", []),
        ("closed", []),
        ("geschlossen", []),
        ("-", []),
    ],
)
def test_hours_are_read(text, hours):
    assert lines.read_hours(text) == hours


@pytest.mark.parametrize("text", ["mornings", "9:00", "9-17 x", "25-26", "9:75-10"])
def test_what_are_no_hours_is_said_so(text):
    with pytest.raises(ValueError, match="are no"):
        lines.read_hours(text)


@pytest.mark.parametrize(
    "text", ["09:00-12:00, 13:00-17:00", "22:00-07:00", "24 h", "", "00:00-24:00, 9-9"]
)
def test_hours_are_written_as_they_are_typed(text):
    hours = lines.read_hours(text)
    assert lines.read_hours(lines.say_hours(hours)) == hours
    if "," not in text:
        assert lines.say_hours(hours) == text


DAYS = """2026-12-24 09:00-12:00 Christmas Eve
2026-12-26 closed
2026-12-27 24 h Inventory
2026-12-31 Stocktaking
2027-01-04"""


def test_days_that_differ_are_read_and_written_alike():
    found = lines.read_days(DAYS + "\n\n")
    assert found.holidays == ["2026-12-31", "2027-01-04"]
    assert found.overrides == {
        "2026-12-24": [["09:00", "12:00"]],
        "2026-12-26": [],
        "2026-12-27": [["00:00", "24:00"]],
    }
    assert found.names == {
        "2026-12-24": "Christmas Eve",
        "2026-12-27": "Inventory",
        "2026-12-31": "Stocktaking",
    }
    assert lines.say_days(*found) == DAYS
    assert lines.read_days("24.12.2026 9-12 Heiligabend").overrides == {
        "2026-12-24": [["09:00", "12:00"]]
    }


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("2026-12-24\nChristmas", "Line 2: “Christmas” does not begin with a day"),
        ("2026-02-30 x", "Line 1: “2026-02-30 x” does not begin"),
        ("2026-12-24 x\n2026-12-24 y", "Line 2: 2026-12-24 is there twice"),
        ("2026-12-24 9:75-10 x", "Line 1: “9:75-10” are no times"),
    ],
)
def test_a_wrong_line_is_named(text, says):
    with pytest.raises(ValueError, match=says):
        lines.read_days(text)


def test_breaks_need_times_and_may_be_several_on_a_day():
    text = "2026-12-22 10:00-11:30\n2026-12-22 14-15"
    found = lines.read_breaks(text)
    assert found == {"2026-12-22": [["10:00", "11:30"], ["14:00", "15:00"]]}
    assert lines.say_breaks(found) == "2026-12-22 10:00-11:30, 14:00-15:00"
    with pytest.raises(ValueError, match="Line 1: say from when"):
        lines.read_breaks("2026-12-22")
    with pytest.raises(ValueError, match="Line 1: “lunch” are no hours"):
        lines.read_breaks("2026-12-22 lunch")


@pytest.mark.parametrize(
    ("text", "days", "minutes"),
    [
        ("4 h", 0, 240),
        ("1 h 30 min", 0, 90),
        ("1,5 Std.", 0, 90),
        ("2 days", 2, 0),
        ("2 Tage", 2, 0),
        ("90min", 0, 90),
    ],
)
def test_how_long_something_takes_is_read(text, days, minutes):
    assert lines.read_length(text) == (days, timedelta(minutes=minutes))


@pytest.mark.parametrize(
    "text", ["", "4", "soon", "2 days 4 h", "1.5 days", "0 h", "h 4"]
)
def test_what_is_no_length_is_said_so(text):
    with pytest.raises(ValueError, match="30 min, 4 h or 2 days"):
        lines.read_length(text)


@pytest.mark.parametrize("text", ["99999 h", "9999 days"])
def test_longer_than_anybody_promises_is_refused(text):
    with pytest.raises(ValueError, match="longer than can be promised"):
        lines.read_length(text)
