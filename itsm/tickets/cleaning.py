"""Turning what came through a door (JSON or a form) into what actions take.

Every field has one reader; it answers a value or raises `Invalid` with a sentence
that says what is possible. Doors never read fields themselves.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from difflib import get_close_matches
from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import Lower
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _

from core.errors import Invalid
from itsm.tickets import details
from itsm.tickets.models import LONGEST_BODY, Ticket
from itsm.tickets.queries import visible_number
from itsm.tickets.states import Channel, Level, Size, TicketType
from itsm.tickets.tags.models import Tag
from people import queries as visible
from people.changes import not_a_person
from people.models import User
from people.policy import require
from processes.definition import Definition, Field

WHOLE = re.compile(r"-?[0-9]{1,18}")
Reader = Callable[[str, Any, User], Any]


class Wrong(ValueError):
    """A value that cannot be used; the message says what is possible."""


def clean(
    raw: Mapping[str, Any],
    *,
    by: User,
    required: Iterable[str] = (),
    optional: Iterable[str] = (),
    definition: Definition | None = None,
    type_: str = "",
) -> dict[str, Any]:
    """Read every field that is there. Raises Invalid with all that is wrong at once.

    Unknown fields are refused with the nearest known name; required ones must be
    there unless the ticket has them already (the action decides that).
    """
    known = {*required, *optional}
    errors: dict[str, list[str]] = {}
    values: dict[str, Any] = {}
    for name, value in raw.items():
        if name not in known:
            errors[_shown(name)] = [_unknown(name, known)]
            continue
        try:
            values[name] = read(name, value, by, definition=definition, type_=type_)
        except Wrong as wrong:
            errors[name] = [str(wrong)]
        except Invalid as invalid:
            errors |= invalid.errors
    if errors:
        raise Invalid(errors)
    return values


def read(
    name: str,
    value: Any,
    by: User,
    *,
    definition: Definition | None = None,
    type_: str = "",
) -> Any:
    """One field's value. Raises Wrong with a sentence."""
    if name.startswith("fields.") and definition is not None:
        return _custom(definition.fields[name.removeprefix("fields.")], value, by)
    if name == "extra" and definition is not None:
        return _extra(definition, value, by)
    detail = details.of(type_)
    if detail is not None and name in detail.readers:
        return detail.readers[name](name, value, by)
    if name not in READERS:
        raise Wrong(_("This follows from the work and cannot be sent."))
    return READERS[name](name, value, by)


def _shown(name: object) -> str:
    """A name as an answer can carry it, whatever was sent."""
    return str(name)[:100].encode(errors="replace").decode()


def _unknown(name: str, known: Iterable[str]) -> str:
    near = get_close_matches(name[:100], list(known), n=1)
    if near:
        return _("There is no such field; did you mean “%(near)s”?") % {"near": near[0]}
    if not known:
        return _("This takes no fields.")
    return _("There is no such field; known here: %(known)s.") % {
        "known": ", ".join(sorted(known))
    }


def text(name: str, value: Any, by: User, most: int = LONGEST_BODY) -> str:
    """A text without control characters, of bounded length."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Wrong(_("Send a text."))
    if "\x00" in value:
        raise Wrong(_("It holds a character that cannot be stored (U+0000)."))
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise Wrong(_("It is not valid Unicode text.")) from error
    if len(value) > most:
        raise Wrong(
            _("It has %(n)s characters; at most %(most)s are possible.")
            % {"n": len(value), "most": most}
        )
    return value.replace("\r\n", "\n")


def short(most: int) -> Reader:
    """A reader of texts of at most `most` characters."""
    return lambda name, value, by: text(name, value, by, most)


def choice(*possible: str) -> Reader:
    """A reader of one of these words."""

    def reader(name: str, value: Any, by: User) -> str:
        if value not in possible or not isinstance(value, str):
            raise Wrong(_("Choose one of: %(p)s.") % {"p": ", ".join(possible)})
        return value

    return reader


def whole(least: int, most: int) -> Reader:
    """A reader of whole numbers between these."""

    def reader(name: str, value: Any, by: User) -> int:
        words = {"least": least, "most": most}
        if isinstance(value, str) and WHOLE.fullmatch(value.strip()):
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool):
            raise Wrong(_("Send a whole number, %(least)s to %(most)s.") % words)
        if not least <= value <= most:
            raise Wrong(_("Between %(least)s and %(most)s.") % words)
        return value

    return reader


def flag(name: str, value: Any, by: User) -> bool:
    """True or false; a form's "on" is true."""
    if isinstance(value, bool):
        return value
    if value in ("true", "on", "1", "yes"):
        return True
    if value in ("false", "off", "0", "no", ""):
        return False
    raise Wrong(_("Send true or false."))


def instant(name: str, value: Any, by: User) -> datetime | None:
    """A moment in ISO 8601; one without a zone is taken as UTC."""
    if value in (None, ""):
        return None
    try:
        found = parse_datetime(value) if isinstance(value, str) else None
    except ValueError:
        found = None
    if found is None or not 1970 <= found.year <= 9000:
        raise Wrong(_("Send a date and time such as 2026-11-22T09:30:00Z."))
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def day(name: str, value: Any, by: User) -> date | None:
    """A day in ISO 8601."""
    if value in (None, ""):
        return None
    try:
        found = parse_date(value) if isinstance(value, str) else None
    except ValueError:
        found = None
    if found is None:
        raise Wrong(_("Send a date such as 2026-11-22."))
    return found


def person(name: str, value: Any, by: User) -> User | None:
    """A person by e-mail."""
    if value in (None, ""):
        return None
    email = text(name, value, by, 254).strip()
    found = (
        visible.people(by)
        .select_related("organisation", "manager")
        .alias(lowered=Lower("email"))  # as its unique index has it
        .filter(lowered=email.lower())
        .first()
    )
    if found is None:
        raise Wrong(visible.nobody(by, email))
    if found.is_machine and found.pk != by.pk:
        raise Wrong(not_a_person(found))
    return found


def for_whom(name: str, value: Any, by: User) -> User | None:
    """Who asks. For others it is the people who work here; nobody else learns who is.

    Raises Forbidden whether there is such a person or not.
    """
    own = isinstance(value, str) and value.strip().lower() == by.email.lower()
    if value not in (None, "") and not own:
        require(
            by, "ticket.open", why=_("You can report for yourself, not for others.")
        )
    return person(name, value, by)


def by_slug(rows: Callable[[User], QuerySet[Any]]) -> Reader:
    """A reader of rows that are named by a slug: those in use that one may see."""

    def reader(name: str, value: Any, by: User) -> Any:
        if value in (None, ""):
            return None
        slug = text(name, value, by, 60)
        known = rows(by).filter(is_active=True)
        found = known.filter(slug=slug).first()
        if found is None:
            slugs = list(known.values_list("slug", flat=True)[:200])
            near = get_close_matches(slug, slugs, n=1)
            hint = _(" Did you mean “%(n)s”?") % {"n": near[0]} if near else ""
            raise Wrong(_("There is no “%(slug)s”.") % {"slug": slug} + hint)
        return found

    return reader


def priority(name: str, value: Any, by: User) -> int:
    """P1 to P5."""
    if isinstance(value, str) and value.upper() in {"P1", "P2", "P3", "P4", "P5"}:
        return int(value[1])
    raise Wrong(_("Choose one of: P1, P2, P3, P4, P5."))


def size(name: str, value: Any, by: User) -> int:
    """1, 2, 3, 5 or 8."""
    number = whole(1, 8)(name, value, by)
    if number not in Size.values:
        raise Wrong(_("Choose one of: 1, 2, 3, 5, 8."))
    return int(number)


def number(name: str, value: Any, by: User) -> Ticket | None:
    """A ticket the person can see, by its number."""
    if value in (None, ""):
        return None
    return visible_number(by, text(name, value, by, 16), field=name)


def tags(name: str, value: Any, by: User) -> list[Tag]:
    """Tags by slug: a list of them, or one text with commas between."""
    if isinstance(value, str):
        value = [one for one in value.replace(",", " ").split() if one]
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
        raise Wrong(_("Send a list of tags."))
    slugs = list(dict.fromkeys(text(name, one, by, 40) for one in value))
    known = {t.slug: t for t in Tag.objects.filter(slug__in=slugs[:100])}
    for slug in slugs:
        if slug not in known or (name == "add" and not known[slug].is_active):
            raise Wrong(_("There is no tag “%(slug)s”.") % {"slug": slug})
    return [known[slug] for slug in slugs]


def ids(name: str, value: Any, by: User) -> list[int]:
    """Ids: a list of them, or one text with commas between."""
    if isinstance(value, str):
        value = [one for one in value.replace(",", " ").split() if one]
    if value is None:
        return []
    if not isinstance(value, list) or len(value) > 1000:
        raise Wrong(_("Send a list of ids."))
    return [whole(1, 2**62)(name, one, by) for one in value]


def _custom(field: Field, value: Any, by: User) -> Any:
    """A field of the definition's own, by its type."""
    if value in (None, ""):
        return None
    readers: dict[str, Reader] = {
        "text": text,
        "number": _decimal,
        "date": lambda n, v, b: (d := day(n, v, b)) and d.isoformat(),
        "choice": choice(*field.choices),
        "boolean": flag,
        "person": lambda n, v, b: (p := person(n, v, b)) and p.email,
    }
    return readers[field.type](field.slug, value, by)


def _decimal(name: str, value: Any, by: User) -> float:
    if isinstance(value, bool):
        raise Wrong(_("Send a number."))
    try:
        found = float(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise Wrong(_("Send a number.")) from error
    if not abs(found) < 1e15:
        raise Wrong(_("Send a number that is not endless."))
    return found


def _extra(definition: Definition, value: Any, by: User) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise Wrong(_("Send an object of this process's own fields."))
    found: dict[str, Any] = {}
    for slug, one in value.items():
        if slug not in definition.fields:
            raise Wrong(f"{_shown(slug)}: {_unknown(slug, definition.fields)}")
        try:
            found[slug] = _custom(definition.fields[slug], one, by)
        except Wrong as wrong:
            raise Wrong(f"{slug}: {wrong}") from wrong
    return found


READERS: dict[str, Reader] = {
    "title": short(250),
    "description": text,
    "body": text,
    "comment": text,
    "condition": short(2000),
    "resolution": text,
    "resolution_code": short(40),
    "reason": short(500),
    "why": short(500),
    "external_ref": short(200),
    "field": short(40),
    "kind": short(20),
    "impact": choice(*Level.values),
    "urgency": choice(*Level.values),
    "priority": priority,
    "size": size,
    "affected": whole(1, 1_000_000),
    "requester": for_whom,
    "owner": person,
    "person": person,
    "team": by_slug(visible.teams),
    "service": by_slug(visible.services),
    "category": by_slug(visible.categories),
    "organisation": by_slug(visible.organisations),
    "parent": number,
    "number": number,
    "into": number,
    "type": choice(*TicketType.values),
    "comments": ids,
    "attachments": ids,
    "add": tags,
    "remove": tags,
    "public": flag,
    "restricted": flag,
    "until": instant,
    "channel": choice(*Channel.values),
    "event": whole(1, 2**62),
    "comment_id": whole(1, 2**62),
    "attachment": whole(1, 2**62),
}
