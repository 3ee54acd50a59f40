"""Paging: who is on duty is woken, and after five minutes of silence the next one.

Everything is rows and due instants, so that nothing is lost with a process: the sweep
pages the next, whoever acknowledges, takes or ends the ticket ends the paging.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, cast

from django.conf import settings
from django.core import signing
from django.utils.translation import gettext as _

from core import followers
from core.context import Door, through
from core.errors import Refused
from core.log import act, forget, record, remembered
from core.models import Event
from itsm.sla.models import Page
from itsm.tickets import kinds
from itsm.tickets.actions.common import require_open
from itsm.tickets.models import Ticket
from itsm.tickets.policy import require_on
from itsm.tickets.queries import lock
from itsm.tickets.states import OPEN, TicketType
from people.models import Membership, Rota, Service, User
from people.rotas import reading

PATIENCE = timedelta(minutes=5)  # until the next one is paged
ROUNDS = 3  # of everybody on duty; then the dispatchers are told
SALT = "page"
PAGED = "tickets paged for"
LINK_AGE = timedelta(days=1)
URGENT = 1  # P1
BATCH = 100


def register() -> None:
    """Page for what is urgent, and stop when somebody is on it."""
    followers.follow(Ticket.subject_type, _follow)


def page(
    *,
    ticket: Ticket,
    at: datetime,
    by: User | None = None,
    team_id: int | None = None,
    first: Sequence[int] = (),
) -> Page | None:
    """Wake who is on duty for the ticket's team; None where somebody is being paged.

    `team_id` names another team, `first` people who are woken before anybody else.
    `by` None is the product itself. Raises Forbidden, WrongState.
    """
    with act():
        ticket = lock(ticket)
        require_on(by, "ticket.page", ticket)
        if by is not None:
            require_open(ticket, "page", by, at=at)
        if _open_page(ticket) is not None:
            return None
        made = Page.objects.create(
            ticket=ticket,
            team_id=team_id or team_of(ticket),
            first=list(first),
            begun_at=at,
        )
        forget(PAGED)
        _ask(made, ticket, by, at)
    return made


def page_if_urgent(*, ticket: Ticket, at: datetime) -> Page | None:
    """Wake who is on duty for what is urgent again, and nobody's."""
    is_urgent = ticket.priority == URGENT and ticket.type == TicketType.INCIDENT
    if is_urgent and ticket.owner_id is None and _is_watched_over(ticket):
        return page(ticket=ticket, at=at)
    return None


def acknowledge(*, ticket: Ticket, by: User, at: datetime) -> Page:
    """Say that one is on it: nobody else is woken. Repeating it changes nothing.

    Raises Forbidden; Refused where nobody is being paged, with who answered.
    """
    with act():
        ticket = lock(ticket)
        require_on(by, "ticket.acknowledge", ticket)
        page = _open_page(ticket)
        if page is None:
            return _answered(ticket, by)
        _end(page, ticket, by, at)
    return page


def sweep(*, at: datetime) -> int:
    """Page the next where nobody has answered in time; how many were paged."""
    due = Page.objects.filter(next_at__lte=at).order_by("next_at")
    done = 0
    with through(Door.TIMER):
        for pk, ticket_id in list(due.values_list("pk", "ticket_id")[:BATCH]):
            done += _page_next(pk, ticket_id, at)
    return done


def seconds_late(at: datetime) -> float:
    """How long the oldest page that should have gone on has waited."""
    due = Page.objects.filter(next_at__lt=at).order_by("next_at")
    oldest = due.values_list("next_at", flat=True).first()
    return 0.0 if oldest is None else (at - oldest).total_seconds()


def token(page_id: int, user_id: int) -> str:
    """What the link in a page carries: which page, and who was woken."""
    return signing.dumps([page_id, user_id], salt=SALT)


def read_token(text: str) -> tuple[Page, User] | None:
    """Whose link it is, for a day and as long as they see the ticket; else None."""
    try:
        page_id, user_id = signing.loads(text, salt=SALT, max_age=LINK_AGE)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    page = Page.objects.select_related("ticket", "acknowledged_by").filter(pk=page_id)
    user = User.objects.filter(pk=user_id, is_active=True)
    found, person = page.first(), user.first()
    if found is None or person is None or user_id not in found.asked:
        return None
    return (found, person) if _seeing(found.ticket, [user_id]) else None


def link(page_id: int, user_id: int) -> str:
    """The address at which somebody acknowledges, without signing in."""
    return f"{settings.BASE_URL}/pages/{token(page_id, user_id)}/"


def team_of(ticket: Ticket) -> int | None:
    """Whose duty it is: its team, else the only one that supports its service."""
    if ticket.team_id is not None or ticket.service_id is None:
        return ticket.team_id
    teams = Service.support_teams.through.objects.filter(service=ticket.service_id)
    found = list(teams.values_list("team_id", flat=True)[:2])
    return found[0] if len(found) == 1 else None


def chain(page: Page, ticket: Ticket, at: datetime) -> list[int]:
    """Who may be woken now, first to last: on duty, the duty manager, the leads.

    Whom an agreement's step names comes before them.
    """
    people: list[int] = list(page.first)
    if page.team_id is not None:
        people += reading.on_duty(page.team_id, at)
    manager = reading.duty_manager(at)
    if manager is not None:
        people.append(manager)
    if people and page.team_id is not None:
        leads = Membership.objects.filter(team_id=page.team_id, is_lead=True)
        people += leads.filter(user__is_active=True).values_list("user_id", flat=True)
    seen = _seeing(ticket, people)
    return [pk for pk in dict.fromkeys(people) if pk in seen]


def _seeing(ticket: Ticket, people: Sequence[int]) -> set[int]:
    from itsm.tickets.telling.facts import sees

    return {user for user, _ticket in sees((pk, ticket.pk) for pk in people)}


def _follow(event: Event, subject: Any) -> None:
    """What becomes P1 is paged for; what somebody has or what ended is not any more."""
    ticket = cast(Ticket, subject)
    if _became_urgent(event, ticket):
        if _is_watched_over(ticket):
            page(ticket=ticket, at=event.at)
    elif event.kind in {kinds.TAKE, kinds.GRANT} or _ended(event):
        found = _open_page(ticket) if ticket.pk in _paged() else None
        if found is not None:
            is_owner = event.actor_id is not None and event.actor_id == ticket.owner_id
            _end(found, ticket, ticket.owner if is_owner else None, event.at)


def _became_urgent(event: Event, ticket: Ticket) -> bool:
    if event.changes.get("priority", (None, None))[1] != URGENT:
        return False  # the sweep reads of its many tickets no more than it needs
    return ticket.type == TicketType.INCIDENT and ticket.owner_id is None


def _is_watched_over(ticket: Ticket) -> bool:
    """Whether anybody is meant to be on duty for it; else nobody can be woken."""
    rotas = Rota.objects.filter(is_active=True)
    team = team_of(ticket)
    if team is not None and rotas.filter(team_id=team).exists():
        return True
    return rotas.filter(kind=Rota.Kind.DUTY_MANAGER).exists()


def _ended(event: Event) -> bool:
    category = event.changes.get("state_category", (None, None))[1]
    return category is not None and category not in OPEN


def _paged() -> set[int]:
    """The tickets somebody is being woken for; asked once for an action."""

    def ask() -> set[int]:
        rows = Page.objects.filter(ended_at=None)
        return set(rows.values_list("ticket_id", flat=True))

    return remembered(PAGED, ask)


def _open_page(ticket: Ticket) -> Page | None:
    rows = Page.objects.select_for_update(of=("self",))
    return rows.filter(ticket_id=ticket.pk, ended_at=None).first()


def _ask(page: Page, ticket: Ticket, by: User | None, at: datetime) -> None:
    """Wake the next one; where nobody is left, say so to those who dispatch."""
    before = page.paged_id
    person = _next(chain(page, ticket, at), page.asked)
    if person is None:
        page.next_at, page.ended_at = None, at
    else:
        page.asked.append(person)
        page.next_at = at + PATIENCE
    page.save()
    changes = {
        "page": (None, page.pk),
        "paged": (before, person),
        "team": (page.team_id, page.team_id),
    }
    record(kinds.PAGE, subject=ticket, by=by, at=at, changes=changes)


def _next(people: Sequence[int], asked: Sequence[int]) -> int | None:
    """The one who was woken least often, the first of them; None after all rounds."""
    calls = {pk: list(asked).count(pk) for pk in people}
    person = min(people, key=lambda pk: calls[pk], default=None)
    return None if person is None or calls[person] >= ROUNDS else person


def _page_next(pk: int, ticket_id: int, at: datetime) -> int:
    with act():
        ticket = lock(Ticket(pk=ticket_id))
        rows = Page.objects.select_for_update(skip_locked=True)
        page = rows.filter(pk=pk, next_at__lte=at).first()
        if page is None:
            return 0
        _ask(page, ticket, None, at)
    return 1


def _end(page: Page, ticket: Ticket, by: User | None, at: datetime) -> None:
    page.next_at, page.ended_at, page.acknowledged_by = None, at, by
    page.save()
    if by is None:
        return
    changes = {"page": (page.pk, None), "paged": (page.paged_id, by.pk)}
    record(kinds.ACKNOWLEDGE, subject=ticket, by=by, at=at, changes=changes)


def _answered(ticket: Ticket, by: User) -> Page:
    """The last page of a ticket, if this person had answered it; else a sentence."""
    last = Page.objects.filter(ticket=ticket).order_by("-pk").first()
    if last is not None and last.acknowledged_by_id == by.pk:
        return last
    if last is not None and last.acknowledged_by is not None:
        raise Refused(
            _("%(name)s is on it already.") % {"name": last.acknowledged_by.name}
        )
    raise Refused(_("Nobody is being paged for %(n)s.") % {"n": ticket.number})
