"""Every field of a verb's form as an input: its label, its kind, what stands in it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from core.reader import phrase
from itsm.tickets import details, promising
from itsm.tickets.actions.linking import PARENT
from itsm.tickets.field_words import label as plain_label
from itsm.tickets.models import Ticket
from itsm.tickets.pages.posted import TEXT_AREAS
from itsm.tickets.reckoning import definition_of
from itsm.tickets.states import Level, LinkKind, Size
from people.models import Category, Service, Team
from processes import engine

Options = list[tuple[str, str]]
CODES = (
    *(gettext_noop("fixed"), gettext_noop("workaround"), gettext_noop("guided")),
    *(gettext_noop("self-recovered"), gettext_noop("supplier")),
    *(gettext_noop("duplicate"), gettext_noop("not reproducible")),
)


@dataclass(frozen=True, slots=True)
class FormField:
    """One input. `kind`: text, textarea, select, datetime-local, date, number, email,
    checkbox, checks (several of `options`). `seen`: a mark of what stands there now
    (together/saves.py).
    """

    name: str
    label: str
    kind: str = "text"
    value: str = ""
    options: Options = field(default_factory=list)
    suggestions: tuple[str, ...] = ()
    help: str = ""
    required: bool = False
    problem: str = ""
    find_people: bool = False
    seen: str = ""

    @property
    def words(self) -> str:
        """The value in the words of its options."""
        return next((w for v, w in self.options if v == self.value), self.value)

    def attrs(self, id_: str) -> dict[str, str]:
        """More attributes of the input: its list, and how people are found."""
        if self.find_people:
            return {
                "list": f"{id_}-list",
                "autocomplete": "off",
                "hx-get": reverse("people-options"),
                "hx-trigger": "input changed delay:200ms",
                "hx-target": f"#{id_}-list",
                "hx-params": self.name,
                "hx-sync": "this:replace",
            }
        return {"list": f"{id_}-list"} if self.suggestions else {}


def inputs_of(ticket: Ticket, verb: str, name: str) -> list[FormField]:
    """The inputs of one field: usually one, two for a window, none for tasks.

    Costs a query for a list of services, categories or teams.
    """
    if name == "tasks":
        return []
    if name == "window":
        start, end = _window(ticket)
        return [
            FormField("window.start", _("Window starts"), "datetime-local", start),
            FormField("window.end", _("Window ends"), "datetime-local", end),
        ]
    if name == "answers":
        return _questions(ticket)
    if name.startswith("fields."):
        return [_custom(ticket, name)]
    from itsm.tickets.pages.join_inputs import MAKERS as JOINING

    maker = MAKERS.get(name) or JOINING.get(name)
    if verb == "split" and name == "title":
        return [FormField("title", _("Title of the new ticket"))]
    if maker is not None:
        return [maker(ticket, verb)]
    value = _held(ticket, name)
    kind = "textarea" if name in TEXT_AREAS else "text"
    return [FormField(name, plain_label(name).capitalize(), kind, value)]


def _held(ticket: Ticket, name: str) -> str:
    """What the ticket or its own row has, as an input shows it."""
    detail = details.of(ticket.type)
    if detail is not None and name in detail.fields:
        value = getattr(detail.load(ticket), name)
    else:
        value = getattr(ticket, name, "")
    if isinstance(value, datetime):
        return _local(value)
    if isinstance(value, date):
        return value.isoformat()
    slug = getattr(value, "slug", None)
    return str(slug if slug is not None else "" if value is None else value)


def _local(at: datetime | None) -> str:
    """An instant as `datetime-local` shows it, in the reader's zone."""
    return "" if at is None else timezone.localtime(at).strftime("%Y-%m-%dT%H:%M")


def _window(ticket: Ticket) -> tuple[str, str]:
    detail = details.of(ticket.type)
    row = detail.load(ticket) if detail else None
    return _local(getattr(row, "window_start", None)), _local(
        getattr(row, "window_end", None)
    )


def _questions(ticket: Ticket) -> list[FormField]:
    """The questions about risk that its process asks, with what was answered."""
    rules, detail = definition_of(ticket).risk, details.of(ticket.type)
    given = getattr(detail.load(ticket), "answers", {}) if detail else {}
    return [
        FormField(
            f"answers.{slug}",
            phrase(one.label),
            "select",
            given.get(slug, ""),
            [(answer.slug, phrase(answer.label)) for answer in one.answers.values()],
            help=phrase(one.help),
        )
        for slug, one in (rules.questions.items() if rules else ())
    ]


def _custom(ticket: Ticket, name: str) -> FormField:
    slug = name.removeprefix("fields.")
    own = definition_of(ticket).fields[slug]
    kinds = {"number": "number", "date": "date", "choice": "select"}
    options = [(c, phrase(c)) for c in own.choices]
    if own.type == "boolean":
        options = [("true", _("Yes")), ("false", _("No"))]
    value = ticket.extra.get(slug)
    shown = str(value).lower() if isinstance(value, bool) else str(value or "")
    kind = "select" if own.type == "boolean" else kinds.get(own.type, "text")
    return FormField(name, phrase(own.label) or slug, kind, shown, options)


def _levels() -> Options:
    return [(level.value, str(level.label)) for level in Level]


def _reason(ticket: Ticket, verb: str) -> FormField:
    if verb != "wait":
        return FormField(
            "reason",
            _("Why"),
            value=ticket.priority_reason,
            help=_("Only where the priority is not what impact and urgency give."),
        )
    rules = definition_of(ticket).transitions.get(verb, ())
    states = definition_of(ticket).states
    reasons = next((states[r.to].reasons for r in rules if states[r.to].reasons), {})
    options = [(slug, phrase(reason.name)) for slug, reason in reasons.items()]
    return FormField("reason", _("What it waits for"), "select", "", options)


def _comment(ticket: Ticket, verb: str) -> FormField:
    words = {
        "promise": (_("A word with it"), _("Public: the requester reads it at once.")),
        "wait": (_("Your question"), _("The requester reads it where they are asked.")),
        "assign": (_("A word to whoever gets it"), _("Internal.")),
        "ask": (_("Why you would take it"), _("An internal note.")),
        "decline": (_("Why not"), _("An internal note; its owner is told.")),
        "keep": (_("Why you keep it"), _("An internal note; who asked is told.")),
        "cancel": (_("Why it will not be done"), _("The requester reads this.")),
        "reopen": (_("What still fails"), ""),
        "reject": (_("Why not"), _("The requester reads this.")),
    }
    said, help_ = words.get(
        verb, (_("A word about it"), _("The requester reads this."))
    )
    return FormField("comment", said, "textarea", help=help_)


def _until(ticket: Ticket, verb: str) -> FormField:
    if verb == "promise":
        first = promising.offers(timezone.now())[0]
        words, help_ = _("They hear from us by"), _("The requester reads this time.")
        return FormField("until", words, "datetime-local", _local(first), help=help_)
    help_ = _("Then it comes back into the order of work by itself.")
    value = _local(ticket.wake_at)
    return FormField("until", _("Wake it at"), "datetime-local", value, help=help_)


def _select(name: str, words: str, options: Options, value: str) -> FormField:
    return FormField(name, words, "select", value, options)


def _rows(model: Any) -> Options:
    rows = model.objects.filter(is_active=True).order_by("name")
    return list(rows.values_list("slug", "name")[:2000])


def _categories(service: Service | None) -> Options:
    """The categories for a service: its own and those that name no service."""
    rows = Category.objects.filter(is_active=True).order_by("name")
    if service is not None:
        rows = rows.filter(services=None) | rows.filter(services=service)
    return list(rows.distinct().values_list("slug", "name"))


def _priority(ticket: Ticket, verb: str) -> FormField:
    matrix = engine.priority(definition_of(ticket), ticket.impact, ticket.urgency)
    options = [(f"P{n}", f"P{n}") for n in range(1, 6)]
    return FormField(
        "priority",
        _("Priority"),
        "select",
        f"P{ticket.priority}" if ticket.priority_reason else "",
        options,
        help=_("Impact and urgency give P%(n)s. Another one needs a reason.")
        % {"n": matrix},
    )


def _choices(ticket: Ticket, name: str) -> Options:
    detail = details.of(ticket.type)
    column = detail.model._meta.get_field(name) if detail else None
    return [(v, str(w)) for v, w in (column.choices or ()) if v] if column else []


def _kind(ticket: Ticket, verb: str) -> FormField:
    """Of a link, or what its practice offers as kinds of it."""
    if verb == "edit":
        offered = _offered(ticket, "kind")
        return _select("kind", _("Kind"), offered, _held(ticket, "kind"))
    return _select("kind", _("How they belong"), _link_kinds(), "related")


def _offered(ticket: Ticket, name: str) -> Options:
    detail = details.of(ticket.type)
    offer = detail.options.get(name) if detail else None
    return list(offer()) if offer else []


def _person(name: str, words: str, value: str = "", help_: str = "") -> FormField:
    return FormField(name, words, "email", value, help=help_, find_people=True)


def _link_kinds() -> Options:
    return [(PARENT, _("Below")), *((k.value, str(k.label)) for k in LinkKind)]


MAKERS: Mapping[str, Any] = {
    "reason": _reason,
    "comment": _comment,
    "service": lambda t, v: _select(
        "service", _("Service"), _rows(Service), t.service.slug if t.service else ""
    ),
    "category": lambda t, v: _select(
        "category",
        _("Category"),
        _categories(t.service),
        t.category.slug if t.category else "",
    ),
    "team": lambda t, v: _select(
        "team", _("Team"), _rows(Team), t.team.slug if t.team else ""
    ),
    "impact": lambda t, v: _select("impact", _("Impact"), _levels(), t.impact),
    "urgency": lambda t, v: _select("urgency", _("Urgency"), _levels(), t.urgency),
    "priority": _priority,
    "size": lambda t, v: _select(
        "size",
        _("Size of the job"),
        [(str(s), str(s)) for s in Size.values],
        str(t.size),
    ),
    "affected": lambda t, v: FormField(
        "affected", _("People affected"), "number", str(t.affected)
    ),
    "owner": lambda t, v: _person(
        "owner",
        _("Owner"),
        t.owner.email if t.owner else "",
        _("By e-mail. Somebody else's ticket is offered; it stays theirs until taken."),
    ),
    "person": lambda t, v: _person("person", _("Who"), "", _("By e-mail.")),
    "until": _until,
    "resolution": lambda t, v: FormField(
        "resolution",
        _("What solved it"),
        "textarea",
        help=_("The requester reads this."),
    ),
    "resolution_code": lambda t, v: FormField(
        "resolution_code", _("Code"), "text", suggestions=CODES
    ),
    "body": lambda t, v: FormField("body", _("Message"), "textarea"),
    "public": lambda t, v: FormField(
        "public", _("The requester may read it"), "checkbox", ""
    ),
    "title": lambda t, v: FormField(
        "title", _("Title"), "text", t.title, required=True
    ),
    "number": lambda t, v: FormField(
        "number", _("The other ticket"), help=_("Its number, such as INC-1042.")
    ),
    "why": lambda t, v: FormField(
        "why", _("Why it has to go"), help=_("The log keeps this, and your name.")
    ),
    "restricted": lambda t, v: FormField(
        "restricted",
        _("Only for the people on it"),
        "checkbox",
        "on" if not t.restricted else "",
    ),
    "event": lambda t, v: FormField("event", _("Event"), "hidden"),
    "comment_id": lambda t, v: FormField("comment_id", _("Message"), "hidden"),
    "attachment": lambda t, v: FormField("attachment", _("File"), "hidden"),
    "field": lambda t, v: FormField("field", _("Text"), "hidden"),
    "kind": _kind,
    "result": lambda t, v: _select(
        "result", _("How it went"), _choices(t, "result"), _held(t, "result")
    ),
    "review_date": lambda t, v: FormField(
        "review_date", _("Looked at again on"), "date", _held(t, "review_date")
    ),
    "workaround": lambda t, v: FormField(
        "workaround",
        _("Workaround"),
        "textarea",
        _held(t, "workaround"),
        help=_("Write “none” where there is none."),
    ),
}
