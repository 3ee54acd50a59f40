"""Chainable reads of tickets. Whatever a person reaches goes through `visible_to`."""

from collections.abc import Sequence
from typing import Any, Self

from django.db import models
from django.db.models import F, Q

from core.conditions import Condition
from itsm.tickets.states import OPEN, WORKABLE
from people.models import User
from people.roles import Role


class Personal(Condition):
    """Ways to see a ticket that hold for restricted ones too, as one condition.

    Written in SQL because every page asks it several times: building it from querysets
    took 0.7 ms each time. `= ANY (ARRAY (…))`, unlike EXISTS, can use the ticket's own
    indexes, so that a requester's few tickets are found among a million.
    """

    REQUESTER = """{requester} = %(user)s
        OR {id} = ANY (ARRAY (
            SELECT ticket_id FROM itsm_participant WHERE user_id = %(user)s))
        OR {id} = ANY (ARRAY (
            SELECT ticket_id FROM itsm_approval WHERE decision = ''
            AND (approver_id = %(user)s OR asked @> ARRAY[%(user)s::bigint])))"""
    STAFF = """ OR {owner} = %(user)s
        OR {team} = ANY (ARRAY (
            SELECT team_id FROM people_membership WHERE user_id = %(user)s))"""

    def __init__(self, user: User) -> None:
        super().__init__(F("id"), F("requester_id"), F("owner_id"), F("team_id"))
        self.condition = self.REQUESTER + (self.STAFF if user.is_staff else "")
        self.user_id = int(user.pk)

    def plain(self) -> str:
        """The condition in a query on tickets alone; its one value is called `user`."""
        return self.condition.format(
            id="id", requester="requester_id", owner="owner_id", team="team_id"
        )

    def told(self, columns: Sequence[str]) -> tuple[str, list[Any]]:
        """The condition over the columns of whatever alias the ticket has."""
        names = ("id", "requester", "owner", "team")
        sql = self.condition.format(**dict(zip(names, columns, strict=True)))
        count = sql.count("%(user)s")
        return f"({sql.replace('%(user)s', '%s')})", [self.user_id] * count


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
            return self.filter(Q(restricted=False) | Q(Personal(user)))
        seen = Q(Personal(user))
        organisation = user.organisation
        if organisation is not None and organisation.shares_tickets:
            seen |= Q(restricted=False, organisation_id=organisation.pk)
        return self.filter(seen)

    def visible_parts(self, user: User) -> list[Self]:
        """What `visible_to` gives, in parts that have no ticket in common.

        What all who work here see can be counted from an index alone; of restricted
        tickets there are few.
        """
        if not user.is_active or not user.is_staff or user.has_role(Role.ADMINISTRATOR):
            return [self.visible_to(user)]
        return [
            self.filter(restricted=False),
            self.filter(Q(Personal(user)), restricted=True),
        ]

    def open(self) -> Self:
        """Not yet resolved, closed or cancelled."""
        return self.filter(state_category__in=OPEN)

    def workable(self) -> Self:
        """Those that stand in the order of work: open and not waiting."""
        return self.filter(state_category__in=WORKABLE)

    def in_order(self) -> Self:
        """The order of work."""
        return self.order_by("band", "start_by", "id")
