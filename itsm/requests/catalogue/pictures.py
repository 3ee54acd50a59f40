"""An offering's picture: checked by its content, kept under a random name.

What it is, how large and how many pixels it has is read from its first bytes: a small
file of a huge picture would stop the browser of whoever opens the catalogue.
"""

import secrets
import struct
from datetime import datetime
from functools import partial

from django.core.files.base import File
from django.db import transaction
from django.http import FileResponse, Http404
from django.urls import reverse
from django.utils.translation import gettext as _

from core.errors import Invalid
from core.files import check_file
from core.log import act, record
from itsm.requests.catalogue.standing import require_offering
from itsm.requests.models import Offering
from itsm.tickets.serving import SANDBOX
from people.models import User

LARGEST = 200 * 1024  # bytes: a catalogue shows many at once
WIDEST = 2000  # pixels, either way
ENDINGS = {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp"}
TYPES = {ending: kind for kind, ending in ENDINGS.items()}
YEAR = 365 * 24 * 3600
Size = tuple[int, int]


def url(offering: Offering) -> str:
    """Where a page finds it; another address for another picture. "" without one."""
    if not offering.picture:
        return ""
    return f"{reverse('portal-picture', args=[offering.slug])}?v={_version(offering)}"


def _version(offering: Offering) -> str:
    return str(offering.picture.name).rpartition("/")[2].partition(".")[0]


def set_picture(*, offering: Offering, by: User, at: datetime, file: File) -> Offering:
    """Show this picture. Raises Forbidden; Invalid for what is none."""
    with act():
        offering = require_offering(offering, by)
        kind = check(file)
        former = offering.picture.name
        offering.picture.save(
            f"{secrets.token_hex(12)}.{ENDINGS[kind]}", file, save=False
        )
        offering.save(update_fields=["picture"])
        changes = {"picture": (bool(former), True)}
        record("offering.picture", subject=offering, by=by, at=at, changes=changes)
        _forget(offering, former)
    return offering


def remove_picture(*, offering: Offering, by: User, at: datetime) -> Offering:
    """Show its icon again."""
    with act():
        offering = require_offering(offering, by)
        former = offering.picture.name
        if former:
            offering.picture = ""
            offering.save(update_fields=["picture"])
            changes = {"picture": (True, False)}
            record("offering.picture", subject=offering, by=by, at=at, changes=changes)
            _forget(offering, former)
    return offering


def _forget(offering: Offering, former: str | None) -> None:
    """The file goes once nothing names it any more."""
    if former:
        storage = offering.picture.storage
        transaction.on_commit(partial(storage.delete, former), robust=True)


def check(file: File) -> str:
    """What kind of picture it is. Raises Invalid with what to do instead."""
    kind, _name = check_file(file, file.name or "")
    if kind not in ENDINGS:
        raise Invalid({"picture": [_("Send a PNG, JPEG or WebP picture.")]})
    if (file.size or 0) > LARGEST:
        words = {"most": LARGEST // 1024}
        said = _("At most %(most)s KB: make it smaller, about 800 pixels wide.")
        raise Invalid({"picture": [said % words]})
    file.seek(0)
    found = size_of(file.read())
    file.seek(0)
    if found is None:
        raise Invalid({"picture": [_("This picture cannot be read.")]})
    if not all(0 < side <= WIDEST for side in found):
        said = _("At most %(most)s pixels wide and high.")
        raise Invalid({"picture": [said % {"most": WIDEST}]})
    return kind


def size_of(data: bytes) -> Size | None:
    """Width and height of a PNG, JPEG or WebP; None where they cannot be read."""
    try:
        if data.startswith(b"\x89PNG\r\n\x1a\n") and data[12:16] == b"IHDR":
            return struct.unpack(">II", data[16:24])
        if data.startswith(b"\xff\xd8"):
            return _jpeg(data)
        if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
            return _webp(data)
    except (struct.error, IndexError):
        pass
    return None


def _jpeg(data: bytes) -> Size | None:
    """From the frame header, the first SOF marker (ITU T.81, B.2.2)."""
    at = 2
    while at < len(data) - 9 and data[at] == 0xFF:
        marker = data[at + 1]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            return width, height
        at += 2 + int(struct.unpack(">H", data[at + 2 : at + 4])[0])
    return None


def _webp(data: bytes) -> Size | None:
    """From the first chunk (RFC 9649): lossy, lossless or extended."""
    match data[12:16]:
        case b"VP8 ":
            width, height = struct.unpack("<HH", data[26:30])
            return width & 0x3FFF, height & 0x3FFF
        case b"VP8L":
            bits = int(struct.unpack("<I", data[21:25])[0])
            return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        case b"VP8X":
            wide, high = data[24:27] + b"\0", data[27:30] + b"\0"
            return (
                int(struct.unpack("<I", wide)[0]) + 1,
                int(struct.unpack("<I", high)[0]) + 1,
            )
    return None


def serve(offering: Offering, version: str) -> FileResponse:
    """The picture with its checked type and nothing a browser could run."""
    if not offering.picture:
        raise Http404(_("It has no picture."))
    kind = TYPES.get(offering.picture.name.rpartition(".")[2], "")
    try:
        file = offering.picture.open("rb")
    except FileNotFoundError as error:
        raise Http404(_("The picture is not there any more.")) from error
    is_this = version == _version(offering)
    cached = f"private, max-age={YEAR}, immutable" if is_this else "private, no-cache"
    return FileResponse(
        file,
        content_type=kind,
        headers={
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": SANDBOX,
            "Content-Disposition": "inline",
            "Cache-Control": cached,
        },
    )
