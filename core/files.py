"""What may be attached: checked by content, not by what the sender says it is.

Files are kept under a random name, served with their checked type, `nosniff` and a
sandboxing content policy; whatever a browser could run is downloaded, never shown.
"""

import re
import unicodedata

from django.core.files.base import File
from django.utils.translation import gettext as _

from core.errors import Invalid

LARGEST = 25 * 1024 * 1024  # bytes
SHOWN = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
BINARY = "application/octet-stream"
_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
    (b"PK\x03\x04", "application/zip"),
    (b"\x1f\x8b", "application/gzip"),
)
_REFUSED: tuple[bytes, ...] = (
    b"\x7fELF",
    b"\xca\xfe\xba\xbe",
    b"\xca\xfe\xba\xbf",
    b"\xcf\xfa\xed\xfe",
    b"\xce\xfa\xed\xfe",
)
_REFUSED_ENDINGS = frozenset(
    [
        "exe",
        "com",
        "scr",
        "bat",
        "cmd",
        "ps1",
        "vbs",
        "vbe",
        "js",
        "jse",
        "wsf",
        "wsh",
        "hta",
        "msi",
        "lnk",
        "jar",
        "app",
        "dll",
        "pif",
        "cpl",
        "msp",
        "reg",
    ]
)


def check_file(file: File, name: str) -> tuple[str, str]:
    """The file's real type and a safe name. Raises Invalid with what to do instead."""
    safe = safe_name(name)
    size = file.size or 0
    if size == 0:
        raise Invalid(
            {"file": [_("“%(name)s” is empty. Send it again.") % {"name": safe}]}
        )
    if size > LARGEST:
        raise Invalid(
            {
                "file": [
                    _("“%(name)s” has %(size)s MB; at most %(most)s MB are possible.")
                    % {
                        "name": safe,
                        "size": round(size / 1024 / 1024),
                        "most": LARGEST // 1024 // 1024,
                    }
                ]
            }
        )
    file.seek(0)
    head = file.read(512)
    file.seek(0)
    ending = safe.rsplit(".", 1)[-1].lower() if "." in safe else ""
    if ending in _REFUSED_ENDINGS or _is_program(head):
        raise Invalid(
            {
                "file": [
                    _("“%(name)s” is a program. Send a picture or text of it instead.")
                    % {"name": safe}
                ]
            }
        )
    return _kind(head), safe


def _is_program(head: bytes) -> bool:
    """Windows programs begin with MZ, as some plain words do; those hold no zeros."""
    return head.startswith(_REFUSED) or (head.startswith(b"MZ") and b"\x00" in head)


def safe_name(name: str) -> str:
    """A name without path, control or direction characters; at most 200 characters."""
    name = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    name = "".join(c for c in name if unicodedata.category(c)[0] != "C")
    name = re.sub(r'[<>:"|?*]', "_", name).strip(" .") or "file"
    if len(name) <= 200:
        return name
    stem, dot, ending = name.rpartition(".")
    return (
        f"{stem[: 195 - len(ending)]}{dot}{ending}"
        if dot and len(ending) < 12
        else name[:200]
    )


def _kind(head: bytes) -> str:
    for signature, kind in _SIGNATURES:
        if head.startswith(signature):
            return kind
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    try:
        head.decode()
    except UnicodeDecodeError as error:
        if error.start < len(head) - 3:
            return BINARY
    return BINARY if b"\x00" in head else "text/plain"
