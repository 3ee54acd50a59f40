"""What must always be true of tickets, each one set-based query."""

from django.core.files.storage import Storage, default_storage
from django.db import connection

from core import invariants
from itsm.tickets import counts
from itsm.tickets.models import Attachment, Ticket
from itsm.tickets.views import tally
from processes import definition
from processes.models import ProcessVersion

ROOM = "attachments"  # where `Attachment.file` keeps them, by year and month
UNOPENED = """
SELECT t.number FROM itsm_ticket t
WHERE NOT EXISTS (
    SELECT 1 FROM core_event e
    WHERE e.subject_type = 'ticket' AND e.subject_id = t.id AND e.kind = 'ticket.open')
LIMIT 20
"""
DISAGREEING = """
SELECT t.number, t.state, last.state FROM itsm_ticket t
JOIN LATERAL (
    SELECT e.changes -> 'state' ->> 1 AS state FROM core_event e
    WHERE e.subject_type = 'ticket' AND e.subject_id = t.id AND e.changes ? 'state'
    ORDER BY e.id DESC LIMIT 1) last ON true
WHERE last.state IS DISTINCT FROM t.state
LIMIT 20
"""
ORPHANED = """
SELECT e.id, e.subject_id FROM core_event e
WHERE e.subject_type = 'ticket'
  AND NOT EXISTS (SELECT 1 FROM itsm_ticket t WHERE t.id = e.subject_id)
LIMIT 20
"""
UNTOLD = """
SELECT c.id, t.number FROM itsm_comment c JOIN itsm_ticket t ON t.id = c.ticket_id
WHERE NOT EXISTS (
    SELECT 1 FROM core_event e
    WHERE e.subject_type = 'ticket' AND e.subject_id = c.ticket_id
      AND (e.changes -> 'comment' ->> 1 = c.id::text
           OR e.changes -> 'comments' -> 1 @> to_jsonb(c.id)))
LIMIT 20
"""
MERGED = """
SELECT t.number FROM itsm_merged m JOIN itsm_ticket t ON t.id = m.ticket_id
WHERE t.state_category NOT IN ('cancelled', 'closed')
   OR t.resolution_code <> 'duplicate' OR m.into_id = m.ticket_id
LIMIT 20
"""
NUMBERS = """
SELECT f.number FROM itsm_formernumber f JOIN itsm_ticket t ON t.number = f.number
LIMIT 20
"""
BATCHES = """
SELECT b.id FROM itsm_bulk b
WHERE b.state IN ('queued', 'running') AND b.created_at < now() - interval '1 hour'
  AND coalesce(b.stamped_at, b.created_at) < now() - interval '10 minutes'
   OR b.state = 'done' AND EXISTS (
       SELECT 1 FROM itsm_bulkitem i WHERE i.bulk_id = b.id AND i.state = 'pending')
LIMIT 20
"""


def register() -> None:
    """Add the room's invariants."""
    for name, says, check in (
        ("tickets.states", "Every ticket is in a state its version has", _states),
        ("tickets.opened", "Every ticket was opened in the log", _opened),
        ("tickets.log", "Each ticket stands where its log says", _disagreeing),
        ("tickets.subjects", "Every event is about a ticket that exists", _orphaned),
        ("tickets.comments", "Every comment is in the log", _untold),
        ("tickets.files", "Every attachment has its file, every file its row", _files),
        ("tickets.merged", "A merged ticket has ended as a duplicate", _merged),
        ("tickets.numbers", "A former number is no other ticket's number", _numbers),
        ("tickets.bulk", "Every bulk change is finished, or still worked on", _batches),
        ("tickets.counts", "The counts equal the rows", counts.check),
        ("tickets.views", "The counts of team views equal the rows", tally.check),
    ):
        invariants.register(name, says, check)


def _files() -> list[str]:
    """Files are written before their rows commit, and deleted after; see `attach`."""
    storage = default_storage
    named = set(Attachment.objects.exclude(file="").values_list("file", flat=True))
    kept = {
        f"{ROOM}/{year}/{month}/{name}"
        for year in _folders(storage, ROOM)
        for month in _folders(storage, f"{ROOM}/{year}")
        for name in storage.listdir(f"{ROOM}/{year}/{month}")[1]
    }
    gone = [f"The file {name} of an attachment is missing." for name in named - kept]
    orphans = [f"The file {name} belongs to no attachment." for name in kept - named]
    return sorted(gone)[:20] + sorted(orphans)[:20]


def _folders(storage: Storage, path: str) -> list[str]:
    return storage.listdir(path)[0] if storage.exists(path) else []


def _rows(sql: str) -> list[tuple[str, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())


def _states() -> list[str]:
    problems = []
    held = Ticket.objects.order_by().values_list("process_version", "state").distinct()
    versions = ProcessVersion.objects.select_related("process").in_bulk()
    for version_id, state in held:
        version = versions[version_id]
        if state not in definition.of(version).states:
            problems.append(f"Tickets are in “{state}”, which {version} does not have.")
    return problems


def _opened() -> list[str]:
    return [f"{number} has no opening event." for (number,) in _rows(UNOPENED)]


def _disagreeing() -> list[str]:
    return [
        f"{number} is in {state}, its log says {logged}."
        for number, state, logged in _rows(DISAGREEING)
    ]


def _orphaned() -> list[str]:
    return [f"Event {pk} is about ticket {of}, gone." for pk, of in _rows(ORPHANED)]


def _untold() -> list[str]:
    return [f"Comment {pk} of {number} has no event." for pk, number in _rows(UNTOLD)]


def _merged() -> list[str]:
    return [f"{n} is merged and does not stand so." for (n,) in _rows(MERGED)]


def _numbers() -> list[str]:
    return [f"{n} is a ticket and a former number." for (n,) in _rows(NUMBERS)]


def _batches() -> list[str]:
    return [f"Bulk change {pk} came to no end." for (pk,) in _rows(BATCHES)]
