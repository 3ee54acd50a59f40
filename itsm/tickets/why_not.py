"""Why a verb is not offered: what the engine or the policy says, in one sentence each.

The ticket page hides what is not possible; whoever misses a verb asks the palette.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.reader import inside, phrase
from itsm.tickets.actions.common import state_name
from itsm.tickets.actions.planning import Scene
from itsm.tickets.finding.instants import day
from itsm.tickets.models import Ticket
from itsm.tickets.policy import allows, relations
from itsm.tickets.states import OPEN
from itsm.tickets.verbs import SPECS, WAYS_BACK, Offer, Spec, verbs_for
from people.models import User
from people.policy import POLICY, Scope
from people.roles import Role
from processes import engine

# Answers to what somebody asked or did: without that nobody misses them.
ANSWERS = WAYS_BACK | {"decline", "withdraw", "grant", "keep", "watch", "unwatch"}
WHO = {
    "agent": gettext_lazy("people who work here"),
    "requester": gettext_lazy("its requester"),
    "lead": gettext_lazy("who leads its team"),
    "approver": gettext_lazy("whoever was asked to approve it"),
    "manager": gettext_lazy("the requester's manager"),
    "service_owner": gettext_lazy("the owner of its service"),
    "data_owner": gettext_lazy("the owner of the data"),
    "hr": gettext_lazy("human resources"),
    "source": gettext_lazy("monitoring"),
    "timer": gettext_lazy("the clock"),
    "change_authority": gettext_lazy("the change authority"),
    "process_owner": gettext_lazy("process owners"),
    "dispatcher": gettext_lazy("dispatchers"),
    "administrator": gettext_lazy("administrators"),
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """A verb that is not possible now, and why, in words for this person."""

    name: str
    label: str
    why: str


def refusals(
    ticket: Ticket,
    by: User,
    *,
    at: datetime,
    offered: Collection[Offer] | None = None,
) -> list[Refusal]:
    """Every verb of the ticket that is not offered, and why. Queries as `verbs_for`."""
    offers = verbs_for(ticket, by, at=at) if offered is None else offered
    names = {offer.name for offer in offers}
    scene = Scene.of(ticket, by=by, at=at)
    found = [
        Refusal(verb, _label(verb, rules[0].label), _move(scene, verb))
        for verb, rules in scene.definition.transitions.items()
        if verb not in names and not _is_automatic(rules)
    ]
    standing = relations(by, ticket)
    found += [
        Refusal(spec.name, str(spec.label), _spec(spec, ticket, by, standing))
        for spec in SPECS.values()
        if spec.name not in names | ANSWERS
    ]
    return [refusal for refusal in found if refusal.why]


def _label(verb: str, label: str) -> str:
    return phrase(label or verb.replace("_", " ").capitalize())


def _is_automatic(rules: Iterable[engine.Transition]) -> bool:
    """Nobody's verb: only clocks and machines use it."""
    return all(rule.by <= {"timer", "source"} for rule in rules)


def _move(scene: Scene, verb: str) -> str:
    try:
        scene.plan(verb)
    except engine.NotYours as no:
        return _("Only for %(who)s.") % {"who": _people(no.by)}
    except engine.TooLate as no:
        return _("This was possible until %(day)s.") % {"day": day(no.until)}
    except engine.NotAllowedHere:
        return _not_here(scene, verb)
    except engine.Refused as no:
        return str(no)
    return ""


def _not_here(scene: Scene, verb: str) -> str:
    """The states in which it would be possible, or what would have to hold."""
    rules = scene.definition.transitions[verb]
    here = [rule for rule in rules if scene.ticket.state in rule.from_]
    if here:
        conditions = [
            _("%(fact)s is %(values)s")
            % {
                "fact": fact.removeprefix("fields.").replace("_", " "),
                "values": _either(v.replace("_", " ") for v in values),
            }
            for fact, values in here[0].when.items()
        ]
        return _("Only where %(conditions)s.") % {"conditions": _all_of(conditions)}
    states = dict.fromkeys(state for rule in rules for state in rule.from_)
    names = [inside(phrase(scene.definition.states[s].name)) for s in states]
    return _("Only while it is %(states)s; now it is %(state)s.") % {
        "states": _either(names),
        "state": inside(state_name(scene.ticket)),
    }


def _spec(spec: Spec, ticket: Ticket, by: User, standing: frozenset[Scope]) -> str:
    if spec.needs_open and ticket.state_category not in OPEN:
        return _("Only while it is open; now it is %(state)s.") % {
            "state": inside(state_name(ticket))
        }
    if not allows(by, spec.policy, standing):
        return _("Only for %(who)s.") % {"who": _people(_holders(spec.policy))}
    if spec.name == "take" and ticket.owner_id == by.pk:
        return _("It is yours already.")
    if spec.name == "take" and ticket.owner is not None:
        return _("%(name)s has it, and hands it over when asked.") % {
            "name": ticket.owner.name
        }
    if spec.name == "promise":
        return _("It waits for the requester: they have the next word.")
    if spec.name == "ask" and ticket.owner_id is None:
        return _("Nobody has it: take it.")
    if spec.name == "ask" and ticket.owner_id == by.pk:
        return _("It is yours already.")
    if spec.name == "ask":
        return _("It is offered to you: take it.")
    return ""


def _holders(verb: str) -> list[str]:
    """Who may use a verb of the policy's, as actors."""
    found = []
    for role, scope in POLICY[verb].items():
        if scope is Scope.LED:
            found.append("lead")
        elif scope is Scope.OWN:
            found.append("requester")
        elif role in WHO and scope is Scope.ANY:
            found.append(Role(role).value)
        elif role is Role.AGENT:
            found.append("agent")
    return list(dict.fromkeys(found))


def _people(actors: Iterable[str]) -> str:
    known = [a for a in actors if a not in {"timer", "source"}]
    return _either(str(WHO.get(a, a.replace("_", " "))) for a in known)


def _either(words: Iterable[str]) -> str:
    """`a, b or c`."""
    *first, last = list(words) or [""]
    if not first:
        return last
    return _("%(first)s or %(last)s") % {"first": ", ".join(first), "last": last}


def _all_of(words: Iterable[str]) -> str:
    """`a, b and c`."""
    *first, last = list(words) or [""]
    if not first:
        return last
    return _("%(first)s and %(last)s") % {"first": ", ".join(first), "last": last}
