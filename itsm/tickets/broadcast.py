"""A reader of the log that tells open pages which tickets moved: ids, never texts.

Unrestricted tickets go to all staff; everything public also to those who requested a
ticket or are copied on; restricted tickets only to the people who may see them.
"""

from collections import defaultdict
from collections.abc import Sequence

from core import consumers, live
from core.models import Event
from itsm.tickets.models import Participant, Ticket
from people.models import Membership

NAME = "live"


def register() -> None:
    """Join the readers of the log."""
    consumers.consume(NAME, tell)


def tell(events: Sequence[Event]) -> None:
    """Publish one message per audience for a batch; four queries at most."""
    moved = [e for e in events if e.subject_type == Ticket.subject_type]
    quiet = {"import", "seed"}
    ids = {e.subject_id for e in moved if e.door not in quiet}
    if not ids:
        return
    public = {e.subject_id for e in moved if e.public}
    tickets = list(
        Ticket.objects.filter(pk__in=ids).values(
            "pk", "restricted", "requester_id", "owner_id", "team_id"
        )
    )
    audiences: dict[str, set[int]] = defaultdict(set)
    for row in tickets:
        if not row["restricted"]:
            audiences[live.STAFF].add(row["pk"])
        if row["requester_id"] and row["pk"] in public:
            audiences[live.user_audience(row["requester_id"])].add(row["pk"])
    restricted = {row["pk"]: row for row in tickets if row["restricted"]}
    _tell_insiders(restricted, audiences)
    _tell_participants(ids, public, audiences)
    live.publish_many(
        [
            (to, {"event": "tickets", "ids": sorted(told)})
            for to, told in audiences.items()
        ]
    )


def _tell_insiders(
    restricted: dict[int, dict[str, int]], audiences: dict[str, set[int]]
) -> None:
    """Owner and team of restricted tickets."""
    teams = {row["team_id"] for row in restricted.values()} - {None}
    members: dict[int, list[int]] = defaultdict(list)
    if teams:
        pairs = Membership.objects.filter(team_id__in=teams)
        for team_id, user_id in pairs.values_list("team_id", "user_id"):
            members[team_id].append(user_id)
    for pk, row in restricted.items():
        for user_id in {row["owner_id"], *members.get(row["team_id"], ())} - {None}:
            audiences[live.user_audience(user_id)].add(pk)


def _tell_participants(
    ids: set[int], public: set[int], audiences: dict[str, set[int]]
) -> None:
    """Watchers of anything; people copied on, of what is public."""
    rows = Participant.objects.filter(ticket_id__in=ids)
    for ticket_id, user_id, role in rows.values_list("ticket_id", "user_id", "role"):
        if role == Participant.Role.WATCHER or ticket_id in public:
            audiences[live.user_audience(user_id)].add(ticket_id)
