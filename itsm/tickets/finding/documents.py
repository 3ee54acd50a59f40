"""The documents of search: a weighted text per ticket, kept by a reader of the log."""

import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection

from core import consumers
from core.models import Event
from itsm.tickets import kinds
from itsm.tickets.finding import vocabulary
from itsm.tickets.models import Ticket

SILENT = frozenset(  # kinds that change no text
    {
        kinds.TAKE,
        kinds.START,
        kinds.ASSIGN,
        kinds.OFFER,
        kinds.TRIAGE,
        kinds.ATTACH,
        kinds.LINK,
        kinds.UNLINK,
        kinds.WATCH,
        kinds.UNWATCH,
        kinds.COPY,
        kinds.RESTRICT,
        kinds.MIGRATE,
    }
)

PUNCTUATION = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~«»„“”‚‘’–—…·•´¨"
_ACCENTED = [
    (c, base)
    for c in map(chr, range(0xC0, 0x180))
    if len(base := unicodedata.normalize("NFKD", c)[0]) == 1 and base.isascii()
]
PLAIN_FROM = PUNCTUATION + "".join(c for c, _ in _ACCENTED)
PLAIN_TO = " " * len(PUNCTUATION) + "".join(base for _, base in _ACCENTED)
TABLE = str.maketrans(PLAIN_FROM, PLAIN_TO)
LONGEST_TEXT = 100_000  # characters of one ticket's texts that are indexed, per weight
DOCUMENTS = """
INSERT INTO itsm_ticketsearch (ticket_id, document)
SELECT t.id,
    setweight(to_tsvector('simple', translate(
        t.number || ' ' || t.title, %(from)s, %(to)s)), 'A') ||
    setweight(to_tsvector('simple', translate(
        left(t.description, %(longest)s), %(from)s, %(to)s)), 'B') ||
    setweight(to_tsvector('simple', translate(
        left(concat_ws(' ', t.resolution, said.public), %(longest)s),
        %(from)s, %(to)s)), 'C') ||
    setweight(to_tsvector('simple', translate(
        left(coalesce(said.internal, ''), %(longest)s), %(from)s, %(to)s)), 'D')
FROM itsm_ticket t
LEFT JOIN (
    SELECT c.ticket_id, string_agg(c.body, ' ') FILTER (WHERE c.is_public) AS public,
        string_agg(c.body, ' ') FILTER (WHERE NOT c.is_public) AS internal
    FROM itsm_comment c WHERE {of_comments} AND c.redacted_at IS NULL
    GROUP BY c.ticket_id
) said ON said.ticket_id = t.id
WHERE {of_tickets}
ON CONFLICT (ticket_id) DO UPDATE SET document = excluded.document
"""
WORDS = """
SELECT tsvector_to_array(document) FROM itsm_ticketsearch WHERE ticket_id = ANY(%s)
"""


def plain(text: str) -> str:
    """Text as the index reads it: only letters, digits and spaces, no accents."""
    text = unicodedata.normalize("NFC", text).translate(TABLE)
    return "".join(c if c.isalnum() else " " for c in text)


def index(ticket_ids: Iterable[int]) -> None:
    """Write the documents of these tickets anew, from what stands in the rows now."""
    ids = sorted(set(ticket_ids))
    with connection.cursor() as cursor:
        # Whoever redacts holds this row: we wait and then read the emptied text.
        cursor.execute(f"{WORDS} ORDER BY ticket_id FOR UPDATE", [ids])
        before = [words for (words,) in cursor.fetchall()]
        _write(cursor, "{id} = ANY(%(ids)s)", {"ids": ids})
        cursor.execute(WORDS, [ids])
        vocabulary.changed(cursor, before, [words for (words,) in cursor.fetchall()])


def fill(cursor: Any, which: str, values: dict[str, Any] | None = None) -> None:
    """Write the documents of all tickets for which the trusted SQL `which` holds.

    `which` says `{id}` for the ticket's id. One pass over tickets and comments each,
    so that a million take minutes; words are counted anew from all documents.
    """
    _write(cursor, which, values or {})
    vocabulary.fill(cursor)


def _write(cursor: Any, which: str, values: dict[str, Any]) -> None:
    sql = DOCUMENTS.format(
        of_tickets=which.format(id="t.id"), of_comments=which.format(id="c.ticket_id")
    )
    plain_text = {"from": PLAIN_FROM, "to": PLAIN_TO, "longest": LONGEST_TEXT}
    cursor.execute(sql, {**plain_text, **values})


def forget(ticket: Ticket) -> None:
    """Index a ticket at once: what was redacted in this transaction is not found."""
    index([ticket.pk])


def register() -> None:
    """Let a reader of the log keep the documents."""
    consumers.consume("search", _follow)


def _follow(events: Sequence[Event]) -> None:
    ids = {
        event.subject_id
        for event in events
        if event.subject_type == Ticket.subject_type and event.kind not in SILENT
    }
    if ids:
        index(ids)
