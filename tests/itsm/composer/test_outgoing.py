"""A public reply goes out after a few seconds, once, or comes back with the reason."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from core.models import Event
from itsm.tickets import actions
from itsm.tickets.drafts import outgoing
from itsm.tickets.drafts.actions import UNDO
from itsm.tickets.drafts.models import Draft, Upload
from itsm.tickets.models import Comment
from people.models import User
from tests.factories import PNG, an_incident, as_
from tests.itsm.composer.test_drafts import here, put

pytestmark = pytest.mark.django_db


def reply(client, ticket, body="On it.", **more):
    return client.post(
        here(ticket, "do/comment/"), {"body": body, "mode": "reply"} | more
    )


def sweep(seconds=6):
    return outgoing.sweep(at=timezone.now() + timedelta(seconds=seconds))


def test_a_reply_waits_seen_by_its_author_alone_and_then_goes_out(cast):
    ticket, bob = an_incident(cast), as_(cast.bob)
    reply(bob, ticket)
    assert not Comment.objects.exists()
    mine = bob.get(here(ticket)).content.decode()
    assert "On it." in mine
    assert "Goes out in 5 s" in mine
    assert "On it." not in as_(cast.alice).get(here(ticket)).content.decode()
    assert (
        "On it."
        not in as_(cast.carol).get(f"/portal/{ticket.number}/").content.decode()
    )
    assert sweep(seconds=1) == 0  # not yet
    assert sweep() == 1
    assert sweep() == 0  # once
    said = Comment.objects.get()
    assert (said.body, said.is_public, said.author) == ("On it.", True, cast.bob)
    event = Event.objects.get(kind="ticket.comment")
    assert (event.door, event.actor_id, event.public) == ("page", cast.bob.pk, True)
    assert not Draft.objects.exists()


def test_undo_puts_the_words_and_files_back_into_the_composer(cast):
    ticket, bob = an_incident(cast), as_(cast.bob)
    reply(bob, ticket, files=SimpleUploadedFile("a.png", PNG), begin="1", end="1")
    held = Draft.objects.get()
    assert bob.post(f"/drafts/{held.pk}/undo/").status_code == 302
    page = bob.get(here(ticket)).content.decode()
    assert "On it.</textarea>" in page
    assert 'name="upload"' in page
    assert "a.png" in page
    assert sweep() == 0
    reply(bob, ticket, upload=Upload.objects.get().pk)
    assert sweep() == 1
    assert Comment.objects.get().attachments.get().name == "a.png"


def test_undo_keeps_what_was_typed_meanwhile(cast):
    ticket, bob = an_incident(cast), as_(cast.bob)
    reply(bob, ticket)
    put(bob, ticket, "One more")
    bob.post(f"/drafts/{Draft.objects.get(body='On it.').pk}/undo/")
    assert Draft.objects.get().body == "On it.\n\nOne more"


def test_too_late_is_said(cast):
    ticket, bob = an_incident(cast), as_(cast.bob)
    reply(bob, ticket)
    pk = Draft.objects.get().pk
    sweep()
    answer = bob.post(f"/drafts/{pk}/undo/", {"number": ticket.number}, follow=True)
    assert "That reply has gone out already." in answer.content.decode()
    assert Comment.objects.count() == 1


def test_nobody_takes_back_what_another_said(cast):
    ticket = an_incident(cast)
    reply(as_(cast.bob), ticket)
    pk = Draft.objects.get().pk
    as_(cast.alice).post(f"/drafts/{pk}/undo/", {"number": ticket.number})
    assert sweep() == 1


def test_a_reply_that_is_refused_comes_back_with_the_reason(cast):
    ticket, bob = an_incident(cast), as_(cast.bob)
    reply(bob, ticket)
    actions.restrict(ticket=ticket, by=cast.grace, at=timezone.now())
    assert sweep() == 0
    back = Draft.objects.get()
    assert back.due_at is None
    assert "There is no ticket" in back.why
    actions.restrict(ticket=ticket, by=cast.grace, at=timezone.now(), restricted=False)
    page = bob.get(here(ticket)).content.decode()
    assert "This did not go out" in page
    assert "On it.</textarea>" in page


def test_a_reply_of_somebody_without_access_does_not_go_out(cast):
    ticket = an_incident(cast)
    reply(as_(cast.bob), ticket)
    User.objects.filter(pk=cast.bob.pk).update(is_active=False)
    assert sweep() == 0
    assert not Comment.objects.exists()
    assert Draft.objects.get().due_at is None


def test_what_fails_on_our_side_is_tried_again_and_then_given_back(cast, monkeypatch):
    ticket = an_incident(cast)
    reply(as_(cast.bob), ticket)

    def fails(*args, **kwargs):
        raise OSError("disk")

    monkeypatch.setattr(outgoing, "say", fails)
    assert sweep() == 0
    assert Draft.objects.get().due_at is not None
    assert sweep(seconds=3600) == 0
    assert "Something went wrong on our side." in Draft.objects.get().why


def test_notes_requesters_and_programs_do_not_wait(cast):
    ticket = an_incident(cast)
    as_(cast.bob).post(here(ticket, "do/comment/"), {"body": "Hm", "mode": "note"})
    as_(cast.carol).post(
        here(ticket, "do/comment/"), {"body": "Still", "mode": "reply"}
    )
    assert Comment.objects.count() == 2
    assert not Draft.objects.exists()


def test_an_empty_reply_is_refused_before_it_waits(cast):
    ticket, bob = an_incident(cast), as_(cast.bob)
    assert reply(bob, ticket, "   ").status_code == 422
    assert not Draft.objects.exists()


def test_who_will_read_it_is_named(cast):
    ticket, bob = an_incident(cast), as_(cast.bob)
    assert "Carol will read this" in bob.get(here(ticket)).content.decode()
    for one in (cast.mallory, cast.frank):
        actions.copy_in(ticket=ticket, by=cast.bob, at=timezone.now(), person=one)
    page = bob.get(here(ticket)).content.decode()
    assert "Carol and 2 people copied on will read this" in page
    assert "Only staff will see this note" in page


def test_the_seconds_are_five():
    assert timedelta(seconds=5) == UNDO


def test_a_reply_promises_the_next_word_with_it(cast):
    ticket, bob = an_incident(cast), as_(cast.bob)
    until = timezone.now() + timedelta(hours=3)
    reply(bob, ticket, until=until.isoformat())
    assert not Event.objects.filter(kind="ticket.renew").exists()  # not yet
    assert sweep() == 1
    ticket.refresh_from_db()
    assert (ticket.next_due_kind, ticket.next_due_at) == ("update", until)


def test_another_time_is_the_readers_own(cast):
    ticket, bob = an_incident(cast), as_(cast.bob)
    there = timezone.localtime(timezone.now() + timedelta(days=1)).replace(
        second=0, microsecond=0
    )
    reply(bob, ticket, until="other", until_at=there.strftime("%Y-%m-%dT%H:%M"))
    assert sweep() == 1
    ticket.refresh_from_db()
    assert ticket.next_due_at == there


def test_undo_brings_the_chosen_time_back_too(cast):
    ticket, bob = an_incident(cast), as_(cast.bob)
    until = (timezone.now() + timedelta(days=40)).isoformat(timespec="seconds")
    reply(bob, ticket, until=until)
    bob.post(f"/drafts/{Draft.objects.get().pk}/undo/")
    page = " ".join(bob.get(here(ticket)).content.decode().split())
    assert f'<option value="{until}" selected>' in page


@pytest.mark.parametrize("until", ["other", "yesterday", "2020-01-01T10:00:00+00:00"])
def test_a_time_that_cannot_be_promised_sends_nothing_and_keeps_the_words(cast, until):
    ticket, bob = an_incident(cast), as_(cast.bob)
    answer = reply(bob, ticket, until=until)
    assert answer.status_code == 422
    assert "On it.</textarea>" in answer.content.decode()
    assert not Draft.objects.exclude(due_at=None).exists()
