"""What the requester of a merged ticket goes on seeing, and what never."""

import re

import pytest

from itsm.tickets import actions
from people.models import User
from tests.factories import a_ticket, an_incident, as_, later, said, taken

pytestmark = pytest.mark.django_db
TOKEN = re.compile(r'(value|content|nonce|data-[a-z-]+)="[^"]{20,}"')


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


def test_they_keep_their_own_thread_and_follow_how_it_stands(cast, merged):
    page = seen_by(cast.mallory, merged[0])
    assert "Zqown of Mallory" in page
    assert "We put it together with others about the same." in page
    assert "Bob is working on it." in page


def test_what_is_said_to_another_requester_is_not_read_by_them(cast, merged):
    actions.resolve(
        ticket=merged[1], by=cast.bob, at=later(9), resolution="Zqsolved for Carol"
    )
    page = seen_by(cast.mallory, merged[0])
    assert "Solved, we think" in page
    for words in (
        *("Zqearlier of Carol", "Zqearlier of Bob", "Zqinternal", "Zqlater of Carol"),
        *("Zqnews for both", "Zqsolved for Carol", merged[1].title, merged[1].number),
    ):
        assert words not in page


def test_we_can_still_tell_them_on_their_own_ticket(cast, merged):
    comment(merged[0], cast.bob, "Zqfor Mallory", 9)
    assert "Zqfor Mallory" in seen_by(cast.mallory, merged[0])
    assert "Zqfor Mallory" not in seen_by(cast.carol, merged[1])


def test_the_other_requester_is_told_nothing_of_them(cast, merged):
    page = seen_by(cast.carol, merged[1])
    assert "Mallory" not in page
    assert merged[0].number not in page
    assert as_(cast.mallory).get(f"/portal/{merged[1].number}/").status_code == 404


def test_whoever_sees_both_reads_on_in_the_merged_one(cast):
    carols, twin = an_incident(cast), an_incident(cast)
    actions.merge(ticket=twin, by=cast.bob, at=later(5), into=carols)
    comment(carols, cast.carol, "Zqlater", 6)
    assert "Zqlater" in seen_by(cast.carol, twin)
    actions.unmerge(ticket=twin, by=cast.bob, at=later(9))
    assert "Zqlater" not in seen_by(cast.carol, twin)


def test_a_colleague_whose_organisation_shares_nothing_reads_no_others_words(cast):
    twin, carols = an_incident(cast), taken(cast)
    cast.mallory.organisation = cast.carol.organisation
    cast.mallory.save()
    theirs = a_ticket(cast, by=cast.mallory)
    actions.merge(ticket=theirs, by=cast.bob, at=later(5), into=carols)
    comment(carols, cast.bob, "Zqpersonal", 6)
    acme = cast.carol.organisation
    for shares in (False, True):
        type(acme).objects.update(shares_tickets=shares)
        page = seen_by(User.objects.get(pk=cast.mallory.pk), theirs)
        assert ("Zqpersonal" in page) is shares
    assert twin.number not in page


def test_of_what_was_restricted_since_not_even_its_state_is_told(cast, merged):
    theirs, carols = merged
    actions.restrict(ticket=carols, by=cast.grace, at=later(9))
    before = [seen_by(cast.mallory, theirs), *lists_of(cast.mallory)]
    assert "Zqown of Mallory" in before[0]
    for page in before:
        for secret in ("Zqnews for both", "Bob is working", "Being worked on"):
            assert secret not in page
    actions.resolve(ticket=carols, by=cast.bob, at=later(10), resolution="Zqsecret")
    actions.close(ticket=carols, by=cast.carol, at=later(11))
    after = [seen_by(cast.mallory, theirs), *lists_of(cast.mallory)]
    assert list(map(without_tokens, before)) == list(map(without_tokens, after))


def lists_of(user):
    paths = ("/portal/", "/portal/tickets/", "/portal/tickets/?tab=done")
    return [as_(user).get(path).content.decode() for path in paths]


def without_tokens(page):
    return TOKEN.sub("", page)
