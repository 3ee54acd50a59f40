"""Drafts as a list shows each: its first words, and where it is gone on with."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from itsm.tickets.drafts import places
from itsm.tickets.drafts.actions import all_of
from itsm.tickets.drafts.models import Draft
from people.models import User

FIRST = ("title", "what", "comment", "resolution", "description", "more")
LONGEST = 90


@dataclass(frozen=True, slots=True)
class Left:
    """Something typed and not sent. `why`: a reply that could not go out, because."""

    words: str
    number: str
    why: str
    at: datetime
    url: str
    draft_url: str


def left(user: User, visible: Any, *, most: int, only: Q | None = None) -> list[Left]:
    """This person's drafts on tickets they still see, newest first; one query."""
    rows = all_of(user).filter(Q(ticket=None) | Q(ticket__in=visible), only or Q())
    return [_told(draft) for draft in rows[:most]]


def _told(draft: Draft) -> Left:
    texts = [draft.body, *(str(draft.fields.get(name, "")) for name in FIRST)]
    if draft.ticket is None:
        texts.append(texts.pop(0))  # its title says more than its text
    words = next(filter(str.strip, texts), "")
    title = draft.ticket.title if draft.ticket else _("A new ticket")
    return Left(
        words=(words or title)[:LONGEST],
        number=draft.ticket.number if draft.ticket else _("New"),
        why=draft.why,
        at=draft.at,
        url=places.place(draft.ticket, draft.form),
        draft_url=places.address(draft.ticket, draft.form),
    )
