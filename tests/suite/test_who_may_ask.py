"""Every address x every role x own, other organisation's and restricted tickets.

Nobody reads or changes what `visible_to` would not give. Titles are secrets here: one
that shows up in an answer to somebody who cannot see its ticket is a leak, whichever
address it came through.
"""

import json
import re
from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from core.models import Event
from itsm.knowledge import actions as articles
from itsm.knowledge.models import Article
from itsm.table import ids
from itsm.table.tables import TABLES, Table
from itsm.tickets import actions
from itsm.tickets.models import Attachment, Ticket
from itsm.tickets.tags.actions import create_tag
from people.calendars.actions import create_calendar
from processes import definition, shipping
from tests.factories import a_machine, a_ticket, a_token, attached
from tests.itsm.monitoring.events import a_source
from tests.itsm.sla.agreeing import an_agreement
from tests.people.rotas.rotas import a_rota
from tests.suite import routes
from tests.suite.control import SEEN_BY, Control, control
from tests.suite.improving import Improving, improving, is_of_readers, key_in
from tests.suite.improving import secrets as improving_secrets
from tests.suite.routes import Route

pytestmark = pytest.mark.django_db
ROLES = ("anonymous", "inactive", "carol", "mallory", "bob", "frank", "grace")
KINDS = ("own", "other", "restricted")
SEES = {  # the table that visible_to is held to
    "anonymous": set(),
    "inactive": set(),
    "carol": {"own"},
    "mallory": {"other"},
    "bob": {"own", "other"},
    "frank": {"own", "other"},
    "grace": {"own", "other", "restricted"},
}
EVERYBODY = frozenset(ROLES)
REQUESTERS = {"carol", "mallory"}
OUT = {"anonymous", "inactive"}
TYPES = ("incident", "request", "change", "problem")
COUNTING = ("/due/", "/between/")  # asked with POST, and nothing is changed
NO = {"refused", "hidden", "portal"}
PROCESS_FORMS = ("new/", "edit/", "verb", "migr", "describe/", "stream/", "part>")
MOVES = {"start", "wait", "resume", "resolve", "reopen", "close", "cancel"}
KNOWN = {
    (slug, rule.verb)
    for slug, text in shipping.texts().items()
    for rule in definition.load(text).rules
}


@dataclass
class World:
    """Twelve tickets, each with a title nobody else has, and a file."""

    tickets: dict[tuple[str, str], Ticket] = field(default_factory=dict)
    files: dict[int, Attachment] = field(default_factory=dict)
    article: Article | None = None  # a draft of Bob's
    control: Control | None = None
    improving: Improving | None = None

    def secrets(self, role: str) -> list[str]:
        """The titles this role must never read."""
        return [
            ticket.title
            for (_type, kind), ticket in self.tickets.items()
            if kind not in SEES[role]
        ] + [
            *([self.article.title] if role in REQUESTERS else []),
            *improving_secrets(role),
        ]


@lru_cache(maxsize=1)
def everything() -> tuple[Route, ...]:
    return tuple(routes.all_routes())


@pytest.fixture
def world(cast) -> World:
    made, at = World(), timezone.now() - timedelta(minutes=10)
    for type_ in TYPES:
        for kind in KINDS:
            by = {"own": cast.carol, "other": cast.mallory}.get(kind, cast.erin)
            opener = by if type_ in {"incident", "request"} else cast.erin
            ticket = a_ticket(
                cast, type_, by=opener, at=at, title=f"Zq{kind}{type_}xk", requester=by
            )
            if kind == "restricted":
                actions.restrict(ticket=ticket, by=cast.grace, at=at)
            made.tickets[type_, kind] = Ticket.objects.get(pk=ticket.pk)
            made.files[ticket.pk] = attached(ticket, by=by)
    restricted = made.tickets["change", "restricted"]
    made.control = control(cast, hidden=restricted, at=at)
    made.improving = improving(cast, at=at)
    made.article = articles.write(by=cast.bob, at=at, title="Zqdraftarticlexk")
    create_tag(by=cast.grace, at=at, name="Rollout")
    an_agreement(organisation=cast.organisations["acme"])
    a_rota(cast)
    a_source()
    a_machine(cast)
    hours = {"mon": [["09:00", "17:00"]]}
    create_calendar(by=cast.grace, at=at, name="Office", time_zone="UTC", hours=hours)
    return made


def test_every_address_has_a_rule():
    without = {route.pattern for route in everything() if route.rule is None}
    assert not without, "say in tests/suite/routes.py who may ask for these"


def test_every_address_under_api_v1_is_in_the_schema():
    assert routes.undocumented() == set()


def test_a_new_address_has_none():
    assert routes._rule("surprise/<slug:number>/", routes.PAGES) is None


@pytest.mark.parametrize("role", ROLES)
def test_who_may_ask_for_what(cast, world, role):
    wrong = []
    asker = Asker(cast, world, role)
    for route in everything():
        about = asker.tickets(route)
        for type_, kind in about:
            wrong += asker.ask(route, type_, kind)
    assert not wrong, "\n".join(wrong[:40])


class Asker:
    """Asks as one role, and says what should not have been answered."""

    def __init__(self, cast: Any, world: World, role: str) -> None:
        self.world, self.role = world, role
        self.secrets = [secret.encode() for secret in world.secrets(role)]
        self.browser, self.program = Client(raise_request_exception=False), Client()
        self.program.raise_request_exception = False
        self.headers: dict[str, str] = {}
        self.user = None
        user = None if role == "anonymous" else cast.people.get(role, cast.erin)
        if user is not None:
            self.headers = {"Authorization": f"Bearer {a_token(user)}"}
            self.user = user
            self.browser = self.signed_in_browser()
        if role == "inactive":
            type(user).objects.filter(pk=user.pk).update(is_active=False)

    def signed_in_browser(self) -> Client:
        browser = Client(raise_request_exception=False)
        if self.user is not None:
            browser.force_login(self.user)
        return browser

    def tickets(self, route: Route) -> list[tuple[str, str]]:
        """Which tickets to ask about: those of the collection, of every kind."""
        if route.rule not in {routes.TICKET, routes.PORTAL_TICKET, routes.TABLE}:
            return [("incident", "own")]
        named = route.pattern.split("/")[0].rstrip("s")
        if route.rule == routes.TABLE:
            named = table_of(route).ticket_type
        types = [named] if named in TYPES else ["incident"]
        return [(type_, kind) for type_ in types for kind in KINDS]

    def ask(self, route: Route, type_: str, kind: str) -> list[str]:
        ticket = self.world.tickets[type_, kind]
        path = self.path(route, ticket)
        before = after = None
        with transaction.atomic():
            if route.method != "get":
                before = Event.objects.count()  # whatever changes is in the log
            answer = self.send(route, path)
            if route.method != "get":
                after = Event.objects.count()
            transaction.set_rollback(True)
        found, expected = outcome(answer, path), self.expected(route, type_, kind)
        what = f"{self.role}: {route.method} {path} ({kind}): {answer.status_code}"
        wrong = []
        if found not in {*expected, "no such method"}:
            wrong.append(f"{what} is {found}, expected {sorted(expected)}")
        if before != after and (found != "answered" or self.only_reads(route)):
            wrong.append(f"{what} was refused and still changed something")
        if any(secret in body(answer) for secret in self.secrets):
            wrong.append(f"{what} tells of a ticket that {self.role} cannot see")
        return wrong

    def only_reads(self, route: Route) -> bool:
        """Whether nothing this role sends there may change anything."""
        if route.rule == routes.BACKLOG and self.role != "grace":
            return route.method == "get" or not is_of_readers(route.pattern)
        return route.method == "get" or (
            route.rule == routes.SETTINGS and self.role != "grace"
        )

    def number(self, route: Route, ticket: Ticket) -> str:
        if "processes" in route.pattern:
            return "1"
        if route.rule == routes.BACKLOG:
            return self.world.improving.number
        about_article = route.rule == routes.ARTICLE or "articles/" in route.pattern
        return self.world.article.number if about_article else ticket.number

    def path(self, route: Route, ticket: Ticket) -> str:
        file = self.world.files[ticket.pk]
        words = {
            "number": self.number(route, ticket),
            "verb": "take" if "processes" not in route.pattern else "release",
            "name": "start" if route.is_api else "screen.png",
            "type_": "incident",
            "slug": _slug(route.pattern),
            "key": _key(route.pattern, self.world),
            "pk": _pk(route.pattern, self.world, file),
            "part": "stakeholders",
            "id": _id(route.pattern, self.world, file),
            "item": str(file.pk),
            "rule": "ticket.solved",
            "language": "en",
            "version": "1",
            "to": "1",
            "uidb36": "x",
            "form": "comment",
            "field": "priority",
            "token": "x",
            "sys_id": _sys_id(route, ticket, file),
        }
        path = re.sub(
            r"<\w+:(\w+)>|\{(\w+)\}", lambda m: words[m[1] or m[2]], route.pattern
        )
        path = path.replace("$", "").replace(".*", "nothing/")
        if route.rule == routes.TABLE:
            return f"/api/{path}"
        return f"/api/v1/{path}" if route.is_api else f"/{path}"

    def send(self, route: Route, path: str) -> Any:
        if not route.is_api:
            signs_out = route.pattern.startswith("accounts/")
            browser = self.signed_in_browser() if signs_out else self.browser
            ask = getattr(browser, route.method)
            return ask(path, REMOTE_ADDR="203.0.113.7")
        if route.method == "get":
            return self.program.get(path, headers=self.headers)
        if route.pattern.endswith("attachments/"):
            return self.program.post(path, {}, headers=self.headers)
        return self.program.generic(
            route.method.upper(),
            path,
            json.dumps({}),
            "application/json",
            headers=self.headers,
        )

    def expected(self, route: Route, type_: str, kind: str) -> set[str]:
        rule, role = route.rule, self.role
        if rule == routes.PUBLIC:
            return {"answered", "hidden", "sign in", "refused", "portal"}
        if rule == routes.MACHINE:
            return {"answered"} if role == "grace" else {"refused"}
        if role in OUT:
            return {"sign in"}
        if role not in self.who_sees(route):
            return {"hidden", "refused"} if route.method != "get" else {"hidden"}
        if rule in {routes.TICKET, routes.PORTAL_TICKET}:
            return self.about_ticket(route, type_, kind)
        if rule == routes.TABLE:
            return self.about_record(route, kind)
        if rule == routes.ARTICLE:
            if role not in REQUESTERS:
                return {"answered", "refused", "hidden"}
            return {"answered"} if route == ARTICLES else NO
        if rule == routes.OWN:
            return {"answered", "hidden"}
        if rule == routes.OWN_OF_STAFF:
            reads = role not in REQUESTERS or route.method == "get"
            return {"answered", "hidden"} if reads else {"refused", "hidden"}
        if rule == routes.LED:
            return self.about_led(route)
        changes = route.method != "get" and not route.pattern.endswith(COUNTING)
        if rule == routes.STAFF and route.is_api and changes:
            return {"answered"} if role == "grace" else {"refused", "hidden"}
        if rule == routes.STAFF:
            return NO if role in REQUESTERS else {"answered", "hidden"}
        if rule == routes.ADMINISTRATOR:
            return {"answered", "hidden"} if role == "grace" else {*NO, "sign in"}
        if rule == routes.SETTINGS:
            return NO if role in REQUESTERS else {"answered", *NO}
        if rule == routes.PROCESS:
            return self.about_process(route)
        if rule == routes.BACKLOG:
            return self.about_backlog(route)
        return self.signed_in(route)

    def who_sees(self, route: Route) -> frozenset[str]:
        """Of the one row that the address is about, where not everybody does."""
        collection, _, rest = route.pattern.partition("/")
        is_one = route.is_api and rest and "token" not in rest
        return SEEN_BY.get(collection, EVERYBODY) if is_one else EVERYBODY

    def about_ticket(self, route: Route, type_: str, kind: str) -> set[str]:
        role = self.role
        if kind not in SEES[role]:
            return {"hidden"} if route.is_api else {"hidden", "portal", "refused"}
        if not route.is_api:
            staff_only = role in REQUESTERS or route.rule == routes.PORTAL_TICKET
            return {"answered", *NO} if staff_only else {"answered", "refused"}
        if route.method == "get":
            is_inside = role in REQUESTERS and route.verb in routes.INSIDE
            return {"refused"} if is_inside else {"answered"}
        verb = "edit" if route.method == "patch" else route.verb or "start"
        if role in REQUESTERS:
            if verb in {"comment", "copy", "attach"}:
                return {"answered"}
            if verb in MOVES and (type_, verb) not in KNOWN:
                return {"refused", "answered"}  # with 409: there is no such verb
            # the process says which moves are theirs in which state
            return {"answered", "refused"} if verb in routes.REQUESTERS else {"refused"}
        if verb in routes.LEADS:
            return {"answered"} if role == "grace" else {"refused"}
        if verb in routes.OFFERED | routes.NAMED:
            return {"answered", "refused"}
        return {"answered", "hidden"} if "{name}" in route.pattern else {"answered"}

    def about_record(self, route: Route, kind: str) -> set[str]:
        table = table_of(route)
        if "{" not in route.pattern:
            return {"answered"} if route.method == "get" else {"answered", "refused"}
        if not table.ticket_type and table.kind != ids.FILE:
            return {"answered", "hidden", "refused"}
        if kind not in SEES[self.role]:
            return {"hidden"}
        return {"answered"} if route.method == "get" else {"answered", "refused"}

    def about_process(self, route: Route) -> set[str]:
        if self.role in REQUESTERS:
            return NO
        if route.method == "get" or self.role == "grace":
            return {"answered", "hidden", "refused"}
        # 405 of a page that only shows counts as an answer; what changes is refused
        changes = any(word in route.pattern for word in PROCESS_FORMS)
        return {"refused", "hidden"} if changes else {"answered", "refused", "hidden"}

    def about_backlog(self, route: Route) -> set[str]:
        """Dana's, and nobody here is in her team: they read, and grace writes."""
        role, is_one = self.role, bool({"{", "<"} & {*route.pattern})
        reads = route.method == "get" or is_of_readers(route.pattern)
        if role == "mallory" and is_one and "idea" not in route.pattern:
            return NO
        if role in REQUESTERS:
            return {"answered", *NO} if reads or not route.is_api else NO
        if route.is_api and is_one and not reads and role != "grace":
            return {"refused", "hidden"}  # of which process a new one is, is sent
        return {"answered", "refused", "hidden"}

    def about_led(self, route: Route) -> set[str]:
        reads, role = route.method == "get", self.role
        if role in REQUESTERS and not reads:
            return {"refused", "hidden"}
        is_sure = reads or role == "grace"
        return {"answered", "hidden"} if is_sure else {"answered", "refused", "hidden"}

    def signed_in(self, route: Route) -> set[str]:
        role = self.role
        if not route.is_api:
            return {"answered", *NO}
        if route.method == "post" and route.pattern in {"changes/", "problems/"}:
            return {"refused"} if role in REQUESTERS else {"answered"}
        if route.method in {"post", "patch"} and route.pattern.split("/")[0] not in {
            *(f"{type_}s" for type_ in TYPES),
        }:
            return {"answered"} if role == "grace" else {"refused", "hidden"}
        if role == "mallory" and route.pattern in {
            "users/{key}/",
            "organisations/{key}/",
        }:
            return {"hidden"}
        return {"answered"}


def _slug(pattern: str) -> str:
    if pattern.startswith("settings/teams/"):
        return "desk"
    if pattern.startswith(("settings/rotas/", "rotas/")):
        return "desk-duty"
    if pattern.startswith("settings/sources/"):
        return "prometheus"
    if pattern.startswith("settings/offerings/"):
        return "vpn-access"
    if pattern.startswith("settings/"):
        return "teams"
    if pattern.startswith("offerings/"):
        return "new-laptop"
    return "vpn-access" if pattern.startswith("portal/") else "incident"


def _pk(pattern: str, world: World, file: Attachment) -> str:
    if "<re:part>" in pattern:
        return world.improving.keys["stakeholders"]
    return key_in(pattern, world.improving) or str(file.pk)


def _id(pattern: str, world: World, file: Attachment) -> str:
    if "/prices/" in pattern:
        return str(world.control.price)
    if pattern.startswith("processes/"):
        return key_in(pattern, world.improving)
    return world.control.keys.get(pattern.split("/")[0], str(file.pk))


def _key(pattern: str, world: World) -> str:
    return {
        "articles": world.article.number,
        "services": "vpn",
        "offerings": "new-laptop",
        "service-accounts": "nightly-backup@machines.invalid",
        "teams": "desk",
        "settings": "desk",
        "users": "carol@demo.example",
        "organisations": "acme",
        "processes": "incident",
        "categories": "mail",
        "tags": "rollout",
        "agreements": "acme",
        "rotas": "desk-duty",
        "calendars": "office",
        "sources": "prometheus",
        **world.control.keys,
        **world.improving.keys,
    }.get(pattern.split("/")[0], "x")


def table_of(route: Route) -> Table:
    """The table of an address under /api/now/."""
    return TABLES[route.pattern.split("/")[2]]


def _sys_id(route: Route, ticket: Ticket, file: Attachment) -> str:
    if route.rule != routes.TABLE:
        return "x"
    kind = table_of(route).kind
    pks = {ids.FILE: file.pk, ids.USER: ticket.requester_id}
    return ids.sys_id(kind, pks.get(kind, ticket.pk))


ARTICLES = Route("articles/", "get", routes.ARTICLE, is_api=True)


def outcome(answer: Any, path: str) -> str:
    """What an answer comes down to; within the portal nobody is sent to it."""
    if answer.status_code >= 500:
        return "failed"
    if answer.status_code in {301, 302, 303}:
        to = answer["Location"]
        if "/accounts/login" in to or "/admin/login" in to:
            return "sign in"
        is_sent_away = to.startswith("/portal/") and not path.startswith("/portal/")
        return "portal" if is_sent_away else "answered"
    words = {
        401: "sign in",
        403: "refused",
        404: "hidden",
        405: "no such method",
        410: "hidden",
    }
    return words.get(answer.status_code, "answered")


def body(answer: Any) -> bytes:
    if getattr(answer, "streaming", False):
        return b"".join(answer.streaming_content)
    return bytes(answer.content)
