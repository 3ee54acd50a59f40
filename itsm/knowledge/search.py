"""Finding articles by what somebody types, asks or reports.

A sentence counts by how many of its words an article has, words of a title twice; small
words do not count. Words that nobody wrote are tried as what they were meant to be.
"""

import difflib
import re
from collections.abc import Sequence

from django.db.models import F, FloatField, IntegerField, QuerySet
from django.db.models.expressions import RawSQL

from itsm.knowledge.models import Article, ArticleState
from itsm.knowledge.policy import visible_to
from people.models import User

MOST_WORDS = 12
LONGEST = 300  # characters that are read
VOCABULARY = 1000  # newest titles in which a misspelt word is looked for
ALIKE = 0.78  # share of letters in common, of difflib
ENGLISH = """a an and are as at be but by can cannot do does for from has have how i in
is it me my no not of on or our so that the this to was we when why with you your
again"""
GERMAN = """aber als am an auf aus bei bin das dem den der des die ein eine es für geht
hat ich im in ist kann kein keine man mein meine mich mir mit nach nicht noch nur oder
sie
sich sind und uns von vor war was weil wenn wer wie wieder wir zu zum zur über"""
SMALL = frozenset([*ENGLISH.split(), *GERMAN.split()])
MATCHES = "(itsm_article.document @@ to_tsquery('simple', %s))::int"


def words_of(text: str) -> list[str]:
    """The words that count, each once."""
    found = re.findall(r"\w+", text[:LONGEST].lower())
    counting = [w for w in found if len(w) > 1 and w not in SMALL]
    return list(dict.fromkeys(counting))[:MOST_WORDS]


def search_articles(
    user: User, words: str, limit: int, *, published: bool = False
) -> list[Article]:
    """Articles the person may read that fit the words, the best first.

    One query; two more where it finds nothing and a word may be misspelt. `published`
    leaves out drafts and retired ones. Each row has its service at hand.
    """
    rows = visible_to(user).select_related("service")
    if published:
        rows = rows.filter(state=ArticleState.PUBLISHED)
    wanted = words_of(words)
    if not wanted:
        return []
    if number := re.fullmatch(r"\s*(kba-\d{1,9})\s*", words, re.IGNORECASE):
        return list(rows.filter(number=number[1].upper()))
    found = list(_fitting(rows, wanted)[:limit])
    if not found and (meant := _meant(rows, wanted)) != wanted:
        found = list(_fitting(rows, meant)[:limit])
    return found


def _fitting(rows: QuerySet[Article], words: Sequence[str]) -> QuerySet[Article]:
    """Those that hold enough of the words, ranked. A word may go on: it is a prefix."""
    asked = [f"{word}:*" for word in words]
    each = " + ".join([MATCHES] * len(asked))
    titled = [f"{word}:*A" for word in words]
    any_of = " | ".join(asked)
    rank = f"({each}) * 2 + ts_rank(itsm_article.document, to_tsquery('simple', %s))"
    return (
        rows.extra(
            where=["itsm_article.document @@ to_tsquery('simple', %s)"], params=[any_of]
        )
        .annotate(
            hits=RawSQL(  # noqa: S611 - placeholders only
                f"({each})", asked, output_field=IntegerField()
            ),
            rank=RawSQL(  # noqa: S611 - placeholders only
                rank, [*titled, any_of], output_field=FloatField()
            ),
        )
        .filter(hits__gte=enough(len(words)))
        .order_by((F("hits") + F("rank")).desc(), "-pk")
    )


def enough(words: int) -> int:
    """How many of so many words an article has to have."""
    return 1 if words < 3 else 2 if words < 7 else 3


def _meant(rows: QuerySet[Article], words: Sequence[str]) -> list[str]:
    """The words, each replaced by the closest one that stands in a title."""
    titles = rows.order_by("-pk").values_list("title", flat=True)[:VOCABULARY]
    known = sorted({word for title in titles for word in words_of(title)})
    meant = []
    for word in words:
        close = difflib.get_close_matches(word, known, n=1, cutoff=ALIKE)
        meant.append(close[0] if close else word)
    return meant
