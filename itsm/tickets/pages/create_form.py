"""The form that opens a ticket: what was typed, what can be chosen, what is wrong.

What a practice asks besides comes through the slot `ticket.new`: a call with the type,
answered by an `Extra` or None. Values stay as they were typed until `read_new`, which
REST uses too, reads them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Q, Value
from django.utils import timezone
from django.utils.translation import gettext as _

from core import slots
from core.wording import clock_words
from itsm.tickets.pages.posted import zoned
from itsm.tickets.pages.ticket_inputs import CODES
from itsm.tickets.promising import Wanted, foresee
from itsm.tickets.states import Channel, DueKind, Level, TicketType
from people import find
from people.models import Category, Service, Team, User
from processes import engine
from processes.definition import Field
from processes.queries import definition_for

Options = Sequence[tuple[str, str]]
Given = dict[str, Any]
Typed = Mapping[str, str]
SLOT = "ticket.new"
SHARED = (
    "title",
    "description",
    "requester",
    "service",
    "category",
    "impact",
    "urgency",
    "affected",
    "channel",
    "team",
    "priority",
    "reason",
)
SOLUTION = ("resolution", "resolution_code")
WINDOW = "window"  # its parts are moments
OWN = "extra."  # before the slug of a field of the process's own
INPUTS = {"number": "number", "date": "date", "person": "email"}  # others are text
AT_THE_DESK = (Channel.PHONE, Channel.WALK_IN, Channel.AGENT)


def _as_it_is(given: Given) -> Given:
    return given


def _as_it_was(typed: Typed) -> Typed:
    return typed


@dataclass(frozen=True, slots=True)
class Asked:
    """One more field. `kind`: select, radio, area, moment, or an input's type."""

    name: str
    label: str
    kind: str
    options: Options = ()
    help: str = ""
    blank: str | None = None
    value: str = ""  # where nothing was typed
    rows: int = 2
    fills: bool = False  # choosing it fills other fields in
    counts: bool = False  # what stands beside the form follows from it


@dataclass(frozen=True, slots=True)
class Extra:
    """What a practice asks besides, and how it completes what was given.

    `fill` puts into the form what a choice brings; `count` sums up what was typed and
    `beside` says something about it: anything with a `template`, or None.
    """

    fields: Sequence[Asked]
    complete: Callable[[Given], Given] = _as_it_is
    fill: Callable[[Typed], Typed] = _as_it_was
    count: "Callable[[NewForm], Any] | None" = None
    beside: "Callable[[NewForm], Any] | None" = None


@dataclass
class NewForm:
    """One form, filled in or not."""

    type: str
    by: User
    typed: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, Sequence[str]] = field(default_factory=dict)
    found: find.Found | None = None
    focus: str = ""  # the field to stand in
    kept: str = ""  # that a draft of it is kept, in words

    @cached_property
    def extra(self) -> Extra:
        """What this type asks besides the shared fields."""
        answers = slots.filled(SLOT, self.type)
        return answers[0] if answers else Extra(())

    @cached_property
    def beside(self) -> Any:
        """What the practice says about what was typed so far; None for nothing."""
        return self.extra.beside(self) if self.extra.beside else None

    @cached_property
    def count(self) -> Any:
        """What the practice counts of what was typed so far; None for nothing."""
        return self.extra.count(self) if self.extra.count else None

    def value(self, name: str, otherwise: str = "") -> str:
        """What stands in a field."""
        return self.typed.get(name, otherwise)

    def problem(self, name: str) -> str:
        """What is wrong with a field, in a sentence."""
        if name.startswith(OWN):  # what is wrong with those comes with their slug
            slug = f"{name.removeprefix(OWN)}: "
            found = self.errors.get("extra", ())
            return " ".join(f.removeprefix(slug) for f in found if f.startswith(slug))
        return " ".join(self.errors.get(name, ()))

    @property
    def other_problems(self) -> str:
        """What is wrong with no field that is on the page."""
        names = {*SHARED, *SOLUTION, "file", "q", WINDOW}
        names |= {asked.name for asked in self.extra.fields}
        if any(self.problem(asked.name) for asked in self.own):
            names.add("extra")
        rest = (found for name, found in self.errors.items() if name not in names)
        return " ".join(sentence for found in rest for sentence in found)

    @property
    def is_solved(self) -> bool:
        """Whether it was solved while the caller was still there."""
        return self.type == TicketType.INCIDENT and bool(self.value("solved"))

    @property
    def codes(self) -> Options:
        """How it was solved, in a word."""
        return [(code, _(code).capitalize()) for code in CODES]

    def raw(self) -> Given:
        """What was given, as `read_new` takes it: nothing empty, times in our zone."""
        own = (name for name in self.typed if name.startswith(OWN))
        more = (one.name for one in self.extra.fields if one.kind != "hidden")
        names = (*SHARED, *more, *own)
        given: Given = {}
        for name in names:
            value = self.typed.get(name, "")
            if not value.strip():
                continue
            outer, dot, inner = name.partition(".")
            if dot:
                as_it_is = outer != WINDOW
                given.setdefault(outer, {})[inner] = value if as_it_is else zoned(value)
            else:
                given[name] = value
        return given

    # what can be chosen

    @property
    def types(self) -> Options:
        """The four practices."""
        return [(t.value, str(t.label)) for t in TicketType]

    @property
    def heading(self) -> str:
        """What the page is for."""
        return {
            "incident": _("New incident"),
            "request": _("New request"),
            "change": _("New change"),
            "problem": _("New problem"),
        }[self.type]

    @property
    def button(self) -> str:
        """What the button says."""
        return {
            "incident": _("Log incident"),
            "request": _("Log request"),
            "change": _("Draft change"),
            "problem": _("Open problem"),
        }[self.type]

    @property
    def is_call(self) -> bool:
        """Somebody is usually there while this is typed."""
        return self.type in {TicketType.INCIDENT, TicketType.REQUEST}

    @cached_property
    def caller(self) -> find.Match | None:
        """Who it is for, once that is said."""
        email = self.value("requester")
        person = find.by_email(email) if email else None
        return find.matches_of([person], by=self.by)[0] if person else None

    @cached_property
    def _services(self) -> list[Any]:
        teams = ArrayAgg(
            "support_teams__slug",
            filter=Q(support_teams__is_active=True),
            default=Value([]),
        )
        rows = Service.objects.filter(is_active=True).order_by("name")
        return list(rows.annotate(teams=teams).values_list("slug", "name", "teams"))

    @property
    def services(self) -> Options:
        """Every service."""
        return [(slug, name) for slug, name, _teams in self._services]

    @cached_property
    def categories(self) -> Options:
        """Those of the service, or all while none is chosen."""
        mine = self.value("service")
        for_ = ArrayAgg(
            "services__slug", filter=Q(services__isnull=False), default=Value([])
        )
        rows = Category.objects.filter(is_active=True).annotate(for_=for_)
        return [
            (slug, name)
            for slug, name, slugs in rows.order_by("name").values_list(
                "slug", "name", "for_"
            )
            if not mine or not slugs or mine in slugs
        ]

    @cached_property
    def teams(self) -> Options:
        """Every team."""
        rows = Team.objects.filter(is_active=True).order_by("name")
        return list(rows.values_list("slug", "name"))

    @property
    def supporting(self) -> list[str]:
        """Slugs of the teams that support the service."""
        mine = self.value("service")
        return next((list(t) for slug, _n, t in self._services if slug == mine), [])

    @property
    def team(self) -> str:
        """The chosen team, or the service's own."""
        chosen, own = self.value("team"), self.supporting
        return own[0] if own and chosen not in own else chosen

    @property
    def impacts(self) -> Options:
        """Impact in words people can answer."""
        return [
            (Level.LOW, _("Low: one person")),
            (Level.MEDIUM, _("Medium: several people, a team")),
            (Level.HIGH, _("High: a site, a whole organisation")),
        ]

    @property
    def urgencies(self) -> Options:
        """Urgency in words people can answer."""
        return [
            (Level.LOW, _("Low: it can wait")),
            (Level.MEDIUM, _("Medium: work is slower")),
            (Level.HIGH, _("High: work stands still")),
        ]

    @property
    def channels(self) -> Options:
        """How it came."""
        words = {Channel.AGENT: _("My own")}
        return [(c.value, str(words.get(c, c.label))) for c in AT_THE_DESK]

    @cached_property
    def _live(self) -> Any:
        return definition_for(self.type, ticket_key="")

    @property
    def rules(self) -> Any:
        """The definition that a new one starts on."""
        return self._live[1]

    @property
    def _version(self) -> Any:
        return self._live[0]

    @property
    def _rules(self) -> Any:
        return self._live[1]

    @cached_property
    def own(self) -> list[Asked]:
        """The fields that the process itself has, as its owner wrote them."""
        return [_own(one) for one in self._rules.fields.values()]

    @property
    def shows_own(self) -> bool:
        """Whether one of those is filled in, or wrong."""
        return any(self.value(one.name) or self.problem(one.name) for one in self.own)

    @property
    def levels(self) -> Options:
        """The priorities one may choose, with a reason."""
        return [(f"P{n}", f"P{n}") for n in range(1, 6)]

    @property
    def shows_priority(self) -> bool:
        """Whether another priority than the matrix's is asked for, or wrong."""
        names = ("priority", "reason")
        return any(self.value(name) or self.problem(name) for name in names)

    @property
    def priority(self) -> int:
        """1..5: the chosen one, else by the matrix of the process that is live."""
        chosen = self.value("priority")
        return int(chosen[1:]) if (chosen, chosen) in self.levels else self.by_matrix

    @property
    def by_matrix(self) -> int:
        """1..5, by the matrix of the process that is live."""
        impact, urgency = self.value("impact"), self.value("urgency")
        return engine.priority(
            self._rules,
            impact if impact in Level.values else Level.LOW,
            urgency if urgency in Level.values else Level.MEDIUM,
        )

    @property
    def promises(self) -> str:
        """What would be promised if it were opened now, by the time on the wall."""
        said = {
            DueKind.RESPONSE: _("first word by %(time)s"),
            DueKind.RESOLUTION: _("solved by %(time)s"),
        }
        at = timezone.now()
        found = [f for f in foresee(self._wanted, at=at) if f.kind in said]
        parts = [said[f.kind] % {"time": clock_words(f.due_at, now=at)} for f in found]
        words = ", ".join(parts)
        agreement = next((f.agreement for f in found if f.agreement), "")
        return f"{words} ({agreement})" if agreement else words

    @property
    def _wanted(self) -> Wanted:
        """Who it is for and what it is about, as far as that is chosen. Three queries
        at most."""
        email, service = self.value("requester"), self.value("service")
        person = find.by_email(email) if email else None
        return Wanted(
            type=self.type,
            priority=self.priority,
            process_version=self._version.pk,
            service_id=_pk_of(Service, service),
            organisation_id=person.organisation_id if person else None,
            team_id=_pk_of(Team, self.team),
        )


def _pk_of(model: Any, slug: str) -> int | None:
    """The id of what a select named; None where that is nothing of ours."""
    if not slug or "\x00" in slug:
        return None
    found: int | None = (
        model.objects.filter(slug=slug).values_list("pk", flat=True).first()
    )
    return found


def _own(one: Field) -> Asked:
    """A field of the process's own, as the form asks it."""
    name, label = f"{OWN}{one.slug}", one.label or one.slug
    choices = [(choice, choice) for choice in one.choices]
    if one.type == "boolean":
        choices = [("true", _("Yes")), ("false", _("No"))]
    if choices:
        return Asked(name, label, "select", choices, one.help, _("Not known yet"))
    return Asked(name, label, INPUTS.get(one.type, "text"), help=one.help)
