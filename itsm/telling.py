"""How tickets are told to people: to those who work here, and plainly to requesters.

Texts are read when a message is sent: what was removed meanwhile does not leave, and
who may not see the ticket (any more) is told nothing. Six queries for any number.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as T

from core import reader
from core.models import Event, TextVersion
from core.wording import clock_words
from itsm.portal import words
from itsm.sla import paging
from itsm.tickets import kinds, subjects
from itsm.tickets.actions.common import state_name
from itsm.tickets.approving.models import Vote
from itsm.tickets.models import Comment, Ticket
from itsm.tickets.telling import rules
from itsm.tickets.telling.facts import sees
from itsm.tickets.timeline_rows import Names, names_in
from itsm.tickets.timeline_words import sentence
from notify import quiet, rulebook
from notify.rulebook import Reader, Told
from people.models import User

FIELDS: Mapping[str, Any] = {
    "number": T("number"),
    "title": T("title"),
    "state": T("state"),
    "who": T("who did it"),
    "what": T("what happened, in a sentence"),
    "text": T("what was written, if it may be read"),
    "due": T("when they hear next, or it is due"),
    "service": T("service"),
    "priority": T("priority"),
    "owner": T("owner"),
    "requester": T("requester's name"),
    "first_name": T("first name of whoever reads it"),
    "link": T("address of its page"),
    "acknowledge": T("address at which whoever is paged says that they are on it"),
    "approve": T("address of a decision's page, ready for a yes"),
    "question": T("address of a decision's page, ready for a question"),
    "reject": T("address of a decision's page, ready for a no"),
}
RELATED = ("owner", "requester", "service", "team", "process_version")
Pair = tuple[Event, Reader]


@dataclass(frozen=True, slots=True)
class Known:
    """All that telling some events needs."""

    tickets: Mapping[int, Ticket]
    people: Mapping[int, User]
    comments: Mapping[int, Comment]
    texts: Mapping[int, str]
    votes: Mapping[int, str]
    names: Names
    seen: set[tuple[int, int]]


def tell(pairs: Sequence[Pair]) -> list[Told | None]:
    """Each event in its reader's words; None where there is nothing for them."""
    known = _known(pairs)
    return [_told(event, to, known) for event, to in pairs]


def _known(pairs: Sequence[Pair]) -> Known:
    events = list({event.pk: event for event, _to in pairs}.values())
    comments = {_id(event, "comment") for event in events} - {None}
    versions = {_id(event, "resolution") for event in events} - {None}
    versions |= {_id(event, "why") for event in events} - {None}
    texts = TextVersion.objects.filter(pk__in=versions, redacted_at=None)
    tickets: Any = Ticket.objects.select_related(*RELATED)
    ids = {event.subject_id for event in events}
    votes = {_id(event, "vote") for event in events} - {None}
    return Known(
        tickets=tickets.in_bulk(ids),
        people=User.objects.in_bulk({to.user_id for _event, to in pairs}),
        comments=Comment.objects.filter(redacted_at=None).in_bulk(comments),
        texts=dict(texts.values_list("pk", "body")),
        votes=_words_of(votes),
        names=names_in(events),
        seen=sees((to.user_id, event.subject_id) for event, to in pairs if to.user_id),
    )


def _words_of(votes: Iterable[Any]) -> Mapping[int, str]:
    """What was said with these votes; no query where there are none."""
    pks = list(votes)
    rows = Vote.objects.filter(pk__in=pks) if pks else Vote.objects.none()
    return dict(rows.values_list("pk", "words"))


def _id(event: Event, name: str) -> int | None:
    value = event.changes.get(name, (None, None))[1]
    return value if isinstance(value, int) else None


def _told(event: Event, to: Reader, known: Known) -> Told | None:
    ticket, person = known.tickets.get(event.subject_id), known.people.get(to.user_id)
    if ticket is None or not _may_read(event, to, ticket, person, known):
        return None
    plainly = person is not None and not person.is_staff
    zone = quiet.zone_of(to.time_zone)
    with timezone.override(zone), reader.speaking(to.language):
        url = _url(ticket, plainly, asked=_asks(event))
        text = _text(event, ticket, known, plainly)
        fields = {
            **_facts(ticket, person, plainly),
            "who": _who(event, known.names),
            "what": _what(event, ticket, person, known, plainly),
            "text": text,
            "link": f"{settings.BASE_URL}{url}",
            "acknowledge": _acknowledge(event, to),
            **_answers(event, url),
        }
        return Told(fields, url, text, _table(ticket, fields))


def _may_read(
    event: Event, to: Reader, ticket: Ticket, person: User | None, known: Known
) -> bool:
    """A room hears of what is for all; requesters of what is public."""
    if person is None:
        return to.user_id == 0 and not ticket.restricted
    if (person.pk, ticket.pk) not in known.seen:
        return False
    return person.is_staff or event.public or event.kind in kinds.OF_DECISIONS


def _asks(event: Event) -> bool:
    """Whether it asks for a decision, which has a page of its own."""
    return event.kind in {kinds.ASKED, kinds.REMINDED}


def _answers(event: Event, url: str) -> dict[str, str]:
    """Where each answer stands ready; nothing is decided by opening it."""
    answers = {"approve": "approve", "question": "ask", "reject": "reject"}
    if not _asks(event):
        return dict.fromkeys(answers, "")
    here = f"{settings.BASE_URL}{url}"
    return {name: f"{here}?answer={answer}" for name, answer in answers.items()}


def _url(ticket: Ticket, plainly: bool, *, asked: bool = False) -> str:
    if asked:
        return f"{subjects.url(ticket.number)}approval/"
    return f"/portal/{ticket.number}/" if plainly else subjects.url(ticket.number)


def _acknowledge(event: Event, to: Reader) -> str:
    """Where the person who is paged says that they are on it."""
    page = _id(event, "page") if event.kind == kinds.PAGE else None
    is_theirs = page is not None and _id(event, "paged") == to.user_id
    return paging.link(page, to.user_id) if page and is_theirs else ""


def _facts(ticket: Ticket, person: User | None, plainly: bool) -> dict[str, str]:
    """The fields that are the ticket's own, as this reader may know them."""
    due = ticket.next_due_at
    if plainly and due is not None and person is not None:
        heard = words.hear(ticket, person, due - timedelta.resolution)
        due = due if heard and heard.at else None
    return {
        "number": ticket.number,
        "title": ticket.title,
        "state": words.status(ticket) if plainly else state_name(ticket),
        "due": clock_words(due) if due else "",
        "service": ticket.service.name if ticket.service else "",
        "priority": "" if plainly else f"P{ticket.priority}",
        "owner": ticket.owner.name if ticket.owner else "",
        "requester": ticket.requester.name if ticket.requester else "",
        "first_name": words.first_name(person),
    }


def _who(event: Event, names: Names) -> str:
    return names.user.get(event.actor_id or 0, "") or "Beeline"


def _what(
    event: Event, ticket: Ticket, person: User | None, known: Known, plainly: bool
) -> str:
    """What happened: to requesters only how it stands."""
    if plainly and person is not None and event.kind not in kinds.OF_DECISIONS:
        return words.ball(ticket, person).text.rstrip(".")
    if event.kind in {kinds.COMMENT, kinds.NOTE}:
        return _("%(who)s wrote") % {"who": _who(event, known.names)}
    happened: Any = event
    return sentence(happened, ticket, known.names, known.texts)[1].rstrip(".")


def _text(event: Event, ticket: Ticket, known: Known, plainly: bool) -> str:
    """What somebody wrote with it; nothing of what was removed or is not for them."""
    comment = known.comments.get(_id(event, "comment") or 0)
    if comment is not None:
        stays = comment.ticket_id == ticket.pk
        return comment.body if stays and (comment.is_public or not plainly) else ""
    vote = _id(event, "vote")
    if vote is not None:
        return known.votes.get(vote, "")
    return known.texts.get(_id(event, "resolution") or 0, "")


def _table(ticket: Ticket, fields: Mapping[str, str]) -> list[tuple[str, str]]:
    rows = [
        (_("Service"), fields["service"]),
        (_("State"), fields["state"]),
        (_("Priority"), fields["priority"]),
        (_("Owner"), fields["owner"]),
    ]
    return [(label, value) for label, value in rows if value]


def places(ids: Iterable[int]) -> dict[int, Mapping[str, int | None]]:
    """Team and service of each ticket that is for all who work here; one query."""
    rows = Ticket.objects.filter(pk__in=set(ids), restricted=False)
    return {
        pk: {"team": team, "service": service}
        for pk, team, service in rows.values_list("pk", "team_id", "service_id")
    }


def example() -> Told:
    """A ticket as there might be one, for whoever writes texts."""
    due = _an_hour_from(timezone.now())
    moved = {"who": "Bob", "old": _("New"), "new": _("In progress")}
    fields = {
        "number": "INC-1042",
        "title": _("The connection drops every hour"),
        "state": _("In progress"),
        "who": "Bob",
        "what": _("%(who)s moved it from %(old)s to %(new)s") % moved,
        "text": _("The gateway was restarted. Does it hold now?"),
        "due": clock_words(due),
        "service": "VPN",
        "priority": "P3",
        "owner": "Bob",
        "requester": "Carol",
        "first_name": "Carol",
        "link": f"{settings.BASE_URL}/portal/INC-1042/",
        "acknowledge": f"{settings.BASE_URL}/pages/…/",
        **dict.fromkeys(
            ("approve", "question", "reject"),
            f"{settings.BASE_URL}/changes/CHG-1042/approval/",
        ),
    }
    return Told(fields, "/portal/INC-1042/", fields["text"])


def _an_hour_from(at: datetime) -> datetime:
    return (at + timedelta(hours=1)).replace(minute=0, second=0, microsecond=0)


def register() -> None:
    """Add the rules about tickets, and how tickets are told."""
    rules.register()
    rulebook.teller(
        rulebook.Teller(
            subject_type=Ticket.subject_type,
            tell=tell,
            threads=subjects.numbers,
            sees=sees,
            places=places,
            fields=FIELDS,
            example=example,
        )
    )
