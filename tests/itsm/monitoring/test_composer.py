"""Writing on what a program reported: to each other, as long as no person is on it."""

import re

import pytest

from itsm.tickets import actions
from tests.factories import a_machine, an_incident, later

pytestmark = pytest.mark.django_db
NOTE = re.compile(r'<input type="radio" name="mode" value="note"[^>]*checked')


@pytest.fixture
def reported(cast):
    return an_incident(cast, requester=a_machine(cast), by=cast.alice)


def test_a_note_is_what_is_meant_where_a_program_reported_it(desk, reported):
    page = desk.get(f"/incidents/{reported.number}/").text
    assert NOTE.search(page)
    assert "Nobody outside is on this ticket yet" in page


def test_a_person_who_is_copied_on_reads_it(desk, cast, reported):
    actions.copy_in(ticket=reported, person=cast.carol, by=cast.alice, at=later(1))
    page = desk.get(f"/incidents/{reported.number}/").text
    assert "Carol will read this" in page


def test_a_person_who_reported_it_is_answered(desk, cast):
    page = desk.get(f"/incidents/{an_incident(cast).number}/").text
    assert not NOTE.search(page)
    assert "Carol will read this" in page
