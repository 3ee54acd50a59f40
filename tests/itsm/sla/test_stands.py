"""Promises on the ticket's page: each in plain words, exact, never late too early."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from django.utils import timezone

from core import worktime
from core.wording import countdown, worked
from itsm.sla.models import Clock, ClockKind, ClockState
from itsm.sla.rules import Looked
from itsm.sla.standing import Source, stand
from itsm.sla.working import periods
from itsm.tickets import actions
from itsm.tickets.pages.ticket_head import left_of
from tests.factories import an_incident, as_
from tests.itsm.sla.agreeing import CONTENT, a_calendar
from tests.itsm.sla.test_owed import told

MONDAY = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)  # 09:00 in Berlin
HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)


def a_running(**fields):
    values = {
        "kind": ClockKind.RESOLUTION,
        "state": ClockState.RUNNING,
        "target": 4 * HOUR,
        "used": timedelta(0),
        "since": MONDAY,
        "started_at": MONDAY,
        "due_at": MONDAY + 4 * HOUR,
        **fields,
    }
    return Clock(**values)


def at(moment, **fields):
    return stand(a_running(**fields), Source(), Looked(), at=moment, who="Carol")


@pytest.mark.parametrize(
    ("before", "level", "text"),
    [
        (4 * HOUR, "calm", "4 h"),
        (61 * SECOND, "soon", "only 1 min"),
        (59.9 * SECOND, "soon", "only 59 s"),
        (0.2 * SECOND, "soon", "only under 1 s"),
        (0 * SECOND, "soon", "only under 1 s"),
        (-0.2 * SECOND, "late", "under 1 s over"),
        (-90 * SECOND, "late", "1 min over"),
    ],
)
def test_what_is_left_is_rounded_down_and_late_only_when_it_is(before, level, text):
    told = at(MONDAY + 4 * HOUR - before)
    assert (told.level, told.text) == (level, text)


def test_working_time_is_told_beside_the_time_on_the_wall(db):
    version = a_calendar().versions.get()
    friday = MONDAY + timedelta(days=4, hours=7)  # an hour before closing
    due = MONDAY + timedelta(days=7, hours=3)
    told = at(friday, calendar_id=version.pk, since=friday, due_at=due)
    assert (told.text, told.work) == ("2 d 20 h", "4 h")
    assert told.open.count("-") == 2
    assert told.share == 1.0


def test_periods_stop_where_there_are_many():
    calendar = worktime.read(CONTENT)
    assert periods(calendar, MONDAY, MONDAY + timedelta(days=7)).count("-") == 5
    assert periods(calendar, MONDAY, MONDAY + timedelta(days=90)) == ""


def test_what_was_missed_says_by_how_much(db):
    told = at(
        MONDAY,
        state=ClockState.MISSED,
        missed_at=MONDAY,
        ended_at=MONDAY + 25 * timedelta(minutes=1),
    )
    assert (told.level, told.notes) == ("missed", ["Missed by 25 min."])


def test_what_is_met_is_provisional_until_it_is_closed():
    told = at(MONDAY, state=ClockState.MET, used=80 * timedelta(minutes=1))
    assert told.notes == ["After 1 h 20 of 4 h.", "Provisional until it is closed."]
    told = at(MONDAY, state=ClockState.KEPT, used=80 * timedelta(minutes=1))
    assert (told.state, told.notes) == ("kept", ["After 1 h 20 of 4 h."])


def test_working_time_knows_no_days():
    assert worked(26 * HOUR + 59.9 * SECOND) == "26 h"
    assert countdown(26 * HOUR) == "1 d 2 h"


def test_the_head_takes_the_share_of_working_time(cast):
    ticket = an_incident(cast)
    ticket.next_due_at = ticket.opened_at + 4 * HOUR
    now = ticket.opened_at + HOUR
    assert left_of(ticket, now=now)[:2] == ("calm", 0.75)
    assert left_of(ticket, now=now, share=0.2)[:2] == ("soon", 0.2)
    late = left_of(ticket, now=ticket.next_due_at)
    assert late[0] != "late"  # at the instant itself nothing is over


def shown(cast, ticket, path=""):
    html = as_(cast.bob).get(f"/incidents/{ticket.number}/{path}").content.decode()
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)))


def test_the_panel_says_all_of_them_and_where_they_come_from(cast):
    ticket = told(cast, ago=HOUR)
    text = shown(cast, ticket)
    for words in ("First response", "Next update", "Resolution", "met"):
        assert words in text
    assert "The process's own target · around the clock" in text


def test_the_panel_says_how_often_it_stood_still(cast):
    ticket = told(cast, ago=4 * HOUR)
    now = timezone.now()
    actions.wait(ticket=ticket, by=cast.bob, at=now - 2 * HOUR, reason="requester")
    assert "It stands still until Carol answers" in shown(cast, ticket)
    actions.comment(ticket=ticket, by=cast.carol, at=now - HOUR, body="Here it is.")
    assert "Stood still 1 time, 1 h in all." in shown(cast, ticket)


def test_the_page_of_promises_says_why_and_lists_every_one(cast):
    ticket = told(cast, ago=HOUR)
    text = shown(cast, ticket, "promises/")
    assert "No agreement says anything here, so the process's targets hold." in text
    assert "Every promise so far 3" in text


def test_who_may_not_see_the_ticket_sees_none_of_its_promises(cast):
    ticket = an_incident(cast, restricted=True)
    path = f"/incidents/{ticket.number}/promises/"
    assert as_(cast.bob).get(path).status_code == 404
    assert as_(cast.carol).get(path).status_code == 403
