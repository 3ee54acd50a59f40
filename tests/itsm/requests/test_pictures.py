"""An offering's picture: what it is, how large, who sees it, how it is served."""

import struct
import zlib

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from itsm.requests.catalogue import pictures
from itsm.requests.models import Offering
from tests.cast import AT
from tests.itsm.checks import forbidden, invalid


def png(width: int = 4, height: int = 3, more: bytes = b"") -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        crc = zlib.crc32(name + data)
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", crc)

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = zlib.compress(b"".join(b"\0" + b"\xf0\xb4\x29" * 4 for _ in range(3)))
    body = chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body + more


JPEG = (
    b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
    b"\xff\xc0\x00\x11\x08\x00\x20\x00\x40\x03\x01\x22\x00\x02\x11\x01\x03\x11\x01"
)
WEBP = (
    b"RIFF\x24\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x10\x00\x00\x00"
    b"\x3f\x00\x00\x1f\x00\x00"
)


def given(cast, data: bytes, by=None, name="laptop.png") -> Offering:
    file = ContentFile(data, name=name)
    vpn = cast.offerings["vpn-access"]
    return pictures.set_picture(offering=vpn, by=by or cast.grace, at=AT, file=file)


@pytest.mark.parametrize(
    ("data", "size"), [(png(), (4, 3)), (JPEG, (64, 32)), (WEBP, (64, 32))]
)
def test_its_size_is_read_from_its_first_bytes(data, size):
    assert pictures.size_of(data) == size
    for cut in range(len(data) - 1):
        pictures.size_of(data[:cut])  # never an error


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "PNG, JPEG"),
        (b"<html><script>alert(1)</script>", "PNG, JPEG"),
        (b"GIF89a" + b"\x00" * 20, "PNG, JPEG"),
        (png(30_000, 30_000), "pixels"),
        (png(0, 4), "pixels"),
        (b"\x89PNG\r\n\x1a\n" + b"\x00" * 40, "cannot be read"),
        (png(more=b"\x00" * pictures.LARGEST), "KB"),
        (b"", "empty"),
    ],
)
def test_what_is_no_picture_for_a_page_is_refused(cast, data, says):
    with invalid() as no:
        given(cast, data)
    assert says in no.value.detail
    assert not Offering.objects.get(slug="vpn-access").picture


def test_it_is_served_with_its_type_and_nothing_that_runs(cast):
    row = given(cast, png(more=b"<script>alert(1)</script>"), name="../../x.html")
    assert row.picture.name.startswith("offerings/")
    assert row.picture.name.endswith(".png")
    client = Client()
    client.force_login(cast.carol)
    answer = client.get(pictures.url(row))
    assert answer["Content-Type"] == "image/png"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"].startswith("sandbox")
    assert "immutable" in answer["Cache-Control"]
    other = client.get("/portal/order/vpn-access/picture/?v=x")
    assert "no-cache" in other["Cache-Control"]


def test_only_who_may_order_it_sees_it(cast):
    row = given(cast, png())
    row.for_organisations.add(cast.organisations["globex"])
    client = Client()
    assert client.get(pictures.url(row)).status_code == 302
    client.force_login(cast.carol)
    assert client.get(pictures.url(row)).status_code == 404
    client.force_login(cast.mallory)
    assert client.get(pictures.url(row)).status_code == 200


def test_a_new_one_takes_the_old_one_off_the_disk(
    cast, media, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        given(cast, png())
        row = given(cast, JPEG)
    assert [one.suffix for one in (media / "offerings").iterdir()] == [".jpg"]
    with forbidden():
        pictures.remove_picture(offering=row, by=cast.bob, at=AT)
    with django_capture_on_commit_callbacks(execute=True):
        pictures.remove_picture(offering=row, by=cast.grace, at=AT)
    assert list((media / "offerings").iterdir()) == []


def test_an_administrator_sends_it_with_the_page(cast):
    client = Client()
    path = "/settings/offerings/vpn-access/picture/"
    client.force_login(cast.bob)
    sent = {"begin": 1, "picture": SimpleUploadedFile("a.png", png()), "end": 1}
    assert client.post(path, sent).status_code == 403
    client.force_login(cast.grace)
    bad = {"begin": 1, "picture": SimpleUploadedFile("a.png", b"x"), "end": 1}
    assert "PNG, JPEG" in client.post(path, bad).content.decode()
    assert client.post(path, {}).status_code == 422
    sent["picture"] = SimpleUploadedFile("a.png", png())
    assert client.post(path, sent).status_code == 302
    assert Offering.objects.get(slug="vpn-access").picture
