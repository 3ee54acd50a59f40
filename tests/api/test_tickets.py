"""Tickets over REST: opening, reading, editing, verbs."""

import pytest
from django.utils import timezone

from core.models import Event
from itsm.tickets.models import Ticket
from tests.factories import (
    a_change,
    a_request,
    an_incident,
    attached,
    resolved,
    said,
    taken,
)

pytestmark = pytest.mark.django_db


def test_a_title_is_enough_to_open_an_incident(cast, api):
    answer = api(cast.carol).post("incidents/", {"title": "VPN drops"})

    assert answer.status_code == 201
    body = answer.json()
    assert body["number"].startswith("INC-")
    assert answer["Location"].endswith(f"/api/v1/incidents/{body['number']}/")
    assert answer["ETag"] == f'"{body["number"]}.1"'
    assert body["state_category"] == "new"
    assert body["requester"] == "carol@demo.example"
    assert body["organisation"] == "acme"
    assert body["priority"] == "P4"
    assert body["verified_by"] is None
    event = Event.objects.get(kind="ticket.open")
    assert event.door == "api"


def test_opening_costs_at_most_nine_statements(
    cast, api, django_assert_max_num_queries
):
    client = api(cast.bob)
    client.post("incidents/", {"title": "Warm up"})
    with django_assert_max_num_queries(9):
        answer = client.post("incidents/", {"title": "VPN drops"})
    assert answer.status_code == 201


def test_every_field_of_creation_is_kept(cast, api):
    sent = {
        "title": "VPN drops",
        "description": "Every hour.",
        "requester": "Carol@demo.example",
        "service": "vpn",
        "category": "connectivity",
        "impact": "high",
        "urgency": "high",
        "team": "network",
        "owner": "erin@demo.example",
        "size": 3,
        "affected": 40,
        "channel": "phone",
        "external_ref": "SN-1",
    }
    body = api(cast.bob).post("incidents/", sent).json()
    told = {name: body[name] for name in sent}
    assert told == {**sent, "requester": "carol@demo.example"}
    assert body["priority"] == "P1"


def test_wrong_fields_are_all_told_at_once(cast, api):
    answer = api(cast.bob).post(
        "incidents/",
        {"titel": "x", "impact": "huge", "affected": 10**30, "service": "vpnn"},
    )
    assert answer.status_code == 422
    assert answer["Content-Type"] == "application/problem+json"
    body = answer.json()
    assert set(body["errors"]) == {"titel", "impact", "affected", "service"}
    assert "title" in body["errors"]["titel"][0]
    assert "vpn" in body["errors"]["service"][0]
    assert not Ticket.objects.exists()


def test_requesters_open_for_themselves_only_and_decide_nothing_else(cast, api):
    carol = api(cast.carol)
    other = carol.post("incidents/", {"title": "x", "requester": "bob@demo.example"})
    assert other.status_code == 403
    assert carol.post("changes/", {"title": "x"}).status_code == 403
    rejected = carol.post("incidents/", {"title": "x", "organisation": "globex"})
    assert rejected.status_code == 422


def test_a_change_brings_its_own_fields(cast, api):
    window = {"start": "2026-12-01T20:00:00Z", "end": "2026-12-01T22:00:00Z"}
    made = api(cast.alice).post(
        "changes/", {"title": "New firmware", "plan": "One by one", "window": window}
    )
    assert made.status_code == 201, made.content
    body = made.json()
    assert body["plan"] == "One by one"
    assert body["window"] == window
    changed = api(cast.alice).patch(
        f"changes/{body['number']}/", {"way_back": "Old firmware", "title": "Firmware"}
    )
    assert changed.json()["way_back"] == "Old firmware"
    assert changed.json()["title"] == "Firmware"


def test_an_order_comes_from_the_catalogue(cast, api):
    body = api(cast.carol).post("requests/", {"offering": "new-laptop"}).json()
    assert body["title"] == "New laptop"
    assert body["offering"] == "new-laptop"
    assert body["state"] == "approval"
    approved = api(cast.frank).post(f"requests/{body['number']}/verbs/approve/")
    assert approved.status_code == 200, approved.content
    assert approved.json()["state"] == "fulfilling"


def test_a_ticket_of_another_practice_is_not_found(cast, api):
    ticket = a_request(cast)
    assert api(cast.bob).get(f"incidents/{ticket.number}/").status_code == 404
    assert api(cast.bob).get(f"requests/{ticket.number}/").status_code == 200
    assert api(cast.bob).get(f"tickets/{ticket.number.lower()}/").status_code == 200


def test_others_tickets_are_not_found(cast, api):
    ticket = an_incident(cast)
    for path in ("", "verbs/", "events/", "comments/", "attachments/"):
        answer = api(cast.mallory).get(f"incidents/{ticket.number}/{path}")
        assert answer.status_code == 404, path
    answer = api(cast.mallory).post(
        f"incidents/{ticket.number}/comment/", {"body": "x"}
    )
    assert answer.status_code == 404


def test_a_parent_that_is_not_theirs_is_not_told(cast, api):
    parent = an_incident(cast, by=cast.mallory)
    child = an_incident(cast, parent=parent)
    staff, carol = api(cast.bob), api(cast.carol)
    assert staff.get(f"incidents/{child.number}/").json()["parent"] == parent.number
    assert carol.get(f"incidents/{child.number}/").json()["parent"] is None
    assert carol.get("incidents/").json()["results"][0]["parent"] is None
    assert carol.get(f"incidents/?parent={parent.number}").json()["results"] == []


def test_the_whole_life_of_an_incident(cast, api):
    bob, carol = api(cast.bob), api(cast.carol)
    number = carol.post("incidents/", {"title": "VPN drops"}).json()["number"]
    at = f"incidents/{number}"

    took = bob.post(f"{at}/take/", {"service": "vpn"}).json()
    assert (took["owner"], took["state"]) == ("bob@demo.example", "in_progress")
    assert bob.post(f"{at}/take/").status_code == 200
    bob.post(f"{at}/comment/", {"body": "Which client?", "public": True})
    waits = bob.post(f"{at}/wait/", {"reason": "requester", "comment": "Which?"}).json()
    assert (waits["state"], waits["wait_reason"]) == ("waiting", "requester")
    back = carol.post(f"{at}/comment/", {"body": "The new one"}).json()
    assert back["state"] == "in_progress"
    done = bob.post(
        f"{at}/resolve/", {"resolution": "Fixed", "resolution_code": "fixed"}
    )
    assert done.json()["state_category"] == "resolved"
    again = carol.post(f"{at}/reopen/", {"comment": "Still drops"}).json()
    assert again["state"] == "in_progress"
    bob.post(f"{at}/resolve/", {"resolution": "Now fixed"})
    closed = carol.post(f"{at}/close/").json()
    assert (closed["state"], closed["verified_by"]) == ("closed", "requester")


def test_a_wrong_state_says_what_is_possible(cast, api):
    ticket = resolved(
        cast, an_incident(cast, at=timezone.now(), service=cast.services["vpn"])
    )
    answer = api(cast.bob).post(
        f"incidents/{ticket.number}/wait/", {"reason": "supplier"}
    )
    assert answer.status_code == 409
    assert "close" in answer.json()["allowed"]


def test_taken_by_another_names_who(cast, api):
    ticket = taken(cast)
    answer = api(cast.erin).post(f"incidents/{ticket.number}/take/")
    assert answer.status_code == 409
    assert "Bob" in answer.json()["detail"]


def test_a_stale_save_is_refused_with_the_current_version(cast, api):
    ticket = an_incident(cast)
    bob = api(cast.bob)
    tag = bob.get(f"incidents/{ticket.number}/")["ETag"]
    bob.patch(f"incidents/{ticket.number}/", {"title": "First"}, If_Match=tag)
    late = bob.patch(f"incidents/{ticket.number}/", {"title": "Second"}, If_Match=tag)
    assert late.status_code == 412
    assert late["ETag"] != tag
    assert Ticket.objects.get(pk=ticket.pk).title == "First"
    strange = bob.patch(f"incidents/{ticket.number}/", {"title": "x"}, If_Match='"x"')
    assert strange.status_code == 412
    any_ = bob.patch(f"incidents/{ticket.number}/", {"title": "x"}, If_Match="*")
    assert any_.status_code == 200


def test_who_has_it_already_gets_304(cast, api):
    ticket = an_incident(cast)
    bob = api(cast.bob)
    tag = bob.get(f"incidents/{ticket.number}/")["ETag"]
    answer = bob.get(f"incidents/{ticket.number}/", If_None_Match=tag)
    assert answer.status_code == 304
    assert answer.content == b""


def test_the_verbs_are_those_of_the_caller(cast, api):
    ticket = an_incident(cast)
    path = f"incidents/{ticket.number}/verbs/"
    bobs = {v["name"]: v for v in api(cast.bob).get(path).json()["verbs"]}
    assert bobs["start"]["requires"] == ["service"]
    assert {"take", "assign", "comment", "resolve"} <= bobs.keys()
    carols = {v["name"] for v in api(cast.carol).get(path).json()["verbs"]}
    assert "take" not in carols
    assert "comment" in carols


def test_a_verb_that_its_process_lacks_is_not_found(cast, api):
    ticket = an_incident(cast)
    answer = api(cast.bob).post(f"incidents/{ticket.number}/verbs/fly/")
    assert answer.status_code == 404


def test_requesters_read_public_comments_only(cast, api):
    ticket = an_incident(cast)
    said(ticket, "Internal", by=cast.bob, public=False)
    said(ticket, "Public", by=cast.bob)
    path = f"incidents/{ticket.number}/comments/"
    texts = lambda who: [c["body"] for c in api(who).get(path).json()["results"]]  # noqa: E731
    assert texts(cast.bob) == ["Internal", "Public"]
    assert texts(cast.carol) == ["Public"]


def test_files_come_and_go_with_permission(cast, api):
    from tests.factories import upload

    ticket = an_incident(cast)
    path = f"incidents/{ticket.number}/attachments/"
    made = api(cast.bob).upload(path, file=upload())
    assert made.status_code == 201, made.content
    url = made.json()["url"]
    got = api(cast.carol).get(url)
    assert b"".join(got.streaming_content).startswith(b"\x89PNG")
    assert got["X-Content-Type-Options"] == "nosniff"
    assert "attachment" in got["Content-Disposition"]
    assert api(cast.mallory).get(url).status_code == 404
    secret = attached(ticket, by=cast.bob, public=False)
    assert api(cast.carol).get(f"{path}{secret.pk}/").status_code == 404
    listed = api(cast.carol).get(path).json()["results"]
    assert [one["name"] for one in listed] == ["screen.png"]


def test_a_file_that_is_a_program_is_refused(cast, api):
    from tests.factories import upload

    ticket = an_incident(cast)
    path = f"incidents/{ticket.number}/attachments/"
    bob = api(cast.bob)
    assert (
        bob.upload(path, file=upload(b"MZ" + b"\x00" * 99, "a.exe")).status_code == 422
    )
    assert bob.upload(path, file=upload(b"")).status_code == 422
    assert bob.upload(path, other="x").status_code == 422
    assert bob.post(path, {"file": "x"}).status_code == 415


def test_an_upload_that_breaks_off_writes_nothing(cast, api, in_process):
    ticket = an_incident(cast)
    half = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n'
    half += b"\r\n\x89PNG"
    path = f"incidents/{ticket.number}/attachments/"
    status, body = in_process(cast.bob, path, half, len(half) + 500)
    assert status == 400
    assert b"broke off" in body
    kind = "multipart/form-data"  # and one that cannot even be begun
    assert api(cast.bob).post(path, half, content_type=kind).status_code == 400
    assert not ticket.attachments.exists()


def test_a_redacted_text_is_gone_from_every_answer(cast, api):
    ticket = an_incident(cast)
    alice = api(cast.alice)
    secret = said(ticket, "my password is hunter2", by=cast.carol)
    at = f"incidents/{ticket.number}"
    alice.post(f"{at}/assign/", {"team": "desk"})
    answer = alice.post(f"{at}/redact/", {"comment": secret.pk, "why": "A password"})
    assert answer.status_code == 200, answer.content
    for path in (f"{at}/comments/", f"{at}/events/", "events/"):
        text = alice.get(path).content.decode()
        assert "hunter2" not in text
    assert "A password" in alice.get(f"{at}/events/").content.decode()


def test_a_change_of_a_requester_who_was_copied_is_theirs_to_see_only(cast, api):
    change = a_change(cast)
    alice, carol = api(cast.alice), api(cast.carol)
    assert carol.get(f"changes/{change.number}/").status_code == 404
    alice.post(f"changes/{change.number}/copy/", {"person": "carol@demo.example"})
    assert carol.get(f"changes/{change.number}/").status_code == 200
    edit = carol.patch(f"changes/{change.number}/", {"title": "x"})
    assert edit.status_code == 403
