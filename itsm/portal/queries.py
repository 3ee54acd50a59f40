"""What the portal's pages read. Requesters only ever get what is public."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Case, Exists, OuterRef, Q, QuerySet, When
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from core.models import Event
from core.wording import clock_words
from itsm.portal import words
from itsm.tickets import kinds, promising
from itsm.tickets.approving.queries import waiting_for
from itsm.tickets.joining.models import Merged
from itsm.tickets.joining.reading import since_merged
from itsm.tickets.models import Approval, Attachment, Comment, Participant, Ticket
from itsm.tickets.states import OPEN, StateCategory
from people import queries as visible
from people.models import Service, User

PAGE = 25
MOST_COUNTED = 1000
ASKED_OR_OPEN = (*OPEN, StateCategory.RESOLVED)
ENDED = (StateCategory.CLOSED, StateCategory.CANCELLED)


@dataclass(frozen=True, slots=True)
class Line:
    """One ticket in a requester's list."""

    number: str
    title: str
    owner: User | None
    requester: str
    ball: words.Ball
    hear: words.Hear | None
    status: str
    category: str
    opened_at: datetime
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Page:
    """Some lines of a list, how many there are in all, and where it goes on."""

    lines: list[Line]
    total: int | str
    before: int | None


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing of the public timeline: something said, or one quiet event."""

    at: datetime
    kind: str  # said, event
    person: User | None
    text: str
    icon: str = "right"
    id: str = ""
    removed: bool = False
    files: list[Attachment] = field(default_factory=list)


def mine(user: User) -> QuerySet[Ticket]:
    """Tickets this person requested or is copied on."""
    copied = Participant.objects.filter(user_id=user.pk, role="copied")
    return Ticket.objects.visible_to(user).filter(
        Q(requester_id=user.pk) | Q(pk__in=copied.values("ticket_id"))
    )


def shared(user: User) -> QuerySet[Ticket]:
    """Their organisation's tickets, where it shares them; else none."""
    organisation = user.organisation
    if organisation is None or not organisation.shares_tickets:
        return Ticket.objects.none()
    return Ticket.objects.visible_to(user).filter(
        organisation_id=organisation.pk, restricted=False
    )


def in_work(tickets: QuerySet[Ticket], reader: User) -> QuerySet[Ticket]:
    """Open ones, solved ones whose requester has not said so yet, and those that go
    on in another one.
    """
    return tickets.filter(Q(state_category__in=ASKED_OR_OPEN) | Q(_goes_on(reader)))


def _goes_on(reader: User) -> Exists:
    """That a ticket was merged into one that is not over, which they may follow."""
    return Exists(
        Merged.objects.filter(
            _followed(reader),
            ticket=OuterRef("pk"),
            into__state_category__in=ASKED_OR_OPEN,
        )
    )


def _followed(reader: User) -> Q:
    """Merges whose other ticket was not restricted since, or is theirs to see."""
    theirs = Ticket.objects.visible_to(reader).filter(restricted=True)
    return Q(into__restricted=False) | Q(into__in=theirs.values("pk"))


def goes_on_in(ids: Iterable[int], reader: User) -> dict[int, Ticket | None]:
    """What merged tickets go on in, by their id: only how it stands. One query.

    None is one that was restricted since: then not even that.
    """
    rows = Merged.objects.filter(ticket_id__in=list(ids))
    rows = rows.select_related("into__owner", "into__team", "into__process_version")
    rows = rows.defer("into__description", "into__process_version__definition")
    told = Case(When(_followed(reader), then=True), default=False)
    found = rows.annotate(is_told=told)
    return {row.ticket_id: row.into if row.is_told else None for row in found}


def called(tickets: QuerySet[Ticket], words: str) -> QuerySet[Ticket]:
    """Those with this number, or with these words in their title."""
    for word in words.split()[:8]:
        tickets = tickets.filter(Q(title__icontains=word) | Q(number__iexact=word))
    return tickets


def ended(tickets: QuerySet[Ticket], reader: User) -> QuerySet[Ticket]:
    """Closed and cancelled ones."""
    return tickets.filter(~Q(_goes_on(reader)), state_category__in=ENDED)


def count(tickets: QuerySet[Ticket]) -> int | str:
    """How many, exact to a thousand. One query."""
    found = tickets.order_by()[: MOST_COUNTED + 1].count()
    return found if found <= MOST_COUNTED else "1,000+"


def page(
    tickets: QuerySet[Ticket],
    reader: User,
    at: datetime,
    *,
    before: int | None = None,
    size: int = PAGE,
) -> Page:
    """One page, newest first. Four queries however many lines it has."""
    rows = tickets.select_related("owner", "team", "requester", "process_version")
    rows = rows.defer("process_version__definition", "description", "resolution")
    if before is not None:
        rows = rows.filter(pk__lt=before)
    found = list(rows.order_by("-pk")[: size + 1])
    more, found = len(found) > size, found[:size]
    lines = _lines(found, reader, at)
    return Page(lines, count(tickets), found[-1].pk if more else None)


def _lines(tickets: Sequence[Ticket], reader: User, at: datetime) -> list[Line]:
    waiting = [
        t.pk
        for t in tickets
        if t.state_category == StateCategory.WAITING and not t.wait_reason
    ]
    over = [t.pk for t in tickets if t.state_category in ENDED]
    goes_on = goes_on_in(over, reader) if over else {}
    leads = [goes_on.get(t.pk) or t for t in tickets]
    owed = promising.owed([t.pk for t in leads if t.state_category in OPEN])
    pending: dict[int, list[Approval]] = {}
    if waiting:
        for one in undecided(waiting):
            pending.setdefault(one.ticket_id, []).append(one)
    return [
        Line(
            number=t.number,
            title=t.title,
            owner=t.owner,
            requester=t.requester.name if t.requester else "",
            ball=words.joined(goes_on[t.pk], reader)
            if t.pk in goes_on
            else words.ball(t, reader, pending.get(t.pk)),
            hear=words.hear(lead, reader, at, owed.get(lead.pk)),
            status=words.status(lead, is_joined=t.pk in goes_on),
            category=lead.state_category,
            opened_at=t.opened_at,
            closed_at=t.closed_at,
        )
        for t in tickets
        for lead in [goes_on.get(t.pk) or t]
    ]


def undecided(ticket_ids: Iterable[int]) -> list[Approval]:
    """Approvals of these tickets that nobody has decided. One query."""
    rows = Approval.objects.filter(ticket_id__in=list(ticket_ids), decision="")
    return list(rows.select_related("approver").order_by("pk"))


def asked_of(user: User) -> list[Approval]:
    """Decisions that wait for this person. One query."""
    rows = waiting_for(user)
    return list(rows.select_related("ticket__requester").order_by("asked_at")[:20])


def timeline(ticket: Ticket, reader: User) -> list[Entry]:
    """The public conversation and the public events, oldest first. Four queries."""
    files: dict[int | None, list[Attachment]] = {}
    shown = Attachment.objects.filter(
        ticket_id=ticket.pk, is_public=True, redacted_at=None
    )
    for one in shown.order_by("pk"):
        files.setdefault(one.comment_id, []).append(one)
    entries = [
        Entry(
            at=ticket.opened_at,
            kind="said",
            person=ticket.requester,
            text=ticket.description,
            files=files.get(None, []),
        )
    ]
    comments = Comment.objects.filter(ticket_id=ticket.pk, is_public=True)
    entries += [
        Entry(
            at=c.at,
            kind="said",
            person=c.author,
            text=c.body,
            id=f"c{c.pk}",
            removed=c.redacted_at is not None,
            files=files.get(c.pk, []),
        )
        for c in comments.select_related("author").order_by("pk")
    ]
    entries += [
        Entry(at=w.at, kind="said", person=w.author, text=w.body, id=f"c{w.pk}")
        for w in since_merged(ticket, reader)
    ]
    return sorted(entries + _events(ticket), key=lambda entry: entry.at)


def _events(ticket: Ticket) -> list[Entry]:
    events = list(
        Event.objects.filter(
            subject_type=ticket.subject_type, subject_id=ticket.pk, public=True
        )
        .exclude(kind__in=(kinds.OPEN, kinds.COMMENT, kinds.ATTACH))
        .order_by("id")
    )
    actors = {e.actor_id for e in events if e.actor_id is not None}
    people = {u.pk: u for u in User.objects.filter(pk__in=actors)}
    return [
        Entry(
            at=event.at,
            kind="event",
            person=people.get(event.actor_id or 0),
            text=said,
            icon=ICONS.get(event.kind, "right"),
        )
        for event in events
        if (said := _in_words(event, people.get(event.actor_id or 0)))
    ]


ICONS = {
    kinds.RENEW: "clock",
    kinds.TAKE: "hand",
    kinds.START: "play",
    kinds.WAIT: "pause",
    kinds.RESUME: "play",
    kinds.RESOLVE: "check",
    kinds.REOPEN: "undo",
    kinds.CLOSE: "check",
    kinds.CANCEL: "x",
    kinds.of("approve"): "check",
    kinds.of("reject"): "x",
}


def _in_words(event: Event, person: User | None) -> str:
    name = {"name": person.name if person else _("Beeline")}
    sentences = {
        kinds.TAKE: _("%(name)s took it."),
        kinds.START: _("%(name)s started to work on it."),
        kinds.WAIT: _("%(name)s put it on hold."),
        kinds.RESUME: _("Work goes on."),
        kinds.RESOLVE: _("%(name)s says it is solved."),
        kinds.REOPEN: _("%(name)s said it is not solved yet."),
        kinds.CLOSE: _("%(name)s closed it."),
        kinds.CANCEL: _("%(name)s cancelled it."),
        kinds.of("submit"): _("Approval was asked for."),
        kinds.of("approve"): _("%(name)s said yes."),
        kinds.of("reject"): _("%(name)s said no."),
    }
    if event.kind == kinds.RENEW:
        until = parse_datetime(str(event.changes["until"][1]))
        when = {"time": clock_words(until) if until else ""}
        return _("%(name)s promised you a word by %(time)s.") % {**name, **when}
    if event.kind == kinds.CLOSE and person is None:
        return _("Closed by itself, as nobody said that anything was missing.")
    if event.kind == kinds.WAIT and "requester" in event.changes.get("wait_reason", ()):
        return _("%(name)s asked a question.") % name
    sentence = sentences.get(event.kind)
    if sentence:
        return sentence % name
    return _("%(name)s moved it on.") % name if "state" in event.changes else ""


def copied_on(ticket: Ticket) -> list[User]:
    """People who were copied on. One query."""
    rows = Participant.objects.filter(ticket_id=ticket.pk, role="copied")
    return [row.user for row in rows.select_related("user").order_by("pk")]


def services_for(user: User) -> list[Service]:
    """Active services that the person's organisation may use. One query."""
    rows = visible.services(user).filter(is_active=True)
    return list(rows.order_by("name"))


def greeting(hour: int) -> str:
    """Good morning, until it is not."""
    if hour < 12:
        return _("Good morning")
    return _("Good afternoon") if hour < 18 else _("Good evening")
