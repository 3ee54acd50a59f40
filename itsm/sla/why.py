"""Why these promises hold: the sentences behind `itsm.sla.terms.resolve`."""

from collections.abc import Iterator
from datetime import datetime

from core.reader import gettext as _
from itsm.sla.terms import (
    AROUND_THE_CLOCK_PRIORITY,
    CUSTOMER,
    OPERATIONAL,
    Book,
    Entry,
    Question,
    of_process,
    winner,
)
from processes.definition import Definition


def why(
    question: Question, definition: Definition, book: Book, at: datetime
) -> list[str]:
    """Which agreement counts and why, and by what time it counts."""
    fitting = book.fitting(CUSTOMER, question, at)
    won = winner(fitting, question.priority)
    return [
        *_passed_over(fitting, won, question.priority),
        *(_won(won, fitting) if won else _nobody(question, definition)),
        _time(won, question, book),
        *_within(question, book, at),
    ]


def named(entry: Entry) -> str:
    """The dimensions an agreement names, in words; empty where it names none."""
    words = [
        word
        for word, has in (
            (_("the service"), entry.service is not None),
            (_("the organisation"), entry.organisation is not None),
            (_("the kind of ticket"), bool(entry.type)),
        )
        if has
    ]
    if len(words) < 2:
        return "".join(words)
    head = ", ".join(words[:-1])
    return _("%(first)s and %(last)s") % {"first": head, "last": words[-1]}


def _passed_over(
    fitting: list[Entry], won: Entry | None, priority: int
) -> Iterator[str]:
    """Those that would go first and have nothing for the priority."""
    for entry in fitting:
        if entry is won:
            return
        words = {"name": entry.name, "p": f"P{priority}"}
        yield _("“%(name)s” fits but promises nothing for %(p)s.") % words


def _won(won: Entry, fitting: list[Entry]) -> Iterator[str]:
    words = {"name": won.name, "named": named(won)}
    if words["named"]:
        yield _("“%(name)s” counts: it names %(named)s.") % words
    else:
        yield _("“%(name)s” counts: it is for everything.") % words
    behind = fitting[fitting.index(won) + 1 :]
    if behind:
        yield _before(won, behind[0])


def _before(won: Entry, other: Entry) -> str:
    words = {"other": other.name, "named": named(other)}
    if not words["named"]:
        return _("It goes before “%(other)s”, which is for everything.") % words
    if won.rank[0] > other.rank[0]:
        return _("It goes before “%(other)s”, which names only %(named)s.") % words
    if won.rank[:4] == other.rank[:4]:
        return _("It goes before “%(other)s”, which is older.") % words
    return (
        _(
            "It goes before “%(other)s”, which names %(named)s: a service weighs more "
            "than an organisation, and that more than a kind of ticket."
        )
        % words
    )


def _nobody(question: Question, definition: Definition) -> Iterator[str]:
    words = {"p": f"P{question.priority}"}
    if of_process(definition, question.priority):
        yield _("No agreement says anything here, so the process's targets hold.")
    else:
        yield _("Neither an agreement nor the process promises anything for %(p)s.") % (
            words
        )


def _time(won: Entry | None, question: Question, book: Book) -> str:
    """By what time it counts, and who says so."""
    hours = won.hours if won else book.default
    words = {"name": hours.name if hours else "", "p": f"P{question.priority}"}
    if won is not None:
        if hours is None:
            return _("It counts around the clock.")
        if question.priority in won.around_the_clock:
            return _("For %(p)s it counts around the clock.") % words
        return _("Its time is that of the calendar “%(name)s”.") % words
    if question.always_on:
        return _("The service runs around the clock, and so does the time.")
    if question.priority == AROUND_THE_CLOCK_PRIORITY:
        return _("For %(p)s time runs around the clock.") % words
    if hours is None:
        return _("There is no default calendar yet, so time runs around the clock.")
    return _("Time is that of the default calendar, “%(name)s”.") % words


def _within(question: Question, book: Book, at: datetime) -> Iterator[str]:
    """What the team promises besides."""
    won = winner(book.fitting(OPERATIONAL, question, at), question.priority)
    if won is not None:
        yield _("“%(name)s” is what the team promises within the house.") % {
            "name": won.name
        }
