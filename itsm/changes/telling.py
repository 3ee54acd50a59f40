"""The rule book's lines about changes."""

from django.utils.translation import gettext_lazy as T

from core.models import Event
from itsm.changes.results import ASK_RESULT, ASK_REVIEW
from itsm.tickets.telling.audiences import each
from itsm.tickets.telling.facts import Facts
from itsm.tickets.telling.rules import body
from notify.rulebook import INBOX, MAIL, Rule, rule


@each
def who_does_it(event: Event, facts: Facts) -> list[int | None]:
    """Its owner; while it has none, who asked for it."""
    people = facts.of(event)
    return [people.owner or people.requester]


RULES = (
    Rule(
        name="change.result",
        kinds=(ASK_RESULT,),
        title=T("A change's window has passed"),
        teaches=T("On a change of yours: say how it went."),
        audience=who_does_it,
        channels=(INBOX, MAIL),
        line=T("Its window has passed: how did it go?"),
        body=body(
            T("Its window has passed. Please record the result: {link}"),
            T("It stands at: {state}."),
        ),
        order=37,
    ),
    Rule(
        name="change.review",
        kinds=(ASK_REVIEW,),
        title=T("A review is due"),
        teaches=T("On a change of yours that went wrong, or was an emergency."),
        audience=who_does_it,
        channels=(INBOX, MAIL),
        line=T("Its review is due"),
        body=T("Its review is due: what would you do differently? {link}"),
        order=38,
    ),
)


def register() -> None:
    """Add them to the book."""
    for line in RULES:
        rule(line)
