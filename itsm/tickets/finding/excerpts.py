"""What is shown of a match: the place where the words stand, with the words marked."""

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from markupsafe import Markup, escape

from itsm.tickets.finding.documents import TABLE
from itsm.tickets.finding.instants import day
from itsm.tickets.finding.query import Query
from itsm.tickets.models import Comment
from itsm.tickets.rows import COLUMNS
from people.models import User

AROUND, LONG = 50, 170  # characters before the first marked word, and in all
TITLE, OPENED = COLUMNS.index("title"), COLUMNS.index("opened_at")
FROM_COMMENT = 3_000
MOST_COMMENTS = 200  # of all tickets of a page


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A title and a piece of text, both with the words marked. `note`: internal."""

    title: Markup
    opened: str
    text: str = ""  # Markup where there is any
    is_note: bool = False


def of(
    user: User, rows: Iterable[Any], query: Query, *, known: Collection[int] = ()
) -> Mapping[int, Excerpt]:
    """Excerpts by ticket id; rows are `COLUMNS`, then description and resolution.

    One query, for conversations of tickets whose own texts do not hold the words (but
    not of those that are `known` by their number); a requester's leaves internal notes
    out.
    """
    words = pattern(query)
    made: dict[int, Excerpt] = {}
    silent = []
    for row in rows:
        title, texts = row[TITLE], row[len(COLUMNS) :]
        found = _first(texts, words)
        if not (found or row[0] in known or _is_in(title, words)):
            silent.append(row[0])
        made[row[0]] = Excerpt(
            marked(title, words), day(row[OPENED]), found or _beginning(texts)
        )
    if silent:
        for ticket, body, is_public in _conversations(user, silent):
            if words and ticket in silent and _is_in(body, words):
                silent.remove(ticket)
                text = _around(body, words)
                made[ticket] = replace(made[ticket], text=text, is_note=not is_public)
    return made


def pattern(query: Query) -> re.Pattern[str] | None:
    """What finds the words of a query in a text from which accents were taken."""
    parts = {
        re.escape(word.text) + (r"\w*" if word.is_prefix else r"(?!\w)")
        for word in query.words
    }
    if not parts:
        return None
    return re.compile(rf"(?<!\w)(?:{'|'.join(sorted(parts))})", re.IGNORECASE)


def marked(text: str, words: re.Pattern[str] | None) -> Markup:
    """The text, escaped, with every word marked."""
    if words is None:
        return escape(text)
    text = unicodedata.normalize("NFC", text)
    made, end = [], 0
    for match in words.finditer(text.translate(TABLE)):
        made.append(escape(text[end : match.start()]))
        made.append(Markup("<mark>%s</mark>") % text[match.start() : match.end()])
        end = match.end()
    return Markup().join([*made, escape(text[end:])])


def _is_in(text: str, words: re.Pattern[str] | None) -> bool:
    return words is None or words.search(text.translate(TABLE)) is not None


def _first(texts: Sequence[str], words: re.Pattern[str] | None) -> Markup | None:
    if words is not None:
        for text in texts:
            if text and words.search(text.translate(TABLE)):
                return _around(text, words)
    return None


def _around(text: str, words: re.Pattern[str]) -> Markup:
    """A piece of the text around the first of the words, cut between words."""
    text = " ".join(unicodedata.normalize("NFC", text).split())
    match = words.search(text.translate(TABLE))
    begin = max(match.start() - AROUND, 0) if match else 0
    if begin:
        begin = text.find(" ", begin, match.start() if match else None) + 1 or begin
    return _cut(text, begin, words)


def _beginning(texts: Sequence[str]) -> Markup:
    return _cut(" ".join(texts[0][: 2 * LONG].split()), 0, None) if texts else Markup()


def _cut(text: str, begin: int, words: re.Pattern[str] | None) -> Markup:
    end = begin + LONG
    if end < len(text):
        end = max(text.rfind(" ", begin, end), begin + LONG // 2)
    before, after = "… " if begin else "", " …" if end < len(text) else ""
    return escape(before) + marked(text[begin:end], words) + escape(after)


def _conversations(user: User, tickets: list[int]) -> Iterable[tuple[int, str, bool]]:
    """What was said on these tickets, newest first, as far as it is for the person."""
    said = Comment.objects.filter(ticket_id__in=tickets, redacted_at__isnull=True)
    if not user.is_staff:
        said = said.filter(is_public=True)
    rows = said.order_by("-id").values_list("ticket_id", "body", "is_public")
    return (
        (t, body[:FROM_COMMENT], public) for t, body, public in rows[:MOST_COMMENTS]
    )
