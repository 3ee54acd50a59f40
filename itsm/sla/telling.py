"""The rule book's lines about promises and paging."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as T

from core.models import Event
from itsm.sla.models import Page
from itsm.tickets import kinds
from itsm.tickets.models import Ticket
from notify import rulebook
from notify.rulebook import CHAT, INBOX, MAIL, PAGE, Audience, Rule
from people.models import Membership, User
from people.roles import Role
from people.rotas import reading

BY_NAME = "user:"
STEP_TITLES = {
    INBOX: T("An agreement's step is reached, told in Beeline"),
    MAIL: T("An agreement's step is reached, told by mail"),
    CHAT: T("An agreement's step is reached, told by chat"),
}


class Facts:
    """Of the tickets of a batch of events: who might be told; read when asked for."""

    def __init__(self, events: Sequence[Event]) -> None:
        self.events = [e for e in events if e.subject_type == Ticket.subject_type]

    @cached_property
    def tickets(self) -> dict[int, Mapping[str, Any]]:
        """What of them says who."""
        rows = Ticket.objects.filter(pk__in={e.subject_id for e in self.events})
        found = rows.values(
            *("pk", "owner_id", "team_id"),
            *("service__owner_id", "organisation__contact_id"),
        )
        return {row["pk"]: row for row in found}

    @cached_property
    def members(self) -> dict[int, list[tuple[int, bool]]]:
        """Of each team its people, and whether they lead."""
        teams = {row["team_id"] for row in self.tickets.values()} - {None}
        found: dict[int, list[tuple[int, bool]]] = {pk: [] for pk in teams}
        rows = Membership.objects.filter(team_id__in=teams, user__is_active=True)
        rows = rows.filter(user__is_machine=False)
        for team, user, leads in rows.values_list("team_id", "user_id", "is_lead"):
            found[team].append((user, leads))
        return found

    @cached_property
    def on_duty(self) -> dict[int, list[int]]:
        """Who is on duty for the teams, at the last of these events."""
        at = max(event.at for event in self.events)
        return reading.on_duty_many(self.members, at)

    @cached_property
    def duty_manager(self) -> int | None:
        """Who is the duty manager then."""
        return reading.duty_manager(max(event.at for event in self.events))

    @cached_property
    def dispatchers(self) -> set[int]:
        """Everybody who dispatches."""
        found = User.objects.people().filter(roles__contains=[Role.DISPATCHER.value])
        return set(found.values_list("pk", flat=True))

    @cached_property
    def named(self) -> dict[str, int]:
        """People whom escalations name by their e-mail."""
        who = {w for e in self.events for w in _new(e, "who") or () if BY_NAME in w}
        emails = [name.removeprefix(BY_NAME).lower() for name in who]
        rows = User.objects.people().annotate(typed=Lower("email"))
        found = rows.filter(typed__in=emails)
        return {
            f"{BY_NAME}{email}": pk for pk, email in found.values_list("pk", "typed")
        }

    @cached_property
    def asked(self) -> dict[int, list[int]]:
        """Of each page, everybody who was woken."""
        ids = {_old(e, "page") for e in self.events} - {None}
        return dict(Page.objects.filter(pk__in=ids).values_list("pk", "asked"))

    def who(self, event: Event, name: str) -> Iterable[int | None]:
        """The people that a name of an escalation means for this ticket."""
        ticket = self.tickets.get(event.subject_id)
        if ticket is None:
            return []
        team = ticket["team_id"]
        members = self.members.get(team, []) if team else []
        duty = self.on_duty.get(team, []) if "duty" in name and team else []
        found: dict[str, Callable[[], Iterable[int | None]]] = {
            "owner": lambda: [ticket["owner_id"]],
            "team": lambda: [user for user, _leads in members],
            "lead": lambda: [user for user, leads in members if leads],
            "on_duty": lambda: duty[:1],
            "next_on_duty": lambda: duty[1:2],
            "duty_manager": lambda: [self.duty_manager],
            "service_owner": lambda: [ticket["service__owner_id"]],
            "customer_contact": lambda: [ticket["organisation__contact_id"]],
            "dispatcher": lambda: self.dispatchers,
        }
        return found[name]() if name in found else [self.named.get(name.lower())]


def people_of(event: Event, names: Sequence[str]) -> list[int]:
    """The people whom an escalation's names mean for the event's ticket, in order."""
    facts = Facts([event])
    found = [pk for name in names for pk in facts.who(event, name)]
    return [pk for pk in dict.fromkeys(found) if pk is not None]


def _new(event: Event, name: str) -> Any:
    return event.changes.get(name, (None, None))[1]


def _old(event: Event, name: str) -> Any:
    return event.changes.get(name, (None, None))[0]


def _each(pick: Callable[[Event, Facts], Iterable[int | None] | None]) -> Audience:
    """Picked event by event; None where the rule is not about it."""

    def audience(events: Sequence[Event]) -> Mapping[int, set[int]]:
        known = rulebook.shared(Facts, events)
        picked = ((event.id, pick(event, known)) for event in events)
        return {
            pk: {one for one in some if one is not None}
            for pk, some in picked
            if some is not None
        }

    return audience


@_each
def whose_it_is(event: Event, facts: Facts) -> Iterable[int | None]:
    """The owner; of what has none, those who dispatch, not everybody."""
    owners = list(facts.who(event, "owner"))
    return owners if any(owners) else facts.dispatchers


@_each
def who_answers_for_it(event: Event, facts: Facts) -> Iterable[int | None]:
    """The owner, or dispatch, and who leads the team."""
    owners = list(facts.who(event, "owner"))
    return [*(owners if any(owners) else facts.dispatchers), *facts.who(event, "lead")]


@_each
def who_is_woken(event: Event, facts: Facts) -> Iterable[int | None] | None:
    """The one person on duty."""
    person = _new(event, "paged")
    return None if person is None else [person]


@_each
def who_can_find_somebody(event: Event, facts: Facts) -> Iterable[int | None] | None:
    """Where nobody could be woken: dispatch and who leads the team."""
    if _new(event, "paged") is not None:
        return None
    return [*facts.dispatchers, *facts.who(event, "lead")]


@_each
def who_was_woken(event: Event, facts: Facts) -> Iterable[int | None]:
    """The others who were woken for it: they may sleep."""
    return facts.asked.get(_old(event, "page") or 0, [])


def escalated(channel: str) -> Audience:
    """Those whom an agreement's step names for this channel; dispatch if nobody is."""

    def pick(event: Event, facts: Facts) -> Iterable[int | None] | None:
        if _new(event, "channel") != channel:
            return None
        told = [
            pk for name in _new(event, "who") or () for pk in facts.who(event, name)
        ]
        return told if any(told) else facts.dispatchers

    return _each(pick)


def _steps() -> list[Rule]:
    return [
        Rule(
            name=f"promise.escalate.{channel}",
            kinds=(kinds.ESCALATE,),
            title=title,
            teaches=T("An agreement names you for it, before or after it is due."),
            audience=escalated(channel),
            channels=tuple(dict.fromkeys((INBOX, channel))),
            line=T("{what}"),
            body=T("{what}."),
            is_urgent=True,
            order=23 + place,
        )
        for place, (channel, title) in enumerate(STEP_TITLES.items())
    ]


RULES = (
    Rule(
        name="page.woken",
        kinds=(kinds.PAGE,),
        title=T("You are paged"),
        teaches=T("You are on duty and somebody needs you now."),
        audience=who_is_woken,
        channels=(INBOX, PAGE),
        line=T("You are paged: {priority} {title}"),
        subject=T("{priority} {number}: {title}"),
        body=T(
            "{priority} on {service}: {title}. You are on duty. Open the link and say "
            "that you are on it; after five minutes the next one is woken."
        ),
        is_urgent=True,
        is_page=True,
        is_fixed=True,
        order=1,
    ),
    Rule(
        name="page.nobody",
        kinds=(kinds.PAGE,),
        title=T("Nobody on duty answers"),
        teaches=T("Everybody on duty was paged, or nobody is: find somebody."),
        audience=who_can_find_somebody,
        channels=(INBOX, MAIL),
        line=T("Nobody on duty answers"),
        body=T("Nobody on duty answers for {number}. Please find somebody."),
        is_urgent=True,
        is_fixed=True,
        order=2,
    ),
    Rule(
        name="page.answered",
        kinds=(kinds.ACKNOWLEDGE,),
        title=T("Somebody is on what you were paged for"),
        teaches=T("You need not get up any more."),
        audience=who_was_woken,
        line=T("{who} is on it"),
        body=T("{who} is on it."),
        order=3,
    ),
    Rule(
        name="promise.missed",
        kinds=(kinds.MISS,),
        title=T("A promise was not kept"),
        teaches=T("On a ticket of yours, or of a team you lead."),
        audience=who_answers_for_it,
        line=T("{what}"),
        body=T("{what}."),
        is_urgent=True,
        order=21,
    ),
    Rule(
        name="promise.soon",
        kinds=(kinds.WARN,),
        title=T("A promise falls due"),
        teaches=T("Three quarters of the time are gone, on a ticket of yours."),
        audience=whose_it_is,
        line=T("{what}"),
        body=T("{what}."),
        order=22,
    ),
    *_steps(),
)


def register() -> None:
    """Add them to the book."""
    for entry in RULES:
        rulebook.rule(entry)
