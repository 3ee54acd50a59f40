"""Naming people, teams and tickets in a message."""

import pytest
from django.utils import timezone

from core.models import Event
from itsm.tickets import actions
from itsm.tickets.drafts import outgoing
from itsm.tickets.mentions.models import Mention, Reference
from itsm.tickets.models import Comment, Participant
from tests.factories import a_token, an_incident, as_
from tests.itsm.composer.test_drafts import here

pytestmark = pytest.mark.django_db


def note(ticket, by, body, public=False):
    return actions.comment(
        ticket=ticket, by=by, at=timezone.now(), body=body, public=public
    )


def test_a_named_person_watches_and_finds_it_in_their_work_until_they_looked(cast):
    ticket = an_incident(cast)
    note(ticket, cast.bob, "@erin, is it the core switch?")
    watching = Participant.objects.get(ticket=ticket, user=cast.erin)
    assert watching.role == Participant.Role.WATCHER
    erin = as_(cast.erin)
    work = erin.get("/").content.decode()
    assert "Mentions you" in work
    assert "is it the core switch?" in work
    page = erin.get(here(ticket)).content.decode()
    assert '<span class="named">@erin</span>' in page
    pk = Mention.objects.get().pk
    assert as_(cast.alice).get(f"/mentions/{pk}/").status_code == 404
    answer = erin.get(f"/mentions/{pk}/")
    assert answer["Location"] == here(ticket, f"#comment-{Comment.objects.get().pk}")
    assert "Mentions you" not in erin.get("/").content.decode()


def test_a_team_is_told_but_does_not_watch(cast):
    ticket = an_incident(cast)
    note(ticket, cast.bob, "For @network, and for me (@bob)")
    assert [m.user for m in Mention.objects.all()] == [cast.erin]
    assert not Participant.objects.filter(ticket=ticket).exists()
    event = Event.objects.filter(kind="ticket.mentioned").latest("pk")
    assert event.changes["mentioned_team"] == [None, cast.teams["network"].pk]


def test_who_may_not_see_it_is_not_told_and_the_author_hears_so(cast):
    ticket = an_incident(cast, restricted=True, team=cast.teams["desk"])
    answer = as_(cast.bob).post(
        here(ticket, "do/comment/"),
        {"body": "@erin look", "mode": "note"},
        headers={"HX-Request": "true"},
    )
    assert "cannot see this: Erin" in answer.headers["HX-Trigger"]
    assert not Mention.objects.exists()
    assert not Participant.objects.filter(user=cast.erin).exists()
    offers = as_(cast.bob).get(here(ticket, "names/?q=er")).json()["offers"]
    assert "Erin" not in [offer["name"] for offer in offers]


def test_a_requester_names_nobody(cast):
    ticket = an_incident(cast)
    note(ticket, cast.carol, "@bob please", public=True)
    assert not Mention.objects.exists()
    assert as_(cast.carol).get(here(ticket, "names/?q=b")).status_code in {302, 403}


def test_addresses_are_no_names_and_code_is_none_either(cast):
    ticket = an_incident(cast)
    note(ticket, cast.alice, "Write to bob@demo.example or x@bob.example")
    assert not Mention.objects.exists()
    note(ticket, cast.alice, "Ask @bob@demo.example.")
    assert Mention.objects.get().user == cast.bob


def test_numbers_link_both_ways_for_those_who_may_see(cast):
    ticket, other = an_incident(cast), an_incident(cast, title="Core switch")
    note(ticket, cast.bob, f"Same as {other.number}, twice {other.number}")
    assert f'href="/incidents/{other.number}/"' in page_of(cast.bob, ticket)
    assert "Mentioned in" in page_of(cast.bob, other)
    assert Reference.objects.count() == 1
    assert Event.objects.filter(kind="ticket.mentioned").count() == 1


def page_of(user, ticket):
    return as_(user).get(here(ticket)).content.decode()


def test_a_restricted_ticket_stays_hidden_from_both_sides(cast):
    open_, secret = an_incident(cast), an_incident(cast, restricted=True, title="Zq1")
    note(open_, cast.grace, f"See {secret.number}")
    page = page_of(cast.bob, open_)
    assert f"See {secret.number}" in page
    assert f"/incidents/{secret.number}/" not in page
    assert "Zq1" not in page
    note(secret, cast.grace, f"Came from {open_.number}")
    assert "Mentioned in" not in page_of(cast.bob, open_)
    assert "Mentioned in" in page_of(cast.grace, open_)
    told = (
        as_(cast.bob)
        .get(
            f"/api/v1/tickets/{open_.number}/events/",
            headers={"Authorization": f"Bearer {a_token(cast.bob)}"},
        )
        .json()["results"]
    )
    named = [e["changes"] for e in told if e["kind"] == "ticket.mentioned"]
    assert [one["reference"] for one in named] == [[None, None]]


def test_nobody_refers_to_what_they_do_not_see(cast):
    secret = an_incident(cast, restricted=True)
    note(an_incident(cast), cast.bob, f"Guess: {secret.number}")
    assert not Reference.objects.exists()


def test_a_removed_text_refers_to_nothing_any_more(cast):
    ticket, other = an_incident(cast), an_incident(cast)
    said = note(ticket, cast.bob, f"@erin: {other.number} and the password hunter2")
    actions.redact(
        ticket=ticket, by=cast.grace, at=timezone.now(), why="x", comment=said.pk
    )
    assert not Reference.objects.exists()
    assert "Mentions you" not in as_(cast.erin).get("/").content.decode()


def test_a_held_reply_tells_only_when_it_goes_out(cast):
    ticket = an_incident(cast)
    form = {"body": "@erin will look", "mode": "reply"}
    as_(cast.bob).post(here(ticket, "do/comment/"), form)
    assert not Mention.objects.exists()
    outgoing.sweep(at=timezone.now() + timezone.timedelta(seconds=6))
    assert Mention.objects.get().user == cast.erin


def test_script_in_a_name_or_picture_does_nothing(cast):
    ticket = an_incident(cast)
    note(ticket, cast.bob, "![<b>](javascript:alert(1)) @erin<script>alert(1)</script>")
    page = page_of(cast.bob, ticket)
    assert "<script>alert" not in page
    assert '="javascript' not in page
