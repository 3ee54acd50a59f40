"""Every promise of one ticket, and why it is these."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core.templating import render
from core.wording import moment, worked
from itsm.sla.following import facts_of
from itsm.sla.models import Clock, ClockState
from itsm.sla.moves import used_by
from itsm.sla.panels import clocks_of
from itsm.sla.rules import Looked
from itsm.sla.standing import Source, stand, stands
from itsm.sla.terms import Question
from itsm.sla.why import why
from itsm.tickets.models import Ticket
from itsm.tickets.pages.ticket_views import away
from itsm.tickets.queries import get_ticket
from itsm.tickets.subjects import url
from people.pages.doors import page, who


@require_safe
@page("ticket.queue")
def promises(request: HttpRequest, type_: str, number: str) -> HttpResponse:
    """How each stands, why it is these, and all there were."""
    ticket, at, rules = get_ticket(who(request), number), timezone.now(), Looked()
    if away(request, ticket, type_, number):
        return HttpResponseRedirect(f"{url(ticket.number)}promises/")
    clocks = clocks_of(ticket)
    asks = ticket.requester.name if ticket.requester else _("the requester")
    shown = {
        "ticket": ticket,
        "url": url(ticket.number),
        "stands": stands(clocks, rules, at=at, who=asks),
        "why": reasons(ticket, rules, at),
        "all": [_line(*one, rules, at) for one in reversed(clocks) if _begun(one[0])],
    }
    return render(request, "itsm/sla/promises.html", shown)


def reasons(ticket: Ticket, rules: Looked, at: Any) -> list[str]:
    """Which agreement holds for this ticket now, and why; two queries."""
    facts = facts_of(ticket)
    question = Question(
        type=facts.type,
        priority=facts.priority,
        service_id=facts.service,
        organisation_id=facts.organisation,
        team_id=facts.team,
        always_on=rules.always_on(facts.service),
    )
    definition = rules.definition(facts.process_version)
    return why(question, definition, rules.book, at)


def _begun(clock: Clock) -> bool:
    return clock.state != ClockState.PLANNED


def _line(clock: Clock, source: Source, rules: Looked, at: Any) -> list[Any]:
    """One cycle as cells of the table."""
    told = stand(clock, source, rules, at=at, who="")
    return [
        told.name,
        moment(clock.started_at),
        worked(clock.target),
        worked(used_by(clock, at, rules)),
        moment(clock.due_at or clock.missed_at),
        told.state,
    ]
