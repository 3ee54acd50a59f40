"""Drafts on the server: kept, brought back, put away, and nobody else's."""

import json
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from itsm.tickets import actions
from itsm.tickets.drafts import actions as drafts
from itsm.tickets.drafts import outgoing, uploads
from itsm.tickets.drafts.models import Draft, Upload
from itsm.tickets.models import Comment
from tests.factories import PNG, an_incident, as_, taken

pytestmark = pytest.mark.django_db


def here(ticket, rest=""):
    return f"/incidents/{ticket.number}/{rest}"


def put(client, ticket, body="", form="comment", files=(), **fields):
    sent = json.dumps({"body": body, "fields": fields, "files": list(files)})
    return client.put(here(ticket, f"draft/{form}/"), sent, "application/json")


def test_a_draft_comes_back_on_another_device(cast):
    ticket = an_incident(cast)
    answer = put(as_(cast.bob), ticket, "Half a senten", mode="note")
    assert answer.json()["said"].startswith("Draft kept, ")
    page = as_(cast.bob).get(here(ticket)).content.decode()
    assert "Half a senten</textarea>" in page
    assert "Draft kept, " in page
    assert 'value="note" checked' in page


def test_a_draft_is_its_authors_alone(cast):
    ticket = an_incident(cast)
    put(as_(cast.bob), ticket, "Between me and me")
    for other in (cast.alice, cast.grace):
        page = as_(other).get(here(ticket)).content.decode()
        assert "Between me and me" not in page
        assert as_(other).get(here(ticket, "draft/comment/")).json()["body"] == ""
    assert put(as_(cast.mallory), ticket, "x").status_code == 404
    assert Draft.objects.count() == 1


def test_what_is_emptied_is_no_draft_any_more(cast):
    ticket, bob = an_incident(cast), as_(cast.bob)
    put(bob, ticket, "Hm")
    assert put(bob, ticket, "  ", mode="reply").json()["said"] == ""
    assert not Draft.objects.exists()


def test_a_draft_that_was_discarded_can_be_taken_back_for_a_day(cast):
    ticket, bob, now = an_incident(cast), as_(cast.bob), timezone.now()
    put(bob, ticket, "Not like this")
    bob.delete(here(ticket, "draft/comment/"))
    assert "Not like this" not in bob.get(here(ticket)).content.decode()
    back = bob.post(here(ticket, "draft/comment/"), {"restore": "1", "json": "1"})
    assert back.json()["body"] == "Not like this"
    assert "Not like this" in bob.get(here(ticket)).content.decode()
    bob.delete(here(ticket, "draft/comment/"))
    outgoing.tidy(at=now + timedelta(days=2))
    assert not Draft.objects.exists()


def test_discard_works_without_scripts(cast):
    ticket, bob = an_incident(cast), as_(cast.bob)
    put(bob, ticket, "Not like this")
    answer = bob.post(here(ticket, "draft/comment/"), {"discard": "1"})
    assert answer.status_code == 302
    assert "Not like this" not in bob.get(here(ticket)).content.decode()


def test_sending_ends_the_draft_and_a_late_save_does_not_bring_it_back(cast):
    ticket, bob = an_incident(cast), as_(cast.bob)
    page = bob.get(here(ticket)).content.decode()
    key = page.split('name="once" value="', 1)[1].split('"', 1)[0]
    put(bob, ticket, "A note", mode="note", once=key)
    form = {"body": "A note", "mode": "note", "once": key}
    bob.post(here(ticket, "do/comment/"), form)
    assert Comment.objects.get().body == "A note"
    put(bob, ticket, "A note", mode="note", once=key)  # was on its way already
    assert not Draft.objects.exists()


def test_a_verbs_form_keeps_what_was_typed_too(cast):
    ticket, bob = taken(cast), as_(cast.bob)
    put(bob, ticket, form="resolve", resolution="A new cable", resolution_code="fixed")
    form = bob.get(here(ticket, "do/resolve/")).content.decode()
    assert "A new cable</textarea>" in form
    assert "Draft kept, " in form
    bob.post(here(ticket, "do/resolve/"), {"resolution": "A new cable"})
    assert not Draft.objects.exists()


def test_a_draft_over_a_newer_save_shows_both(cast):
    ticket, bob = an_incident(cast, description="Old"), as_(cast.bob)
    put(bob, ticket, form="edit", description="Mine", version=str(ticket.version))
    actions.edit(
        ticket=ticket, by=cast.alice, at=timezone.now(), given={"description": "Theirs"}
    )
    form = bob.get(here(ticket, "do/edit/")).content.decode()
    assert f'name="version" value="{ticket.version}"' in form
    sent = {"description": "Mine", "version": str(ticket.version)}
    assert bob.post(here(ticket, "do/edit/"), sent).status_code == 412


def test_saving_the_title_leaves_what_was_typed_of_the_description(cast):
    ticket, bob = an_incident(cast, description="Old"), as_(cast.bob)
    put(bob, ticket, form="edit", description="Half", version=str(ticket.version))
    headers = {"HX-Request": "true", "HX-Target": "fact-description"}
    form = bob.get(here(ticket, "do/edit/?only=description"), headers=headers)
    assert "Half</textarea>" in form.content.decode()
    assert f'data-url="{here(ticket, "draft/edit/")}"' in form.content.decode()
    bob.post(here(ticket, "do/edit/"), {"title": "New", "only": "title"})
    assert Draft.objects.get().fields["description"] == "Half"
    bob.post(here(ticket, "do/edit/"), {"description": "Half", "only": "description"})
    assert not Draft.objects.exists()


def test_drafts_go_when_a_text_of_the_ticket_is_removed_for_good(cast):
    ticket = an_incident(cast, description="hunter2")
    put(as_(cast.bob), ticket, "> hunter2\n\nPlease change it.")
    actions.redact(
        ticket=ticket, by=cast.grace, at=timezone.now(), why="x", field="description"
    )
    assert not Draft.objects.exists()


def test_nothing_of_a_person_is_kept_when_they_are_forgotten(cast):
    ticket = an_incident(cast)
    put(as_(cast.bob), ticket, "Hm")
    drafts.forget_person(cast.bob)
    assert not Draft.objects.exists()


def test_a_new_ticket_is_a_draft_too(cast):
    bob = as_(cast.bob)
    sent = {"body": "", "fields": {"title": "Printer"}, "files": []}
    bob.put("/drafts/new/", json.dumps(sent), "application/json")
    assert bob.get("/drafts/new/").json()["fields"]["title"] == "Printer"


def test_nonsense_is_refused_with_a_sentence(cast):
    ticket, bob = an_incident(cast), as_(cast.bob)
    for sent in ("", "[]", '{"files": []', '{"body": 3, "files": []}'):
        answer = bob.put(here(ticket, "draft/comment/"), sent, "application/json")
        assert answer.status_code == 422, sent
    assert put(bob, ticket, "x" * 300_000).status_code == 422
    assert not Draft.objects.exists()


def up(client, ticket, name="image.png", content=PNG):
    file = SimpleUploadedFile(name, content)
    return client.post(here(ticket, "uploads/"), {"file": file})


def test_a_pasted_picture_stays_its_authors_until_it_is_sent(cast):
    ticket, bob = an_incident(cast), as_(cast.bob)
    told = up(bob, ticket).json()
    assert told["picture"]
    assert told["name"] != "image.png"
    assert bob.get(told["url"]).status_code == 200
    assert as_(cast.alice).get(told["url"]).status_code == 404
    words = f"Look: ![here]({told['name']})"
    form = {"body": words, "mode": "note", "upload": told["id"]}
    bob.post(here(ticket, "do/comment/"), form)
    kept = Comment.objects.get().attachments.get()
    page = as_(cast.alice).get(here(ticket)).content.decode()
    assert (
        f'<img class="inline" src="/files/{kept.pk}/{told["name"]}" alt="here"' in page
    )
    assert not Upload.objects.exists()


def test_a_program_is_no_picture(cast):
    ticket, bob = an_incident(cast), as_(cast.bob)
    answer = up(bob, ticket, "a.png", b"MZ" + b"\x00" * 40)
    assert answer.status_code == 422
    assert "is a program" in answer.json()["said"]


def test_a_file_of_somebody_else_cannot_be_sent_along(cast):
    ticket = an_incident(cast)
    theirs = up(as_(cast.alice), ticket).json()["id"]
    form = {"body": "Mine?", "mode": "note", "upload": theirs}
    as_(cast.bob).post(here(ticket, "do/comment/"), form)
    assert not Comment.objects.get().attachments.exists()
    assert Upload.objects.get().user == cast.alice


def test_files_nobody_sent_are_swept_those_of_a_draft_stay(cast):
    ticket, bob, now = an_incident(cast), as_(cast.bob), timezone.now()
    first, second = (up(bob, ticket).json()["id"] for _ in range(2))
    put(bob, ticket, "See", files=[first])
    assert uploads.sweep(at=now + timedelta(days=2)) == 1
    assert [row.pk for row in Upload.objects.all()] == [first]
    assert second != first


def test_the_preview_shows_what_will_be_seen(cast):
    ticket, bob = an_incident(cast), as_(cast.bob)
    other, secret = an_incident(cast), an_incident(cast, restricted=True)
    body = f"**Now** see {other.number} and {secret.number} <script>"
    told = bob.post(
        here(ticket, "preview/"), {"body": body}, headers={"HX-Request": "true"}
    ).content.decode()
    assert "<strong>Now</strong>" in told
    assert f'href="/incidents/{other.number}/"' in told
    assert f"/incidents/{secret.number}/" not in told
    assert "<script" not in told
    whole = bob.post(here(ticket, "preview/"), {"body": body}).content.decode()
    assert "<strong>Now</strong>" in whole
    assert "**Now** see" in whole
