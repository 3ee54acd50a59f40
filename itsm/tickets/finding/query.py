"""The language of queries: words, "phrases", -words and filters such as `owner:me`.

Any text is an answerable query. What stands before a colon is a filter only if there
is one of that name; else it is searched like any other word and said to be unknown.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from itsm.tickets.finding.documents import plain
from itsm.tickets.wordstats import Word

LONGEST = 200  # characters of a query that are read
MOST_WORDS = 12
MOST_VALUES = 20  # of one filter
READ_BY_ALL = "ABC"
_PIECE = re.compile(
    r"(?P<minus>-?)(?:"
    r'(?P<name>[A-Za-z]{2,20}):(?:"(?P<quote>[^"]*)"?|(?P<value>[^\s"]*))(?=\s|$)'
    r'|"(?P<phrase>[^"]*)"|(?P<word>\S+))'
)
# as telephones and German keyboards write them
_QUOTES = str.maketrans(dict.fromkeys("„“”«»", '"'))
_LIKE_FILTER = re.compile(r"[A-Za-z]{2,20}:(?!//)[^\s:\\]+")


@dataclass(frozen=True, slots=True)
class Piece:
    """One part of a query: a word or phrase, or a filter (then it has a `name`)."""

    text: str
    minus: bool = False
    quoted: bool = False
    name: str = ""

    @property
    def values(self) -> list[str]:
        """What a filter asks for; any of several, separated by commas."""
        parts = [self.text] if self.quoted else self.text.split(",")
        return [part.strip() for part in parts if part.strip()][:MOST_VALUES]

    def written(self) -> str:
        """As it would be typed."""
        text = f'"{self.text}"' if self.quoted else self.text
        return (
            f"{'-' if self.minus else ''}{f'{self.name}:' if self.name else ''}{text}"
        )


@dataclass(frozen=True, slots=True)
class Query:
    """What was typed, as `to_tsquery` always accepts it; no text, nothing to find."""

    text: str
    words: Sequence[Word] = ()  # those that have to be there


NOTHING = Query("")


def pieces(q: str, names: Collection[str]) -> list[Piece]:
    """The parts of a query; `names` are the filters that there are."""
    found = []
    for match in _PIECE.finditer(clean(q).translate(_QUOTES)):
        minus = bool(match["minus"])
        name = (match["name"] or "").lower()
        if name in names:
            quoted = match["quote"] is not None
            text = (match["quote"] if quoted else match["value"]) or ""
            found.append(Piece(text, minus, quoted, name))
        elif match["phrase"] is not None:
            found.append(Piece(match["phrase"], minus, quoted=True))
        else:
            text = match[0][1:] if minus else match[0]
            found.append(Piece(text, minus))
    return found


def clean(q: str) -> str:
    """What a database can be asked for, and not more than is read."""
    text = q[:LONGEST].replace("\x00", " ")
    return text.encode("utf-8", "replace").decode()


def unknown_filters(found: Sequence[Piece]) -> list[str]:
    """What looks like a filter and is none: `colour` of `colour:red`."""
    return [
        piece.text.partition(":")[0]
        for piece in found
        if not piece.name and not piece.quoted and _LIKE_FILTER.fullmatch(piece.text)
    ]


def parse(q: str, *, internal: bool) -> Query:
    """Read a query without filters; see `compiled`."""
    return compiled(pieces(q, ()), internal=internal)


def compiled(found: Sequence[Piece], *, internal: bool) -> Query:
    """Words, "phrases" and -words of a query; the last word may be unfinished.

    Words are quoted and plain, so nothing in them is an operator; what punctuation
    holds together (`mail.acme.example`) is a phrase. `internal` says whether notes
    are searched. Filters are left out.
    """
    labels = "" if internal else READ_BY_ALL
    parts = [(one, plain(one.text).split()) for one in found if not one.name]
    parts = [part for part in parts if part[1]][:MOST_WORDS]
    if all(one.minus for one, _ in parts):
        return NOTHING
    terms, words = [], []
    for place, (one, cut) in enumerate(parts, 1):
        last = place == len(parts) and not one.minus
        unfinished = not one.quoted and (last or one.text.endswith("*"))
        these = [Word(part.lower()) for part in cut[:-1]]
        these.append(Word(cut[-1].lower(), unfinished))
        phrase = " <-> ".join(term(word, labels) for word in these)
        terms.append(f"!({phrase})" if one.minus else f"({phrase})")
        words += [] if one.minus else these
    return Query(" & ".join(terms), words)


def term(word: Word, labels: str) -> str:
    """One word of a `tsquery`; `labels` are the weights it may have."""
    suffix = ("*" if word.is_prefix else "") + labels
    return f"'{word.text}':{suffix}" if suffix else f"'{word.text}'"
