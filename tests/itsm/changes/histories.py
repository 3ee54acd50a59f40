"""Lives of changes as people and pipelines live them, through the product's actions."""

from datetime import timedelta

from itsm.changes.gate import actions as gate
from itsm.changes.gate import reporting
from itsm.changes.gate.reading import Told, asked
from itsm.changes.models import Change, Kind
from itsm.tickets import actions
from itsm.tickets.doors import perform
from itsm.tickets.models import Ticket
from tests.factories import an_incident, later

HOW = {"plan": "Roll it out", "test": "Five checks", "way_back": "The last version"}
HOUR = 60  # minutes


def a_kind(**fields) -> Kind:
    """A kind of change that is pre-authorised."""
    named = {"slug": "release", "name": "Release", "standing": Kind.Standing.STANDARD}
    return Kind.objects.create(**{**named, **HOW, **fields})


def deployed(
    cast,
    version,
    *,
    at,
    took=30,
    committed=120,
    service="vpn",
    outcome="deployed",
    undone=None,
    by=None,
) -> Ticket:
    """A standard change that a pipeline ran; minutes after the cast's morning.

    `undone`: so many minutes after it was deployed it was rolled back.
    """
    by = by or cast.bob
    start = later(at)
    raw = {
        "service": service,
        "version": version,
        "kind": "release",
        "committed_at": (start - timedelta(minutes=committed)).isoformat(),
    }
    found = gate.ask(asked=asked(raw, by=by, at=start), by=by, at=start)
    assert found.answer == "go", found.why
    ticket = tell(found.ticket, outcome, later(at + took), by)
    if undone is not None:
        ticket = tell(ticket, "rolled_back", later(at + took + undone), by)
    return ticket


def tell(ticket, outcome, at, by) -> Ticket:
    """A report."""
    return reporting.report(ticket=ticket, outcome=outcome, told=Told(), by=by, at=at)


def approved(
    cast, *, at, waited=180, took=60, result="success", service="e-mail", team=None
) -> Ticket:
    """A normal change by hand: assessed for an hour, approved, done, told."""
    ticket = actions.open_ticket(
        type="change",
        title="Another firmware",
        by=cast.alice,
        at=later(at),
        service=cast.services[service],
        team=cast.teams[team] if team else None,
    )
    window = {
        "start": later(at + 300).isoformat(),
        "end": later(at + 5000).isoformat(),
    }
    perform(
        ticket, "submit", {**HOW, "window": window}, by=cast.alice, at=later(at + 60)
    )
    perform(ticket, "approve", {}, by=cast.frank, at=later(at + 60 + waited))
    return _done(cast, ticket, "implement", at + 60 + waited, took, result)


def emergency(cast, *, at, took=20, result="success", service="sign-in") -> Ticket:
    """Acted on at once, for a named threat."""
    ticket = actions.open_ticket(
        type="change",
        title="Close the hole",
        by=cast.alice,
        at=later(at),
        service=cast.services[service],
    )
    return _done(cast, ticket, "emergency", at, took, result, threat="CVE-2026-1")


def _done(cast, ticket, verb, at, took, result, **raw) -> Ticket:
    perform(ticket, verb, raw, by=cast.alice, at=later(at + 10))
    over = later(at + 10 + took)
    perform(ticket, "resolve", {"result": result}, by=cast.alice, at=over)
    row = Change.objects.get(pk=ticket.pk)
    row.started_at = row.started_at or later(at + 10)
    row.ended_at = row.ended_at or over
    row.save()
    return Ticket.objects.get(pk=ticket.pk)


def hurt(cast, change, *, at, lasted=None, service="vpn") -> Ticket:
    """An incident that a change caused; with `lasted` it was resolved after that."""
    ticket = an_incident(cast, service=cast.services[service], at=later(at))
    actions.link(
        ticket=ticket, by=cast.bob, at=later(at), kind="caused_by_change", to=change
    )
    if lasted is not None:
        actions.take(ticket=ticket, by=cast.bob, at=later(at + 1))
        actions.resolve(
            ticket=ticket, by=cast.bob, at=later(at + lasted), resolution="Undone."
        )
    return ticket
