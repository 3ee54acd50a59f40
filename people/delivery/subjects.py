"""What the log and the rule book know of routes."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as T

from core import subjects
from core.models import Event
from notify import rulebook
from notify.models import Route
from notify.rulebook import CHAT, Reader, Rule, Teller, Told
from people import policy
from people.models import User
from people.pages import kinds

TEST = "route.test"


def _visible(user: User) -> QuerySet[Route]:
    rows = Route.objects.all()
    return rows if policy.allows(user, "delivery.change") else rows.none()


def _names(ids: Iterable[int]) -> Mapping[int, str]:
    return dict(Route.objects.filter(pk__in=set(ids)).values_list("pk", "name"))


def _tell(pairs: Sequence[tuple[Event, Reader]]) -> list[Told | None]:
    """A test says who tries what; it goes nowhere but over the route itself."""
    names = _names(event.subject_id for event, _reader in pairs)
    people = User.objects.in_bulk({event.actor_id for event, _reader in pairs})
    return [
        Told(
            {
                "route": names[event.subject_id],
                "who": people[event.actor_id].name,
            },
            f"/settings/routes/{event.subject_id}/",
        )
        if event.subject_id in names and event.actor_id in people
        else None
        for event, _reader in pairs
    ]


def _sees(pairs: Iterable[tuple[int, int]]) -> set[tuple[int, int]]:
    """Tests are written to a route and to nobody's inbox."""
    return set()


def _places(ids: Iterable[int]) -> Mapping[int, Mapping[str, Any]]:
    return {}


def _nobody(events: Sequence[Event]) -> Mapping[int, Iterable[int]]:
    return {}


def register() -> None:
    """Put both pages into settings, and make routes known."""
    kinds.register_tab(kinds.Tab("routes", T("Routes"), "delivery.change", 70))
    kinds.register_tab(kinds.Tab("delivery", T("Delivery"), "delivery.change", 75))
    subjects.register(
        subjects.SubjectType(
            name=Route.subject_type,
            visible_to=_visible,
            numbers=_names,
            url=lambda name: "/settings/routes/",
        )
    )
    rulebook.teller(
        Teller(Route.subject_type, _tell, _names, sees=_sees, places=_places)
    )
    rulebook.rule(
        Rule(
            name=TEST,
            kinds=(TEST,),
            title=T("A route is tried out"),
            teaches=T("The test message of a route."),
            audience=_nobody,
            channels=(CHAT,),
            group="",  # offered to nobody
            is_fixed=True,
            subject=T("A test of “{route}”"),
            body=T("{who} tries out this route. It works."),
            order=99,
        )
    )
