"""The demo's feedback: what people said at the end, and what they were answered."""

from datetime import timedelta

from itsm.demo.cast import Cast
from itsm.demo.simulation import Simulation
from itsm.feedback import actions
from itsm.feedback.models import FeedbackAsk
from itsm.tickets.models import Ticket

# service, satisfaction, effort, words, answer
VOICES = (
    ("sign-in", 5, 1, "Unlocked while I was still on the phone.", ""),
    (
        "printing",
        2,
        5,
        "It was closed twice, and the printer still smears.",
        "You are right. The drum is being replaced; we tell you when it is in.",
    ),
    ("printing", 3, 4, "It prints again. Until Thursday, as always.", ""),
    ("printing", 4, 3, "", ""),
    ("printing", 2, 5, "I closed it because I gave up.", ""),
    *(("printing", 3, 4, "", "") for _ in range(6)),  # 2.9, and every promise kept
    ("vpn", 3, 4, "The way round works. I would rather not need it.", ""),
    ("erp", 2, 5, "Four people asked me the same question.", ""),
    ("e-mail", 4, 2, "", ""),
    ("laptops", 5, 2, "The loan laptop was on my desk the same day.", ""),
)


def say(sim: Simulation, cast: Cast) -> None:
    """Each piece is about the newest closed ticket of a requester not yet heard."""
    heard: set[int] = set()
    for service, satisfaction, effort, words, answer in VOICES:
        tickets = Ticket.objects.filter(
            type="incident",
            service=cast.services[service],
            state_category="closed",
            requester__roles=["requester"],
        ).exclude(requester_id__in=heard)
        ticket = tickets.select_related("requester").order_by("-closed_at").first()
        if ticket is None or ticket.requester is None or ticket.closed_at is None:
            continue
        heard.add(ticket.requester_id or 0)
        at = min(sim.end, ticket.closed_at + timedelta(minutes=20))
        FeedbackAsk.objects.create(
            ticket=ticket, person=ticket.requester, at=ticket.closed_at
        )
        piece = actions.give(
            ticket=ticket,
            by=ticket.requester,
            at=at,
            satisfaction=satisfaction,
            effort=effort,
            words=words,
        )
        if answer and piece.owner is not None:
            later = min(sim.end, at + timedelta(hours=5))
            actions.answer(piece=piece, by=piece.owner, at=later, body=answer)
