"""What a person may do to a ticket now: the verbs every ticket has, and its process's.

The same list feeds the page's buttons, `GET …/verbs/`, the palette and the 409 that
names what is possible instead.
"""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from core.reader import phrase
from itsm.tickets.actions import handing
from itsm.tickets.actions.merging import merged_into
from itsm.tickets.actions.planning import Scene
from itsm.tickets.joining.models import Split
from itsm.tickets.models import Ticket
from itsm.tickets.policy import allows, relations
from itsm.tickets.states import OPEN
from people.models import User

Words = object  # a lazy translation or a plain string


@dataclass(frozen=True, slots=True)
class Spec:
    """A verb that every ticket has, whatever its process says."""

    name: str
    label: Words
    policy: str
    needs_open: bool = False
    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Offer:
    """One verb that is possible now. `is_move` verbs change the state."""

    name: str
    label: str
    requires: tuple[str, ...]
    is_move: bool


SPECS = {
    spec.name: spec
    for spec in (
        Spec("take", _("Take"), "ticket.take", True, (), ("service",)),
        Spec("ask", _("Ask for it"), "ticket.ask", True, (), ("comment",)),
        Spec("decline", _("Decline"), "ticket.take", False, ("comment",)),
        Spec("withdraw", _("Take the offer back"), "ticket.assign"),
        Spec("grant", _("Hand over"), "ticket.assign", True, ("person",)),
        Spec("keep", _("Keep it"), "ticket.assign", False, ("person",), ("comment",)),
        Spec(
            "assign",
            _("Assign"),
            "ticket.assign",
            True,
            (),
            ("owner", "team", "comment"),
        ),
        Spec(
            "triage",
            _("Triage"),
            "ticket.triage",
            True,
            (),
            (
                "impact",
                "urgency",
                "priority",
                "reason",
                "category",
                "service",
                "size",
                "affected",
            ),
        ),
        Spec("comment", _("Reply"), "ticket.comment", False, ("body",), ("public",)),
        Spec(
            "promise",
            _("Promise the next word"),
            "ticket.renew",
            True,
            ("until",),
            ("comment",),
        ),
        Spec("link", _("Link"), "ticket.link", False, ("kind", "number")),
        Spec("unlink", _("Unlink"), "ticket.link", False, ("kind", "number")),
        Spec("merge", _("Merge"), "ticket.merge", True, ("into",)),
        Spec("unmerge", _("Undo the merge"), "ticket.merge"),
        Spec(
            "split",
            _("Split"),
            "ticket.split",
            False,
            ("title",),
            ("comments", "attachments"),
        ),
        Spec("unsplit", _("Undo the split"), "ticket.split"),
        Spec("convert", _("Convert"), "ticket.convert", True, ("type",)),
        Spec("tag", _("Tag"), "ticket.tag", False, (), ("add", "remove")),
        Spec("watch", _("Watch"), "ticket.watch"),
        Spec("unwatch", _("Stop watching"), "ticket.watch"),
        Spec("copy", _("Copy somebody on"), "ticket.copy", False, ("person",)),
        Spec("restrict", _("Restrict"), "ticket.restrict", False, (), ("restricted",)),
        Spec(
            "redact",
            _("Remove a text"),
            "ticket.redact",
            False,
            ("why",),
            ("event", "comment_id", "attachment", "field"),
        ),
    )
}
# What a move may be told beyond what its definition requires.
OPTIONAL = {
    "start": ("service",),
    "wait": ("until", "comment"),
    "resolve": ("resolution", "resolution_code"),
    "cancel": ("comment",),
    "reopen": ("comment",),
    "resume": (),
    "close": (),
    "approve": ("comment", "condition"),
}


# Only of what was merged or split off; pages know it from what stands beside a ticket.
WAYS_BACK = frozenset({"unmerge", "unsplit"})
OF_MERGED = frozenset(
    [
        *("comment", "link", "unlink", "unmerge", "tag"),
        *("watch", "unwatch", "copy", "restrict", "redact"),
    ]
)


def verbs_for(
    ticket: Ticket, by: User | None, *, at: datetime, ways_back: bool = False
) -> list[Offer]:
    """The verbs this person may use now, in the order in which pages show them.

    `ways_back` asks, with a query more, whether it was split off.
    """
    if merged_into(ticket) is not None:
        return _of_merged(ticket, by)
    moves = [
        Offer(verb.name, phrase(verb.label), verb.requires, True)
        for verb in Scene.of(ticket, by=by, at=at).verbs()
    ]
    if by is None:
        return moves
    standing = relations(by, ticket)
    is_open = ticket.state_category in OPEN
    others = [
        _offer(spec.name)
        for spec in SPECS.values()
        if (is_open or not spec.needs_open)
        and spec.name not in WAYS_BACK
        and allows(by, spec.policy, standing)
        and _fits(spec.name, ticket, by)
    ]
    if ways_back and _is_split(ticket) and allows(by, "ticket.split", standing):
        others.append(_offer("unsplit"))
    return others[:1] + moves + others[1:] if others else moves


def _offer(verb: str) -> Offer:
    spec = SPECS[verb]
    return Offer(spec.name, str(spec.label), spec.required, False)


def _fits(verb: str, ticket: Ticket, by: User) -> bool:
    """Whether a verb of owning makes sense; a query where it may be theirs to give."""
    if verb == "take":
        return not _is_taken(ticket, by)
    if verb == "ask":
        others = ticket.owner_id is not None and ticket.owner_id != by.pk
        return others and ticket.offered_to_id != by.pk
    if verb == "decline":
        return ticket.offered_to_id == by.pk
    if verb == "promise":
        return ticket.paused_since is None  # else the requester has the next word
    if verb == "withdraw":
        return ticket.offered_to_id is not None and handing.may_hand(ticket, by)
    if verb in {"grant", "keep"}:
        is_asked = ticket.owner_id is not None and handing.may_hand(ticket, by)
        return is_asked and bool(handing.askers(ticket))
    return True


MOVES = {
    "start": _("Start"),
    "wait": _("Wait"),
    "resume": _("Resume"),
    "resolve": _("Resolve"),
    "reopen": _("Reopen"),
    "close": _("Close"),
    "cancel": _("Cancel"),
}


def label_of(verb: str) -> str:
    """A verb in words, where no one ticket is at hand."""
    if verb in SPECS:
        return str(SPECS[verb].label)
    return str(MOVES.get(verb, verb.replace("_", " ").capitalize()))


def _is_split(ticket: Ticket) -> bool:
    return Split.objects.filter(ticket_id=ticket.pk).exists()


def _of_merged(ticket: Ticket, by: User | None) -> list[Offer]:
    """Work goes on elsewhere: what is left is talking, following and the way back."""
    if by is None:
        return []
    standing = relations(by, ticket)
    return [
        _offer(spec.name)
        for spec in SPECS.values()
        if spec.name in OF_MERGED and allows(by, spec.policy, standing)
    ]


def _is_taken(ticket: Ticket, by: User) -> bool:
    """Taking makes no sense for one's own, and is not possible for another's."""
    if ticket.owner_id is None:
        return False
    return ticket.owner_id == by.pk or ticket.offered_to_id != by.pk
