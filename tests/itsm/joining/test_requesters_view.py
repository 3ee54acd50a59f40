"""What the requester of a merged ticket goes on seeing, and what never."""

import pytest

from itsm.tickets import actions
from tests.factories import a_ticket, an_incident, as_, later, said, taken

pytestmark = pytest.mark.django_db


def seen_by(user, ticket):
    answer = as_(user).get(f"/portal/{ticket.number}/")
    assert answer.status_code == 200
    return answer.content.decode()


def comment(ticket, by, body, minute, public=True):
    actions.comment(ticket=ticket, by=by, at=later(minute), body=body, public=public)


@pytest.fixture
def merged(cast):
    """Mallory's ticket goes on in Carol's, who is of another organisation."""
    carols = taken(cast)
    comment(carols, cast.carol, "Zqearlier of Carol", 2)
    comment(carols, cast.bob, "Zqearlier of Bob", 3)
    theirs = a_ticket(cast, by=cast.mallory, title="It drops here too")
    said(theirs, "Zqown of Mallory", by=cast.mallory)
    actions.merge(ticket=theirs, by=cast.bob, at=later(5), into=carols)
    comment(carols, cast.bob, "Zqnews for both", 6)
    comment(carols, cast.bob, "Zqinternal", 7, public=False)
    comment(carols, cast.carol, "Zqlater of Carol", 8)
    return theirs, carols


def test_they_read_their_own_and_what_we_say_since(cast, merged):
    page = seen_by(cast.mallory, merged[0])
    assert "Zqown of Mallory" in page
    assert "Zqnews for both" in page
    for secret in ("Zqearlier of Carol", "Zqearlier of Bob", "Zqinternal"):
        assert secret not in page
    assert "Zqlater of Carol" not in page  # another organisation's words
    assert merged[1].title not in page


def test_the_other_requester_is_told_nothing_of_them(cast, merged):
    page = seen_by(cast.carol, merged[1])
    assert "Mallory" not in page
    assert merged[0].number not in page
    assert as_(cast.mallory).get(f"/portal/{merged[1].number}/").status_code == 404


def test_they_read_what_solved_it(cast, merged):
    actions.resolve(
        ticket=merged[1], by=cast.bob, at=later(9), resolution="Zqsolved so"
    )
    assert "Zqsolved so" in seen_by(cast.mallory, merged[0])


def test_undone_it_is_their_own_conversation_again(cast, merged):
    actions.unmerge(ticket=merged[0], by=cast.bob, at=later(9))
    page = seen_by(cast.mallory, merged[0])
    assert "Zqown of Mallory" in page
    assert "Zqnews for both" not in page


def test_colleagues_of_one_organisation_read_each_others_later_words(cast):
    carols, twin = an_incident(cast), an_incident(cast)
    actions.merge(ticket=twin, by=cast.bob, at=later(5), into=carols)
    comment(carols, cast.carol, "Zqlater", 6)
    assert "Zqlater" in seen_by(cast.carol, twin)


def test_what_was_restricted_since_is_read_no_more(cast, merged):
    actions.restrict(ticket=merged[1], by=cast.grace, at=later(9))
    page = seen_by(cast.mallory, merged[0])
    assert "Zqown of Mallory" in page
    assert "Zqnews for both" not in page
