"""What a file is, by its content, and how it is called."""

import pytest
from django.core.files.base import ContentFile

from core.errors import Invalid
from core.files import check_file, safe_name


def kind(content: bytes, name: str = "file.bin") -> str:
    return check_file(ContentFile(content), name)[0]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"\x89PNG\r\n\x1a\n....", "image/png"),
        (b"\xff\xd8\xff\xe0....", "image/jpeg"),
        (b"GIF89a....", "image/gif"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"%PDF-1.7\n", "application/pdf"),
        (b"PK\x03\x04....", "application/zip"),
        (b"\x1f\x8b\x08....", "application/gzip"),
        (b"just words", "text/plain"),
        ("Grüße".encode(), "text/plain"),
        (b"\x00\x01\x02", "application/octet-stream"),
        (b"\xff\xfe\xfd\xfc plus", "application/octet-stream"),
        (("ä" * 400).encode(), "text/plain"),  # cut in the middle of a letter
        (b"a" + ("ä" * 400).encode(), "text/plain"),
        (("😀" * 200).encode(), "text/plain"),
        (b"ab" + ("😀" * 200).encode(), "text/plain"),
    ],
)
def test_the_type_is_read_from_the_content(content, expected):
    assert kind(content, "anything.html") == expected


@pytest.mark.parametrize(
    "content",
    [
        b"<!doctype html><script>alert(1)</script>",
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"<?xml version='1.0'?><x/>",
        b"#!/bin/sh\nrm -rf /\n",
    ],
)
def test_what_a_browser_could_run_is_plain_text(content):
    assert kind(content, "page.html") == "text/plain"


@pytest.mark.parametrize(
    "content",
    [
        b"GIF89a/*<script>alert(1)</script>*/",
        b"%PDF-1.4\n<script>alert(1)</script>",
        b"\x89PNG\r\n\x1a\n<svg onload=alert(1)>",
    ],
)
def test_a_polyglot_is_what_it_begins_with_and_never_a_page(content):
    assert kind(content, "x.svg") in {"image/gif", "application/pdf", "image/png"}


@pytest.mark.parametrize(
    "content",
    [
        b"MZ\x90\x00\x03\x00",
        b"\x7fELF\x02\x01",
        b"\xca\xfe\xba\xbe\x00\x00",
        b"\xcf\xfa\xed\xfe",
        b"\xce\xfa\xed\xfe",
    ],
)
def test_programs_are_refused_whatever_they_are_called(content):
    with pytest.raises(Invalid, match="program"):
        kind(content, "holiday.png")


@pytest.mark.parametrize(
    "name",
    ["a.exe", "A.EXE", "a.exe.", "a.exe ", "a.pdf.scr", "a.e\u200bxe", "x/../a.bat",
     "c:\\temp\\a.vbs", "a.JS", "a.lnk"],
)  # fmt: skip
def test_names_of_programs_are_refused_whatever_they_hold(name):
    with pytest.raises(Invalid, match="program"):
        kind(b"words", name)


def test_words_that_begin_like_a_program_are_words():
    assert kind(b"MZ-4711 is the label on the device") == "text/plain"


@pytest.mark.parametrize("content", [b""])
def test_an_empty_file_is_refused(content):
    with pytest.raises(Invalid, match="empty"):
        kind(content)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("report.pdf", "report.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\carol\\report.pdf", "report.pdf"),
        ("a\x00b\n\r\tc.txt", "abc.txt"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("\ufeff\u200bhidden.txt", "hidden.txt"),
        ("bad\ud800.txt", "bad.txt"),
        ('a<b>:"|?*.txt', "a_b______.txt"),
        ("  .hidden. ", "hidden"),
        ("", "file"),
        ("...", "file"),
        ("/", "file"),
        ("U\u0308bersicht.txt", "Übersicht.txt"),
        ("日本語.txt", "日本語.txt"),
    ],
)
def test_a_name_keeps_its_words_and_loses_what_could_mislead(given, kept):
    assert safe_name(given) == kept


@pytest.mark.parametrize("name", ["x" * 500, "x" * 500 + ".pdf", "x." + "y" * 500])
def test_a_name_is_at_most_two_hundred_characters_and_keeps_its_ending(name):
    found = safe_name(name)
    assert 0 < len(found) <= 200
    assert found.endswith(".pdf") or not name.endswith(".pdf")
