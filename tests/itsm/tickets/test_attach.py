"""Attaching: a row and its file, or neither."""

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile

from core import files
from core.log import act
from itsm.tickets import actions, invariants
from itsm.tickets.models import Attachment
from tests.factories import PNG, an_incident, attached, later, resolved, said
from tests.itsm.checks import forbidden, fresh, inactive, invalid, last


def on_disk(media):
    return [p for p in media.rglob("*") if p.is_file()]


def attach(ticket, by, content=PNG, name="screen.png", **more):
    return actions.attach(
        ticket=ticket,
        by=by,
        at=later(3),
        file=SimpleUploadedFile(name, content, content_type="text/html"),
        name=name,
        **more,
    )


def test_a_file_is_kept_whole_under_a_name_nobody_can_guess(cast, media):
    ticket = an_incident(cast)
    kept = attach(ticket, cast.carol, PNG, "VPN error.png")
    [path] = on_disk(media)
    assert path.read_bytes() == PNG
    assert "VPN" not in path.name
    kept = Attachment.objects.get()
    assert (kept.name, kept.content_type, kept.size) == (
        "VPN error.png",
        "image/png",
        len(PNG),
    )
    assert kept.file.read() == PNG
    assert last(ticket).kind == "ticket.attach"
    assert last(ticket).changes == {"attachment": [None, kept.pk]}
    assert last(ticket).public


def test_the_same_file_twice_is_two_files(cast, media):
    ticket = an_incident(cast)
    first, second = (attached(ticket, by=cast.carol) for _ in range(2))
    assert first.file.name != second.file.name
    assert first.digest == second.digest
    assert len(on_disk(media)) == 2


def test_a_file_of_staff_may_be_internal_and_a_requesters_never_is(cast):
    ticket = an_incident(cast)
    assert not attached(ticket, by=cast.bob, public=False).is_public
    assert not last(ticket).public
    assert attached(ticket, by=cast.carol, public=False).is_public


def test_a_file_may_belong_to_a_comment_and_come_late(cast):
    ticket = resolved(cast)
    comment = said(ticket, "See here", by=cast.carol)
    kept = attach(ticket, cast.carol, said_with=comment)
    assert kept.comment == comment
    assert fresh(ticket).state == "resolved"


@pytest.mark.parametrize("name", ["mallory"])
def test_others_may_not_attach(cast, name):
    ticket = an_incident(cast)
    with forbidden():
        attach(ticket, cast.people[name])
    carol = inactive(cast.carol)
    with forbidden():
        attach(ticket, carol)


@pytest.mark.parametrize("content", [b"", b"MZ\x00\x00", b"\x7fELF\x01"])
def test_a_refused_file_leaves_neither_row_nor_file(cast, content):
    ticket = an_incident(cast)
    with invalid() as caught:
        attach(ticket, cast.carol, content)
    assert set(caught.value.errors) == {"file"}


def test_what_is_too_large_is_refused_with_the_limit(cast, monkeypatch):
    monkeypatch.setattr(files, "LARGEST", 1024 * 1024)
    ticket = an_incident(cast)
    with invalid() as caught:
        attach(ticket, cast.carol, b"x" * (1024 * 1024 + 1))
    assert "1 MB" in caught.value.detail
    attach(ticket, cast.carol, b"x" * 1024 * 1024)


def test_an_action_that_fails_afterwards_leaves_no_file(cast, media):
    ticket = an_incident(cast)

    def attach_and_fail():
        with act():
            attach(ticket, cast.carol)
            raise RuntimeError("the database went away")

    with pytest.raises(RuntimeError):
        attach_and_fail()
    assert on_disk(media) == []
    assert not Attachment.objects.exists()


def test_a_full_disk_leaves_neither_row_nor_half_a_file(cast, media, monkeypatch):
    ticket = an_incident(cast)

    def half(name, content, max_length=None):
        path = media / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    field = Attachment._meta.get_field("file")
    monkeypatch.setattr(field.storage, "save", half, raising=False)
    with pytest.raises(OSError, match="No space"):
        attach(ticket, cast.carol)
    assert on_disk(media) == []
    assert not Attachment.objects.exists()
    assert fresh(ticket).version == 1


def test_the_doctor_finds_files_without_rows_and_rows_without_files(cast, media):
    ticket = an_incident(cast)
    attached(ticket, by=cast.carol)
    assert invariants._files() == []
    [path] = on_disk(media)
    orphan = path.with_name("orphan")
    path.rename(orphan)
    missing, extra = invariants._files()
    assert path.name in missing
    assert "missing" in missing
    assert "orphan" in extra


def test_a_stream_is_read_from_its_beginning(cast, media):
    ticket = an_incident(cast)
    file = ContentFile(PNG, name="a.png")
    file.read(3)
    actions.attach(ticket=ticket, by=cast.carol, at=later(1), file=file, name="a.png")
    [path] = on_disk(media)
    assert path.read_bytes() == PNG
