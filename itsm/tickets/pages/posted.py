"""A verb's posted form, turned back into the fields that `doors.perform` takes."""

from datetime import datetime
from typing import Any

from django.http import QueryDict
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from core.errors import Invalid

TEXT_AREAS = frozenset(
    [
        *("body", "comment", "resolution", "description", "plan", "test"),
        *("way_back", "workaround", "causes"),
    ]
)
OURS = frozenset(
    [
        *("csrfmiddlewaretoken", "children", "version", "seen", "only"),
        *("mode", "begin", "end", "once"),
    ]
)
SEVERAL = frozenset({"add", "remove", "comments", "attachments", "children"})
CHECKS = {"restrict": "restricted"}  # a box that is not ticked is sent as nothing


def read(form: QueryDict, verb: str) -> dict[str, Any]:
    """The fields a posted form holds, without those that were left empty.

    Times without a zone are the reader's. In `edit`, emptying a text is meant.
    """
    raw: dict[str, Any] = {}
    extra: dict[str, Any] = {}
    for name in form:
        value = ",".join(form.getlist(name)) if name in SEVERAL else str(form[name])
        if name in OURS or name.startswith("pick."):
            continue
        if verb == "edit" and name.startswith("fields."):
            extra[name.removeprefix("fields.")] = value
        elif value != "" or verb == "edit" or name.startswith("window."):
            raw[name] = zoned(value) if _is_time(name) else value
    if extra:
        raw["extra"] = extra
    if not raw.get("window.start") and not raw.get("window.end"):
        raw.pop("window.start", None)
        raw.pop("window.end", None)
    if verb in CHECKS:
        raw.setdefault(CHECKS[verb], "off")
    if verb == "edit":
        raw = {n: v for n, v in raw.items() if v != "" or n in TEXT_AREAS | {"title"}}
    return raw


def next_word(form: QueryDict) -> datetime | None:
    """By when the composer says that the requester hears next. Raises Invalid."""
    chosen = form.get("until", "")
    if chosen == "other":
        chosen = zoned(form.get("until_at", ""))
    elif not chosen:
        return None
    try:
        found = parse_datetime(chosen)
    except ValueError:
        found = None
    if found is None or timezone.is_naive(found):
        raise Invalid({"until": [_("Say by when they hear from us.")]})
    return found


def _is_time(name: str) -> bool:
    return name == "until" or name.startswith("window.")


def zoned(value: str) -> str:
    """A form's local time as an instant; what is no time stays as it is."""
    try:
        found = parse_datetime(value)
    except ValueError:
        return value
    if found is None or timezone.is_aware(found):
        return value
    return timezone.make_aware(found).isoformat()
