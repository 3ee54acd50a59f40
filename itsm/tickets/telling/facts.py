"""What audiences look at, for a whole batch of events: read once, when first asked."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from django.db import connection

from core.models import Event
from itsm.tickets import kinds
from itsm.tickets.approving.models import YES, Vote
from itsm.tickets.mentions.models import Mention
from itsm.tickets.models import Approval, Participant, Ticket
from people.models import User
from people.roles import Role

# As `Ticket.objects.visible_to`, for many people and tickets at once.
SEES = """
SELECT pair.user_id, pair.ticket_id
FROM unnest(%s::bigint[], %s::bigint[]) AS pair (user_id, ticket_id)
JOIN people_user u ON u.id = pair.user_id AND u.is_active
JOIN itsm_ticket t ON t.id = pair.ticket_id
LEFT JOIN people_organisation o ON o.id = u.organisation_id
CROSS JOIN LATERAL (SELECT NOT u.roles <@ ARRAY['requester']::varchar[] AS is_staff) s
WHERE 'administrator' = ANY (u.roles)
   OR s.is_staff AND NOT t.restricted
   OR t.requester_id = u.id
   OR s.is_staff AND t.owner_id = u.id
   OR NOT s.is_staff AND NOT t.restricted AND o.shares_tickets
      AND t.organisation_id = o.id
   OR EXISTS (SELECT FROM itsm_participant p
              WHERE p.ticket_id = t.id AND p.user_id = u.id)
   OR EXISTS (SELECT FROM itsm_approval a WHERE a.ticket_id = t.id
              AND a.decision = '' AND (a.approver_id = u.id OR u.id = ANY (a.asked)))
   OR s.is_staff AND EXISTS (SELECT FROM people_membership m
              WHERE m.team_id = t.team_id AND m.user_id = u.id)
"""


def sees(pairs: Iterable[tuple[int, int]]) -> set[tuple[int, int]]:
    """Of people and tickets, by id, the pairs where the person sees it; one query."""
    some = list(pairs)
    if not some:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(SEES, [[u for u, _t in some], [t for _u, t in some]])
        return set(cursor.fetchall())


@dataclass(frozen=True, slots=True)
class People:
    """Whose a ticket is."""

    requester: int | None = None
    owner: int | None = None


NOBODY = People()


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision: whose it is, what became of it, who may answer, who said yes."""

    authority: str
    decision: str
    asked: frozenset[int]
    done: frozenset[int]


class Facts:
    """Of the tickets of these events: whose they are, who follows, who is asked."""

    def __init__(self, events: Sequence[Event]) -> None:
        self.events = [e for e in events if e.subject_type == Ticket.subject_type]
        self.ids = {event.subject_id for event in self.events}

    def of(self, event: Event) -> People:
        """Whose the event's ticket is now."""
        return self._people.get(event.subject_id, NOBODY)

    @cached_property
    def _people(self) -> dict[int, People]:
        rows = Ticket.objects.filter(pk__in=self.ids)
        return {
            pk: People(requester, owner)
            for pk, requester, owner in rows.values_list(
                "pk", "requester_id", "owner_id"
            )
        }

    def copied(self, event: Event) -> set[int]:
        """Who is copied on."""
        return self._following[Participant.Role.COPIED.value, event.subject_id]

    def watchers(self, event: Event) -> set[int]:
        """Who watches it."""
        return self._following[Participant.Role.WATCHER.value, event.subject_id]

    @cached_property
    def _following(self) -> defaultdict[tuple[str, int], set[int]]:
        found: defaultdict[tuple[str, int], set[int]] = defaultdict(set)
        rows = Participant.objects.filter(ticket_id__in=self.ids)
        for role, ticket, user in rows.values_list("role", "ticket_id", "user_id"):
            found[role, ticket].add(user)
        return found

    @cached_property
    def mentioned(self) -> dict[tuple[int, int | None], set[int]]:
        """Who was named in a comment, by its id and the team they were named with."""
        comments = [
            event.changes["comment"][1]
            for event in self.events
            if event.kind == kinds.MENTION and "mentioned_team" in event.changes
        ]
        found: dict[tuple[int, int | None], set[int]] = defaultdict(set)
        if comments:
            rows = Mention.objects.filter(comment_id__in=comments)
            for comment, team, user in rows.values_list(
                "comment_id", "team_id", "user_id"
            ):
                found[comment, team].add(user)
        return found

    @cached_property
    def dispatchers(self) -> set[int]:
        """Everybody who dispatches."""
        return _with_role(Role.DISPATCHER)

    def decision(self, event: Event) -> Decision | None:
        """The decision that an event of one is about."""
        return self._decisions.get(_decision_id(event) or 0)

    @cached_property
    def _decisions(self) -> dict[int, Decision]:
        ids = {_decision_id(event) for event in self.events} - {None}
        if not ids:
            return {}
        rows = Approval.objects.filter(pk__in=ids).values_list(
            "pk", "authority", "decision", "asked"
        )
        said = Vote.objects.filter(approval__in=ids, void_at=None, answer__in=YES)
        done: dict[int, set[int]] = defaultdict(set)
        for pk, user in said.values_list("approval_id", "by_id"):
            done[pk].add(user)
        return {
            pk: Decision(authority, decision, frozenset(asked), frozenset(done[pk]))
            for pk, authority, decision, asked in rows
        }

    @cached_property
    def asking(self) -> dict[int, set[int]]:
        """Of each ticket, who asked something before deciding and still waits."""
        found: dict[int, set[int]] = defaultdict(set)
        rows = Vote.objects.filter(
            approval__ticket__in=self.ids,
            approval__decision="",
            answer=Vote.Answer.ASKED,
            void_at=None,
        )
        for ticket, user in rows.values_list("approval__ticket", "by_id"):
            found[ticket].add(user)
        return found


def _decision_id(event: Event) -> int | None:
    """Of the decision that is asked for from then on, or that it is about."""
    is_one = event.kind in kinds.OF_DECISIONS
    found: int | None = event.changes["approval"][1] if is_one else None
    return found


def _with_role(role: Role) -> set[int]:
    rows = User.objects.people().filter(roles__contains=[role.value])
    return set(rows.values_list("pk", flat=True))
