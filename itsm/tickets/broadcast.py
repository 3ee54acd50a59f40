"""A reader of the log that tells open pages which tickets moved: ids, never texts.

Unrestricted tickets go to all staff; everything public also to those who requested a
ticket or are copied on; restricted tickets only to the people who may see them.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from core import consumers, live
from core.models import Event
from itsm.tickets import kinds
from itsm.tickets.models import Participant, Ticket
from itsm.tickets.together.models import Handover
from people.models import Membership, User
from people.roles import Role

NAME = "live"
ABOUT_OWNING = frozenset(
    {
        *(kinds.OFFER, kinds.DECLINE, kinds.WITHDRAW, kinds.GRANT),
        *(kinds.ASSIGN, kinds.TAKE),
    }
)


def register() -> None:
    """Join the readers of the log."""
    consumers.consume(NAME, tell)


def tell(events: Sequence[Event]) -> None:
    """Publish one message per audience and event for a batch; six queries at most."""
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
    news = _news([e for e in moved if e.subject_id in ids], restricted, audiences)
    live.publish_many([*_messages("tickets", audiences), *_messages("work", news)])


def _messages(
    event: str, audiences: Mapping[str, set[int]]
) -> list[tuple[str, dict[str, object]]]:
    return [
        (to, {"event": event, "ids": sorted(told)}) for to, told in audiences.items()
    ]


def _news(
    moved: Sequence[Event],
    restricted: Mapping[int, object],
    audiences: Mapping[str, set[int]],
) -> dict[str, set[int]]:
    """Whose own work just changed: somebody asked, offered or told them something.

    Of a restricted ticket only those hear who are told of it anyway. A query for the
    people, and one where somebody asked for a ticket.
    """
    found: dict[int, set[int]] = defaultdict(set)
    for event in moved:
        if event.kind in ABOUT_OWNING:
            for name in ("owner", "offered_to"):
                for user_id in event.changes.get(name, ()):
                    found[user_id].add(event.subject_id)
    if asked := [e.subject_id for e in moved if e.kind in {kinds.ASK, kinds.KEEP}]:
        rows = Handover.objects.filter(ticket_id__in=asked)
        for user_id, ticket_id in rows.values_list("to_id", "ticket_id"):
            found[user_id].add(ticket_id)
    if not found:
        return {}
    seen: dict[str, set[int]] = {}
    for user in User.objects.filter(pk__in=[i for i in found if i], is_active=True):
        to = live.user_audience(user.pk)
        open_ones = found[user.pk] - restricted.keys() if user.is_staff else set()
        if told := open_ones | (found[user.pk] & audiences.get(to, set())):
            seen[to] = told
    return seen


def _tell_insiders(
    restricted: dict[int, dict[str, int]], audiences: dict[str, set[int]]
) -> None:
    """Owner and team of restricted tickets, and administrators."""
    if not restricted:
        return
    see_all = User.objects.filter(
        roles__contains=[Role.ADMINISTRATOR.value], is_active=True
    ).values_list("pk", flat=True)
    for user_id in see_all:
        audiences[live.user_audience(user_id)] |= restricted.keys()
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
