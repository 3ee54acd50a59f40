"""Who hears of an event on a ticket. Whether they may see it is asked afterwards."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from core.models import Event
from itsm.tickets.states import OPEN, StateCategory
from itsm.tickets.telling.facts import Facts
from notify import rulebook
from notify.rulebook import Audience

# Who; None where the rule is not about this event at all.
Pick = Callable[[Event, Facts], Iterable[int | None] | None]
ENDED = frozenset({StateCategory.RESOLVED, StateCategory.CLOSED})


def each(pick: Pick) -> Audience:
    """An audience that is picked event by event, from facts that all rules share."""

    def audience(events: Sequence[Event]) -> Mapping[int, set[int]]:
        known = rulebook.shared(Facts, events)
        picked = ((event.id, pick(event, known)) for event in events)
        return {
            pk: {one for one in some if one is not None}
            for pk, some in picked
            if some is not None
        }

    return audience


def _new(event: Event, name: str) -> int | None:
    """The id that a field was set to."""
    found: int | None = event.changes.get(name, (None, None))[1]
    return found


def _old(event: Event, name: str) -> int | None:
    """The id that stood there before."""
    found: int | None = event.changes.get(name, (None, None))[0]
    return found


def _one(person: int | None) -> list[int | None] | None:
    """They alone; where there is nobody, nothing happened that is told."""
    return None if person is None else [person]


def _came_to(event: Event) -> str:
    """The category of the state it came to; empty where that did not change."""
    old, new = event.changes.get("state_category", (None, None))
    return new if new and new != old else ""


def _came_back(event: Event) -> bool:
    was = event.changes.get("state_category", (None, None))[0]
    return was in ENDED and _came_to(event) in OPEN


@each
def requester(event: Event, facts: Facts) -> list[int | None]:
    """Who reported it."""
    return [facts.of(event).requester]


@each
def told_publicly(event: Event, facts: Facts) -> list[int | None] | None:
    """Of what somebody says who is not the requester: they, and who is copied on."""
    asker = facts.of(event).requester
    if event.actor_id == asker:
        return None
    return [asker, *facts.copied(event)]


@each
def whose_turn(event: Event, facts: Facts) -> list[int | None] | None:
    """Of what begins to wait for the requester: they."""
    waits = _came_to(event) == StateCategory.WAITING
    reason = event.changes.get("wait_reason", (None, ""))[1]
    return [facts.of(event).requester] if waits and reason == "requester" else None


@each
def who_wanted_it_solved(event: Event, facts: Facts) -> list[int | None] | None:
    """Of what is solved, by whatever verb: the requester, and who is copied on."""
    if _came_to(event) != StateCategory.RESOLVED:
        return None
    return [facts.of(event).requester, *facts.copied(event)]


@each
def who_thought_it_solved(event: Event, facts: Facts) -> list[int | None] | None:
    """Of what came back though it was solved: the requester."""
    return [facts.of(event).requester] if _came_back(event) else None


@each
def whose_came_back(event: Event, facts: Facts) -> list[int | None] | None:
    """Of what came back: its owner."""
    return [facts.of(event).owner] if _came_back(event) else None


def _asked(event: Event, facts: Facts, *, peers: bool) -> Iterable[int] | None:
    """Who may answer a decision that still waits for them."""
    found = facts.decision(event)
    if found is None or found.decision or (found.authority == "peer") is not peers:
        return None
    return found.asked - found.done


@each
def who_is_asked_to_decide(event: Event, facts: Facts) -> Iterable[int] | None:
    """Whose yes is asked for; of peers, who are many, see the next."""
    return _asked(event, facts, peers=False)


@each
def peers_who_are_asked(event: Event, facts: Facts) -> Iterable[int] | None:
    """Those of a team of whom any one may decide."""
    return _asked(event, facts, peers=True)


@each
def who_waits_for_a_decision(event: Event, facts: Facts) -> list[int | None]:
    """Whose it is: owner and requester."""
    people = facts.of(event)
    return [people.owner, people.requester]


@each
def who_hears_of_a_vote(event: Event, facts: Facts) -> list[int | None] | None:
    """Of a condition or a question: whose it is."""
    if _new_word(event, "answer") not in {"condition", "asked"}:
        return None
    people = facts.of(event)
    return [people.owner, people.requester]


@each
def who_hears_the_outcome(event: Event, facts: Facts) -> list[int | None] | None:
    """Of a yes or a no: whose it is."""
    if _new_word(event, "decision") not in {"approved", "rejected"}:
        return None
    people = facts.of(event)
    return [people.owner, people.requester]


@each
def who_asked_before_deciding(event: Event, facts: Facts) -> Iterable[int] | None:
    """Of what others say while somebody's question waits for its answer: they."""
    return facts.asking.get(event.subject_id)


def _new_word(event: Event, name: str) -> str:
    return str(event.changes.get(name, (None, ""))[1] or "")


@each
def who_was_named(event: Event, facts: Facts) -> Iterable[int | None] | None:
    """Somebody who was named, alone or with their team."""
    if "mentioned" in event.changes:
        return [_new(event, "mentioned")]
    if team := _new(event, "mentioned_team"):
        return facts.mentioned.get((event.changes["comment"][1], team), ())
    return None


@each
def who_got_it(event: Event, facts: Facts) -> list[int | None] | None:
    """Whose it is from now on."""
    return _one(_new(event, "owner"))


@each
def who_is_offered_it(event: Event, facts: Facts) -> list[int | None] | None:
    """Who may take it."""
    return _one(_new(event, "offered_to"))


@each
def owner(event: Event, facts: Facts) -> list[int | None]:
    """Whose it is."""
    return [facts.of(event).owner]


@each
def who_waited_for_a_word(event: Event, facts: Facts) -> list[int | None] | None:
    """Whom an answer about handing over is for: who asked, offered, or had it."""
    if event.kind == "ticket.keep":
        return _one(_old(event, "asked"))
    if event.kind == "ticket.decline":
        return [facts.of(event).owner]
    return _one(_old(event, "owner"))


@each
def owner_of_what_is_answered(event: Event, facts: Facts) -> list[int | None] | None:
    """Of what the requester or somebody copied on says: its owner."""
    people = facts.of(event)
    theirs = event.actor_id == people.requester or event.actor_id in facts.copied(event)
    return [people.owner] if theirs else None


@each
def dispatch_of_unowned(event: Event, facts: Facts) -> Iterable[int] | None:
    """Of what is new and nobody's: those who dispatch."""
    return None if _new(event, "owner") else facts.dispatchers


@each
def watchers_of_public(event: Event, facts: Facts) -> Iterable[int] | None:
    """Of what is public: who watches it."""
    return facts.watchers(event) if event.public else None
