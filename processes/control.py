"""How much control work needs, as a version says it: risk in points, trust in bounds.

Values alone; `control_reading` reads them, `control_words` tells them.
"""

from collections.abc import Mapping
from dataclasses import dataclass

# What a risk can be counted from, and what may be found of each; from mild to grave.
FACTORS: Mapping[str, tuple[str, ...]] = {
    "criticality": ("normal", "high", "critical", "none"),
    "record": ("good", "few", "poor", "none"),
    "team": ("good", "few", "poor", "none"),
    "evidence": ("shown", "written", "none"),
    "size": ("small", "medium", "large"),
    "window": ("outside", "inside", "none"),
    "affected": ("few", "some", "many"),
}
MOST_POINTS = 100  # of one word or answer


@dataclass(frozen=True, slots=True)
class Answer:
    """One possible answer to a question, and what it adds."""

    slug: str
    label: str
    points: int


@dataclass(frozen=True, slots=True)
class Question:
    """One question of the questionnaire."""

    slug: str
    label: str
    answers: Mapping[str, Answer]
    help: str = ""

    @property
    def most(self) -> int:
        """What its gravest answer adds; so does none."""
        return max((one.points for one in self.answers.values()), default=0)


@dataclass(frozen=True, slots=True)
class Risk:
    """Points for what is found of each factor and for each answer.

    From `high_from` points on the risk is high. What is not named adds nothing.
    """

    high_from: int
    factors: Mapping[str, Mapping[str, int]]
    questions: Mapping[str, Question]

    @property
    def most(self) -> int:
        """The points of what has everything against it."""
        found = sum(max(words.values(), default=0) for words in self.factors.values())
        return found + sum(question.most for question in self.questions.values())


@dataclass(frozen=True, slots=True)
class Trust:
    """When a record speaks for standard status, and when against it.

    Of the upper 95 % bound of failure: at most `standard_under` after `least` changes
    proposes it, `suspend_over` or more proposes to suspend it.
    """

    standard_under: float = 0.05
    suspend_over: float = 0.15
    least: int = 20
