"""Files: checked when they come, whole, and served to those who see the ticket."""

import io

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.handlers.wsgi import WSGIRequest
from django.test import Client
from django.utils import timezone

from core.errors import Invalid
from core.files import LARGEST, safe_name
from itsm.tickets import actions
from itsm.tickets.models import Attachment, Ticket
from itsm.tickets.pages.files_views import url
from itsm.tickets.pages.uploads import sent_files
from people.models import User
from tests.factories import PNG, an_incident, as_, attached

PAGE = b"<html><script>alert(1)</script></html>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def put(ticket: Ticket, by: User, content: bytes, name: str) -> Attachment:
    return actions.attach(
        ticket=ticket, by=by, at=timezone.now(), file=ContentFile(content), name=name
    )


def body(answer) -> bytes:
    return b"".join(answer.streaming_content)


def test_a_picture_is_shown_in_a_sandbox(cast):
    kept = attached(an_incident(cast), by=cast.carol)
    answer = as_(cast.carol).get(url(kept))
    assert (answer.status_code, body(answer)) == (200, PNG)
    assert answer["Content-Type"] == "image/png"
    assert answer["Content-Disposition"].startswith("inline")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert "private" in answer["Cache-Control"]


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (PAGE, "page.html"),
        (SVG, "picture.svg"),
        (PAGE, "picture.png"),
        (b"%PDF-1.7", "a.pdf"),
        (b"GIF8/*" + PAGE, "polyglot.gif"),
    ],
)
def test_whatever_a_browser_could_run_is_downloaded(cast, content, name):
    kept = put(an_incident(cast), cast.carol, content, name)
    answer = as_(cast.bob).get(url(kept))
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert body(answer) == content


def test_only_those_who_see_the_ticket_get_its_file(cast):
    kept = attached(an_incident(cast), by=cast.carol)
    readers = {
        name: as_(p).get(url(kept)).status_code for name, p in cast.people.items()
    }
    assert readers.pop("mallory") == 404
    assert set(readers.values()) == {200}
    assert Client().get(url(kept))["Location"].startswith("/accounts/login/")


def test_a_file_of_a_restricted_ticket_stays_with_its_people(cast):
    ticket = an_incident(cast, service=cast.services["hr-portal"])
    kept = attached(ticket, by=cast.carol)
    assert as_(cast.carol).get(url(kept)).status_code == 200
    assert as_(cast.bob).get(url(kept)).status_code == 404
    assert as_(cast.grace).get(url(kept)).status_code == 200


def test_an_internal_file_is_not_for_the_requester(cast):
    kept = attached(an_incident(cast), by=cast.bob, public=False)
    assert as_(cast.bob).get(url(kept)).status_code == 200
    assert as_(cast.carol).get(url(kept)).status_code == 404


def test_a_removed_file_says_so_to_those_who_could_see_it(cast):
    ticket = an_incident(cast)
    kept = attached(ticket, by=cast.carol)
    actions.redact(
        ticket=ticket,
        by=cast.grace,
        at=timezone.now(),
        attachment=kept.pk,
        why="A card",
    )
    answer = as_(cast.carol).get(url(kept))
    assert (answer.status_code, "removed" in answer.text) == (410, True)
    assert as_(cast.mallory).get(url(kept)).status_code == 404


def test_there_is_no_file_where_none_is(cast):
    bob = as_(cast.bob)
    assert bob.get("/files/987654/screen.png").status_code == 404
    assert bob.get(f"/files/{2**70}/screen.png").status_code == 404
    assert bob.post("/files/1/screen.png").status_code == 405


def test_a_file_that_the_disk_lost_is_not_there(cast):
    kept = attached(an_incident(cast), by=cast.carol)
    kept.file.storage.delete(kept.file.name)
    assert as_(cast.carol).get(url(kept)).status_code == 404


def test_rest_and_portal_serve_under_the_same_guard(cast):
    ticket = an_incident(cast)
    kept = attached(ticket, by=cast.carol)
    carol = as_(cast.carol)
    for address in (
        f"/api/v1/tickets/{ticket.number}/attachments/{kept.pk}/",
        f"/portal/{ticket.number}/files/{kept.pk}/",
        url(kept),
    ):
        answer = carol.get(address)
        assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert "private" in answer["Cache-Control"]
        assert body(answer) == PNG


# what is taken


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (b"", "empty.txt", "is empty"),
        (b"MZ\x90\x00", "setup.txt", "is a program"),
        (b"\x7fELF\x02", "tool", "is a program"),
        (b"WScript.Echo 1", "love-letter.txt.vbs", "is a program"),
        (b"x", "run.EXE", "is a program"),
    ],
)
def test_what_is_not_taken_is_said(cast, content, name, said):
    ticket = an_incident(cast)
    with pytest.raises(Invalid, match=said):
        put(ticket, cast.carol, content, name)
    assert not Attachment.objects.exists()


def test_a_file_that_is_too_large_is_refused_before_it_is_kept(cast):
    large = ContentFile(b"x")
    large.size = LARGEST + 1
    with pytest.raises(Invalid, match="at most 25 MB"):
        actions.attach(
            ticket=an_incident(cast),
            by=cast.carol,
            at=timezone.now(),
            file=large,
            name="film.mp4",
        )


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\carol\\screen.png", "screen.png"),
        ("a\r\nSet-Cookie: x.png", "aSet-Cookie_ x.png"),
        ("invoice\u202egnp.exe.png", "invoicegnp.exe.png"),
        ("<script>.png", "_script_.png"),
        (" . ", "file"),
        ("é" * 300 + ".png", "é" * 192 + ".png"),
    ],
)
def test_names_are_made_safe(sent, kept):
    assert safe_name(sent) == kept


def test_a_strange_name_reaches_the_reader_whole(cast):
    kept = put(an_incident(cast), cast.carol, b"text", 'Ärger "heute" 100%.txt')
    answer = as_(cast.carol).get(url(kept))
    assert answer.status_code == 200
    assert "filename*=utf-8''" in answer["Content-Disposition"]
    assert "\n" not in answer["Content-Disposition"]


def test_an_upload_that_broke_off_keeps_the_words_and_no_half_file(cast):
    """The body ends inside the file, so the form's last field never came."""
    edge = "edge"
    part = f'--{edge}\r\nContent-Disposition: form-data; name="{{}}"\r\n\r\n{{}}\r\n'
    sent = part.format("begin", "1") + part.format("title", "Locked out")
    sent += part.format("description", "Since nine")
    sent += (
        f'--{edge}\r\nContent-Disposition: form-data; name="files"; '
        'filename="log.txt"\r\nContent-Type: text/plain\r\n\r\nhalf of i'
    )
    answer = as_(cast.bob).post(
        "/new/incident/",
        sent.encode(),
        content_type=f"multipart/form-data; boundary={edge}",
    )
    assert (answer.status_code, "broke off" in answer.text) == (422, True)
    assert "Since nine" in answer.text
    assert not Ticket.objects.exists()
    assert not Attachment.objects.exists()


def test_a_form_that_is_shorter_than_it_said_is_refused_at_every_door():
    """Without `begin` and `end` too: the portal's forms have neither."""
    half = b'--x\r\nContent-Disposition: form-data; name="body"\r\n\r\nSee\r\n'
    half += b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.txt"'
    half += b"\r\nContent-Type: text/plain\r\n\r\nhalf of i"
    environ = {
        "REQUEST_METHOD": "POST",
        "CONTENT_TYPE": "multipart/form-data; boundary=x",
        "CONTENT_LENGTH": str(len(half) + 500),
        "wsgi.input": io.BytesIO(half),
    }
    with pytest.raises(Invalid, match="broke off"):
        sent_files(WSGIRequest(environ))


def test_eleven_files_are_too_many_at_once(cast):
    files = [SimpleUploadedFile(f"{n}.png", PNG) for n in range(11)]
    sent = {"title": "Locked out", "files": files, "end": "1"}
    answer = as_(cast.bob).post("/new/incident/", sent)
    assert (answer.status_code, "At most 10 files" in answer.text) == (422, True)
