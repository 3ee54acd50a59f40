"""How common a word is in the search documents, from the planner's own statistics.

PostgreSQL assumes that a prefix matches at least one document in two hundred, and so
walks through a hundred thousand of them to find a rare word's twenty. The list of the
most common words that ANALYZE keeps says better.
"""

import time
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection

LIFETIME_SECONDS = 600.0
UNLISTED = 0.0005  # the share taken for a word that is not among the most common
SHORT_PREFIX = 0.016  # and for up to three letters that may go on in many ways
STATISTICS = """
SELECT c.reltuples, s.most_common_elems::text::text[], s.most_common_elem_freqs
FROM pg_class c
LEFT JOIN pg_stats s ON s.schemaname = c.relnamespace::regnamespace::text
    AND s.tablename = c.relname AND s.attname = 'document'
WHERE c.oid = 'itsm_ticketsearch'::regclass
"""


@dataclass(frozen=True, slots=True)
class Word:
    """One word that has to be in a document; a prefix stands for all that begin so."""

    text: str
    is_prefix: bool = False


@dataclass(frozen=True, slots=True)
class WordStatistics:
    """Documents there are, and the share of them that common words are in."""

    documents: float
    shares: dict[str, float]

    def share(self, words: Iterable[Word]) -> float:
        """The share of documents that likely hold all these words, 0..1.

        Words that occur together are not independent: each further word counts by the
        square root of the one before (exponential back-off).
        """
        shares = sorted(map(self._share, words))
        found, exponent = 1.0, 1.0
        for share in shares[:4]:
            found *= share**exponent
            exponent /= 2
        return found

    def _share(self, word: Word) -> float:
        if not word.is_prefix:
            return self.shares.get(word.text, UNLISTED)
        listed = sum(s for text, s in self.shares.items() if text.startswith(word.text))
        least = SHORT_PREFIX if len(word.text) <= 3 else UNLISTED
        return min(max(listed, least), 1.0)


_known: tuple[float, WordStatistics] | None = None


def current() -> WordStatistics:
    """The statistics; one query in ten minutes of each process."""
    global _known
    now = time.monotonic()
    if _known is None or now > _known[0]:
        _known = now + LIFETIME_SECONDS, _read()
    return _known[1]


def _read() -> WordStatistics:
    with connection.cursor() as cursor:
        cursor.execute(STATISTICS)
        documents, words, numbers = cursor.fetchone()
    if not words or documents <= 0:
        return WordStatistics(max(documents, 0.0), {})
    # two more numbers follow the words' own: the least and the greatest of them
    return WordStatistics(documents, dict(zip(words, numbers, strict=False)))
