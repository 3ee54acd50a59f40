"""The book says what the tables say, in one query."""

from datetime import timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext

from itsm.sla import book
from people.models import CalendarVersion
from tests.cast import AT
from tests.itsm.sla.agreeing import CONTENT, a_calendar, an_agreement


def test_without_anything_the_book_is_empty(db):
    assert book.load().agreements == ()
    assert book.load().default is None


def test_the_book_holds_agreements_their_calendars_and_the_default(cast):
    office = a_calendar(is_default=True)
    shop = a_calendar("Shop hours")
    newest = CalendarVersion.objects.create(
        calendar=shop, number=2, content={**CONTENT, "time_zone": "UTC"}, made_at=AT
    )
    row = an_agreement(calendar=shop, around_the_clock=[1])
    found = book.load()
    (entry,) = found.agreements
    assert (entry.id, entry.hours.version) == (row.pk, newest.pk)
    assert entry.hours.zone.key == "UTC"
    assert entry.targets == {
        3: {
            "response": timedelta(hours=1),
            "update": timedelta(hours=4),
            "resolution": timedelta(hours=8),
        }
    }
    assert found.default.id == office.pk
    assert found.default.version == office.versions.get().pk


def test_one_query_and_the_same_book_until_something_changes(cast):
    row = an_agreement()
    first = book.load()
    with CaptureQueriesContext(connection) as asked:
        assert book.load() is first
    assert len(asked) == 1
    row.targets = {"P3": {"response": "PT2H"}}
    row.save()
    assert book.load().agreements[0].targets[3] == {"response": timedelta(hours=2)}


def test_a_withdrawn_agreement_is_not_in_the_book(cast):
    an_agreement(is_active=False)
    assert book.load().agreements == ()


def test_the_default_calendar_is_known_though_only_a_withdrawn_agreement_names_it(cast):
    office = a_calendar(is_default=True)
    an_agreement(is_active=False, calendar=office)
    assert book.load().default.id == office.pk


def test_a_zone_the_machine_does_not_know_any_more_counts_days_as_here(cast, settings):
    office = a_calendar()
    office.versions.create(
        number=2, content={**CONTENT, "time_zone": "Nowhere/Gone"}, made_at=AT
    )
    an_agreement(calendar=office)
    (entry,) = book.load().agreements
    assert entry.hours.zone.key == settings.TIME_ZONE
