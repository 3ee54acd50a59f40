"""What the composer shows: the draft that is kept, and files before words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from core.wording import clock_words, iso
from itsm.tickets import promising
from itsm.tickets.drafts import uploads
from itsm.tickets.drafts.models import Upload
from itsm.tickets.models import Ticket
from itsm.tickets.pages.ticket_beside import Typed
from itsm.tickets.timeline import size_words
from people.models import User

FILES = "upload"  # the inputs that name uploads


OTHER = "other"  # another time than those that are offered
NEXT = ("until", "until_at")  # the composer's inputs for the next word


@dataclass(frozen=True, slots=True)
class NextWord:
    """By when the requester hears next, as the composer asks for it."""

    offers: list[datetime]
    value: str
    own: datetime | None  # a value that is none of the offers
    at: str


def nextword(said: Mapping[str, Any], at: datetime) -> NextWord:
    """The offers, and what was chosen of them."""
    offers, value = promising.offers(at), str(said.get("until") or "")
    known = {"", OTHER, *map(iso, offers)}
    try:
        own = None if value in known else parse_datetime(value)
    except ValueError:
        own = None
    if own is None and value not in known:
        value = ""
    return NextWord(offers, value, own, str(said.get("until_at") or ""))


def kept_words(at: datetime) -> str:
    """That a draft is kept, and since when."""
    return _("Draft kept, %(time)s") % {"time": clock_words(at)}


def named_files(form: Any) -> list[int]:
    """The ids of uploads that a form names."""
    found = [str(one) for one in form.getlist(FILES)]
    return [int(one) for one in found if one.isascii() and one.isdigit()][:50]


def told_file(kept: Upload) -> dict[str, Any]:
    """A file as the composer shows it."""
    return {
        "id": kept.pk,
        "name": kept.name,
        "url": reverse("upload", args=[kept.pk, kept.name]),
        "size": size_words(kept.size),
        "picture": kept.content_type.startswith("image/"),
    }


def files(user: User, ticket: Ticket, ids: list[int]) -> list[dict[str, Any]]:
    """Files that wait for their words; no query where there are none."""
    return [told_file(one) for one in uploads.of(user, ticket, ids)]


def draft_of(typed: Typed | None, user: User, ticket: Ticket) -> dict[str, Any]:
    """What stands in the composer: words left there, or nothing yet.

    Where a program reported it nobody reads a reply, so a note is what is meant.
    """
    if typed is None:
        by_program = ticket.requester is not None and ticket.requester.is_machine
        return {"mode": "note"} if by_program else {}
    return {
        "value": typed.body,
        "mode": typed.mode,
        "said": kept_words(typed.at),
        "why": typed.why,
        "files": files(user, ticket, typed.files),
        **typed.next,
    }
