"""`seed_load --tickets N`: synthetic load by COPY, a million tickets in minutes."""

import io
import multiprocessing
import sys
import time
from argparse import ArgumentParser
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from django.contrib.auth.hashers import make_password
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction
from django.utils import timezone

from core import consumers
from core.log import LOG_LOCK
from core.models import Consumer
from itsm.sla import seeding
from itsm.tickets import counts, search, synthetic
from itsm.tickets.models import Ticket
from itsm.tickets.states import PREFIXES, TicketType
from people.models import Category, Membership, Organisation, Service, Team, User
from people.roles import Role
from processes import definition
from processes.models import ProcessVersion
from processes.queries import newest_released

TEAMS = 20
AGENTS = 200
REQUESTERS = 5_000
ORGANISATIONS = 10
SERVICES = (
    "Sign-in", "Network", "Web shop", "VPN", "E-mail", "ERP", "Laptops", "Files",
    "Telephony", "HR portal", "Reporting", "Printing",
)  # fmt: skip
CATEGORIES = (
    "access", "device", "software", "connectivity", "mail", "print", "data",
    "performance", "outage", "security",
)  # fmt: skip
HEAVY = (
    *("itsm_ticket", "itsm_comment", "itsm_clock"),
    *("core_event", "itsm_ticketsearch"),
)
LOCAL_SETTINGS = """
SET LOCAL maintenance_work_mem = '512MB'; SET LOCAL work_mem = '256MB';
SET CONSTRAINTS ALL IMMEDIATE;
"""
STAGE = """
CREATE TEMP TABLE seed_event (kind text, at timestamptz, actor_id bigint, door text,
    subject_type text, subject_id bigint, public boolean, changes jsonb)
ON COMMIT DROP
"""
COLUMNS = ", ".join(synthetic.EVENT_COLUMNS)
LOG = f"""
INSERT INTO core_event ({COLUMNS}) SELECT {COLUMNS} FROM seed_event
ORDER BY at, subject_id, ctid
"""  # noqa: S608 - names of our own columns
DETAILS = {  # requests have a row only where something was ordered
    "itsm_change": """INSERT INTO itsm_change (ticket_id, model, plan, test, way_back,
        threat, result, risk, release, answers, risk_lines, evidence)
        SELECT id, 'normal', '', '', '', '', '', '', '', '{}', '[]', '[]'
        FROM itsm_ticket WHERE type = 'change' AND id >= %s""",
    "itsm_problem": """INSERT INTO itsm_problem (ticket_id, workaround, causes)
        SELECT id, '', '' FROM itsm_ticket WHERE type = 'problem' AND id >= %s""",
}


class Command(BaseCommand):
    help = "Fill a database with synthetic tickets, the same ones for the same date."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--tickets", type=int, required=True, metavar="N")
        parser.add_argument(
            "--at",
            metavar="DATE",
            help="the day the load is made for, such as 2026-01-31; default: today",
        )
        parser.add_argument(
            "--add", action="store_true", help="add to the tickets that are there"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        total = options["tickets"]
        if total < 100:
            raise CommandError("A load has at least 100 tickets.")
        if Ticket.objects.exists() and not options["add"]:
            raise CommandError(
                "This database already holds tickets, so nothing was written. Use an "
                "empty one, or say --add to put the load beside them."
            )
        at = _day(options["at"])
        began = time.monotonic()
        if not ProcessVersion.objects.filter(released_at__isnull=False).exists():
            call_command("load_processes", verbosity=0)
        with transaction.atomic():
            self._load(_world(at, total), rebuild=not options["add"])
        counts.fold()
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        seconds = time.monotonic() - began
        self.stdout.write(f"{total:,} tickets in {seconds:.0f} s.")

    def _load(self, world: synthetic.World, *, rebuild: bool) -> None:
        if rebuild:
            _hold_readers()
        with connection.cursor() as cursor:
            before = _newest_event(cursor)
            cursor.execute(LOCAL_SETTINGS + STAGE)  # people are checked by now
            with _bare(cursor, HEAVY if rebuild else (), self._say):
                self._copy(cursor, world)
                for table, sql in DETAILS.items():
                    self._say(f"Filling {table}")
                    cursor.execute(sql, [world.first_ticket])
                self._say("Filling the search documents")
                search.fill(cursor, "{id} >= %(first)s", {"first": world.first_ticket})
                self._say("Writing the event log")
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOG_LOCK])
                cursor.execute(LOG)
            _move_cursors(before, _newest_event(cursor))

    def _copy(self, cursor: Any, world: synthetic.World) -> None:
        """Two processes make the rows while the database writes the last ones."""
        done = 0
        with multiprocessing.get_context("fork").Pool(2, _hold, [world]) as pool:
            for rows in pool.imap(_make, synthetic.chunks(world)):
                _copy(cursor, "itsm_ticket", synthetic.TICKET_COLUMNS, rows.tickets)
                _copy(cursor, "itsm_comment", synthetic.COMMENT_COLUMNS, rows.comments)
                _copy(cursor, "seed_event", synthetic.EVENT_COLUMNS, rows.events)
                _copy(cursor, seeding.TABLE, seeding.COLUMNS, rows.clocks)
                done += rows.tickets_made
                self._bar(done, world.total)
        last = synthetic.numbers_before(world.total)
        for type_, prefix in PREFIXES.items():
            value = world.first_number[type_.value] + last[type_.value] - 1
            cursor.execute(
                "SELECT setval(%s, greatest(%s, 1001))",
                [f"itsm_number_{prefix.lower()}", value],
            )
        for table in ("itsm_ticket", "itsm_comment"):
            cursor.execute(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), "  # noqa: S608
                f"greatest((SELECT max(id) FROM {table}), 1))"
            )

    def _bar(self, done: int, total: int) -> None:
        if sys.stderr.isatty() or done == total:
            full = 40 * done // total
            bar = "#" * full + "." * (40 - full)
            end = "\n" if done == total else "\r"
            self.stderr.write(f"[{bar}] {done:,} of {total:,} tickets", ending=end)
            self.stderr.flush()

    def _say(self, sentence: str) -> None:
        self.stderr.write(sentence)
        self.stderr.flush()


_world_here: synthetic.World


def _hold(world: synthetic.World) -> None:
    global _world_here
    _world_here = world


def _make(chunk: tuple[int, int, int]) -> synthetic.Rows:
    return synthetic.make(_world_here, *chunk)


def _copy(cursor: Any, table: str, columns: Sequence[str], text: str) -> None:
    cursor.copy_expert(
        f"COPY {table} ({', '.join(columns)}) FROM STDIN", io.StringIO(text)
    )


def _day(text: str | None) -> datetime:
    if not text:
        return timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError:
        raise CommandError(f"{text} is not a date; write it like 2026-01-31.") from None


def _world(at: datetime, total: int) -> synthetic.World:
    """The people, teams and services of the load (made once), and where ids begin."""
    organisations = [
        _row(Organisation, n, name=f"Organisation {n}", shares_tickets=n < 2)
        for n in range(ORGANISATIONS)
    ]
    teams = [_row(Team, n, name=f"Team {n}") for n in range(TEAMS)]
    ids = _people(organisations, at)
    first_ticket, first_comment, first_number = _first_ids()
    practices = {type_.value: _practice(type_) for type_ in TicketType}
    rules = {one.version_id: one.definition for one in practices.values()}
    services = _services()
    return synthetic.World(
        at=at,
        total=total,
        first_ticket=first_ticket,
        first_comment=first_comment,
        first_number=first_number,
        practices=practices,
        teams=_staffed(teams, ids),
        requesters=[
            (ids[f"person-{n}@load.example"], organisations[n % ORGANISATIONS])
            for n in range(REQUESTERS)
        ],
        services=services,
        categories=[_row(Category, n, name=n.capitalize()) for n in CATEGORIES],
        promise=seeding.Promises(rules, synthetic.line),
    )


def _row(model: Any, slug: object, **fields: Any) -> int:
    """The id of one of the load's own rows, made where it is missing."""
    found, _made = model.objects.get_or_create(slug=f"load-{slug}", defaults=fields)
    return int(found.pk)


def _services() -> list[int]:
    return [
        _row(
            Service,
            n,
            name=name,
            criticality=synthetic.CRITICALITY[n % 3],
            is_restricted=name == "HR portal",
        )
        for n, name in enumerate(SERVICES)
    ]


def _first_ids() -> tuple[int, int, dict[str, int]]:
    """The first free ids of tickets and comments, and a first number of each type."""
    first_number = {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT coalesce(max(id), 0) + 1 FROM itsm_ticket), "
            "(SELECT coalesce(max(id), 0) + 1 FROM itsm_comment)"
        )
        first_ticket, first_comment = cursor.fetchone()
        for type_, prefix in PREFIXES.items():
            cursor.execute("SELECT nextval(%s)", [f"itsm_number_{prefix.lower()}"])
            first_number[type_.value] = cursor.fetchone()[0]
    return first_ticket, first_comment, first_number


def _practice(type_: TicketType) -> synthetic.Practice:
    version = newest_released(type_.value)
    if version is None:
        raise CommandError(f"The process {type_.value} has no released version.")
    rules = definition.of(version)
    states: dict[str, str] = {}
    for slug in sorted(rules.states):
        states.setdefault(rules.states[slug].category, slug)
    return synthetic.Practice(version.pk, rules, states)


def _people(organisations: Sequence[int], at: datetime) -> dict[str, int]:
    """Agents and requesters; who is there already stays. Ids by e-mail."""
    locked = make_password(None)
    agents = [
        User(
            email=f"agent-{n}@load.example",
            name=f"Agent {n}",
            password=locked,
            roles=[Role.AGENT, Role.DISPATCHER] if n % 10 == 0 else [Role.AGENT],
            created_at=at,
        )
        for n in range(AGENTS)
    ]
    requesters = [
        User(
            email=f"person-{n}@load.example",
            name=f"Person {n}",
            password=locked,
            roles=[Role.REQUESTER],
            organisation_id=organisations[n % ORGANISATIONS],
            created_at=at,
        )
        for n in range(REQUESTERS)
    ]
    User.objects.bulk_create([*agents, *requesters], ignore_conflicts=True)
    ours = User.objects.filter(email__endswith="@load.example")
    return dict(ours.values_list("email", "pk"))


def _staffed(
    teams: Sequence[int], ids: Mapping[str, int]
) -> list[tuple[int, Sequence[int]]]:
    """Every agent in a team, the first of each its lead."""
    members: dict[int, list[int]] = {team: [] for team in teams}
    for n in range(AGENTS):
        members[teams[n % TEAMS]].append(ids[f"agent-{n}@load.example"])
    Membership.objects.bulk_create(
        [
            Membership(team_id=team, user_id=person, is_lead=place == 0)
            for team, people in members.items()
            for place, person in enumerate(people)
        ],
        ignore_conflicts=True,
    )
    return list(members.items())


@contextmanager
def _bare(cursor: Any, tables: Sequence[str], say: Any) -> Iterator[None]:
    """Take indexes and foreign keys off, put them back as they were.

    All inside the caller's transaction: whatever fails, nothing has changed.
    """
    cursor.execute(
        "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) "
        "FROM pg_constraint WHERE contype = 'f' AND conrelid = ANY(%s::regclass[])",
        [list(tables)],
    )
    keys = cursor.fetchall()
    cursor.execute(
        "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index "
        "WHERE indrelid = ANY(%s::regclass[]) AND NOT indisunique",
        [list(tables)],
    )
    indexes = cursor.fetchall()
    for table, name, _ in keys:
        cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
    for name, _ in indexes:
        cursor.execute(f"DROP INDEX {name}")
    yield
    say(f"Building {len(indexes)} indexes")
    for _, rebuild in indexes:
        cursor.execute(rebuild)
    for table, name, rebuild in keys:
        cursor.execute(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {rebuild}')


def _newest_event(cursor: Any) -> int:
    cursor.execute("SELECT coalesce(max(id), 0) FROM core_event")
    return int(cursor.fetchone()[0])


def _hold_readers() -> None:
    """Keep the log's readers out before its tables are ours alone.

    One that held its cursor and waited for the tables would wait for us, and we for it.
    """
    list(Consumer.objects.select_for_update().order_by("name"))


def _move_cursors(before: int, after: int) -> None:
    """A load triggers nothing: readers that had seen all before it stand after it."""
    Consumer.objects.filter(cursor__gte=before).update(cursor=after)
    if before == 0:
        Consumer.objects.bulk_create(
            [Consumer(name=name, cursor=after) for name in consumers.names()],
            ignore_conflicts=True,
        )
