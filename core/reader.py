"""Who reads the page: their language and time zone, asked of Django once per page.

Django keeps both in objects that any coroutine may see, and asking takes microseconds.
A page asks five hundred times; while it renders the answer cannot change.

Whoever wants other words than the reader's for a while (a mail, for its receiver) says
so with `speaking`, never with Django's `override` alone: that would be heard by half.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, tzinfo

from django.conf import settings
from django.utils import timezone, translation

MOST_TRANSLATED = 10_000
_PARTICLES = frozenset({"auf", "bis", "für", "von", "bei", "mit"})
_translated: dict[tuple[str, str], str] = {}


@dataclass(frozen=True, slots=True)
class Reader:
    """A person's language and time zone."""

    language: str
    zone: tzinfo


_current: ContextVar[Reader | None] = ContextVar("reader", default=None)


@contextmanager
def reading() -> Iterator[None]:
    """Remember language and zone for a block that renders."""
    language = translation.get_language() or ""
    token = _current.set(Reader(language, timezone.get_current_timezone()))
    try:
        yield
    finally:
        _current.reset(token)


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Everything inside is worded in this language; "" is the installation's own."""
    with translation.override(language or settings.LANGUAGE_CODE), reading():
        yield


def switch(language: str) -> None:
    """From here on in this language, for as long as the block around us lasts.

    For who is known only after the answer has begun: the person behind a token.
    """
    reader = _current.get()
    if language and reader is not None:
        translation.activate(language)
        _current.set(Reader(language, reader.zone))


def language() -> str | None:
    """The language that is active."""
    reader = _current.get()
    return translation.get_language() if reader is None else reader.language


def local(at: datetime) -> datetime:
    """An instant in the reader's time zone."""
    reader = _current.get()
    return timezone.localtime(at) if reader is None else at.astimezone(reader.zone)


def gettext(message: str) -> str:
    """Django's gettext, remembered while a page renders."""
    reader = _current.get()
    if reader is None:
        return translation.gettext(message)
    key = (reader.language, message)
    found = _translated.get(key)
    if found is None:
        if len(_translated) >= MOST_TRANSLATED:
            _translated.clear()
        with translation.override(reader.language or None):
            found = _translated[key] = translation.gettext(message)
    return found


def phrase(text: str) -> str:
    """A text that is kept as data, in the reader's language where it is one of ours.

    States, verbs and reasons of a process definition are: what ships is in the
    catalogue, and what an owner wrote stays as it was written.
    """
    return gettext(text) if text else ""


def inside(words: str) -> str:
    """Words that stand alone, for the middle of a sentence: "In progress" there.

    English writes them small. German would spoil its nouns, so it does so only where
    a small word comes first: "Wartet auf Rückmeldung".
    """
    first = words.partition(" ")[0].lower()
    if (language() or "en").startswith("en") or first in _PARTICLES:
        return words[:1].lower() + words[1:]
    return words
