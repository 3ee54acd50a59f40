"""The event log over REST: one ticket's timeline, and the whole log without gaps.

Ids grow in commit order (`core.log`), so following `after` never skips an event.
Requesters see public events of tickets they see; staff what they see, all of it.
Whatever an event carries by id is told by name, in a fixed number of queries.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpResponse
from django.utils.translation import gettext as _

from core import subjects
from core.api import answers, filters, pages
from core.api.filters import Filter
from core.api.problems import Malformed
from core.api.schema import (
    INSTANT,
    OPTIONAL_TEXT,
    TEXT,
    WHOLE,
    Doc,
    Param,
    component,
    obj,
    page_of,
)
from core.api.views import ApiView
from core.models import Event, TextVersion
from itsm.tickets import details
from itsm.tickets.api.views import TicketView
from itsm.tickets.models import Ticket
from itsm.tickets.states import TicketType
from itsm.tickets.tags.models import Tag
from people.models import Category, Organisation, Service, Team, User
from processes.models import ProcessVersion

MOST = pages.MOST
KIND = re.compile(r"[a-z_]+\.([a-z_]+|\*)", re.ASCII)
PEOPLE = frozenset(
    {
        "owner",
        "offered_to",
        "asked",
        "requester",
        "watcher",
        "copied",
        "mentioned",
        "assignee",
        "resolved_by",
        "manager",
        "responsible",
        "member",
        "user",
        "approver",
    }
)
PLACES: Mapping[str, Any] = {
    "team": Team,
    "mentioned_team": Team,
    "service": Service,
    "category": Category,
    "organisation": Organisation,
    "support_teams": Team,
    "depends_on": Service,
    "services": Service,
    "organisations": Organisation,
    "categories": Category,
    "tags": Tag,
}
TICKETS = frozenset(
    {
        *("parent", "ticket", "reference"),
        *("merged", "merged_into", "split_off", "split_from"),
    }
)
OWN = "fields."  # before the slug of a field of the process's own
INTERNAL = frozenset({"priority_reason"})  # texts for those who work here
component(
    "Event",
    obj(
        {
            "id": WHOLE,
            "kind": TEXT,
            "at": INSTANT,
            "actor": OPTIONAL_TEXT,
            "door": TEXT,
            "subject": obj({"type": TEXT, "number": OPTIONAL_TEXT}),
            "changes": {
                "type": "object",
                "additionalProperties": {
                    "type": "array",
                    "minItems": 2,
                    "maxItems": 2,
                    "items": {},
                },
            },
        }
    ),
)
EVENT_PAGE = page_of("Event")
PAGED = (
    Param("after", {"type": "integer", "minimum": 0}, "The id of the last event read"),
    Param("limit", {"type": "integer", "minimum": 1, "maximum": MOST}),
)


def _of_kinds(rows: QuerySet[Event], kinds: list[str], user: User) -> QuerySet[Event]:
    """Events of these kinds, `ticket.take`, or of a whole family, `ticket.*`."""
    found = Q()
    for kind in kinds:
        if not KIND.fullmatch(kind):
            raise ValueError(_("Send kinds such as ticket.take, or ticket.* for all."))
        family = kind.removesuffix("*")
        found |= Q(kind=kind) if family == kind else Q(kind__startswith=family)
    return rows.filter(found)


def _about(rows: QuerySet[Event], types: list[str], user: User) -> QuerySet[Event]:
    """Events about these types of subject."""
    known = sorted(subject.name for subject in subjects.registered())
    if not set(types) <= set(known):
        words = ", ".join(known)
        raise ValueError(_("Choose one of: %(words)s.") % {"words": words})
    return rows.filter(subject_type__in=types)


OF_KINDS = Filter("kind", _of_kinds, "Kinds, or families: ticket.take,team.*")
ABOUT = Filter("subject", _about, "Types of what it is about: ticket, service …")
FILTERS = (OF_KINDS, ABOUT)
LOG_QUERY = (*(Param(f.name, f.schema, f.says) for f in FILTERS), *PAGED)


class TimelineView(TicketView):
    """`GET …/<number>/events/`: one ticket's events, oldest first."""

    docs = {"get": Doc("The timeline", EVENT_PAGE, query=PAGED)}

    def get(self, request: Any, **kwargs: Any) -> HttpResponse:
        """One page of the timeline."""
        rows = Event.objects.filter(
            subject_type=Ticket.subject_type, subject_id=self.subject.pk
        )
        return _page(self, rows if self.user.is_staff else rows.filter(public=True))


class LogView(ApiView):
    """`GET /api/v1/events/`: the whole log, as far as the caller may see."""

    collection = "events"
    docs = {"get": Doc("The event log", EVENT_PAGE, query=LOG_QUERY)}

    def get(self, request: Any, **kwargs: Any) -> HttpResponse:
        """One page of the log; follow with `after` = the last id.

        Who asks again is answered at once: a worker that waited for news (a long
        poll) would answer nobody else meanwhile.
        """
        rows = visible_events(self.user)
        return _page(self, filters.apply(self.plain, rows, FILTERS, self.user))


def visible_events(user: User) -> QuerySet[Event]:
    """The events a person may see, of every subject some room has registered."""
    seen = Q()
    for subject in subjects.registered():
        visible = subject.visible_to(user)
        if user.is_staff:  # nearly all of them: look each one up
            one = Exists(visible.filter(pk=OuterRef("subject_id")).order_by())
            seen |= Q(subject_type=subject.name) & Q(one)
        else:  # few: start from those
            few = visible.order_by().values("pk")
            seen |= Q(subject_type=subject.name, subject_id__in=few)
    events = Event.objects.filter(seen)
    return events if user.is_staff else events.filter(public=True)


def _page(view: ApiView, rows: QuerySet[Event]) -> HttpResponse:
    after = _read_after(view)
    limit = pages.read_limit(view.plain, MOST)
    found = list(rows.filter(pk__gt=after).order_by("pk")[: limit + 1])
    more, found = len(found) > limit, found[:limit]
    following = None
    if more:
        query = view.plain.GET.copy()
        query["after"] = str(found[-1].pk)
        path = f"{view.plain.path}?{query.urlencode()}"
        following = view.plain.build_absolute_uri(path)
    results = tell(found, view.user)
    return answers.answer({"next": following, "previous": None, "results": results})


def _read_after(view: ApiView) -> int:
    given = view.plain.GET.get("after", "0")
    if not (given.isascii() and given.isdigit() and len(given) < 19):
        raise Malformed(
            _("There is no such cursor."),
            {"after": [_("Send the id of the last event you have read.")]},
        )
    return int(given)


def tell(events: Sequence[Event], user: User) -> list[dict[str, Any]]:
    """Events as the contract shows them: nine queries at most, however many."""
    names = Names.of(events, user)
    return [
        {
            "id": event.pk,
            "kind": event.kind,
            "at": event.at,
            "actor": names.people.get(event.actor_id or 0),
            "door": event.door,
            "subject": {
                "type": event.subject_type,
                "number": names.subjects[event.subject_type].get(event.subject_id),
            },
            "changes": {
                field: [names.told(field, value, event.subject_id) for value in pair]
                for field, pair in event.changes.items()
            },
        }
        for event in events
    ]


@dataclass(frozen=True, slots=True)
class Names:
    """What the ids in a batch of events are called."""

    people: Mapping[int, str]
    places: Mapping[str, Mapping[int, str]]
    tickets: Mapping[int, str]
    texts: Mapping[int, "Text"]
    untold: frozenset[str]  # fields whose words are not for this reader
    versions: Mapping[int, int]
    subjects: Mapping[str, Mapping[int, str]]

    @classmethod
    def of(cls, events: Sequence[Event], user: User) -> "Names":
        """Look all of them up, a query for each kind of thing that is named."""
        ids = _ids(events)
        people = set().union(*(ids[name] for name in PEOPLE))
        people |= {event.actor_id for event in events if event.actor_id}
        own = set().union(*(ids[name] for name in ids if name.startswith(OWN)))
        tickets = set().union(*(ids[name] for name in TICKETS))
        texts = set().union(*(ids[name] for name in text_fields()))
        return cls(
            people=_pairs(User.objects.filter(pk__in=people | own), "email"),
            places={
                name: _pairs(model.objects.filter(pk__in=ids[name]), "slug")
                for name, model in PLACES.items()
            },
            tickets=_pairs(
                Ticket.objects.visible_to(user).filter(pk__in=tickets), "number"
            ),
            texts=_texts(texts | own),
            untold=frozenset() if user.is_staff else INTERNAL | plans(),
            versions=_pairs(
                ProcessVersion.objects.filter(
                    pk__in=ids["process_version"] | ids["version"]
                ),
                "number",
            ),
            subjects=_subjects(events),
        )

    def told(self, field: str, value: Any, subject: int) -> Any:
        """One value of a subject's event; what cannot be told (any more) is null."""
        if isinstance(value, dict):
            return {
                ("number" if name == "ticket" else name): self.told(
                    name, inner, subject
                )
                for name, inner in value.items()
            }
        if isinstance(value, list):
            return [self.told(field, one, subject) for one in value]
        if not isinstance(value, int) or isinstance(value, bool):
            return value
        if field == "priority":
            return f"P{value}"
        if field in self.untold:
            return None
        if field in text_fields():
            return self.texts[value].body if value in self.texts else None
        if field.startswith(OWN):
            return self._own(field, value, subject)
        known = self._known(field)
        return value if known is None else known.get(value)

    def _known(self, field: str) -> Mapping[int, Any] | None:
        if field in PEOPLE:
            return self.people
        if field in self.places:
            return self.places[field]
        if field in TICKETS:
            return self.tickets
        if field in {"process_version", "version"}:
            return self.versions
        return None

    def _own(self, field: str, value: int, subject: int) -> str | None:
        """A text of that ticket's field, or a person: nothing else is a whole number.

        Numbers are kept with a decimal point.
        """
        text = self.texts.get(value)
        if text is not None and (text.subject, text.field) == (subject, field[:40]):
            return text.body
        return self.people.get(value)


class Text(NamedTuple):
    """One wording, and of what."""

    subject: int
    field: str
    body: str


@cache
def text_fields() -> frozenset[str]:
    """Fields whose values are texts of their own rows."""
    found = {"title", "description", "resolution", "why", "priority_reason"}
    found |= {"name", "email", "phone", "place", "purpose"}  # of people and services
    found |= {"body", "tasks"}  # of templates and offerings
    return frozenset(found) | plans()


@cache
def plans() -> frozenset[str]:
    """Texts of the practices' own rows: causes and plans (see `shapes.of_ticket`)."""
    known = (details.of(type_) for type_ in TicketType.values)
    return frozenset().union(*(one.texts for one in known if one is not None))


def _ids(events: Iterable[Event]) -> dict[str, set[int]]:
    """Every whole number that the events carry, by the field it stands in."""
    found: dict[str, set[int]] = defaultdict(set)
    for event in events:
        for field, pair in event.changes.items():
            for value in pair:
                inner = value if isinstance(value, dict) else {field: value}
                for name, one in inner.items():
                    for each in one if isinstance(one, list) else [one]:
                        if isinstance(each, int) and not isinstance(each, bool):
                            found[name].add(each)
    return found


def _texts(ids: set[int]) -> dict[int, Text]:
    rows = TextVersion.objects.filter(pk__in=ids)
    columns = ("pk", "subject_id", "field", "body")
    return {pk: Text(*rest) for pk, *rest in rows.values_list(*columns)}


def _pairs(rows: QuerySet[Any], column: str) -> dict[int, Any]:
    """Ids and names; Django asks nothing where the ids are none."""
    return dict(rows.values_list("pk", column))


def _subjects(events: Iterable[Event]) -> dict[str, Mapping[int, str]]:
    ids: dict[str, set[int]] = defaultdict(set)
    for event in events:
        ids[event.subject_type].add(event.subject_id)
    return {name: subjects.get(name).numbers(found) for name, found in ids.items()}
