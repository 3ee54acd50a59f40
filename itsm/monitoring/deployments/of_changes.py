"""Deployments that are part of a change: told by its report, by a tool, or by both.

Whoever tells it second adds to the row of the first. A tool names the change (its
number) or the version in the details of its event, as `change` or `version`.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from core import followers
from itsm.changes.gate.models import Release
from itsm.changes.models import Change
from itsm.monitoring.models import Deployment
from itsm.tickets import kinds
from itsm.tickets.models import Ticket
from people.models import User

if TYPE_CHECKING:
    from core.models import Event

OUTCOMES = {kinds.of(outcome): outcome for outcome in Deployment.Outcome.values}
DEPLOYED = Deployment.Outcome.DEPLOYED.value
MOST_LINKS = 20
Named = Mapping[tuple[int, str], int]  # service and what a tool calls it: the change


def register() -> None:
    """Join the reports of changes."""
    followers.follow(Ticket.subject_type, follow)


def follow(event: "Event", ticket: Any) -> None:
    """A change was reported: something was done to its service, or undone."""
    outcome = OUTCOMES.get(event.kind)
    if outcome is None or ticket.type != "change" or ticket.service_id is None:
        return
    row = Change.objects.filter(pk=ticket.pk).values_list("release", "ended_at").get()
    people = User.objects.filter(pk=event.actor_id or 0)
    by = people.values_list("name", flat=True).first()
    release, ended_at = row
    made = Deployment(
        service_id=ticket.service_id,
        # no title: the service's page is read by more people than a restricted change
        summary=f"{ticket.service.name} {release}" if release else ticket.number,
        at=ended_at or event.at,
        received_at=event.at,
        origin=by or "",
        change_id=ticket.pk,
        outcome=outcome,
    )
    Deployment.objects.bulk_create([made], ignore_conflicts=True)


def keep(rows: Sequence[Deployment]) -> None:
    """Write what tools tell; what a change has already is added to its row.

    No query but the insert where no row names a change or a version.
    """
    named = _named(rows)
    held: dict[int, Deployment] = {}
    if named:
        found = Deployment.objects.select_for_update().filter(
            change__in=set(named.values()), outcome=DEPLOYED
        )
        held = {row.change_id: row for row in found if row.change_id}
    new = []
    for row in rows:
        change = next((named[key] for key in _keys(row) if key in named), None)
        if change is None:
            new.append(row)
        elif change in held:
            _add(held[change], row)
        else:
            row.change_id, row.outcome = change, DEPLOYED
            held[change] = row
            new.append(row)
    Deployment.objects.bulk_create(new, ignore_conflicts=bool(named))
    for row in held.values():
        if row.pk:
            row.save(update_fields=["links", "details"])


def kept(row: Deployment) -> Deployment:
    """The row that holds what one tool told; after `keep`."""
    if row.pk:
        return row
    named = _named([row])
    change = next(named[key] for key in _keys(row) if key in named)
    return Deployment.objects.get(change=change, outcome=DEPLOYED)


def _keys(row: Deployment) -> list[tuple[int, str]]:
    details = row.details if isinstance(row.details, Mapping) else {}
    words = (details.get("change"), details.get("version"))
    return [(row.service_id, word) for word in words if word and isinstance(word, str)]


def _named(rows: Sequence[Deployment]) -> Named:
    """The changes that rows name; at most two queries."""
    words = {word for row in rows for _service, word in _keys(row)}
    if not words:
        return {}
    found: dict[tuple[int, str], int] = {}
    releases = Release.objects.filter(version__in=words, change__isnull=False)
    for service, version, change in releases.values_list(
        "service_id", "version", "change_id"
    ):
        found[service, version] = change
    numbers = Ticket.objects.filter(type="change", number__in=words)
    for service, number, pk in numbers.values_list("service_id", "number", "pk"):
        found[service, number] = pk
    return found


def _add(held: Deployment, told: Deployment) -> None:
    """What a second telling knows besides."""
    known = {link.get("href") for link in held.links}
    more = [link for link in told.links if link.get("href") not in known]
    held.links = [*held.links, *more][:MOST_LINKS]
    held.details = {**told.details, **held.details}
