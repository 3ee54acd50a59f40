"""One ticket that holds two things becomes two, and one again."""

import pytest

from core.errors import Invalid, Refused
from itsm.tickets import actions, invariants
from itsm.tickets.doors import perform
from itsm.tickets.joining.reading import goes_on_at
from itsm.tickets.mentions.reading import unread
from itsm.tickets.models import Attachment, Comment, Ticket
from itsm.tickets.verbs import WAYS_BACK, verbs_for
from tests.factories import an_incident, attached, later, said
from tests.itsm.checks import forbidden, kinds, last

pytestmark = pytest.mark.django_db


def split(ticket, by, comments=(), files=(), title="Printer jams"):
    return actions.split(
        ticket=ticket,
        by=by,
        at=later(5),
        title=title,
        comments=[c.pk for c in comments],
        attachments=[f.pk for f in files],
    )


def test_messages_and_files_go_to_a_new_ticket_of_the_same_person(cast):
    ticket = an_incident(cast, service=cast.services["vpn"], restricted=True)
    stays = said(ticket, "VPN again", by=cast.carol)
    goes = said(ticket, "And my printer", by=cast.carol)
    file = attached(ticket, by=cast.carol)
    made = split(ticket, cast.bob, [goes], [file])
    assert (made.title, made.requester) == ("Printer jams", cast.carol)
    assert made.restricted
    assert list(Comment.objects.filter(ticket=made)) == [goes]
    assert list(Comment.objects.filter(ticket=ticket)) == [stays]
    assert Attachment.objects.get().ticket_id == made.pk
    assert kinds(ticket)[-1] == "split"
    assert last(made).changes["split_from"] == [None, ticket.pk]
    assert made.links_from.get().target_id == ticket.pk
    assert invariants._untold() == []


def test_it_is_taken_back_while_nothing_more_was_said(cast):
    ticket = an_incident(cast)
    goes = said(ticket, "And my printer", by=cast.carol)
    made = split(ticket, cast.bob, [goes])
    perform(made, "unsplit", {}, by=cast.bob, at=later(6))
    assert Comment.objects.get().ticket_id == ticket.pk
    assert Ticket.objects.get(pk=made.pk).state == "cancelled"
    assert invariants._untold() == []
    with pytest.raises(Refused):
        perform(made, "unsplit", {}, by=cast.bob, at=later(7))


def test_the_way_back_is_offered_to_what_was_split_off_and_to_nothing_else(cast):
    ticket = an_incident(cast)
    made = split(ticket, cast.bob, [said(ticket, "And my printer", by=cast.carol)])
    offered = {
        one.pk: {v.name for v in verbs_for(one, cast.bob, at=later(6), ways_back=True)}
        for one in (ticket, made)
    }
    assert "unsplit" in offered[made.pk]
    assert not offered[ticket.pk] & WAYS_BACK
    assert "unmerge" not in offered[made.pk]


def test_each_is_led_to_the_ticket_they_split_off_themselves(cast):
    ticket = an_incident(cast)
    first, second = (said(ticket, text, by=cast.carol) for text in ("Printer", "Fax"))
    bobs = split(ticket, cast.bob, [first])
    erins = split(ticket, cast.erin, [second])
    assert goes_on_at(ticket, "split", cast.bob) == bobs.number
    assert goes_on_at(ticket, "split", cast.erin) == erins.number


def test_what_was_said_on_it_since_stays(cast):
    ticket = an_incident(cast)
    made = split(ticket, cast.bob, [said(ticket, "Printer", by=cast.carol)])
    said(made, "Which printer?", by=cast.bob)
    with pytest.raises(Refused):
        perform(made, "unsplit", {}, by=cast.bob, at=later(6))


def test_messages_of_other_tickets_cannot_be_taken(cast):
    ticket = an_incident(cast)
    elsewhere = said(an_incident(cast), "Secret", by=cast.carol)
    with pytest.raises(Invalid):
        split(ticket, cast.bob, [elsewhere])
    with pytest.raises(Invalid):
        split(ticket, cast.bob)
    assert Ticket.objects.count() == 2


@pytest.mark.parametrize("name", ["carol", "mallory"])
def test_requesters_do_not_split(cast, name):
    ticket = an_incident(cast)
    goes = said(ticket, "And my printer", by=cast.carol)
    with forbidden():
        split(ticket, cast.people[name], [goes])


def test_who_was_named_in_what_moved_is_named_there(cast):
    ticket = an_incident(cast)
    note = said(ticket, "@erin Zqsecret", by=cast.bob, public=False)
    made = split(ticket, cast.bob, [note])
    assert [one.ticket for one in unread(cast.erin)] == [made]
    actions.restrict(ticket=made, by=cast.grace, at=later(6))
    made.participants.all().delete()
    assert not unread(cast.erin)
