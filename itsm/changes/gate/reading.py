"""What a pipeline sends to the gate, read strictly: one sentence for each mistake."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from core.errors import Invalid
from itsm.changes.detail import window as window_reader
from itsm.changes.gate.models import LONGEST_VERSION
from itsm.changes.models import Kind
from itsm.changes.questions import read_answers
from itsm.tickets.cleaning import for_whom, text
from itsm.tickets.models import LONGEST_BODY
from people import api_fields as fields
from people.models import Service, User

AHEAD = timedelta(hours=1)  # clocks of build machines may be off by so much
MOST_EVIDENCE, LONGEST_KIND, LONGEST_LINK, LONGEST_TEXT = 50, 40, 2000, 2000
MOST_JSON = 100_000  # characters of all evidence together
OF_EVIDENCE = frozenset({"kind", "url", "text", "passed", "by"})
NEEDED = ("service", "version", "committed_at")
Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a pipeline wants to deploy, and what speaks for it."""

    service: Service
    version: str
    committed_at: datetime
    requester: User
    kind: Kind | None = None
    evidence: tuple[Mapping[str, Any], ...] = ()
    window: Span | None = None
    answers: Mapping[str, str] = field(default_factory=dict)
    title: str = ""
    plan: str = ""
    test: str = ""
    way_back: str = ""


def asked(raw: Mapping[str, Any], *, by: User, at: datetime) -> Asked:
    """The question. Raises Invalid with all that is wrong at once, Forbidden where
    somebody asks in another's name and may not."""
    given = fields.read(raw, _readers(by))
    errors = {name: [_("This is needed.")] for name in NEEDED if not given.get(name)}
    committed_at, kind = given.get("committed_at"), given.get("kind")
    if committed_at is not None and committed_at > at + AHEAD:
        errors["committed_at"] = [_("That is still to come.")]
    service = given.get("service")
    if kind and service and kind.service_id not in (None, service.pk):
        errors["kind"] = [_("This kind of change is for another service.")]
    if errors:
        raise Invalid(errors)
    given["requester"] = given.get("requester") or by
    return Asked(**given)


def _readers(by: User) -> Mapping[str, fields.Reader]:
    def long(value: Any) -> str:
        return text("", value, by, LONGEST_BODY).strip()

    return {
        "service": fields.row(lambda: Service.objects.filter(is_active=True)),
        "version": _version,
        "committed_at": fields.instant,
        "requester": lambda value: for_whom("requester", value, by),
        "kind": fields.optional(
            fields.row(lambda: Kind.objects.filter(is_active=True))
        ),
        "evidence": evidence,
        "answers": lambda value: read_answers("answers", value, by) or {},
        "window": lambda value: window_reader("window", value, by),
        "title": lambda value: " ".join(text("", value, by, 250).split()),
        **dict.fromkeys(("plan", "test", "way_back"), long),
    }


def _version(value: Any) -> str:
    found = str(fields.text(LONGEST_VERSION)(value)).strip()
    if not found or not found.isprintable():
        raise ValueError(_("Send the version as your pipeline calls it."))
    return found


def evidence(value: Any) -> tuple[Mapping[str, Any], ...]:
    """`[{"kind": "tests", "url": …, "text": …, "passed": true, "by": …}]`.

    What does not say whether it passed has passed.
    """
    if not isinstance(value, list) or len(value) > MOST_EVIDENCE:
        words = {"most": MOST_EVIDENCE}
        raise ValueError(_("Send a list of at most %(most)s pieces.") % words)
    found = tuple(_piece(one) for one in value)
    if len(json.dumps(found)) > MOST_JSON:
        raise ValueError(_("That is too long."))
    return found


def _piece(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, dict) or not value.get("kind"):
        raise ValueError(_("Each piece of evidence says its “kind”."))
    if unknown := value.keys() - OF_EVIDENCE:
        words = {"name": sorted(map(str, unknown))[0][:100]}
        raise ValueError(_("Evidence has no field “%(name)s”.") % words)
    readers: Mapping[str, Callable[[Any], Any]] = {
        "kind": lambda one: " ".join(fields.text(LONGEST_KIND)(one).split()),
        "url": link,
        "text": fields.text(LONGEST_TEXT),
        "passed": fields.flag,
        "by": fields.email,
    }
    told = {
        n: read(value[n]) for n, read in readers.items() if value.get(n) is not None
    }
    return {"passed": True, **told}


def link(value: Any) -> str:
    """An address that a browser may open."""
    found = str(fields.text(LONGEST_LINK)(value)).strip()
    try:
        scheme = urlsplit(found).scheme if found else "https"
    except ValueError:
        scheme = ""
    if scheme not in {"http", "https"}:
        raise ValueError(_("A link begins with https:// or http://."))
    return found


@dataclass(frozen=True, slots=True)
class Told:
    """How it went, as a pipeline tells it."""

    at: datetime | None = None
    url: str = ""
    text: str = ""


def told(raw: Mapping[str, Any], *, at: datetime) -> Told:
    """The report. Raises Invalid."""
    readers: Mapping[str, fields.Reader] = {
        "at": fields.optional(fields.instant),
        "url": link,
        "text": fields.text(LONGEST_TEXT),
    }
    given = fields.read(raw, readers)
    if (when := given.get("at")) is not None and when > at + AHEAD:
        raise Invalid({"at": [_("That is still to come.")]})
    return Told(**given)
