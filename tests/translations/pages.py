"""Whether a page speaks one language only: its words against both sides of locale/."""

import re
from functools import cache
from typing import Any

from config import catalogue
from people.actions import SCOPES
from tests.cast import Cast
from tests.translations.scan import Spoken

PLACE = re.compile(r"%\(\w+\)\d*[a-z]|\{\w+\}|%%")
LETTERS = 8  # fewer beside the places of a sentence, and it would fit to anything


@cache
def messages() -> tuple[Any, ...]:
    """The German catalogue, as Babel reads it."""
    from babel.messages.pofile import read_po

    with (catalogue.LOCALE / "de" / catalogue.FILE).open("rb") as file:
        return tuple(message for message in read_po(file, locale="de") if message.id)


def both(message: Any) -> list[tuple[str, str]]:
    """English and German of a message, each of its plural forms."""
    ids = message.id if isinstance(message.id, tuple) else (message.id,)
    words = message.string if isinstance(message.string, tuple) else (message.string,)
    return list(zip(ids, words, strict=True))


@cache
def _sides() -> dict[str, tuple[frozenset[str], re.Pattern[str]]]:
    """By language: whole texts that only the other one says, and its sentences."""
    pairs = [(one, said) for m in messages() for one, said in both(m) if said]
    english = {" ".join(one.split()) for one, _said in pairs}
    german = {" ".join(said.split()) for _one, said in pairs}
    return {
        "de": _told(english - german),
        "en": _told(german - english),
    }


def _told(texts: set[str]) -> tuple[frozenset[str], re.Pattern[str]]:
    plain = frozenset(text for text in texts if not PLACE.search(text))
    filled = sorted(text for text in texts if PLACE.search(text))
    sentences = [
        "(.+)".join(re.escape(part) for part in PLACE.split(text))
        for text in filled
        if len(re.sub(r"\W", "", PLACE.sub("", text))) >= LETTERS
    ]
    return plain, re.compile("|".join(f"(?:{one})" for one in sentences) or r"(?!)")


def spoken(page: str) -> list[str]:
    """What a page says, in pieces: texts, and attributes that are read out."""
    reader = Spoken()
    reader.feed(page)
    reader.close()
    return [words for text in reader.found if (words := " ".join(text.split()))]


def foreign(page: str | list[str], language: str, names: set[str]) -> list[str]:
    """Texts of a page in `language` that are ours in the other one.

    `names` are people's own words, which may be called like one of ours.
    """
    plain, sentences = _sides()[language]
    pieces = spoken(page) if isinstance(page, str) else page
    return [
        piece
        for piece in pieces
        if piece not in names and (piece in plain or sentences.fullmatch(piece))
    ]


def names(cast: Cast) -> set[str]:
    """How people call their teams, services and categories, and the API its parts."""
    things = (cast.teams, cast.services, cast.categories, cast.organisations)
    return {thing.name for group in things for thing in group.values()} | {*SCOPES}
