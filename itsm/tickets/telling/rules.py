"""The rule book's lines about tickets. Calm: who is not needed hears nothing.

Promises add theirs (warnings, misses, escalation, paging) from `itsm.sla`.
"""

from django.utils.translation import gettext_lazy as T

from itsm.tickets import kinds
from itsm.tickets.telling import audiences as to
from notify.rulebook import EVERYBODY, INBOX, MAIL, REQUESTER, STAFF, Rule, rule

BOTH = (INBOX, MAIL)
ANY = "ticket.*"
WORDS = "{text}"


def body(*parts: object) -> object:
    """Paragraphs of a shipped text, translated when it is sent."""
    return _Body(parts)


class _Body:
    """Lazy translations that stand below each other."""

    def __init__(self, parts: tuple[object, ...]) -> None:
        self.parts = parts

    def __str__(self) -> str:
        return "\n\n".join(str(part) for part in self.parts)


ANSWERS = body(
    T("Yes: {approve}"),
    T("Ask something first: {question}"),
    T("No: {reject}"),
)
RULES = (
    Rule(
        name="ticket.receipt",
        kinds=(kinds.OPEN,),
        title=T("We have received it"),
        teaches=T("The receipt for what you report or order, with its number."),
        audience=to.requester,
        channels=BOTH,
        group=REQUESTER,
        told_own_act=True,
        line=T("We have received it"),
        body=body(
            T("We have received it; its number is {number}."),
            T("You hear from us by {due}."),
        ),
        order=10,
    ),
    Rule(
        name="ticket.reply",
        kinds=(kinds.COMMENT,),
        title=T("Somebody answers you"),
        teaches=T("A reply on something you reported or are copied on."),
        audience=to.told_publicly,
        channels=BOTH,
        group=REQUESTER,
        line=T("{who} wrote to you"),
        body=body(T("{who} wrote to you."), WORDS),
        order=20,
    ),
    Rule(
        name="ticket.your_turn",
        kinds=(ANY,),
        title=T("It is your turn"),
        teaches=T("We asked you something and go on when you answer."),
        audience=to.whose_turn,
        channels=BOTH,
        group=REQUESTER,
        line=T("We wait for your answer"),
        body=T("We have a question and go on as soon as you answer."),
        order=15,
    ),
    Rule(
        name="ticket.solved",
        kinds=(ANY,),
        title=T("It is solved"),
        teaches=T("We think it works again, and what solved it."),
        audience=to.who_wanted_it_solved,
        channels=BOTH,
        group=REQUESTER,
        line=T("{who} solved it"),
        body=body(
            T("{who} thinks it is solved."),
            WORDS,
            T("Is it working? If not, say so on its page, and we go on."),
        ),
        order=16,
    ),
    Rule(
        name="ticket.reopened",
        kinds=(ANY,),
        title=T("It is worked on again"),
        teaches=T("It was solved, and we found that it was not."),
        audience=to.who_thought_it_solved,
        channels=BOTH,
        group=REQUESTER,
        line=T("We work on it again"),
        body=T("It was not solved after all; we work on it again."),
        order=17,
    ),
    Rule(
        name="ticket.approval",
        kinds=(kinds.ASKED,),
        about="ticket",
        title=T("Your yes or no is asked for"),
        teaches=T("A request or change waits for your decision."),
        audience=to.who_is_asked_to_decide,
        channels=BOTH,
        group=EVERYBODY,
        line=T("Waits for your decision"),
        body=body(
            T("{requester} asks for it, and it waits for your decision."), ANSWERS
        ),
        order=5,
    ),
    Rule(
        name="approval.peer",
        kinds=(kinds.ASKED,),
        about="ticket",
        title=T("A change of your team waits for one of you"),
        teaches=T("Anybody of the team but who made it says yes or no."),
        audience=to.peers_who_are_asked,
        line=T("Waits for you or another of the team"),
        body=body(T("Anybody of the team but who made it may decide."), ANSWERS),
        order=6,
    ),
    Rule(
        name="approval.reminded",
        kinds=(kinds.REMINDED,),
        about="ticket",
        title=T("A decision still waits for you"),
        teaches=T("As often as its process reminds."),
        audience=to.who_is_asked_to_decide,
        channels=BOTH,
        group=EVERYBODY,
        line=T("Still waits for your decision"),
        body=body(T("It still waits for your decision."), ANSWERS),
        order=7,
    ),
    Rule(
        name="approval.peer_reminded",
        kinds=(kinds.REMINDED,),
        about="ticket",
        title=T("A change of your team still waits for one of you"),
        teaches=T("As often as its process reminds."),
        audience=to.peers_who_are_asked,
        line=T("Still waits for you or another of the team"),
        body=body(T("It still waits for somebody of the team."), ANSWERS),
        order=8,
    ),
    Rule(
        name="approval.expired",
        kinds=(kinds.EXPIRED,),
        about="ticket",
        title=T("Somebody else is asked to decide on yours"),
        teaches=T("Who was asked did not answer in time, or has left."),
        audience=to.who_waits_for_a_decision,
        group=EVERYBODY,
        line=T("{what}"),
        body=T("{what}."),
        order=11,
    ),
    Rule(
        name="approval.decided",
        kinds=(kinds.DECIDED,),
        about="ticket",
        title=T("What waited for a decision has it"),
        teaches=T("A yes or a no on something of yours."),
        audience=to.who_hears_the_outcome,
        channels=BOTH,
        group=EVERYBODY,
        line=T("{what}"),
        body=body(T("{what}."), WORDS),
        order=12,
    ),
    Rule(
        name="approval.voted",
        kinds=(kinds.VOTED,),
        about="ticket",
        title=T("A condition, or a question before a decision"),
        teaches=T("Somebody who decides on yours wants to know something first."),
        audience=to.who_hears_of_a_vote,
        channels=BOTH,
        group=EVERYBODY,
        line=T("{what}"),
        body=body(T("{what}."), WORDS),
        order=13,
    ),
    Rule(
        name="approval.answered",
        kinds=(kinds.COMMENT, kinds.NOTE),
        title=T("Your question before a decision is answered"),
        teaches=T("You asked something before you decide."),
        audience=to.who_asked_before_deciding,
        channels=BOTH,
        group=EVERYBODY,
        line=T("{who} answered your question"),
        body=body(T("{who} answered your question."), WORDS, ANSWERS),
        about="ticket",
        order=14,
    ),
    Rule(
        name="ticket.mention",
        kinds=(kinds.MENTION,),
        title=T("Somebody mentions you"),
        teaches=T("You, or your team, were named with an @ in a message."),
        audience=to.who_was_named,
        channels=BOTH,
        line=T("{who} mentions you"),
        body=body(T("{who} mentions you."), WORDS),
        order=30,
    ),
    Rule(
        name="ticket.assigned",
        kinds=(kinds.ASSIGN, kinds.GRANT, kinds.OPEN),
        title=T("A ticket becomes yours"),
        teaches=T("Somebody assigned it to you, or handed over what you asked for."),
        audience=to.who_got_it,
        channels=BOTH,
        line=T("{who} made it yours"),
        body=body(
            T("{who} made it yours. It stands at: {state}."),
            T("Due: {due}"),
        ),
        order=31,
    ),
    Rule(
        name="ticket.offered",
        kinds=(kinds.OFFER,),
        title=T("A ticket is offered to you"),
        teaches=T("It stays its owner's until you accept."),
        audience=to.who_is_offered_it,
        channels=BOTH,
        line=T("{who} offers it to you"),
        body=body(
            T("{who} offers it to you; it is {owner}'s until you accept."),
            T("Due: {due}"),
        ),
        order=32,
    ),
    Rule(
        name="ticket.asked",
        kinds=(kinds.ASK,),
        title=T("Somebody asks for your ticket"),
        teaches=T("Hand it over, or keep it and say why."),
        audience=to.owner,
        channels=BOTH,
        line=T("{who} asks for it"),
        body=T("{who} would like to have it. Hand it over, or keep it and say why."),
        order=33,
    ),
    Rule(
        name="ticket.handed",
        kinds=(kinds.KEEP, kinds.DECLINE, kinds.ASSIGN, kinds.TAKE, kinds.GRANT),
        title=T("An answer about handing over"),
        teaches=T("Kept, declined, or no longer yours."),
        audience=to.who_waited_for_a_word,
        line=T("{what}"),
        body=T("{what}."),
        order=34,
    ),
    Rule(
        name="ticket.answer",
        kinds=(kinds.COMMENT,),
        title=T("The requester answers"),
        teaches=T("On a ticket of yours."),
        audience=to.owner_of_what_is_answered,
        channels=BOTH,
        line=T("{who} answered"),
        body=body(T("{who} answered."), WORDS),
        order=35,
    ),
    Rule(
        name="ticket.back",
        kinds=(ANY,),
        title=T("A ticket of yours comes back"),
        teaches=T("It was solved, and is open again."),
        audience=to.whose_came_back,
        channels=BOTH,
        line=T("{who} reopened it"),
        body=body(T("{who} reopened it; it is yours again."), T("Due: {due}")),
        order=36,
    ),
    Rule(
        name="ticket.unowned",
        kinds=(kinds.OPEN,),
        title=T("A new ticket without an owner"),
        teaches=T("For those who dispatch: everything new that is nobody's yet."),
        audience=to.dispatch_of_unowned,
        line=T("New, without an owner"),
        body=body(T("It is new, and nobody's yet."), T("Due: {due}")),
        group=STAFF,
        order=40,
    ),
    Rule(
        name="ticket.watched",
        kinds=(ANY,),
        title=T("A ticket you watch moves"),
        teaches=T("What its requester hears of too; not our notes."),
        audience=to.watchers_of_public,
        line=T("{what}"),
        body=body(T("{what}."), WORDS),
        order=45,
    ),
)


def register() -> None:
    """Add them to the book."""
    for line in RULES:
        rule(line)
