"""The questionnaire: what the live process asks, and whether answers are answers."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from core.reader import phrase
from itsm.tickets.cleaning import Wrong
from people.models import User
from processes.control import Question, Risk
from processes.queries import NoVersion, definition_for

Options = list[tuple[str, str]]
MOST = 100


def live() -> Mapping[str, Question]:
    """The questions that a new change is asked."""
    rules = live_risk()
    return rules.questions if rules else {}


def live_risk() -> Risk | None:
    """How the risk of a new change is counted."""
    try:
        return definition_for("change", ticket_key="")[1].risk
    except NoVersion:
        return None


def options(question: Question) -> Options:
    """Its answers in words."""
    return [(one.slug, phrase(one.label)) for one in question.answers.values()]


def read_answers(name: str, value: Any, by: User | None) -> dict[str, str] | None:
    """Answers by question, as slugs; an empty one is none. Raises Wrong.

    Whether each is asked for is the process version's to say; what is not counts
    nothing.
    """
    if value in (None, ""):
        return None
    if not isinstance(value, Mapping) or len(value) > MOST:
        raise Wrong(_("Send an object of questions and answers."))
    found = {}
    for question, answer in value.items():
        if answer in (None, ""):
            continue
        if not (isinstance(question, str) and isinstance(answer, str)):
            raise Wrong(_("Send an object of questions and answers."))
        found[question] = answer
    if problems := wrong_answers(found):
        raise Wrong(" ".join(problems))
    return found


def wrong_answers(answers: Mapping[str, str]) -> list[str]:
    """A sentence for each that the live process does not know."""
    asked = live()
    problems = []
    for slug, answer in answers.items():
        question = asked.get(slug)
        if question is None:
            words = {"question": slug[:60], "known": ", ".join(asked)}
            text = _("Nobody asks “%(question)s”; asked are: %(known)s.")
            problems.append(text % words)
        elif answer not in question.answers:
            words = {"question": slug, "known": ", ".join(question.answers)}
            text = _("%(question)s: choose one of %(known)s.")
            problems.append(text % words)
    return problems


def check_answers(answers: Mapping[str, str]) -> dict[str, list[str]]:
    """What is wrong with a kind's answers, as errors of its field."""
    problems = wrong_answers(answers)
    return {"answers": problems} if problems else {}
