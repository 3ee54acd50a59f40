"""Every address of the product and its rule: who may ask for what.

The addresses come from the URL map and the OpenAPI schema; one without a rule fails
the suite. A rule is short on purpose: it is read by people.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import URLPattern, URLResolver, get_resolver

from core.api.schema import Generator

PUBLIC = "public"  # anybody, signed in or not
SIGNED_IN = "signed in"
STAFF = "staff"
ADMINISTRATOR = "administrator"
TICKET = "ticket"  # who sees the ticket
PORTAL_TICKET = "portal ticket"  # who requested it or is copied on
SETTINGS = "settings"  # staff read, administrators write
PROCESS = "process"  # staff read, its owner and administrators write
OWN = "own"  # anybody, for what is theirs
OWN_OF_STAFF = "own, of staff"  # theirs, for those who work here
LED = "led"  # staff read, whoever answers for it writes: an authority, an owner
BACKLOG = "backlog"  # staff read, its owner and team write; others what is published
TABLE = "table"  # ServiceNow's: who sees the record; what they send decides the rest
ARTICLE = "article"  # staff write drafts; the rest has tests of its own
MACHINE = "machine"  # this machine or an administrator

PAGES: dict[str, str] = {  # by the route's beginning; the longest that fits
    "accounts/": PUBLIC,
    "accounts/2fa/": SIGNED_IN,
    "accounts/2fa/authenticate/": PUBLIC,  # whoever gave a password just now
    "accounts/2fa/webauthn/login/": PUBLIC,
    "admin/": ADMINISTRATOR,
    "health/": PUBLIC,
    "metrics": MACHINE,
    "first-run/": PUBLIC,
    "": SIGNED_IN,
    "people/": STAFF,
    "queue/": STAFF,
    "queue/bulk/": STAFF,
    "exports/": STAFF,
    "queue/why/<": TICKET,
    "queue/reply/<": TICKET,
    "queue/take/<": TICKET,
    "incidents/": STAFF,
    "requests/": STAFF,
    "changes/": STAFF,
    "problems/": STAFF,
    "incidents/<": TICKET,
    "requests/<": TICKET,
    "changes/<": TICKET,
    "changes/calendar/<": PUBLIC,  # whoever has the secret address
    "problems/<": TICKET,
    "approvals/": SIGNED_IN,  # each their own
    "here/<": TICKET,
    "merged/<": TICKET,
    "handovers/": SIGNED_IN,  # each their own
    "new/": SIGNED_IN,
    "files/": TICKET,
    "drafts/": SIGNED_IN,  # one's own
    "uploads/": SIGNED_IN,
    "mentions/": SIGNED_IN,
    "search/": SIGNED_IN,
    "knowledge/": STAFF,
    "knowledge/<": ARTICLE,
    "knowledge/beside/<": TICKET,
    "knowledge/beside/<slug:number>/<": ARTICLE,
    "feedback/": STAFF,
    "promises/": STAFF,
    "alerts/": STAFF,
    "maintenance/": STAFF,
    "services/": STAFF,
    "palette/": SIGNED_IN,
    "similar/<": TICKET,
    "tasks/": STAFF,
    "requests/flow/": STAFF,
    "requests/flow/behind/": STAFF,
    "bundles/": STAFF,
    "entitlements/": SIGNED_IN,  # one's own; more for who works here
    "portal/": SIGNED_IN,
    "portal/<": PORTAL_TICKET,
    "portal/feedback/<": PUBLIC,  # whoever has the signed link
    "account/": SIGNED_IN,
    "pages/<": PUBLIC,  # whoever has the signed link
    "wake/<": TICKET,
    "duty/<": PUBLIC,  # whoever has the secret address
    "settings/rotas/<slug:slug>/link/": SIGNED_IN,  # one's own, of who sees the rota
    "notifications/": SIGNED_IN,  # one's own
    "settings/": SETTINGS,
    "settings/texts/": ADMINISTRATOR,
    "settings/look/": SIGNED_IN,
    "settings/charges/": ADMINISTRATOR,
    "settings/tokens/": SIGNED_IN,
    "settings/service-accounts/<int:pk>/tokens/": ADMINISTRATOR,
    "settings/routes/": ADMINISTRATOR,
    "settings/delivery/": ADMINISTRATOR,
    "settings/sources/new/": ADMINISTRATOR,
    "settings/sources/<slug:slug>/connect/": ADMINISTRATOR,
    "settings/sources/<slug:slug>/heard/": ADMINISTRATOR,
    "settings/sources/<slug:slug>/reading/": ADMINISTRATOR,
    "settings/sources/<slug:slug>/receptions/": ADMINISTRATOR,
    "settings/webhooks/": ADMINISTRATOR,
    "backlog/": BACKLOG,
    "backlog/portfolio/": STAFF,
    "sprints/": BACKLOG,
    "increments/": BACKLOG,
    "processes/": PROCESS,
    "processes/<slug:slug>/versions/$": PUBLIC,  # moves on to the process's page
    "api/schema/": PUBLIC,
    "api/docs/": PUBLIC,
    "v2/": PUBLIC,  # whoever has a source's key
    "api/events/": PUBLIC,  # whoever has a source's key
    "api/": PUBLIC,  # whatever is left there: a problem that says so
}
NO_PREFIX = {""}  # fits only itself
API: dict[str, str] = {
    "now/": TABLE,
    "incidents/": SIGNED_IN,
    "requests/": SIGNED_IN,
    "changes/": SIGNED_IN,
    "problems/": SIGNED_IN,
    "tickets/": SIGNED_IN,
    "changes/calendar/": STAFF,
    "changes/free/": STAFF,
    "changes/measures/": STAFF,
    "changes/gate/": OWN_OF_STAFF,
    "incidents/{": TICKET,
    "requests/{": TICKET,
    "changes/{": TICKET,
    "problems/{": TICKET,
    "tickets/{": TICKET,
    "tickets/{number}/tags/": STAFF,
    "tickets/bulk/": OWN,
    "approvals/": OWN,
    "authorities/": SIGNED_IN,
    "authorities/{": STAFF,
    "delegations/": OWN,
    "change-kinds/": LED,
    "change-proposals/": LED,
    "freezes/": LED,
    "bulk/{": OWN,
    "me/": OWN,
    "me/presence/": OWN_OF_STAFF,
    "notifications/": OWN,
    "notification-texts/": ADMINISTRATOR,
    "roster/": ADMINISTRATOR,
    "routes/": ADMINISTRATOR,
    "webhooks/": ADMINISTRATOR,
    "messages/": ADMINISTRATOR,
    "users/{key}/release/": ADMINISTRATOR,
    "views/": OWN_OF_STAFF,
    "mentions/": OWN_OF_STAFF,
    "handovers/": OWN_OF_STAFF,
    "outages/": OWN,
    "tags/": SIGNED_IN,
    "tags/{": STAFF,
    "articles/": ARTICLE,
    "articles/{": ARTICLE,
    "feedback/": OWN,
    "promises/": STAFF,
    "agreements/": SIGNED_IN,
    "agreements/{": STAFF,
    "agreements/{key}/try/": OWN_OF_STAFF,
    "sources/": SIGNED_IN,
    "sources/{": STAFF,
    "sources/{key}/receptions/{": ADMINISTRATOR,
    "alerts/": SIGNED_IN,
    "alerts/{": STAFF,
    "alert-rules/": SIGNED_IN,
    "alert-rules/{": OWN_OF_STAFF,
    "maintenance/": OWN_OF_STAFF,
    "maintenance/{": OWN_OF_STAFF,
    "deployments/": OWN_OF_STAFF,
    "deployments/{": STAFF,
    "reply-templates/": OWN_OF_STAFF,
    "feedback/{": OWN_OF_STAFF,
    "events/": SIGNED_IN,
    "exports/": OWN_OF_STAFF,
    "services/": SIGNED_IN,
    "offerings/": SIGNED_IN,
    "offerings/{key}/": SIGNED_IN,
    "offerings/{key}/forms/": LED,
    "offerings/{key}/picture/": LED,
    "offerings/{key}/prices/": LED,
    "offerings/{slug}/fulfilment/": STAFF,
    "requests/flow/": STAFF,
    "bundles/": OWN_OF_STAFF,
    "tasks/": SIGNED_IN,
    "tasks/{": STAFF,
    "tasks/{token}/answer/": PUBLIC,  # whoever was called, with its token
    "entitlements/": SIGNED_IN,
    "entitlements/{": LED,
    "profiles/": SIGNED_IN,
    "profiles/{": STAFF,
    "courses/": SIGNED_IN,
    "courses/{": LED,
    "trainings/": LED,
    "shelves/": SIGNED_IN,
    "recurring/": OWN,
    "charges/": SIGNED_IN,  # nobody else's list holds any
    "charges/{": ADMINISTRATOR,
    "categories/": SIGNED_IN,
    "organisations/": SIGNED_IN,
    "users/": SIGNED_IN,
    "service-accounts/": SIGNED_IN,
    "service-accounts/{": STAFF,
    "service-accounts/{key}/tokens/": ADMINISTRATOR,
    "rotas/": SIGNED_IN,
    "rotas/{": STAFF,
    "rotas/{slug}/swaps/": OWN_OF_STAFF,  # a turn of one's own
    "absences/": OWN_OF_STAFF,
    "absences/{": OWN_OF_STAFF,
    "rotas/{slug}/overrides/{": OWN_OF_STAFF,
    "teams/": SIGNED_IN,
    "teams/{": STAFF,
    "calendars/": SIGNED_IN,
    "calendars/{": STAFF,
    "processes/": SIGNED_IN,
    "processes/{": STAFF,
    "portfolio/": STAFF,
    "stories/": BACKLOG,
    "ideas/": BACKLOG,
    "sprints/": BACKLOG,
    "impediments/": BACKLOG,
    "increments/": BACKLOG,
    "activities/": BACKLOG,
    "refinements/": BACKLOG,
}
# Verbs that a requester may use on their own ticket in some state of some process.
REQUESTERS = frozenset(
    {"comment", "copy", "attach", "resume", "reopen", "close", "cancel", "submit"}
)
# Verbs that a member of staff needs more for than seeing the ticket.
LEADS = frozenset({"restrict", "redact"})
# For who made an offer or owns what is offered; for who may tell requesters.
OFFERED = frozenset({"withdraw", "announce"})
# Reads of a ticket that are not for those who asked for it.
INSIDE = frozenset({"collisions"})
# Verbs that the processes give to others than agents.
NAMED = frozenset({"approve", "reject", "accept_risk"})


@dataclass(frozen=True)
class Route:
    """One address: its pattern, its method, its rule."""

    pattern: str
    method: str
    rule: str | None
    is_api: bool = False

    @property
    def verb(self) -> str:
        """The verb in the address; empty where there is none."""
        found = re.search(r"\{number\}/(\w+)/$", self.pattern)
        name = found[1] if found else ""
        if name == "attachments":
            return "attach"
        return "" if name in {"verbs", "events", "comments"} else name


def all_routes() -> Iterator[Route]:
    """Every page with GET and POST, every operation of the schema."""
    for pattern in _patterns(get_resolver(), ""):
        if not pattern.startswith("api/v1/"):
            for method in ("get", "post"):
                yield Route(pattern, method, _rule(pattern, PAGES))
    for path, operations in Generator().get_schema(None, True)["paths"].items():
        pattern = path.removeprefix("/api/v1/").removeprefix("/api/")
        for method in operations:
            yield Route(pattern, method, _rule(pattern, API), is_api=True)


def undocumented() -> set[str]:
    """Addresses under /api/v1/ that the schema does not know."""
    known = set(Generator().get_schema(None, True)["paths"])
    return {
        pattern
        for pattern in _patterns(get_resolver(), "")
        if pattern.startswith("api/v1/")
        and "/" + re.sub(r"<\w+:(\w+)>", r"{\1}", pattern) not in known
    }


def _patterns(resolver: URLResolver, base: str) -> Iterator[str]:
    for one in resolver.url_patterns:
        pattern = base + str(one.pattern).lstrip("^")
        if isinstance(one, URLPattern):
            yield re.sub(r"\(\?P<(\w+)>[^)]*\)", r"<re:\1>", pattern).rstrip("$")
        elif pattern == "admin/":
            yield pattern  # Django's own: its index stands for all of it
        else:
            yield from _patterns(one, pattern)


def _rule(pattern: str, rules: dict[str, str]) -> str | None:
    fitting = [
        start
        for start in rules
        if f"{pattern}$" == f"{start.rstrip('$')}$"
        or (start not in NO_PREFIX and pattern.startswith(start))
    ]
    return rules[max(fitting, key=len)] if fitting else None
