"""The parts in Chromium: reachable, usable by keyboard, and nothing typed is lost."""

from types import SimpleNamespace

import pytest
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect
from django.template import engines
from django.urls import include, path
from django.utils import timezone
from playwright.sync_api import expect

from core import templating
from people.models import User
from tests.browser.conftest import NARROW

pytestmark = pytest.mark.django_db(transaction=True)
wish: dict = {}
sent: list[str] = []

QUEUE = """{% extends "base.html" %}{% block sheet %}
{% call ui.head("Queue") %}{{ ui.fresh(0, "/queue/") }}{% endcall %}
<div class="split">{% call ui.list("Tickets", pane="pane") %}{{ ui.rows(items) }}
{% endcall %}{% call ui.pane("Ticket") %}nothing yet{% endcall %}</div>
{% endblock %}"""
TICKET = """{% extends "base.html" %}{% block sheet %}
<h1>Ticket {{ number }}</h1><div class="text">{{ said }}</div>
{{ ui.verb("take", "Take", "/take/", csrf_input, "hand", "t") }}
{{ ui.verb("wait", "Wait", "/wait/", "", "pause", "w", asks=true) }}
{% call ui.composer("/reply/", csrf_input, "Carol", draft="INC-1:7") %}{% endcall %}
{% endblock %}"""
WAIT = """{% call ui.dialog_form("Wait", "/wait/", csrf_input) %}
{{ ui.input("reason", "Reason") }}{% endcall %}"""


def show(request: HttpRequest, source: str, **context: object) -> HttpResponse:
    template = engines["jinja2"].from_string(source)
    return HttpResponse(template.render(context, request))


def as_somebody(view):
    def seen(request, **named):
        request.user = SimpleNamespace(
            is_authenticated=True, pk=7, name="Bob Keller", email="bob@x", keys=wish
        )
        return view(request, **named)

    return seen


@as_somebody
def queue(request):
    items = [
        SimpleNamespace(
            number=f"INC-{n}", url=f"/ticket/INC-{n}/", title=f"Ticket {n}",
            service="VPN", requester="Carol", state="New", category="new", priority=3,
            owner=None, clock=None, handovers=0, read=False, waiting_on="",
        )
        for n in range(1, 31)
    ]  # fmt: skip
    return show(request, QUEUE, items=items)


@as_somebody
def ticket(request, number):
    if request.htmx.target == "pane":
        return HttpResponse(f"<h2>Preview of {number}</h2>")
    return show(request, TICKET, number=number, said=sent[-1] if sent else "")


@as_somebody
def wait(request):
    if request.method == "POST":
        text = show(request, WAIT).content.decode()
        return HttpResponse(text.replace("Reason", "Reason is missing"), status=422)
    get_token(request)
    return show(request, WAIT)


def reply(request):
    if "lost" in request.POST["body"]:
        return redirect("/queue/")  # as a session that has ended would
    sent.append(request.POST["body"])
    return redirect("/ticket/INC-1/")


@as_somebody
def gallery(request):
    return templating.render(request, "gallery.html")


urlpatterns = [
    path("look/", gallery),
    path("queue/", queue),
    path("ticket/<str:number>/", ticket),
    path("take/", lambda request: redirect("/ticket/taken/")),
    path("wait/", wait),
    path("reply/", reply),
    path("accounts/", include("allauth.account.urls")),
    *(
        path(f"error/{code}/", lambda request, code=code: templating.render(
            request, f"errors/{code}.html"))
        for code in (400, 403, 404, 409, 429, 500, "403_csrf")
    ),
]  # fmt: skip


@pytest.fixture(autouse=True)
def our_pages(settings, transactional_db):
    User.objects.create_user("a@b.example", name="A", created_at=timezone.now())
    settings.ROOT_URLCONF = __name__
    wish.clear()
    sent.clear()


@pytest.mark.parametrize(
    "address", ["/look/", "/queue/", "/accounts/login/", "/error/404/"]
)
def test_axe_finds_nothing(page, assert_accessible_in_every_look, address):
    page.goto(address)
    assert_accessible_in_every_look(page)


def test_the_list_moves_by_keyboard_and_shows_the_ticket_beside_it(page):
    page.goto("/queue/")
    page.keyboard.press("j")
    current = page.locator(".row[aria-current]")
    expect(current).to_have_attribute("id", "row-INC-2")
    expect(current.locator("a.title")).to_be_focused()
    expect(page.locator("#pane")).to_contain_text("Preview of INC-2")
    assert "open=INC-2" in page.url
    page.keyboard.press("k")
    expect(page.locator("#pane")).to_contain_text("Preview of INC-1")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Ticket INC-1")


def test_a_row_opens_the_ticket_where_there_is_no_room_beside_it(page):
    page.set_viewport_size(NARROW)
    page.goto("/queue/")
    page.locator("#row-INC-3 a.title").click()
    expect(page.locator("h1")).to_have_text("Ticket INC-3")


def test_the_list_is_plain_links_without_javascript(browser, live_server):
    context = browser.new_context(base_url=str(live_server), java_script_enabled=False)
    page = context.new_page()
    page.goto("/queue/")
    page.locator("#row-INC-3 a.title").click()
    expect(page.locator("h1")).to_have_text("Ticket INC-3")
    context.close()


def test_a_verb_takes_one_key_but_not_while_somebody_types(page):
    page.goto("/ticket/INC-1/")
    page.locator("textarea").press("t")
    assert page.url.endswith("/ticket/INC-1/")
    page.locator("h1").click()
    page.keyboard.press("t")
    page.wait_for_url("**/ticket/taken/")


def test_a_verb_that_asks_opens_its_form_and_a_refusal_stays_open(page):
    page.goto("/ticket/INC-1/")
    page.keyboard.press("w")
    dialog = page.locator("#dialog")
    expect(dialog).to_be_visible()
    dialog.get_by_label("Reason").fill("supplier")
    dialog.get_by_role("button", name="Wait").click()
    expect(dialog).to_contain_text("Reason is missing")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


def test_keys_can_be_moved(page):
    wish.update({"map": {"take": "y"}})
    page.goto("/ticket/INC-1/")
    page.keyboard.press("t")
    assert page.url.endswith("/ticket/INC-1/")
    expect(page.get_by_role("button", name="Take").locator("kbd")).to_have_text("y")
    page.keyboard.press("y")
    page.wait_for_url("**/ticket/taken/")


def test_keys_can_be_switched_off(page):
    wish.update({"off": True})
    page.goto("/ticket/INC-1/")
    page.keyboard.press("t")
    page.keyboard.press("w")
    expect(page.locator("#dialog")).to_be_hidden()
    assert page.url.endswith("/ticket/INC-1/")


def test_the_question_mark_shows_every_key(page, assert_accessible):
    page.goto("/ticket/INC-1/")
    page.keyboard.press("?")
    keys = page.locator("#dialog .keylist")
    for word in ("Take", "Wait", "Internal note", "New"):
        expect(keys).to_contain_text(word)
    assert_accessible(page)


def test_a_draft_comes_back_and_goes_when_it_was_sent(page):
    page.goto("/ticket/INC-1/")
    page.locator("textarea").fill("The line is back; I watch it until noon.")
    page.wait_for_timeout(600)
    page.goto("/queue/")
    page.goto("/ticket/INC-1/")
    expect(page.locator("textarea")).to_have_value(
        "The line is back; I watch it until noon."
    )
    page.locator("textarea").press("Control+Enter")
    expect(page.locator(".text")).to_contain_text("The line is back")
    expect(page.locator("textarea")).to_have_value("")
    page.reload()
    expect(page.locator("textarea")).to_have_value("")


def test_a_draft_survives_a_session_that_ended_while_sending(page):
    page.goto("/ticket/INC-1/")
    page.locator("textarea").fill("lost?")
    page.locator("textarea").press("Control+Enter")
    page.wait_for_url("**/queue/")
    page.goto("/ticket/INC-1/")
    expect(page.locator("textarea")).to_have_value("lost?")


def test_the_theme_is_chosen_by_the_person_and_stays(page):
    page.emulate_media(color_scheme="light")
    page.goto("/queue/")
    page.locator(".top .icon[data-theme-switch]").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.goto("/ticket/INC-1/")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_a_fact_opens_its_form_in_place_and_escape_closes_it(page):
    page.goto("/look/")
    page.locator("details.edit summary").click()
    expect(page.locator("details.edit select")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("details.edit summary")).to_be_focused()


def test_the_page_says_when_live_updates_are_behind(page):
    page.goto("/look/")
    expect(page.locator(".banner.behind")).to_be_visible(timeout=12_000)


def test_the_first_page_is_light_and_runs_under_the_policy(page):
    complaints: list[str] = []
    bodies: list[int] = []
    page.on("response", lambda r: bodies.append(int(r.headers["content-length"])))
    page.on(
        "console",
        lambda m: complaints.append(m.text) if "Content Security" in m.text else None,
    )
    page.on("pageerror", lambda e: complaints.append(str(e)))
    page.goto("/queue/")
    page.wait_for_timeout(300)
    assert complaints == []
    assert sum(bodies) < 400_000  # unpacked; about 45 KB packed
