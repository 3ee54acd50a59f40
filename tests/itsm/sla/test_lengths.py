"""Working time as people type it and read it."""

from datetime import timedelta

import pytest

from core.reader import speaking
from itsm.sla.lengths import read, say, short

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@pytest.mark.parametrize(
    ("typed", "length"),
    [
        ("30 min", 30 * MINUTE),
        ("30m", 30 * MINUTE),
        ("4h", 4 * HOUR),
        (" 1 d 4 h ", 12 * HOUR),
        ("2 Tg.", 16 * HOUR),
        ("1 Tag 30 Minuten", 8 * HOUR + 30 * MINUTE),
        ("pt15m", 15 * MINUTE),
        ("P1D", 8 * HOUR),
        ("45 s", timedelta(seconds=45)),
        ("0 min", timedelta(0)),
    ],
)
def test_what_is_typed_is_read(typed, length):
    assert read(typed) == length


@pytest.mark.parametrize("typed", ["", "soon", "4", "-4 h", "4 h or so", "4 y", "P"])
def test_what_is_no_length_is_refused_with_a_sentence(typed):
    with pytest.raises(ValueError, match=r"like|must be longer|not a duration"):
        read(typed)


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("minutes", [0, 1, 59, 60, 479, 480, 481, 1000, 4800, 12_345])
def test_what_is_said_is_read_again_in_both_languages(language, minutes):
    with speaking(language):
        assert read(say(minutes * MINUTE)) == minutes * MINUTE


def test_two_units_at_most_where_it_has_to_be_short():
    assert short(10 * HOUR + 59 * MINUTE) == "1 d 2 h"
    assert short(timedelta(seconds=30)) == "30 s"
    assert short(None) == ""
