"""What a person is asked or told about whose tickets are: for "My work"."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from itsm.tickets import rows
from itsm.tickets.models import Ticket
from itsm.tickets.states import OPEN
from itsm.tickets.together.models import Handover
from people.models import User

MOST = 20
TOLD_FOR = timedelta(days=14)
Kind = Handover.Kind


@dataclass(frozen=True, slots=True)
class Told:
    """One question or one piece of news, with the other person's reason."""

    pk: int
    kind: str
    row: rows.Row
    words: str
    email: str
    said: str
    at: datetime


def of(user: User, *, at: datetime) -> tuple[list[Told], list[Told]]:
    """What they are asked, and what they are told; one query, two where there is any.

    Only of tickets that they may still see.
    """
    found = list(
        Handover.objects.filter(to_id=user.pk)
        .filter(
            Q(kind=Kind.ASKED, ticket__state_category__in=OPEN)
            | ~Q(kind=Kind.ASKED) & Q(at__gte=at - TOLD_FOR)
        )
        .select_related("about", "said")
        .order_by("-at", "-pk")[: 2 * MOST]
    )
    if not found:
        return [], []
    visible = Ticket.objects.visible_to(user).filter(
        pk__in=[h.ticket_id for h in found]
    )
    worded = rows.worded(visible.values_list(*rows.COLUMNS), at=at)
    by_ticket = {row.pk: row for row in worded}
    asked: list[Told] = []
    told: list[Told] = []
    for one in found:
        row = by_ticket.get(one.ticket_id)
        if row is None:
            continue
        said = one.said.body if one.said else ""
        news = Told(one.pk, one.kind, row, _words(one), one.about.email, said, one.at)
        (asked if one.kind == Kind.ASKED else told).append(news)
    return asked[:MOST], told[:MOST]


def noted(user: User, pk: int) -> bool:
    """They have read it; whether there was such news for them. Questions stay."""
    return bool(to_note(user, pk).delete()[0])


def to_note(user: User, pk: int) -> QuerySet[Handover]:
    """The one of that id, if it is theirs and no question."""
    return Handover.objects.filter(pk=pk, to_id=user.pk).exclude(kind=Kind.ASKED)


def _words(one: Handover) -> str:
    words = {
        Kind.ASKED: _("%(name)s asks for it"),
        Kind.OFFERED: _(
            "%(name)s offers it to somebody; it is yours until they accept"
        ),
        Kind.MOVED: _("%(name)s moved it; it is no longer yours"),
        Kind.DECLINED: _("%(name)s declined; it stays yours"),
        Kind.KEPT: _("%(name)s keeps it"),
    }
    return words[Kind(one.kind)] % {"name": one.about.name}
