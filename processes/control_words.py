"""Risk and trust of a version in words: for its page, and against another version's."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from django.utils.formats import get_format
from django.utils.translation import gettext_lazy as T
from django.utils.translation import gettext_noop

from core.reader import gettext as _
from core.reader import phrase
from processes.control import Question, Risk, Trust

FACTORS: Mapping[str, object] = {
    "criticality": T("How critical the service is"),
    "record": T("Record of this kind of change"),
    "team": T("Record of the team"),
    "evidence": T("Evidence of tests"),
    "size": T("Size of the work"),
    "window": T("The window"),
    "affected": T("People affected"),
}
FOUND: Mapping[str, Mapping[str, object]] = {
    "criticality": {
        "normal": T("normal"),
        "high": T("high"),
        "critical": T("critical"),
        "none": T("no service named"),
    },
    "record": {
        "good": T("good"),
        "few": T("too few to say"),
        "poor": T("poor"),
        "none": T("no kind named"),
    },
    "team": {
        "good": T("good"),
        "few": T("too few to say"),
        "poor": T("poor"),
        "none": T("no team named"),
    },
    "evidence": {
        "shown": T("tests have passed"),
        "written": T("a test is written down"),
        "none": T("none"),
    },
    "size": {"small": T("small"), "medium": T("medium"), "large": T("large")},
    "window": {
        "outside": T("outside working hours"),
        "inside": T("in working hours"),
        "none": T("not planned yet"),
    },
    "affected": {"few": T("fewer than 10"), "some": T("10 to 99"), "many": T("100 up")},
}
# what shipped questions ask, so that it is said in the reader's language
SHIPPED = (
    *(gettext_noop("Has the way back been tried?"),),
    gettext_noop("A way back that was never tried is a hope."),
    gettext_noop("Yes, this way back was gone once"),
    gettext_noop("It is written, nobody tried it"),
    gettext_noop("There is none"),
    gettext_noop("What do people notice while it is done?"),
    gettext_noop("Nothing"),
    gettext_noop("Slower, or short interruptions"),
    gettext_noop("The service is down"),
    gettext_noop("Has this team done the same before?"),
    gettext_noop("Yes, in the last half year"),
    gettext_noop("Longer ago, or only in part"),
    gettext_noop("No"),
)


@dataclass(frozen=True, slots=True)
class Row:
    """What a factor or question adds: words and points, in the order of the version."""

    name: str
    adds: tuple[tuple[str, int], ...]


def factor(name: str) -> str:
    """What a factor is called."""
    return str(FACTORS.get(name, name))


def found(name: str, word: str) -> str:
    """What was found of a factor."""
    return str(FOUND.get(name, {}).get(word, word))


def rows(risk: Risk) -> list[Row]:
    """All that adds points."""
    of_facts = [
        Row(factor(name), tuple((found(name, w), p) for w, p in words.items()))
        for name, words in risk.factors.items()
    ]
    asked = [
        Row(
            phrase(one.label),
            tuple((phrase(a.label), a.points) for a in one.answers.values()),
        )
        for one in risk.questions.values()
    ]
    return of_facts + asked


def trust_sentences(trust: Trust) -> list[str]:
    """When a record earns standard status, and when it loses it."""
    return [
        _(
            "Standard status is proposed once %(least)s changes have ended and, with "
            "95 %% certainty, at most %(share)s %% fail."
        )
        % {"least": trust.least, "share": percent(trust.standard_under)},
        _(
            "Its suspension is proposed once one has failed and %(share)s %% or more "
            "might."
        )
        % {"share": percent(trust.suspend_over)},
    ]


def percent(share: float) -> str:
    """A share as a number of per cent, as the reader writes it: 5, 0.5 or 0,5."""
    return f"{share * 100:.3g}".replace(".", get_format("DECIMAL_SEPARATOR"))


def differences(
    old: tuple[Risk | None, Trust | None], new: tuple[Risk | None, Trust | None]
) -> Iterable[str]:
    """One sentence for each difference in risk, then in trust."""
    yield from _risk(old[0], new[0])
    yield from _trust(old[1], new[1])


def _risk(old: Risk | None, new: Risk | None) -> Iterable[str]:
    if old is None or new is None:
        if new is not None:
            yield _("Risk is counted from now on.")
        elif old is not None:
            yield _("Risk is no longer counted.")
        return
    if old.high_from != new.high_from:
        yield _("Risk is high from: %(was)s → %(new)s points.") % {
            "was": old.high_from,
            "new": new.high_from,
        }
    for name in {**old.factors, **new.factors}:
        yield from _points(
            factor(name),
            {found(name, w): p for w, p in old.factors.get(name, {}).items()},
            {found(name, w): p for w, p in new.factors.get(name, {}).items()},
        )
    for slug in {**old.questions, **new.questions}:
        yield from _question(old.questions.get(slug), new.questions.get(slug))


def _question(was: Question | None, one: Question | None) -> Iterable[str]:
    if was is None or one is None:
        if one is not None:
            yield _("It is asked: “%(question)s”") % {"question": phrase(one.label)}
        elif was is not None:
            words = {"question": phrase(was.label)}
            yield _("It is no longer asked: “%(question)s”") % words
        return
    label = phrase(one.label)
    yield from _points(
        label,
        {phrase(a.label): a.points for a in was.answers.values()},
        {phrase(a.label): a.points for a in one.answers.values()},
    )
    if replace(was, answers=one.answers) != one:
        yield _("The question “%(question)s” is worded differently.") % {
            "question": label
        }


def _points(name: str, old: Mapping[str, int], new: Mapping[str, int]) -> Iterable[str]:
    for word in {**old, **new}:
        if old.get(word) != new.get(word):
            yield _("%(name)s, %(found)s: %(was)s → %(new)s points.") % {
                "name": name,
                "found": word,
                "was": old.get(word, _("no")),
                "new": new.get(word, _("no")),
            }


def _trust(old: Trust | None, new: Trust | None) -> Iterable[str]:
    if new is None:
        if old is not None:
            yield _("Records no longer earn or lose standard status.")
    elif old != new:
        yield from trust_sentences(new)
