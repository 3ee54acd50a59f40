"""Reads of the process room, and which version a new ticket starts on."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection
from django.db.models import QuerySet

from people.models import User
from people.policy import Scope
from processes import definition, parts
from processes.definition import Definition
from processes.models import Process, ProcessVersion, Rollout

Stamp = tuple[int | None, int]


class NoVersion(LookupError):
    """A process has nothing released for all, so no ticket of it can start."""


@dataclass(frozen=True, slots=True)
class VersionRow:
    """One version on the process page: who runs on it, and where they stand."""

    version: ProcessVersion
    rollouts: Sequence[Rollout]
    states: dict[str, int]

    @property
    def tickets(self) -> int:
        """All tickets pinned to it."""
        return sum(self.states.values())


_running: dict[str, list[Rollout]] = {}
_stamp: Stamp | None = None


def version_for(
    process_slug: str, *, ticket_key: str, team: int | None = None
) -> ProcessVersion:
    """The version a new ticket starts on: its team's, its share's, else everybody's.

    `ticket_key` is anything that stays the same for one ticket (its number): the same
    key falls on the same side of a share for ever. `team` is the team's id. Costs one
    query (the stamp that says whether rollouts changed), two when they did. Raises
    NoVersion where nothing fits.
    """
    running = _load_running().get(process_slug, [])
    share = share_of(process_slug, ticket_key)
    for scope in (Rollout.Scope.TEAM, Rollout.Scope.SHARE, Rollout.Scope.ALL):
        for rollout in running:  # newest first
            if rollout.scope == scope and _fits(rollout, team, share):
                return rollout.version
    raise NoVersion(f"the process {process_slug} has no version released for all")


def _fits(rollout: Rollout, team: int | None, share: int) -> bool:
    if rollout.scope == Rollout.Scope.TEAM:
        return team is not None and rollout.team_id == team
    return rollout.scope == Rollout.Scope.ALL or share < (rollout.percent or 0)


def share_of(process_slug: str, ticket_key: str) -> int:
    """Where a ticket falls between 0 and 99, evenly and always the same.

    Widening a share from 10 to 50 percent keeps the first ten on the new version.
    """
    digest = hashlib.sha256(f"{process_slug}:{ticket_key}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % 100


def definition_for(
    process_slug: str, *, ticket_key: str, team: int | None = None
) -> tuple[ProcessVersion, Definition]:
    """`version_for` with its parsed definition."""
    version = version_for(process_slug, ticket_key=ticket_key, team=team)
    return version, definition.of(version)


def _load_running() -> dict[str, list[Rollout]]:
    global _stamp
    now = _current_stamp()
    if now != _stamp:
        running = (
            Rollout.objects.filter(ended_at=None)
            .exclude(version__status=ProcessVersion.Status.DRAFT)
            .select_related("version__process")
            .order_by("-pk")
        )
        fresh: dict[str, list[Rollout]] = {}
        for rollout in running:
            fresh.setdefault(rollout.version.process.slug, []).append(rollout)
        _running.clear()
        _running.update(fresh)
        _stamp = now
    return _running


def _current_stamp() -> Stamp:
    """Changes whenever a rollout starts or ends; one never starts again."""
    with connection.cursor() as cursor:  # asked for each new ticket: past the ORM
        cursor.execute("SELECT max(id), count(ended_at) FROM processes_rollout")
        last, ended = cursor.fetchone()
    return last, ended


def forget() -> None:
    """Drop what this process remembers (tests reuse ids after a rollback)."""
    global _stamp
    _stamp = None
    _running.clear()
    definition.forget()


def relations(user: User, process: Process) -> frozenset[Scope]:
    """What a person is to a process: its owner, or one of the team that owns it.

    One query where the process has a team and the person is not the owner.
    """
    owned = process.owner_id == user.pk or (
        process.team_id is not None
        and user.memberships.filter(team_id=process.team_id).exists()
    )
    return frozenset({Scope.SEEN, Scope.OWNED} if owned else {Scope.SEEN})


def processes() -> QuerySet[Process]:
    """All processes for the list; one query with owner and team."""
    return Process.objects.select_related("owner", "team").order_by("pk")


def versions(process: Process) -> list[VersionRow]:
    """The versions, newest first, with rollouts and tickets per state.

    Two queries and one per registered part.
    """
    tickets = parts.counts(process)
    rows = (
        process.versions.select_related("created_by", "released_by", "process")
        .prefetch_related("rollouts__team")
        .order_by("-number")
    )
    return [
        VersionRow(
            version=v,
            rollouts=[r for r in v.rollouts.all() if r.ended_at is None],
            states=tickets.get(v.pk, {}),
        )
        for v in rows
    ]


def live_version(process: Process) -> ProcessVersion | None:
    """The version released for all, or None. One query."""
    rollout = _for_all().filter(version__process=process).last()
    return rollout.version if rollout else None


def live_versions() -> dict[str, ProcessVersion]:
    """The version released for all, by the slug of its process. One query."""
    return {rollout.version.process.slug: rollout.version for rollout in _for_all()}


def live_definitions() -> list[Definition]:
    """What is released for all, of each process. One query: what changed since."""
    live = [
        next((r for r in newest_first if r.scope == Rollout.Scope.ALL), None)
        for newest_first in _load_running().values()
    ]
    return [definition.of(rollout.version) for rollout in live if rollout]


def _for_all() -> QuerySet[Rollout]:
    """The rollouts to all that are running, the newest last."""
    running = Rollout.objects.filter(ended_at=None, scope=Rollout.Scope.ALL)
    return running.select_related("version__process").order_by("pk")


def newest_released(process_slug: str) -> ProcessVersion | None:
    """The newest version that is released, to whomever. One query."""
    released = ProcessVersion.objects.filter(
        process__slug=process_slug, status=ProcessVersion.Status.RELEASED
    )
    return released.order_by("-number").first()
