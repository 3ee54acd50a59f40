"""Bodies as plain values that PostgreSQL takes: bounded, without NUL, NaN and depth."""

import hashlib
import json
import math
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any
from urllib.parse import urlsplit

from itsm.monitoring.formats.base import Unreadable

LONGEST_KEY = 255
LONGEST_SUMMARY = 1024
LONGEST_NAME = 255  # host, component, group, class
LONGEST_URL = 2000
WHOLE = 1 << 20  # what makes two things one is never shortened: more than a body has
MOST_EVENTS = 5000  # of one body
MOST_LABELS, LONGEST_LABEL, LONGEST_LABEL_NAME = 100, 1024, 100
MOST_PAIRS = 1000  # words of a text that are looked at
MOST_DETAILS, DEEPEST, LONGEST_DETAIL = 500, 8, 8192  # values, levels, characters
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)  # before: a tool's word for "never"
WHEN = re.compile(
    r"(\d{4})[-/](\d\d)[-/](\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?"
    r" ?(Z|UTC|GMT|[+-]\d\d(?::?\d\d)?)?(?: UTC)?",
    re.ASCII | re.IGNORECASE,
)


def load(body: bytes) -> Any:
    """The JSON of a body; NaN and Infinity, which are none, become null.

    Raises Unreadable: `encoding`, `deep`, `empty` or `malformed`.
    """
    try:
        found = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable("encoding", f"byte {error.start}") from error
    if not found.strip():
        raise Unreadable("empty")
    try:
        return json.loads(found, parse_constant=lambda _name: None)
    except RecursionError as error:
        raise Unreadable("deep") from error
    except json.JSONDecodeError as error:
        about = f"line {error.lineno}, column {error.colno}: {error.msg}"
        raise Unreadable("malformed", about) from error
    except ValueError as error:  # a number of more digits than Python reads
        raise Unreadable("malformed", str(error)[:100]) from error


def an_object(data: Any) -> dict[str, Any]:
    """The same, which has to be an object. Raises Unreadable."""
    if not isinstance(data, dict):
        raise Unreadable("shape", "a JSON object")
    return data


def text(value: Any, longest: int = LONGEST_NAME) -> str:
    """A value as a text of one field; empty for null."""
    if isinstance(value, str):
        found = value.strip()
    elif value is None or (isinstance(value, float) and not math.isfinite(value)):
        return ""
    elif isinstance(value, bool):
        found = "true" if value else "false"
    elif isinstance(value, dict | list):
        found = json.dumps(kept(value), ensure_ascii=False)
    else:
        found = str(value)
    return _clean(found[: longest + 1])[:longest]


def _clean(found: str) -> str:
    """Without what PostgreSQL refuses: NUL and halves of characters."""
    if found.isascii():
        return found.replace("\0", "")
    return found.replace("\0", "").encode("utf-8", "replace").decode()


def labels(value: Any) -> dict[str, str]:
    """Names and texts, of an object, of pairs, or of `key:value` words."""
    found: dict[str, str] = {}
    for name, one in _pairs(value):
        if len(found) == MOST_LABELS:
            break
        word = text(name, LONGEST_LABEL_NAME)
        if word:
            found[word] = text(one, LONGEST_LABEL)
    return found


def _pairs(value: Any) -> Iterable[tuple[Any, Any]]:
    if isinstance(value, dict):
        return value.items()
    if isinstance(value, str):
        value = value.split(",", MOST_PAIRS)[:MOST_PAIRS]
    return map(_pair, value) if isinstance(value, list) else ()


def _pair(one: Any) -> tuple[Any, Any]:
    if isinstance(one, dict):
        inner = one.get("value")
        if isinstance(inner, dict) and len(inner) == 1:  # {"stringValue": …}
            inner = next(iter(inner.values()))
        return one.get("key") or one.get("tag") or one.get("name"), inner
    if isinstance(one, list):
        return (one[0], one[1]) if len(one) == 2 else ("", "")
    name, _, inner = text(one, LONGEST_LABEL).partition(":")
    return name, inner.strip()


def kept(value: Any) -> Any:
    """The same value as JSON that may be stored, shortened where it is endless."""
    left = [MOST_DETAILS]

    def keep(one: Any, depth: int) -> Any:
        left[0] -= 1
        if isinstance(one, dict | list) and depth == DEEPEST:
            return "…"
        if isinstance(one, dict):
            return {
                _clean(str(name)[:LONGEST_NAME]): keep(inner, depth + 1)
                for name, inner in one.items()
                if left[0] > 0
            }
        if isinstance(one, list):
            return [keep(inner, depth + 1) for inner in one if left[0] > 0]
        if isinstance(one, str):
            return _clean(one[:LONGEST_DETAIL])
        if isinstance(one, float) and not math.isfinite(one):
            return None
        if isinstance(one, int) and abs(one) >= 1 << 63:
            return float(one) if abs(one) < 1 << 1000 else None
        return one

    return keep(value, 0)


def few(events: list[Any]) -> list[Any]:
    """The same, where they are not too many. Raises Unreadable."""
    if len(events) > MOST_EVENTS:
        raise Unreadable("many", str(MOST_EVENTS))
    return events


def details(value: Any) -> dict[str, Any]:
    """`kept`, as an object."""
    if value is None or value == "":
        return {}
    found = kept(value)
    return found if isinstance(found, dict) else {"details": found}


def url(value: Any) -> str:
    """An address that a page may link to: http or https; else empty."""
    found = text(value, LONGEST_URL + 1)
    ours = found.lower().startswith(("http://", "https://"))
    return found if ours and len(found) <= LONGEST_URL else ""


def host_of(address: str) -> str:
    """The host in an address; empty where there is none."""
    try:
        return text(urlsplit(address).hostname)
    except ValueError:
        return ""


def without_port(instance: str) -> str:
    """`web-1` of `web-1:9100`."""
    name, colon, port = instance.rpartition(":")
    return name if colon and port.isdigit() and ":" not in name else instance


def key_of(*parts: str) -> str:
    """A key of one or several parts; a long one ends in its digest.

    A part that is missing keeps its place: a host alone is no service of that name.
    """
    found = "".join(parts[:1])
    if len(parts) > 1:  # so that a/b and c is never a and b/c
        escaped = (p.replace("%", "%25").replace("/", "%2F") for p in parts)
        found = "/".join(escaped).rstrip("/")
    if len(found) <= LONGEST_KEY:
        return found
    return f"{found[: LONGEST_KEY - 65]}#{digest(found)}"


def digest(value: Any) -> str:
    """64 characters that are the same for the same value, in whatever order."""
    whole = json.dumps(value, sort_keys=True, default=str)
    return hashlib.sha256(whole.encode()).hexdigest()


def moment(value: Any) -> datetime | None:
    """A time as tools write it: ISO 8601 and near it, or seconds to nanoseconds."""
    try:
        if isinstance(value, str) and not value.strip().isdigit():
            found = _written(value.strip())
        else:
            found = _counted(float(value))
    except (ValueError, OverflowError, TypeError, OSError):
        return None
    return found if found is not None and found >= EARLIEST else None


def _counted(number: float) -> datetime:
    if not math.isfinite(number):  # 1e999 is JSON
        raise ValueError(number)
    while abs(number) > 1e11:
        number /= 1000
    return datetime.fromtimestamp(number, UTC)


def _written(value: str) -> datetime | None:
    found = WHEN.match(value)
    if found is None:
        return None
    year, month, day, hour, minute = (int(part) for part in found.groups()[:5])
    fraction = int(((found[7] or "") + "000000")[:6])
    name = (found[8] or "").replace(":", "")
    zone: tzinfo = UTC
    if name[:1] in {"+", "-"}:
        away = timedelta(hours=int(name[1:3]), minutes=int(name[3:] or 0))
        zone = timezone(-away if name[0] == "-" else away)
    return datetime(
        year, month, day, hour, minute, int(found[6] or 0), fraction, zone
    ).astimezone(UTC)


def first(data: Mapping[str, str], *names: str) -> str:
    """The first of these that says something."""
    return next((data[name] for name in names if data.get(name)), "")
