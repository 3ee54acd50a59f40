"""The collections of tickets: lists, items, creating, editing, verbs.

Each view makes one domain call: `open_ticket` or `doors.perform`.
"""

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from core.api import answers, filters, pages
from core.api.schema import TEXT, Doc, Schema, array, component, obj
from core.api.views import ApiView
from core.errors import Forbidden, Moved, Refused, Stale
from itsm.tickets import actions, details
from itsm.tickets.actions.common import etag
from itsm.tickets.actions.planning import Scene, plan_move
from itsm.tickets.api import fields, lists, shapes
from itsm.tickets.cleaning import clean
from itsm.tickets.doors import perform, right_to
from itsm.tickets.models import Ticket
from itsm.tickets.policy import require_on
from itsm.tickets.queries import get_ticket
from itsm.tickets.reckoning import definition_of
from itsm.tickets.together import saves
from itsm.tickets.verbs import SPECS, verbs_for
from people.models import User
from people.policy import Scope, require
from processes.definition import Definition
from processes.queries import definition_for

FIRST_EXTRA = "extra"
VERBS_ANSWER = component(
    "Verbs",
    obj({"verbs": array(obj({"name": TEXT, "label": TEXT, "requires": array(TEXT)}))}),
)


class TicketView(ApiView):
    """One ticket of a collection, found by its number as far as it is visible."""

    type: str | None = None  # None: any practice
    subject: Ticket

    def find(self, number: str = "", **kwargs: Any) -> Ticket | None:
        """The ticket, or Http404; Moved where it has another number now."""
        ticket = get_ticket(self.user, number, type_=self.type)
        if ticket.number != number.upper():
            raise Moved(self._elsewhere(ticket, number))
        return ticket

    def _elsewhere(self, ticket: Ticket, number: str) -> str:
        """The same address of the ticket as it is called now."""
        path = self.plain.get_full_path()
        collection = f"{ticket.type}s" if self.type else self.collection
        head, _number, rest = path.partition(f"/{number}/")
        return f"{head.rpartition('/')[0]}/{collection}/{ticket.number}/{rest}"

    def copied(self) -> Ticket:
        """Answers hold this ticket's texts."""
        return self.subject

    def told(self, ticket: Ticket, status: int = 200) -> HttpResponse:
        """The ticket as an answer."""
        return tell(self.plain, ticket, self.user, status=status)


def tell(
    request: HttpRequest, ticket: Ticket, user: User, *, status: int = 200
) -> HttpResponse:
    """A ticket with its ETag; 201 with its address."""
    headers = {}
    if status == 201:
        headers["Location"] = request.build_absolute_uri(shapes.address(ticket))
    told = shapes.of_ticket(ticket, user)
    return answers.item(
        request, told, etag=etag(ticket), status=status, headers=headers
    )


class TicketsView(ApiView):
    """The list of a collection, and opening a ticket in it."""

    type: str | None = None
    filters = lists.FILTERS

    def get(self, request: Any, **kwargs: Any) -> HttpResponse:
        """One page: a query for the rows, one for parents where there are any."""
        rows: QuerySet[Any] = Ticket.objects.visible_to(self.user)
        if self.type is not None:
            rows = rows.filter(type=self.type)
        rows = filters.apply(self.plain, rows, self.filters, self.user)
        rows = lists.by_custom_fields(rows, self.plain.GET)
        rows = rows.values_list("pk", *shapes.COLUMNS.values(), named=True)
        build = shapes.of_rows(self.user)
        return answers.answer(pages.paginate(self.plain, rows, lists.ORDER, build))

    def check_query(self) -> None:
        """Custom fields are filters too."""
        from core.api import bodies

        doc = self.docs.get("get" if self.request.method == "HEAD" else "")
        doc = doc or self.docs.get((self.request.method or "").lower())
        known = [param.name for param in doc.query] if doc else []
        is_list = self.request.method in {"GET", "HEAD"}
        bodies.check_query(self.plain, [*known, lists.FAMILY] if is_list else known)


class OpeningView(TicketsView):
    """A practice's collection: tickets are opened here."""

    type: str = ""
    opened: Ticket | None = None

    def check_allowed(self) -> None:
        """Changes and problems are opened by the people who work here."""
        if self.request.method != "POST":
            return
        require(self.user, "ticket.open", frozenset({Scope.OWN}))
        if self.type in {"change", "problem"} and not self.user.is_staff:
            raise Forbidden(
                _("Changes and problems are opened by the people who work here.")
            )

    def post(self, request: Any, **kwargs: Any) -> HttpResponse:
        """Open a ticket."""
        return self.once(self._open, again=self._again)

    def _open(self) -> HttpResponse:
        given = read_new(self.fields(), self.user, self.type)
        self.opened = self.open(given)
        return tell(self.plain, self.opened, self.user, status=201)

    def _again(self, pk: int) -> HttpResponse:
        ticket = Ticket.objects.filter(pk=pk, type=self.type).only("number").first()
        if ticket is None:
            raise Http404
        found = get_ticket(self.user, ticket.number)
        return tell(self.plain, found, self.user, status=201)

    def open(self, given: dict[str, Any]) -> Ticket:
        """The domain call."""
        return actions.open_ticket(
            type=self.type, by=self.user, at=self.at, **as_arguments(given, self.type)
        )

    def copied(self) -> Ticket | None:
        """The new ticket, if it came to that."""
        return self.opened


def read_new(raw: Mapping[str, Any], by: User, type_: str) -> dict[str, Any]:
    """The fields of a new ticket. Raises Invalid with all that is wrong."""
    detail = details.of(type_)
    own = detail.fields if detail else ()
    known = fields.CREATE_STAFF if by.is_staff else fields.CREATE_ANYBODY
    return clean(
        raw,
        by=by,
        optional=(*known, *own),
        definition=_first_definition(raw, type_),
        type_=type_,
    )


def _first_definition(raw: Mapping[str, Any], type_: str) -> Definition | None:
    """The rules a new ticket starts on; only looked up for custom fields."""
    if FIRST_EXTRA not in raw:
        return None
    return definition_for(type_, ticket_key="")[1]


def as_arguments(given: dict[str, Any], type_: str) -> dict[str, Any]:
    """Fields as `open_ticket` takes them: the practice's own apart, None left out."""
    detail = details.of(type_)
    own = set(detail.fields) if detail else set()
    found = {k: v for k, v in given.items() if v is not None and k not in own}
    if "reason" in found:
        found["priority_reason"] = found.pop("reason")
    found.setdefault("title", "")
    found["detail"] = {k: v for k, v in given.items() if v is not None and k in own}
    return found


class TicketItemView(TicketView):
    """One ticket."""

    def get(self, request: Any, **kwargs: Any) -> HttpResponse:
        """The ticket."""
        return self.told(self.subject)


class EditableTicketView(TicketItemView):
    """One ticket of a practice: texts and fields can be edited."""

    def patch(self, request: Any, **kwargs: Any) -> HttpResponse:
        """Change what is given."""
        return do(self, "edit")


class VerbView(TicketView):
    """`POST …/<verb>/`: one verb that many tickets have."""

    verb = ""

    def post(self, request: Any, **kwargs: Any) -> HttpResponse:
        """Do it."""
        return self.once(lambda: do(self, self.verb), again=self._again)

    def _again(self, pk: int) -> HttpResponse:
        return self.told(self.subject)


class OwnVerbView(VerbView):
    """`POST …/verbs/<name>/`: a verb that the ticket's own process has."""

    def find(self, number: str = "", name: str = "", **kwargs: Any) -> Ticket | None:
        """The ticket, if its process knows the verb at all."""
        ticket = super().find(number)
        self.verb = name
        if ticket is not None and name not in SPECS:
            rules = definition_of(ticket).rules
            if name not in {rule.verb for rule in rules}:
                raise Http404(
                    _("The process of %(number)s has no verb “%(verb)s”.")
                    % {"number": ticket.number, "verb": name}
                )
        return ticket


class VerbsView(TicketView):
    """`GET …/verbs/`: what this caller may do now."""

    def get(self, request: Any, **kwargs: Any) -> HttpResponse:
        """The verbs, in the order in which pages show them."""
        verbs = [
            {"name": v.name, "label": str(v.label), "requires": list(v.requires)}
            for v in verbs_for(self.subject, self.user, at=self.at, ways_back=True)
        ]
        return answers.answer({"verbs": verbs})


def do(view: TicketView, verb: str) -> HttpResponse:
    """Perform a verb with what was sent; 403 goes before 400."""
    try:
        raw = view.fields()
        versions = expected_versions(view)
    except Refused:
        _refuse_first(view, verb)
        raise
    try:
        view.subject = perform(
            view.subject, verb, raw, by=view.user, at=view.at, version=versions
        )
    except Stale as stale:
        newer = get_ticket(view.user, view.subject.number)
        now = shapes.of_ticket(newer, view.user)
        stale.versions = saves.versions(newer, raw, now)
        raise
    return view.told(view.subject)


def expected_versions(view: TicketView) -> int | None:
    """The version that `If-Match` names; one that never was where it is not ours."""
    tags = answers.expected_etags(view.plain)
    if tags is None:
        return None
    prefix = f'"{view.subject.number}.'
    numbers = [tag[len(prefix) : -1] for tag in tags if tag.startswith(prefix)]
    current = view.subject.version
    return current if str(current) in numbers else -1


def _refuse_first(view: TicketView, verb: str) -> None:
    """Raise Forbidden where the verb is not theirs, whatever was sent."""
    ticket, by = view.subject, view.user
    require_on(by, right_to(verb), ticket)
    if verb not in SPECS and verb != "edit":
        try:
            plan_move(Scene.of(ticket, by=by, at=view.at), verb)
        except Forbidden:
            raise
        except Refused:
            return


def list_docs(name: str, filters_: tuple[filters.Filter, ...]) -> Doc:
    """How a list is described."""
    return Doc(f"List {name}", shapes.TICKET_PAGE, query=lists.params(filters_))


def item_doc(answer: Schema) -> Doc:
    """How an item is described."""
    return Doc("One of them", answer, has_etag=True)


VERBS_DOC = Doc("What you may do now", VERBS_ANSWER)
# Read among all of them, a ticket has its practice's own fields besides.
ANY_TICKET = component(
    "AnyTicket", {**obj(shapes.TICKET), "additionalProperties": True}
)
__all__ = [
    "ANY_TICKET",
    "VERBS_DOC",
    "EditableTicketView",
    "OpeningView",
    "OwnVerbView",
    "TicketItemView",
    "TicketsView",
    "VerbView",
    "VerbsView",
    "do",
    "item_doc",
    "list_docs",
    "tell",
]
