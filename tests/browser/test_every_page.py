"""axe on every page there is: by day and by night, wide and on a phone.

The pages come from the URL map, so that a new one is covered by itself; an address
that is no page (it only acts, moves on, or answers a fragment) is named with why.
"""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Browser

from backlog.profile.models import Aim, Member, Stakeholder, Statement
from backlog.sprints.models import Sprint
from backlog.stories.models import Story
from itsm.changes.models import Proposal
from itsm.knowledge import actions as articles
from itsm.monitoring.alert_rules.actions import create_rule
from itsm.requests.actions import order
from itsm.requests.models import Task
from itsm.webhooks.actions import create_webhook
from people.rotas.absence_actions import add_absence
from tests import factories
from tests.browser.conftest import NARROW, WIDE, faults
from tests.itsm.monitoring.alerting import a_deployment, a_storm, a_window
from tests.itsm.monitoring.events import a_source
from tests.itsm.requests.steps import an_offering, step
from tests.people.rotas.rotas import a_rota
from tests.suite import routes
from tests.suite.improving import improving

NO_PAGE = {
    "health/": "for machines",
    "metrics": "for machines",
    "v2/": "for machines",
    "api/": "for programs; the schema's viewer is Swagger's own",
    "admin/": "Django's own",
    "files/": "files",
    "queue/rows/": "a fragment",
    "queue/why/": "a fragment",
    "queue/take/": "acts",
    "queue/look/": "acts",
    "queue/views/counts/": "a fragment",
    "people/": "fragments",
    "drafts/": "for scripts",
    "here/": "for scripts",
    "mentions/read/": "acts",
    "notifications/bell/": "a fragment",
    "notifications/read/": "acts",
    "notifications/unread/": "acts",
    "merged/": "needs a merged ticket; has its own test",
    "palette/": "a fragment; looked at with the palette",
    "search/beside/": "a fragment",
    "search/complete/": "a fragment",
    "settings/templates/<": "somebody's own; the form is that of a new one",
    "knowledge/beside/": "a fragment",
    "portal/known/": "acts",
    "portal/feedback/": "needs the signed link of a mail",
    "promises/export/": "a file",
    "alerts/export/": "a file",
    "settings/promises/anew/": "acts",
    "settings/promises/<": "a recomputation's; looked at where one is made",
    "pages/<": "needs the signed link of a page; has its own test",
    "wake/": "acts",
    "first-run/": "only while nobody is there; has its own test",
    "accounts/signup": "closed",
    "accounts/reauthenticate": "has its own test, with the second step",
    "accounts/2fa/": "needs a proof; has its own test",
    "accounts/sign-on/": "leads to the provider and back; has its own test",
    "settings/people/export/": "a file",
    "settings/charges/export/": "a file",
    "changes/measures/export/": "a file",
    "tasks/<int:pk>/do/": "acts",
    "changes/calendar/link/": "acts",
    "settings/offerings/<slug:slug>/picture/": "acts",
    "settings/offerings/<slug:slug>/questions/": "has its own test, with questions",
    "portal/order/<slug:slug>/picture/": "a file",
    "settings/sources/<slug:slug>/heard/": "a fragment",
    "settings/webhooks/<int:pk>/delete/": "acts",
    "account/duty.ics": "a file",
    "duty/<": "a file",
    "settings/rotas/<slug:slug>/rota.ics": "a file",
    "settings/rotas/<slug:slug>/link/": "acts",
    "backlog/new/": "needs what the story is made of",
    "backlog/<slug:slug>/export/": "a file",
    "backlog/<slug:slug>/picked/": "acts",
    "backlog/<slug:slug>/map/place/": "acts",
    "backlog/<slug:slug>/map/activities/<": "acts",
    "backlog/<slug:slug>/map/activities/add/": "acts",
    "backlog/<slug:slug>/map/activities/stream/": "acts",
    "backlog/<slug:slug>/refine/poker/<str:number>/<": "acts",
    "backlog/<slug:slug>/refine/sessions/<int:pk>/<": "acts",
    "backlog/<slug:slug>/refine/sessions/<int:pk>/items/": "acts",
    "backlog/<slug:slug>/stories/<str:number>/do/": "acts",
    "backlog/<slug:slug>/stories/<str:number>/files/": "a file",
    "backlog/stories/<": "leads to a story's page",
    "processes/<re:slug>/<re:part>/": "named by `of_profiles`",
    "sprints/<int:pk>/board/<": "needs a card; has its own test",
    "increments/<int:pk>/add/": "acts",
    "increments/<int:pk>/check/": "acts",
    "increments/<int:pk>/drop/": "acts",
    "increments/<int:pk>/release/": "acts",
    "accounts/password/set": "not offered",
    "accounts/password/reset/key/<": "needs the key of a mail; has its own test",
}
ACTS = re.compile(
    r"(/feedback/$|/solved/|knowledge/.*/do/|/next/|/previous/|/reply/|/close/"
    r"|/standing/|/switch/|/move/|/remove/|/reopen/|/accept/|/cancel/|/copy/|/decide/|/revoke/|/preview/|/uploads/|/names/"
    r"|/second-step/|/unlink/|/end/|/end-others/|/presence/|account/look/|/tour/"
    r"|/(sources|webhooks)/<\w+:\w+>/(test|pause|resume|rotate|former|replay)/"
    r"|/renew/|/invite/|/members/|/tasks/|/migrate/|versions/$|<re:verb>|portal/.*/files/)"
)
PROFILE = {
    "members": Member,
    "stakeholders": Stakeholder,
    "statements": Statement,
    "aims": Aim,
}
PARTS = 4  # of the pages, so that one run of them takes no worker for minutes
DO = ("assign", "triage", "cancel", "link", "redact")
DO_INCIDENT = ("wait", "resolve")


def addresses(cast) -> dict[str, list[str]]:
    """Every page by who looks at it, with values for what its pattern leaves open."""
    incident = factories.taken(cast)
    factories.said(incident, by=cast.bob)
    numbers = {
        "incidents": incident.number,
        "requests": factories.a_request(cast).number,
        "changes": factories.a_change(cast).number,
        "problems": factories.a_problem(cast).number,
        "similar": incident.number,
        "knowledge": an_article(cast),
        "absences": an_absence(cast),
        **what_monitoring_shows(cast),
        **what_control_shows(cast),
        **what_improving_shows(cast),
    }
    a_rota(cast, note="The phone is in the drawer.")
    found: dict[str, list[str]] = {"grace": [], "carol": [], "": []}
    for pattern in sorted({r.pattern for r in routes.all_routes() if not r.is_api}):
        if any(pattern.startswith(start) for start in NO_PAGE) or ACTS.search(pattern):
            continue
        who = "grace"
        if pattern.startswith("portal/"):
            who = "carol"
        elif pattern.startswith("accounts/") and "change" not in pattern:
            who = ""
        found[who] += filled(pattern, numbers)
    found["grace"] += of_profiles(cast)
    return found


def an_article(cast) -> str:
    """The number of one that everybody may read."""
    at = timezone.now()
    words = {"title": "Unlock it", "body": "1. Wait", "audience": "everybody"}
    made = articles.write(by=cast.alice, at=at, **words)
    return articles.publish(article=made, by=cast.alice, at=at).number


def what_monitoring_shows(cast) -> dict[str, str]:
    """The ids of an alert, a rule and a window, with something on each page."""
    at, vpn = timezone.now(), cast.services["vpn"]
    source = a_source(service=vpn)
    alerts = a_storm(source, 3, at=at)
    a_deployment(vpn, at - timedelta(minutes=5))
    window = a_window(vpn, by=cast.bob, starts_at=at, ends_at=at + timedelta(hours=1))
    rule = create_rule(by=cast.grace, at=at, name="Clusters", group_by="service")
    told = {"url": "https://8.8.8.8/in", "kinds": ["ticket.*"]}
    webhook, _ = create_webhook(by=cast.grace, at=at, name="Status page", **told)
    return {
        "webhooks": str(webhook.pk),
        "service-accounts": str(source.account_id),
        "alerts": str(alerts[0].pk),
        "maintenance": str(window.pk),
        "alert-rules": str(rule.pk),
    }


def what_control_shows(cast) -> dict[str, str]:
    """The keys of a kind, of what is proposed of it, and of a task of an order."""
    kind = factories.a_kind(cast, service=cast.services["vpn"])
    proposal = Proposal.objects.create(
        kind=kind,
        to="standard",
        evidence={"ended": 60, "failed": 0, "bound": 0.05},
        proposed_at=timezone.now(),
    )
    account = an_offering(
        "Account", [step("Set it up", 1, "desk"), step("Tell them", 2)]
    )
    ordered = order(offering=account, by=cast.carol, at=timezone.now())
    task = Task.objects.filter(ticket=ordered).first()
    assert task is not None
    return {
        "changes/kinds/<slug:slug>": f"changes/kinds/{kind.slug}",
        "changes/proposals/<int:pk>": f"changes/proposals/{proposal.pk}",
        "tasks/<int:pk>": f"tasks/{task.pk}",
        "requests/flow/behind/": "requests/flow/behind/?offering=account",
        "requests/<slug:number>/plan": f"requests/{ordered.number}/plan",
    }


def what_improving_shows(cast) -> dict[str, str]:
    """The keys of what a backlog holds, by the address that names them."""
    made = improving(cast, at=timezone.now())
    story = f"backlog/incident/stories/{made.number}"
    of_story = f"backlog/incident/refine/{{}}/{made.number}"
    session = f"backlog/incident/refine/sessions/{made.keys['sessions']}"
    return {
        "backlog/<slug:slug>/stories/<str:number>": story,
        "backlog/<slug:slug>/map/<str:number>": f"backlog/incident/map/{made.number}",
        **{
            f"backlog/<slug:slug>/refine/{what}/<str:number>": of_story.format(what)
            for what in ("merge", "split", "poker")
        },
        "backlog/<slug:slug>/refine/sessions/<int:pk>": session,
        "backlog/ideas/<int:pk>": f"backlog/ideas/{made.keys['ideas']}",
        "sprints/<int:pk>": f"sprints/{made.keys['sprints']}",
        "increments/<int:pk>": f"increments/{made.keys['increments']}",
    }


def of_profiles(cast) -> list[str]:
    """The pages of a process's parts, which one pattern stands for, and what acts
    elsewhere and is a page here."""
    process, sprint = cast.processes["incident"], Sprint.objects.get()
    story = Story.objects.filter(process=process).first()
    assert story is not None
    found = [f"/sprints/{sprint.pk}/close/"]
    found.append(f"/backlog/incident/stories/{story.number}/move/")
    for part, rows in PROFILE.items():
        pk = rows.objects.filter(process=process).values_list("pk", flat=True)[0]
        home = f"/processes/incident/{part}/"
        found += [home, f"{home}{pk}/"]
    return found


def an_absence(cast) -> str:
    """The id of one that is now, and covered."""
    at = timezone.now()
    row = add_absence(
        user=cast.bob,
        by=cast.bob,
        at=at,
        starts_at=at,
        ends_at=at + timedelta(days=3),
        cover=cast.alice,
    )
    return str(row.pk)


def filled(pattern: str, numbers: dict[str, str]) -> list[str]:
    """The pattern's addresses."""
    for start, own in numbers.items():  # those of a whole address
        if "/" in start and pattern.startswith(start):
            pattern = own + pattern.removeprefix(start)
    room = pattern.split("/")[0]
    verbs = DO if "<slug:verb>" in pattern else ("",)
    if room == "incidents" and verbs is DO:
        verbs = (*DO, *DO_INCIDENT)
    slugs = {"settings": SETTINGS, "processes": ("incident",)}.get(room, ("",))
    slugs = ("new-laptop",) if room == "portal" else slugs
    slugs = ("vpn",) if room == "services" else slugs
    slugs = ("incident",) if room == "backlog" else slugs
    slugs = ("desk-duty",) if pattern.startswith("settings/rotas/") else slugs
    slugs = ("prometheus",) if pattern.startswith("settings/sources/") else slugs
    slugs = ("vpn-access",) if pattern.startswith("settings/offerings/") else slugs
    answers = []
    for slug in slugs if "<slug:slug>" in pattern else ("",):
        key = SETTINGS.get(slug, "") if room == "settings" else ""
        if "<slug:key>" in pattern and not key:
            continue
        for verb in verbs:
            text = pattern.replace("<slug:slug>", slug).replace("<slug:verb>", verb)
            text = text.replace("<slug:number>", numbers.get(room, ""))
            text = text.replace("<str:rule>", "ticket.solved")
            text = text.replace("<slug:key>", key).replace("<slug:type_>", "change")
            text = text.replace("<int:number>", "1")
            named = pattern.removeprefix("settings/").split("/")[0]
            if named in numbers and "<int:pk>" in text:
                text = text.replace("<int:pk>", numbers[named])
            if pattern.startswith("portal/articles/"):
                text = text.replace("//", f"/{numbers['knowledge']}/")
            if room == "portal" and "//" in text:
                text = text.replace("//", f"/{numbers['incidents']}/")
            answers.append("/" + text)
    return [one for one in answers if "<" not in one]


SETTINGS = {
    "people": "",
    "teams": "desk",
    "organisations": "acme",
    "services": "vpn",
    "categories": "",
    "offerings": "new-laptop",
    "change-kinds": "",
    "freezes": "",
    "authorities": "",
    "shelves": "",
    "profiles": "",
    "courses": "",
}


@pytest.mark.parametrize("part", range(PARTS))
def test_axe_finds_nothing_on_any_page(
    part: int, browser: Browser, live_server, cast, client_cookie
):
    wrong: list[str] = []
    for who, pages in addresses(cast).items():
        context = browser.new_context(
            base_url=str(live_server),
            # What comes in slowly (a toast) has no contrast to judge on its way.
            reduced_motion="reduce",
        )
        if who:
            context.add_cookies([client_cookie(getattr(cast, who))])
        page = context.new_page()
        for address in pages[part::PARTS]:
            for size in (WIDE, NARROW):
                page.set_viewport_size(size)
                answer = page.goto(address)
                assert answer is not None
                if answer.status >= 400:
                    wrong.append(f"{address} answers {answer.status}")
                    break
                wrong += faults(page, size)
        context.close()
    assert not wrong, "\n".join(wrong)


@pytest.fixture
def client_cookie(live_server) -> Callable[..., dict[str, str]]:
    """A signed-in person's session, as a cookie."""
    from django.test import Client

    def cookie(user) -> dict[str, str]:
        client = Client()
        client.force_login(user)
        value = client.cookies["sessionid"].value
        return {"name": "sessionid", "value": value, "url": str(live_server)}

    return cookie
