"""Reads of decisions: what waits for whom, and what became of it."""

from django.db.models import Exists, OuterRef, QuerySet

from itsm.tickets.approving.models import YES, Approval, Vote
from itsm.tickets.states import StateCategory
from people.models import User

ENDED = (StateCategory.CLOSED, StateCategory.CANCELLED)


def waiting_for(user: User) -> QuerySet[Approval]:
    """Decisions that this person is among those asked for, and gave no yes to yet."""
    said = Vote.objects.filter(
        approval=OuterRef("pk"), by=user.pk, void_at=None, answer__in=YES
    )
    rows = Approval.objects.filter(
        ~Exists(said), decision="", asked__contains=[user.pk]
    )
    return rows.exclude(ticket__state_category__in=ENDED)


def how_many_wait(user: User) -> int:
    """How many of them there are; one query, by an index."""
    return waiting_for(user).order_by().count()
