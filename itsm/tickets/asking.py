"""Questions about visible tickets that every page asks, compiled once."""

from collections.abc import Callable, Hashable, Sequence
from typing import Any

from django.db.models import F, QuerySet

from core import prepared
from core.conditions import Condition
from itsm.tickets.models import Ticket
from people.models import Organisation, User
from people.roles import Role


class AnyOf(Condition):
    """`column = ANY (ids)`: a list that is one parameter, however long it is."""

    def __init__(self, column: str, ids: Sequence[int]) -> None:
        super().__init__(F(column))
        self.ids = list(ids)

    def told(self, columns: Sequence[str]) -> tuple[str, list[Any]]:
        """The comparison."""
        return f"{columns[0]} = ANY (%s)", [self.ids]


class AnyWord(Condition):
    """`column` is one of these words, which hold no comma and are one parameter."""

    def __init__(self, column: str, words: str) -> None:
        super().__init__(F(column))
        self.words = words

    def told(self, columns: Sequence[str]) -> tuple[str, list[Any]]:
        """The comparison."""
        return f"{columns[0]} = ANY (string_to_array(%s, ','))", [self.words]


Build = Callable[..., QuerySet[Any]]


def ask(
    user: User, key: Hashable, build: Build, *, plan_anew: bool = False, **values: Any
) -> list[Any]:
    """Rows of `build(tickets, **values)`, of the tickets this person may see.

    `key` names the question and whatever else than `values` changes its SQL. People
    for whom the same rules of sight hold share one compiled statement, so `build` must
    not use the person in any other way. `plan_anew`: see `prepared.fetch`.
    """
    ids = _ids(user)
    whole = _of_visible(user, build, list(ids))
    key = (key, _outlook(user))
    return prepared.fetch(key, whole, plan_anew=plan_anew, **ids, **values)


def ask_how_many(
    user: User, key: Hashable, build: Build, most: int, **values: Any
) -> int:
    """How many rows `ask` would answer, counted no further than `most`."""
    ids = _ids(user)

    def first(tickets: Any, **filled: Any) -> Any:
        return build(tickets, **filled).order_by().values_list("pk")[:most]

    whole = _of_visible(user, first, list(ids))
    return prepared.count((key, _outlook(user)), whole, **ids, **values)


def ask_how_many_open(
    user: User, key: Hashable, build: Build, most: int, **values: Any
) -> int:
    """Like `ask_how_many`, of open tickets: quick where an index alone can tell."""
    ids = _ids(user)

    def whole(**filled: Any) -> QuerySet[Any]:
        other = _somebody_like(user, **{name: filled.pop(name) for name in ids})
        one, *others = (
            build(part, **filled).order_by().values_list("pk")[:most]
            for part in Ticket.objects.open().visible_parts(other)
        )
        return one.union(*others, all=True)[:most] if others else one

    key = (key, "open", _outlook(user))
    return prepared.count(key, whole, **ids, **values)


def ask_for(user: User, key: Hashable, build: Build, **values: Any) -> list[Ticket]:
    """Like `ask`, as tickets."""
    ids = _ids(user)
    whole = _of_visible(user, build, list(ids))
    return prepared.instances((key, _outlook(user)), whole, **ids, **values)


def _of_visible(user: User, build: Build, ids: list[str]) -> Build:
    def whole(**filled: Any) -> QuerySet[Any]:
        other = _somebody_like(user, **{name: filled.pop(name) for name in ids})
        return build(Ticket.objects.visible_to(other), **filled)

    return whole


def _ids(user: User) -> dict[str, int]:
    """The person's own values in the rules of sight that hold for them."""
    if user.has_role(Role.ADMINISTRATOR) or not user.is_active:
        return {}
    if _outlook(user)[-1] and user.organisation is not None:
        return {"user_id": user.pk, "organisation_id": user.organisation.pk}
    return {"user_id": user.pk}


def _outlook(user: User) -> tuple[bool, ...]:
    """What decides which rules of sight hold for a person."""
    organisation = None if user.is_staff else user.organisation
    return (
        user.is_active,
        user.has_role(Role.ADMINISTRATOR),
        user.is_staff,
        organisation is not None and organisation.shares_tickets,
    )


def _somebody_like(user: User, user_id: int = 0, organisation_id: int = 0) -> User:
    """Somebody for whom the same rules hold, by other ids."""
    other = User(pk=user_id, roles=user.roles, is_active=user.is_active)
    if organisation_id:
        other.organisation = Organisation(pk=organisation_id, shares_tickets=True)
    return other
