"""The words that stand in documents, and which of them a typo meant.

Two words that are one slip apart (a letter too much, one missing, another one, two
swapped) share a spelling with one letter left out. The table keeps these spellings of
each word in an array with an index, so that a look-up costs 0.3 ms among 228,000 words
where trigrams cost 1.7 ms and find nine in ten (docs/adr/0010-what-a-typo-meant.md).
Words with digits are left out: what is one digit away from a number is another number.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import connection

SHORTEST, LONGEST = 3, 30  # letters of a word that can be meant
SHORT = 3  # so few letters are one slip away from many words that were meant as typed
FILL = """
INSERT INTO itsm_searchword (text, documents, near)
SELECT word, ndoc, ARRAY(
    SELECT DISTINCT left(word, i - 1) || substr(word, i + 1)
    FROM generate_series(1, length(word)) i)
FROM ts_stat('SELECT document FROM itsm_ticketsearch')
WHERE length(word) BETWEEN %s AND %s AND word !~ '[0-9]'
"""
CHANGE = """
INSERT INTO itsm_searchword AS w (text, documents, near)
SELECT word, n, ARRAY(
    SELECT DISTINCT left(word, i - 1) || substr(word, i + 1)
    FROM generate_series(1, length(word)) i)
FROM unnest(%s::text[], %s::int[]) AS changed (word, n) ORDER BY word
ON CONFLICT (text) DO UPDATE SET documents = w.documents + excluded.documents
"""
NEAR = """
SELECT text, documents FROM itsm_searchword
WHERE near && %(near)s::text[] OR near @> ARRAY[%(word)s] OR text = ANY(%(all)s)
"""


def can_be_meant(word: str) -> bool:
    """Whether it is a word that somebody may have mistyped or meant."""
    return SHORTEST <= len(word) <= LONGEST and word.isalpha()


def near(word: str, most: int = 5) -> tuple[bool, list[str]]:
    """Whether the word is known, and words one slip away, the likeliest first.

    One query. Whoever shows one of them must have found it in something the reader may
    see: the words of every document are in the table.
    """
    shorter = spellings(word)
    with connection.cursor() as cursor:
        cursor.execute(NEAR, {"near": shorter, "word": word, "all": [*shorter, word]})
        rows = dict(cursor.fetchall())
    is_known = rows.pop(word, 0) > 0
    ranked = sorted(
        (apart(word, text), text[0] != word[0], -documents, text)
        for text, documents in rows.items()
    )
    slips = 1 if is_short(word) else 2
    return is_known, [text for far, *_, text in ranked if far <= slips][:most]


def is_short(word: str) -> bool:
    """Whether only a word that stands nowhere is taken for a typo of another."""
    return len(word) <= SHORT


def spellings(word: str) -> list[str]:
    """The word with each one of its letters left out."""
    return sorted({word[:i] + word[i + 1 :] for i in range(len(word))})


def apart(one: str, other: str) -> int:
    """Slips between two words: optimal string alignment distance."""
    before: list[int] = []
    last = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        row = [i]
        for j, b in enumerate(other, 1):
            least = min(last[j] + 1, row[-1] + 1, last[j - 1] + (a != b))
            if before and j > 1 and a == other[j - 2] and one[i - 2] == b:
                least = min(least, before[j - 2] + 1)
            row.append(least)
        before, last = last, row
    return last[-1]


def changed(
    cursor: Any, old: Iterable[Iterable[str]], new: Iterable[Iterable[str]]
) -> None:
    """Count words anew whose documents changed from `old` to `new`.

    Rows are locked in the order of their words, so that two that do it at once wait for
    each other and never in a circle.
    """
    counts: Counter[str] = Counter()
    for words in new:
        counts.update(words)
    for words in old:
        counts.subtract(words)
    _count(cursor, {w: n for w, n in counts.items() if n and can_be_meant(w)})


def _count(cursor: Any, counts: Mapping[str, int]) -> None:
    if not counts:
        return
    words = sorted(counts)
    cursor.execute(CHANGE, [words, [counts[word] for word in words]])
    gone = [word for word in words if counts[word] < 0]
    if gone:
        cursor.execute(
            "DELETE FROM itsm_searchword WHERE text = ANY(%s) AND documents <= 0",
            [gone],
        )


def fill(cursor: Any) -> None:
    """All words anew from all documents: 8 s for a million."""
    cursor.execute("DELETE FROM itsm_searchword")
    cursor.execute(FILL, [SHORTEST, LONGEST])
