"""Chainable reads of tickets. Whatever a person reaches goes through `visible_to`."""

from typing import Any, Self

from django.contrib.postgres.expressions import ArraySubquery
from django.db import models
from django.db.models import F, Lookup, Q

from itsm.tickets.states import OPEN, WORKABLE
from people.models import User
from people.roles import Role


class IsAnyOf(Lookup):
    """`column = ANY (ARRAY (subquery))`: unlike EXISTS it can use the column's index.

    So that a requester's few tickets are found among a million by three index scans.
    """

    lookup_name = "is_any_of"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        """The comparison; the subquery compiles to `ARRAY(SELECT …)`."""
        column, values = self.process_lhs(compiler, connection)
        array, more = compiler.compile(self.rhs)
        return f"{column} = ANY ({array})", (*values, *more)


class TicketQuerySet(models.QuerySet[Any]):
    """Tickets."""

    def visible_to(self, user: User) -> Self:
        """Those the person may see (1-product.md, "who sees what").

        Staff see all but restricted tickets; requesters see what they requested, are
        copied on or asked to approve, and their organisation's where it shares.
        Restricted tickets are for requester, copied, owner, team, watchers, approvers
        and administrators alone.
        """
        if not user.is_active:
            return self.none()
        if user.has_role(Role.ADMINISTRATOR):
            return self
        if user.is_staff:
            return self.filter(Q(restricted=False) | self._personal(user))
        seen = self._personal(user)
        organisation = user.organisation
        if organisation is not None and organisation.shares_tickets:
            seen |= Q(restricted=False, organisation_id=organisation.pk)
        return self.filter(seen)

    def open(self) -> Self:
        """Not yet resolved, closed or cancelled."""
        return self.filter(state_category__in=OPEN)

    def workable(self) -> Self:
        """Those that stand in the order of work: open and not waiting."""
        return self.filter(state_category__in=WORKABLE)

    def in_order(self) -> Self:
        """The order of work."""
        return self.order_by("band", "start_by", "id")

    def _personal(self, user: User) -> Q:
        """Ways to see a ticket that hold for restricted ones too."""
        from itsm.tickets.models import Approval, Participant
        from people.models import Membership

        copied = Participant.objects.filter(user_id=user.pk).values("ticket_id")
        asked = Approval.objects.filter(approver_id=user.pk, decision="")
        ways = (
            Q(requester_id=user.pk)
            | Q(IsAnyOf(F("pk"), ArraySubquery(copied)))
            | Q(IsAnyOf(F("pk"), ArraySubquery(asked.values("ticket_id"))))
        )
        if user.is_staff:
            teams = Membership.objects.filter(user_id=user.pk).values("team_id")
            ways |= Q(owner_id=user.pk)
            ways |= Q(IsAnyOf(F("team_id"), ArraySubquery(teams)))
        return ways
