"""Which agreement counts, until when, by what time, and why."""

from datetime import UTC, date, datetime, timedelta

import pytest

from itsm.sla.models import ClockKind
from itsm.sla.terms import OPERATIONAL, Terms, resolve
from itsm.sla.why import why
from tests.cast import AT
from tests.itsm.sla.agreeing import a_book, an_entry, asking
from tests.processes.definitions import shipped

INCIDENT = shipped("incident")
HOUR, DAY = timedelta(hours=1), timedelta(hours=8)


def told(question, book, at=AT):
    return resolve(question, INCIDENT, book, at=at)


def test_without_an_agreement_the_processs_targets_hold_in_the_default_calendar():
    assert told(asking(), a_book()) == {
        "response": Terms(4 * HOUR, 11, None),
        "update": Terms(DAY, 11, None),
        "resolution": Terms(3 * DAY, 11, None),
    }


@pytest.mark.parametrize("question", [asking(priority=1), asking(always_on=True)])
def test_the_gravest_and_what_runs_always_count_around_the_clock(question):
    assert {terms.calendar for terms in told(question, a_book()).values()} == {None}


def test_without_any_calendar_time_runs_around_the_clock_and_the_sentence_says_so():
    book = a_book(default=None)
    assert told(asking(), book)["response"].calendar is None
    assert why(asking(), INCIDENT, book, AT)[-1] == (
        "There is no default calendar yet, so time runs around the clock."
    )


NAMES = {
    "all": {},
    "type": {"type": "incident"},
    "organisation": {"organisation": 2},
    "service": {"service": 1},
    "both": {"organisation": 2, "type": "incident"},
    "three": {"service": 1, "organisation": 2, "type": "incident"},
}


@pytest.mark.parametrize(
    ("less", "more"),
    [
        ("all", "type"),
        ("type", "organisation"),
        ("organisation", "service"),
        ("service", "both"),
        ("both", "three"),
    ],
)
def test_the_most_specific_counts_whichever_came_first(less, more):
    first, second = an_entry(less, **NAMES[less]), an_entry(more, **NAMES[more])
    for book in (a_book(first, second), a_book(second, first)):
        assert told(asking(), book)["response"].agreement == second.id


@pytest.mark.parametrize(
    "fields", [{"service": 9}, {"organisation": 9}, {"type": "request"}]
)
def test_an_agreement_about_something_else_does_not_count(fields):
    assert told(asking(), a_book(an_entry(**fields)))["response"].agreement is None


def test_what_names_a_service_does_not_count_for_a_ticket_without_one():
    book = a_book(an_entry(service=1))
    assert told(asking(service_id=None), book)["response"].agreement is None


def test_where_the_most_specific_has_nothing_for_the_priority_the_next_one_counts():
    wide = an_entry("Acme", organisation=2)
    narrow = an_entry(
        "Acme shop", organisation=2, service=1, targets={"P1": {"response": "PT5M"}}
    )
    book = a_book(wide, narrow)
    assert told(asking(), book)["response"].agreement == wide.id
    assert told(asking(priority=4), book)["response"].agreement is None
    assert why(asking(), INCIDENT, book, AT)[:2] == [
        "“Acme shop” fits but promises nothing for P3.",
        "“Acme” counts: it names the organisation.",
    ]


def test_what_an_agreement_leaves_out_is_not_promised():
    book = a_book(an_entry(targets={"P3": {"resolution": "P2D"}}))
    assert told(asking(), book).keys() == {"resolution"}


def test_an_agreement_counts_around_the_clock_without_a_calendar_or_for_a_priority():
    without = a_book(an_entry(hours=None))
    for_some = a_book(an_entry(around_the_clock=frozenset({3})))
    for book in (without, for_some):
        assert told(asking(), book)["response"].calendar is None
    assert told(asking(always_on=True), a_book(an_entry()))["response"].calendar == 11


@pytest.mark.parametrize(
    ("at", "holds"),
    [
        (datetime(2026, 2, 28, 22, 59, tzinfo=UTC), False),
        (datetime(2026, 2, 28, 23, 0, tzinfo=UTC), True),  # midnight in Berlin
        (datetime(2026, 3, 31, 21, 59, tzinfo=UTC), True),
        (datetime(2026, 3, 31, 22, 0, tzinfo=UTC), False),  # in summer time
    ],
)
def test_first_and_last_day_are_days_of_the_calendars_zone(at, holds):
    entry = an_entry(valid_from=date(2026, 3, 1), valid_until=date(2026, 3, 31))
    found = told(asking(), a_book(entry), at=at)["response"].agreement
    assert (found == entry.id) is holds


def test_a_team_has_an_operational_target_where_it_promised_one():
    own = an_entry(
        "Network", kind=OPERATIONAL, team=3, targets={"P3": {"resolution": "PT4H"}}
    )
    book = a_book(own)
    assert told(asking(), book)["operational"] == Terms(4 * HOUR, 11, own.id)
    assert told(asking(), book)["response"].agreement is None
    for other in (asking(team_id=4), asking(team_id=None), asking(priority=2)):
        assert ClockKind.OPERATIONAL.value not in told(other, book)


def test_it_says_which_agreement_counts_and_why():
    shop = an_entry("Acme web shop", service=1, organisation=2)
    book = a_book(an_entry("Acme", organisation=2), shop)
    assert why(asking(), INCIDENT, book, AT) == [
        "“Acme web shop” counts: it names the service and the organisation.",
        "It goes before “Acme”, which names only the organisation.",
        "Its time is that of the calendar “Office hours”.",
    ]


def test_between_equals_the_service_weighs_more_and_it_says_so():
    book = a_book(an_entry("Acme", organisation=2), an_entry("Shop", service=1))
    assert why(asking(), INCIDENT, book, AT)[1] == (
        "It goes before “Acme”, which names the organisation: a service weighs more "
        "than an organisation, and that more than a kind of ticket."
    )
