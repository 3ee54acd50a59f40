"""Agreements in words: for whom, what, until when, and whether they are accepted."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from core.wording import day_words
from itsm.sla import lengths
from itsm.sla.checking import PERSON, PRIORITY_NAMES, promises_of
from itsm.sla.forms import CHANNEL_WORDS, WHO_WORDS, said
from itsm.sla.models import Agreement, ClockKind
from itsm.sla.steps import ANY_PROMISE
from itsm.sla.trying import Answer
from people.models import Calendar


@dataclass(frozen=True, slots=True)
class Standing:
    """In force or not, as a chip: its words and its colour."""

    words: str
    mark: str
    icon: str


def standing(agreement: Agreement, today: date) -> Standing:
    """Whether it holds on a day."""
    if not agreement.is_active:
        return Standing(_("Withdrawn"), "", "x")
    if today < agreement.valid_from:
        return Standing(_("Not yet"), "wait", "clock")
    if agreement.valid_until is not None and agreement.valid_until < today:
        return Standing(_("Ended"), "", "minus")
    return Standing(_("In force"), "good", "check")


def validity(agreement: Agreement) -> str:
    """From when to when it holds."""
    first, last = agreement.valid_from, agreement.valid_until
    words = {"first": day_words(first), "last": day_words(last) if last else ""}
    if last is None:
        return _("from %(first)s") % words
    return _("from %(first)s to %(last)s") % words


def about(agreement: Agreement) -> str:
    """For whom and for what, in one line."""
    named = [
        str(one)
        for one in (agreement.team, agreement.service, agreement.organisation)
        if one is not None
    ]
    if agreement.type:
        named.append(str(agreement.get_type_display()))
    return " · ".join(named) or _("Everything")


def glance(agreement: Agreement) -> list[tuple[str, str]]:
    """The targets at a glance: P1, "15 min / 30 min / 4 h"."""
    promises = promises_of(agreement.kind)
    return [
        (name, " / ".join(_cell(agreement, name, p) for p in promises))
        for name in PRIORITY_NAMES
        if name in agreement.targets
    ]


def table(agreement: Agreement) -> tuple[list[Any], list[list[Any]]]:
    """The targets as a table: its head and its body."""
    promises = promises_of(agreement.kind)
    head = [_("Priority"), *(str(ClockKind(p).label) for p in promises), _("Counts")]
    body = [
        [
            name,
            *(_cell(agreement, name, p) for p in promises),
            hours(agreement, int(name[1:])),
        ]
        for name in PRIORITY_NAMES
        if name in agreement.targets
    ]
    return head, body


def _cell(agreement: Agreement, priority: str, promise: str) -> str:
    text = agreement.targets[priority].get(promise)
    return said(text) if text else "–"


def hours(agreement: Agreement, priority: int) -> str:
    """By what time a priority counts."""
    if agreement.calendar is None or priority in agreement.around_the_clock:
        return _("around the clock")
    return agreement.calendar.name


def steps(agreement: Agreement) -> list[str]:
    """Its warnings and escalations, a sentence each."""
    shares = [_("a warning at %(n)s %%") % {"n": n} for n in agreement.warnings]
    return [*shares, *(_step(step) for step in agreement.escalations)]


def _step(step: Mapping[str, Any]) -> str:
    ((when, value),) = step["when"].items()
    moment = {
        "share": _("at %(v)s %%"),
        "before": _("%(v)s before it is due"),
        "after": _("%(v)s after it was due"),
    }[when] % {"v": value if when == "share" else said(value)}
    who = [str(WHO_WORDS.get(n, n.removeprefix(PERSON))) for n in step["who"]]
    promise = step.get("promise", ANY_PROMISE)
    words = {
        "moment": moment,
        "who": ", ".join(who),
        "channel": CHANNEL_WORDS[step["channel"]],
        "promise": _("any promise")
        if promise == ANY_PROMISE
        else ClockKind(promise).label,
    }
    return _("%(promise)s, %(moment)s: %(who)s %(channel)s") % words


def tried(found: Answer) -> list[list[str]]:
    """What would hold, a line each: promise, target, by what time, out of what."""
    names = {entry.id: entry.name for entry in found.book.agreements}
    versions = {terms.calendar for terms in found.terms.values()}
    calendars = dict(
        Calendar.objects.filter(versions__in=versions - {None}).values_list(
            "versions", "name"
        )
    )
    return [
        [
            str(ClockKind(kind).label),
            lengths.say(terms.target),
            calendars.get(terms.calendar or 0) or _("around the clock"),
            names.get(terms.agreement or 0) or _("the process"),
        ]
        for kind, terms in found.terms.items()
    ]
