"""Everything the ticket page shows, page-shaped.

Queries, however much is on the ticket: timeline 3, what stands beside it 1, promises 1,
verbs up to 2 and the practice's own panel 1 or 2 where there is one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import ngettext

from core import slots
from core.reader import gettext as _
from core.reader import phrase
from itsm.tickets import reasons, subjects, timeline
from itsm.tickets.actions.common import state_name
from itsm.tickets.models import Approval, Ticket
from itsm.tickets.pages import ticket_beside, ticket_composer, ticket_head
from itsm.tickets.pages.ticket_beside import Beside
from itsm.tickets.reckoning import definition_of
from itsm.tickets.states import (
    OPEN,
    WORKABLE,
    Channel,
)
from itsm.tickets.verbs import SPECS, Offer, verbs_for
from people.models import User
from people.policy import require

# Verbs with a key and an icon, in the order of the header; the rest follow.
KEYS = {
    "take": "t",
    "ask": "t",
    "wait": "w",
    "resolve": "e",
    "assign": "a",
    "promise": "p",
    "resume": "",
    "start": "",
}
ICONS = {
    "take": "hand",
    "ask": "hand",
    "merge": "same",
    "split": "copy",
    "convert": "swap",
    "tag": "flag",
    "promise": "chat",
    "wait": "pause",
    "resolve": "st-resolved",
    "assign": "user",
    "resume": "play",
    "start": "play",
    "reopen": "undo",
    "close": "st-closed",
    "cancel": "st-cancelled",
    "link": "link",
    "unlink": "link",
    "watch": "eye",
    "unwatch": "eye",
    "copy": "users",
    "restrict": "lock",
    "redact": "trash",
    "approve": "check",
    "reject": "x",
    "triage": "flag",
    "submit": "send",
    "schedule": "cal",
    "emergency": "alarm",
}
ELSEWHERE = frozenset(  # have their own place
    {
        *("comment", "triage", "unlink", "redact", "unmerge", "unsplit", "tag"),
        *("decline", "withdraw", "grant", "keep"),
    }
)
MAIN = frozenset({"take", "ask", "assign"})
LAST = frozenset({"cancel", "revise", "emergency", "reopen"})
ORDER = (
    *("take", "ask", "approve", "reject"),
    *("start", "resume", "wait", "resolve", "close"),
)


@dataclass(frozen=True, slots=True)
class VerbButton:
    """One verb of the header. `asks` verbs open a form, others act at once."""

    name: str
    label: str
    url: str
    icon: str
    key: str
    asks: bool


@dataclass(frozen=True, slots=True)
class Custom:
    """One of the process's own fields."""

    slug: str
    label: str
    shown: str


@dataclass(frozen=True, slots=True)
class Page:
    """What ticket.html shows."""

    ticket: Ticket
    url: str
    state: str
    reason: str
    steps: list[ticket_head.Step]
    promise: ticket_head.Promised
    verbs: list[VerbButton]
    allowed: frozenset[str]
    readers: str
    line: timeline.Timeline
    related: Beside
    is_watching: bool
    why: reasons.Why | None
    approvals: list[Approval]
    channel: str
    promises: list[Any]
    panels: list[Any]
    custom: list[Custom]
    composer: dict[str, Any]  # the draft in it
    show: str  # which part of the timeline: "", conversation, mine

    @property
    def in_order(self) -> bool:
        """Whether it stands in the order of work, between two others."""
        return self.ticket.state_category in WORKABLE

    @property
    def is_worked(self) -> bool:
        """Whether somebody still works on it."""
        return is_open(self.ticket)

    def nextword(self, said: Mapping[str, Any], at: datetime) -> Any:
        """What the composer offers for the next word, where one can be promised."""
        if "promise" not in self.allowed:
            return None
        return ticket_composer.nextword(said, at)

    @property
    def shown(self) -> int:
        """How many verbs stand in the header; the rest are in its menu."""
        moves = [v for v in self.verbs if v.name in MAIN or v.name not in SPECS]
        return min(len(moves), 5)


def url_of(ticket: Ticket) -> str:
    """The ticket's page."""
    return subjects.url(ticket.number)


def page(
    ticket: Ticket, user: User, *, at: datetime, whole: bool = False, show: str = ""
) -> Page:
    """Everything of the page, notes too: for those who work here. Raises Forbidden."""
    require(user, "ticket.queue")
    approvals = _approvals(ticket)  # before the verbs, which ask for the same rows
    beside = ticket_beside.read(ticket, user)  # tells what they lead, for the verbs
    offers = verbs_for(ticket, user, at=at)
    line = timeline.read(ticket, reader=user, whole=whole, show=show)
    told = slots.filled("ticket.promises", ticket=ticket, events=line.events, at=at)
    return Page(
        ticket=ticket,
        url=url_of(ticket),
        state=state_name(ticket),
        reason=wait_words(ticket),
        steps=ticket_head.steps(ticket, line.events, line.names),
        promise=ticket_head.promised(ticket, now=at, told=next(iter(told), None)),
        verbs=buttons(ticket, offers, is_watching=_has(beside.watchers, user)),
        allowed=frozenset(offer.name for offer in offers) | {"edit"},
        readers=_readers(ticket, beside.copied),
        line=line,
        related=beside,
        is_watching=_has(beside.watchers, user),
        why=reasons.why_here(ticket, at=at) if is_open(ticket) else None,
        approvals=approvals,
        channel=str(Channel(ticket.channel).label),
        promises=told,
        panels=slots.filled("ticket.side", ticket=ticket, user=user),
        custom=_custom(ticket),
        composer=ticket_composer.draft_of(beside.draft, user, ticket),
        show=show,
    )


def _has(people: Sequence[timeline.Person], user: User) -> bool:
    return any(person.pk == user.pk for person in people)


def is_open(ticket: Ticket) -> bool:
    """Whether somebody still works on it."""
    return ticket.state_category in OPEN


def wait_words(ticket: Ticket) -> str:
    """Whom it waits for, in the definition's words; empty where it does not."""
    state = definition_of(ticket).states[ticket.state]
    reason = state.reasons.get(ticket.wait_reason)
    return phrase(reason.name) if reason else ""


def buttons(
    ticket: Ticket, offers: Sequence[Offer], *, is_watching: bool
) -> list[VerbButton]:
    """The verbs as buttons, the usual next ones first."""
    hidden = ELSEWHERE | ({"watch"} if is_watching else {"unwatch"})
    rank = {name: at for at, name in enumerate(ORDER)} | dict.fromkeys(LAST, 55)
    shown = [o for o in offers if o.name not in hidden]
    shown.sort(key=lambda o: rank.get(o.name, 50 if o.is_move else 60))
    return [_button(ticket, offer) for offer in shown]


AT_ONCE = frozenset({"take", "watch", "unwatch", "resume", "close"})


def _button(ticket: Ticket, offer: Offer) -> VerbButton:
    label = offer.label or phrase(offer.name.replace("_", " ").capitalize())
    if offer.name == "restrict" and ticket.restricted:
        label = _("Open to all who work here")
    if offer.name == "ask" and ticket.owner is not None:
        label = _("Ask %(name)s for it") % {"name": ticket.owner.name}
    asks = offer.name not in AT_ONCE or bool(offer.requires)
    return VerbButton(
        name=offer.name,
        label=label,
        url=f"{url_of(ticket)}do/{offer.name}/",
        icon=ICONS.get(offer.name, "right"),
        key=KEYS.get(offer.name, ""),
        asks=asks,
    )


def _readers(ticket: Ticket, copied: Sequence[timeline.Person]) -> str:
    """Who reads a public reply, in one sentence; people by name as far as it fits."""
    others = [person for person in copied if person.pk != ticket.requester_id]
    if ticket.requester is None or ticket.requester.is_machine:
        names = [person.name for person in others]
        if not names:
            return _("Nobody outside is on this ticket yet")
        return _("%(names)s will read this") % {"names": ", ".join(names)}
    name = ticket.requester.name
    if not others:
        return _("%(name)s will read this") % {"name": name}
    if len(others) == 1:
        words = {"name": name, "other": others[0].name}
        return _("%(name)s and %(other)s will read this") % words
    return ngettext(
        "%(name)s and %(n)d person copied on will read this",
        "%(name)s and %(n)d people copied on will read this",
        len(others),
    ) % {"name": name, "n": len(others)}


def _approvals(ticket: Ticket) -> list[Approval]:
    """The decisions that were asked for; one query where the process has any."""
    if not definition_of(ticket).approvals:
        return []
    rows = Approval.objects.filter(ticket_id=ticket.pk).order_by("id")
    ticket.approval_rows = list(rows.select_related("approver", "decided_by"))
    return list(ticket.approval_rows)


def _custom(ticket: Ticket) -> list[Custom]:
    """The process's own fields with what they hold."""
    found = []
    for slug, own in definition_of(ticket).fields.items():
        value = ticket.extra.get(slug)
        yes = _("Yes") if value else _("No")
        shown = yes if isinstance(value, bool) else "" if value is None else str(value)
        found.append(Custom(slug, phrase(own.label) or slug, shown))
    return found
