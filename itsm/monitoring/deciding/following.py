"""What alerts make of an incident that is there already.

Each incident in a transaction of its own, so that one that cannot be changed (its
process asks for more than a machine knows) holds up no other.

- Its last alert is over: what the rule of its first alert says. It is resolved with a
  text that says what cleared and when; closed, verified by monitoring, where nobody
  took it or a person had resolved it already.
- One is acknowledged: nobody is woken for it any more.
- One is worse than the incident: impact and urgency rise, never fall, and not where a
  person has set them.
- One is heard again although a person ended the incident: after `PATIENCE` it is
  reopened with a note, at most `MOST_REOPENS` times. A cancelled one stays so.
"""

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.errors import Refused
from core.log import act, record
from core.models import Event
from core.reader import speaking
from itsm.monitoring.deciding.book import Group
from itsm.monitoring.deciding.opening import moment
from itsm.monitoring.deciding.state import alive
from itsm.monitoring.deciding.turns import take_turn
from itsm.monitoring.folding import BADNESS
from itsm.monitoring.models import Alert, AlertGroup, AlertRule
from itsm.sla import paging
from itsm.sla.models import Page
from itsm.tickets import actions, kinds
from itsm.tickets.models import Ticket
from itsm.tickets.queries import lock
from itsm.tickets.states import OPEN, StateCategory
from people.models import Service, User

log = logging.getLogger(__name__)
PATIENCE = timedelta(minutes=15)
MOST_REOPENS = 3  # of an incident; then the people who end it know better
MOST = 1000  # alerts of an incident at once
OnClear, Outcome, Status = AlertRule.OnClear, Alert.Decision, Alert.Status
SORTED = ("impact", "urgency", "priority")


def follow(alerts: Sequence[Alert], *, at: datetime) -> int:
    """Take each incident of these due alerts where they lead it; how many alerts."""
    nowhere = [alert.pk for alert in alerts if alert.incident_id is None]
    Alert.objects.filter(pk__in=nowhere).update(decide_at=None)
    for incident in sorted({a.incident_id for a in alerts if a.incident_id}):
        for attempt in (_settle, _settle_plainly):
            try:
                with act():
                    if take_turn():
                        attempt(incident, at)
                break
            except Refused as refusal:
                log.info("incident %s: %s", incident, refusal)
            except Exception:
                log.exception("alerts of incident %s cannot be followed", incident)
                _put_off(incident, at)
                break
        else:  # it may not even be told: whoever acts has no access any more, say
            _put_off(incident, at)
    return len(alerts)


def worsen(ticket: Ticket, alerts: Iterable[Alert], *, at: datetime) -> None:
    """Raise impact and urgency to the worst of these; inside an action."""
    loud = [alert for alert in alerts if alert.status == Status.OPEN]
    given = {}
    for name in ("impact", "urgency"):
        values = [getattr(ticket, name), *(getattr(alert, name) for alert in loud)]
        worst = max(values, key=lambda one: BADNESS[one])
        if worst != values[0]:
            given[name] = worst
    if given and not _is_triaged(ticket):
        by = loud[0].source.account
        actions.triage(ticket=ticket, by=by, at=at, **given)


def move(ticket: Ticket, group: Group | None, *, by: User, at: datetime) -> None:
    """To the service on which all that alert depend, unless a person sorted it."""
    if group is None or group.kind != AlertGroup.Kind.DEPENDENCIES:
        return
    if group.service is None or group.service == ticket.service_id:
        return
    if ticket.category_id is None and not _is_triaged(ticket, "service"):
        service = Service.objects.get(pk=group.service)
        actions.triage(ticket=ticket, by=by, at=at, service=service)


def _settle(incident: int, at: datetime) -> None:
    ticket, alerts = _take(incident, at)
    if not alerts:
        return
    if _goes_on_elsewhere(ticket, alerts, at):
        return
    cleared = [alert for alert in alerts if alert.status == Status.CLOSED]
    still = Alert.objects.filter(incident=ticket.pk).exclude(status=Status.CLOSED)
    n = still.count()
    if cleared:
        _tell(ticket, cleared, n, at)
    _done(alerts)
    if cleared and n == 0:
        _clear(ticket, cleared, at)
    elif any(alert.status == Status.ACKNOWLEDGED for alert in alerts):
        _quieten(ticket, alerts, at)
    loud = [alert for alert in alerts if alert.status == Status.OPEN]
    if loud and ticket.state_category in OPEN:
        worsen(ticket, loud, at=at)
    elif loud:
        _still_firing(ticket, loud, at)


def _settle_plainly(incident: int, at: datetime) -> None:
    """Where the incident's process refuses: say so in a note, and go on."""
    ticket, alerts = _take(incident, at)
    cleared = [alert for alert in alerts if alert.status == Status.CLOSED]
    _done(alerts)
    still = Alert.objects.filter(incident=ticket.pk).exclude(status=Status.CLOSED)
    if cleared:
        _tell(ticket, cleared, still.count(), at)
        _note(ticket, cleared, at)
    loud = [alert.pk for alert in alerts if alert.status == Status.OPEN]
    if loud and ticket.state_category not in OPEN:  # a new incident then
        rows = Alert.objects.filter(pk__in=loud)
        why = {"code": "waits_anew", "anew": True}
        rows.update(decision=Outcome.WAITING, decide_at=at, why=why, incident=None)


def _take(incident: int, at: datetime) -> tuple[Ticket, list[Alert]]:
    """The ticket in which it goes on, locked, and its due alerts."""
    found = alive([incident])[incident]
    if found.pk != incident:  # it was merged
        Alert.objects.filter(incident=incident).update(incident=found.pk)
        AlertGroup.objects.filter(incident=incident).update(incident=found.pk)
    ticket = lock(Ticket(pk=found.pk))
    due = Alert.objects.filter(incident=ticket.pk, decide_at__lte=at).order_by("pk")
    mine = due.exclude(decision=Outcome.WAITING).select_for_update(
        of=("self",), no_key=True, skip_locked=True
    )
    return ticket, list(mine.select_related("source__account", "group")[:MOST])


def _done(alerts: Sequence[Alert]) -> None:
    Alert.objects.filter(pk__in=[a.pk for a in alerts]).update(decide_at=None)


def _put_off(incident: int, at: datetime) -> None:
    rows = Alert.objects.filter(incident=incident, decide_at__lte=at)
    rows.update(decide_at=at + timedelta(minutes=5))


def _tell(ticket: Ticket, cleared: Sequence[Alert], n: int, at: datetime) -> None:
    changes = {"alerts": (n + len(cleared), n), "alert": (None, cleared[0].pk)}
    by = cleared[0].source.account
    record(kinds.ALERT, subject=ticket, by=by, at=at, changes=changes)


def _goes_on_elsewhere(ticket: Ticket, alerts: Sequence[Alert], at: datetime) -> bool:
    """A storm took its alerts over: it becomes part of the storm's incident.

    Not where somebody has begun to work on it: then it keeps its alerts.
    """
    groups = {alert.group for alert in alerts if alert.group is not None}
    others = {g for g in groups if g.incident_id not in {None, ticket.pk}}
    if not others:
        return False
    group = min(others, key=lambda one: one.pk)
    into = alive([group.incident_id or 0]).get(group.incident_id or 0)
    is_free = ticket.state_category == StateCategory.NEW and ticket.owner_id is None
    if into is None or into.state_category not in OPEN or not is_free:
        Alert.objects.filter(incident=ticket.pk).update(group=None)
        return False
    by = _account(ticket, alerts)
    actions.merge(ticket=ticket, by=by, at=at, into=into)
    mine = Alert.objects.filter(incident=ticket.pk)
    moved = list(mine.select_related("source__account"))
    mine.update(incident=into.pk)
    AlertGroup.objects.filter(incident=ticket.pk, closed_at=None).update(closed_at=at)
    target = lock(Ticket(pk=into.pk))
    loud = [alert for alert in moved if alert.status != Status.CLOSED]
    if loud:
        n = Alert.objects.filter(incident=into.pk).exclude(status=Status.CLOSED).count()
        changes = {"alerts": (n - len(loud), n), "alert": (None, loud[0].pk)}
        record(kinds.ALERT, subject=target, by=by, at=at, changes=changes)
        worsen(target, loud, at=at)
    quiet = [alert.pk for alert in moved if alert.status == Status.OPEN]
    Alert.objects.filter(pk__in=quiet).update(decide_at=None)  # others: looked at next
    return True


def _clear(ticket: Ticket, cleared: Sequence[Alert], at: datetime) -> None:
    """Its last alert is over."""
    rows = AlertGroup.objects.filter(incident=ticket.pk, closed_at=None)
    rows.update(closed_at=at)
    on_clear = promised(ticket)
    if ticket.state_category in OPEN:
        if on_clear == OnClear.NOTE:
            _note(ticket, cleared, at)
            return
        is_free = ticket.owner_id is None
        by = _account(ticket, cleared)
        actions.resolve(ticket=ticket, by=by, at=at, resolution=_text(ticket, cleared))
        if on_clear == OnClear.CLOSE and is_free:
            actions.close(ticket=ticket, by=by, at=at)
    elif ticket.state_category == StateCategory.RESOLVED and on_clear == OnClear.CLOSE:
        actions.close(ticket=ticket, by=_account(ticket, cleared), at=at)


def promised(ticket: Ticket) -> str:
    """What the rule of its first alert says is done when all are over."""
    first = Alert.objects.filter(incident=ticket.pk).order_by("pk")
    found = first.values_list("rule__on_clear", flat=True).first()
    return found or OnClear.CLOSE.value


def _note(ticket: Ticket, cleared: Sequence[Alert], at: datetime) -> None:
    by, body = _account(ticket, cleared), _text(ticket, cleared)
    actions.comment(ticket=ticket, by=by, at=at, body=body, public=False)


def _text(ticket: Ticket, cleared: Sequence[Alert]) -> str:
    """What cleared and when, in the installation's language."""
    n = Alert.objects.filter(incident=ticket.pk).count()
    last = max(cleared, key=lambda alert: (alert.cleared_at or alert.last_at, alert.pk))
    with speaking(""):
        facts = {
            "source": last.source.name,
            "summary": last.summary,
            "at": moment(last.cleared_at or last.last_at),
            "n": n,
        }
        return (
            ngettext(
                "%(source)s says that it is over since %(at)s: %(summary)s",
                "All %(n)s alerts are over. The last one to clear, at %(at)s by "
                "%(source)s: %(summary)s",
                n,
            )
            % facts
        )


def _quieten(ticket: Ticket, alerts: Sequence[Alert], at: datetime) -> None:
    """Somebody is on it already: nobody else is woken."""
    if Page.objects.filter(ticket=ticket.pk, ended_at=None).exists():
        paging.acknowledge(ticket=ticket, by=_account(ticket, alerts), at=at)


def _still_firing(ticket: Ticket, alerts: Sequence[Alert], at: datetime) -> None:
    """It was ended, and yet it is heard: reopen it when that has lasted a while."""
    ended = ticket.state_since
    heard = [alert for alert in alerts if alert.last_at > ended]
    may = ticket.state_category in {StateCategory.RESOLVED, StateCategory.CLOSED}
    if not heard or not may or ticket.reopens >= MOST_REOPENS:
        return
    rows = Alert.objects.filter(pk__in=[alert.pk for alert in heard])
    again = next((a for a in heard if a.why.get("code") == "reopened_again"), None)
    is_new = again is not None and again.first_at > ended
    if at < ended + PATIENCE and not is_new:
        rows.update(decide_at=ended + PATIENCE)
        return
    by = _account(ticket, heard)
    with speaking(""):
        words = {"source": heard[0].source.name, "summary": heard[0].summary}
        template = (
            _("It is back: %(summary)s (%(source)s)")
            if is_new
            else _("%(source)s still reports it: %(summary)s")
        )
        body = template % words
    actions.reopen(ticket=ticket, by=by, at=at, comment=body)
    if not is_new:
        seconds = int((at - ended).total_seconds())
        why = {"code": "reopened_firing", "rule": "", "seconds": seconds}
        rows.update(decision=Outcome.REOPENED, why=why)
    paging.page_if_urgent(ticket=ticket, at=at)
    worsen(ticket, heard, at=at)


def _account(ticket: Ticket, alerts: Sequence[Alert]) -> User:
    """Who acts: whoever opened it, where that is a machine; else the alert's source."""
    requester = ticket.requester
    if requester is not None and requester.is_machine and requester.is_active:
        return requester
    return alerts[0].source.account


def _is_triaged(ticket: Ticket, *names: str) -> bool:
    """Whether a person has set one of these, how bad it is: no machine undoes it."""
    if not names and ticket.priority_reason:
        return True
    of = Event.objects.filter(subject_type=Ticket.subject_type, subject_id=ticket.pk)
    sorted_ = of.filter(kind__in=(kinds.TRIAGE, kinds.of("start"), kinds.UNDO))
    told = Q(pk__in=[])
    for name in names or SORTED:
        told |= Q(changes__has_key=name)
    return sorted_.filter(told).exclude(door="source").exists()
