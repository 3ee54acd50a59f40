"""How risky a change is: points for what is found and answered, each line explained.

Pure. The rules are a process version's (`processes.control.Risk`); what was found is
kept with the points, so that anybody can count again: `recount`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from processes.control import Risk

LOW, HIGH = "low", "high"
ASKED = "answers."  # before a question's slug, where a line is about its answer
UNANSWERED = ""


@dataclass(frozen=True, slots=True)
class Found:
    """What was found of one factor: the version's word for it, and what it is from."""

    word: str
    about: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the count: what was looked at, what was found, what it adds."""

    factor: str
    found: str
    points: int
    about: Mapping[str, Any] = field(default_factory=dict)

    @property
    def question(self) -> str:
        """The slug of the question it answers; empty where it is a fact."""
        is_asked = self.factor.startswith(ASKED)
        return self.factor.removeprefix(ASKED) if is_asked else ""

    def told(self) -> dict[str, Any]:
        """As it is kept."""
        about = {"about": dict(self.about)} if self.about else {}
        found = {"factor": self.factor, "found": self.found, "points": self.points}
        return {**found, **about}


@dataclass(frozen=True, slots=True)
class Score:
    """The points, what they mean, and how they came about."""

    points: int
    level: str
    lines: tuple[Line, ...]


def score(rules: Risk, found: Mapping[str, Found], answers: Mapping[str, str]) -> Score:
    """Count. A question without an answer counts as its gravest one; a factor that
    was not looked at adds nothing."""
    lines = [
        Line(name, found[name].word, words.get(found[name].word, 0), found[name].about)
        for name, words in rules.factors.items()
        if name in found
    ]
    for slug, question in rules.questions.items():
        answer = question.answers.get(answers.get(slug, UNANSWERED))
        said = answer.slug if answer else UNANSWERED
        points = answer.points if answer else question.most
        lines.append(Line(f"{ASKED}{slug}", said, points))
    points = sum(line.points for line in lines)
    return Score(points, HIGH if points >= rules.high_from else LOW, tuple(lines))


def lines_of(kept: Sequence[Mapping[str, Any]]) -> tuple[Line, ...]:
    """The lines as they were kept."""
    return tuple(
        Line(one["factor"], one["found"], one["points"], one.get("about", {}))
        for one in kept
    )


def recount(rules: Risk, kept: Sequence[Mapping[str, Any]]) -> Score:
    """The same count again, from what was found then."""
    lines = lines_of(kept)
    found = {one.factor: Found(one.found, one.about) for one in lines}
    answers = {one.question: one.found for one in lines if one.question}
    return score(rules, found, answers)
