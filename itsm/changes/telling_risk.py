"""A count of risk in words: each line with what was found, and from what."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core import wording
from core.reader import phrase
from itsm.changes.models import Change
from itsm.changes.risk import Line, Score, lines_of
from processes import control_words
from processes.control import Risk


@dataclass(frozen=True, slots=True)
class Said:
    """One line: what was looked at, what was found, and from what."""

    name: str
    found: str
    why: str
    points: int


@dataclass(frozen=True, slots=True)
class Told:
    """The whole count in words."""

    points: int
    level: str
    label: str
    high_from: int
    lines: Sequence[Said]

    @property
    def tone(self) -> str:
        """The tone of its chip."""
        return "late" if self.level == Change.Risk.HIGH else "good"


def told(rules: Risk, score: Score) -> Told:
    """A count under these rules; what adds most comes first."""
    lines = sorted(score.lines, key=lambda line: -line.points)
    said = [Said(*_line(rules, line), line.points) for line in lines]
    label = str(Change.Risk(score.level).label)
    return Told(score.points, score.level, label, rules.high_from, said)


def of_change(rules: Risk | None, row: Change) -> Told | None:
    """The count that is kept with a change; None where its version counts none."""
    if rules is None or not row.risk:
        return None
    kept = Score(row.risk_score or 0, row.risk, lines_of(row.risk_lines))
    return told(rules, kept)


def _line(rules: Risk, line: Line) -> tuple[str, str, str]:
    if not line.question:
        name, found = control_words.factor(line.factor), line.found
        return name, control_words.found(line.factor, found), _why(line)
    question = rules.questions.get(line.question)
    if question is None:
        return line.question, line.found, ""
    answer = question.answers.get(line.found)
    if answer is None:
        counts = _("Counts as the gravest answer.")
        return phrase(question.label), _("not answered"), counts
    return phrase(question.label), phrase(answer.label), ""


def _why(line: Line) -> str:
    teller = WHY.get(line.factor)
    return teller(line.about) if teller and line.about else ""


def _record(about: Mapping[str, Any]) -> str:
    ended, failed = about.get("ended", 0), about.get("failed", 0)
    words = ngettext("%(n)s change has ended", "%(n)s changes have ended", ended)
    said = words % {"n": ended}
    return _("%(said)s, %(failed)s failed") % {"said": said, "failed": failed}


def _window(about: Mapping[str, Any]) -> str:
    ends = (parse_datetime(str(about.get(name, ""))) for name in ("start", "end"))
    return " – ".join(wording.clock_words(one) for one in ends if one)


def _people(about: Mapping[str, Any]) -> str:
    n = about.get("n", 0)
    return ngettext("%(n)s person", "%(n)s people", n) % {"n": n}


WHY = {
    "criticality": lambda about: str(about.get("service", "")),
    "record": _record,
    "team": _record,
    "window": _window,
    "affected": _people,
    "evidence": lambda about: ", ".join(map(str, about.get("kinds", ()))),
}
