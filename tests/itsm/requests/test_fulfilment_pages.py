"""Pages of tasks, the plan, the builder, bundles and the flow, and their REST."""

import json
from datetime import date

import pytest
from django.test import Client

from itsm.requests.actions import finish_task
from itsm.requests.fulfilment import answering, lists, steps
from itsm.requests.measures import flow
from itsm.requests.measures.candidates import candidates
from itsm.requests.models import Automatic, Offering, Profile, Task
from itsm.tickets import actions
from itsm.tickets.doors import perform
from itsm.tickets.models import Ticket
from tests.cast import AT
from tests.factories import a_token, as_, later
from tests.itsm.requests.steps import (
    a_profile,
    an_offering,
    automatic,
    ordered,
    step,
    tasks,
)

pytestmark = pytest.mark.django_db
WISH = flow.Wish(date(2026, 3, 1), date(2026, 3, 31))


@pytest.fixture
def ticket(cast):
    steps_ = [
        step("Enable the account", 1, "desk", 60),
        step("Issue the key", 1, "network", 60),
        step("Say hello", 2, "desk"),
    ]
    return ordered(cast, an_offering("Remote", steps_, team=cast.teams["desk"]))


def test_the_list_shows_whose_turn_it_is_with_true_counts(cast, ticket):
    at = later(5)
    found, more = lists.lines(cast.erin, "teams", at=at)
    assert ([line.title for line in found], more) == (["Issue the key"], False)
    assert lists.counts(cast.erin, at=at) == {
        "teams": 1,
        "mine": 0,
        "late": 0,
        "failed": 0,
    }
    assert lists.counts(cast.erin, at=later(90))["late"] == 1
    page = as_(cast.erin).get("/tasks/").content.decode()
    assert "Issue the key" in page
    assert "Say hello" not in page


def test_a_task_is_taken_done_and_waived_on_its_page(cast, ticket):
    found = tasks(ticket)
    erin = as_(cast.erin)
    key = found["Issue the key"]
    here = f"/tasks/{key.pk}/"
    assert "Remote" in erin.get(here).content.decode()
    erin.post(f"{here}do/", {"take": "1"})
    key.refresh_from_db()
    assert key.assignee == cast.erin
    erin.post(f"{here}do/", {"done": "1"})
    key.refresh_from_db()
    assert key.done_by == cast.erin
    last = found["Say hello"]
    early = as_(cast.bob).post(f"/tasks/{last.pk}/do/", {"done": "1"})
    assert early.status_code == 422
    assert "Enable the account" in early.content.decode()
    no_reason = as_(cast.bob).post(f"/tasks/{last.pk}/do/", {"waive": "1"})
    assert no_reason.status_code == 422
    assert as_(cast.carol).get(here).status_code == 403


def test_a_restricted_order_shows_its_task_and_nothing_else(cast, ticket):
    Ticket.objects.filter(pk=ticket.pk).update(title="Secret project")
    actions.restrict(ticket=ticket, by=cast.grace, at=later(1))
    key = tasks(ticket)["Issue the key"]
    page = as_(cast.erin).get(f"/tasks/{key.pk}/").content.decode()
    assert "restricted" in page
    assert "Secret project" not in page
    assert "Secret project" not in as_(cast.erin).get("/tasks/").content.decode()
    other = tasks(ticket)["Enable the account"]
    assert as_(cast.erin).get(f"/tasks/{other.pk}/").status_code == 404
    finished = finish_task(ticket=ticket, task=key.pk, by=cast.erin, at=later(2))
    assert finished.done_by == cast.erin


def test_a_failed_step_is_retried_on_the_page(cast):
    call = automatic("Let them in", "https://robot.example/", team="desk")
    ticket = ordered(cast, an_offering("Guest", [call]))
    Automatic.objects.update(
        state="failed", next_at=None, failure="step.said_no|No licence.", attempts=2
    )
    bob = as_(cast.bob)
    assert "No licence." in bob.get("/tasks/?tab=failed").content.decode()
    plan = bob.get(f"/requests/{ticket.number}/plan/").content.decode()
    assert "No licence." in plan
    task = tasks(ticket)["Let them in"]
    back = {"retry": "1", "back": f"/requests/{ticket.number}/plan/"}
    answer = bob.post(f"/tasks/{task.pk}/do/", back)
    assert answer.url == f"/requests/{ticket.number}/plan/"
    assert Automatic.objects.get().state == "calling"
    away = {"retry": "1", "back": "https://evil.example/"}
    Automatic.objects.update(state="failed", next_at=None)
    assert bob.post(f"/tasks/{task.pk}/do/", away).url == f"/tasks/{task.pk}/"


def test_the_builder_keeps_steps_and_shows_a_made_secret_once(cast):
    offering = an_offering("Guest")
    at = f"/settings/offerings/{offering.slug}/steps/"
    form = {
        "title-0": "Talk to them",
        "stage-0": "1",
        "team-0": "desk",
        "hours-0": "1.5",
        "title-1": "Let them in",
        "stage-1": "2",
        "team-1": "",
        "hours-1": "",
        "url-1": "https://198.51.100.7/steps",
        "timeout-1": "30",
        "attempts-1": "4",
        "gives_service": str(cast.services["vpn"].pk),
        "gives_for": "10",
    }
    grace = as_(cast.grace)
    refused = grace.post(at, form)
    assert refused.status_code == 422  # a documentation address is nobody's
    form["url-1"] = "https://1.1.1.1/steps"
    shown = grace.post(at, form, follow=True).content.decode()
    assert "whsec_" in shown
    assert "whsec_" not in grace.get(at).content.decode()
    offering.refresh_from_db()
    first, second = steps.of(offering)
    assert (first.minutes, first.team, second.stage) == (90, "desk", 2)
    assert second.automatic.address == "https://1.1.1.1/steps"
    assert "1.1.1.1" not in json.dumps(offering.steps)
    kept = second.automatic.secret
    again = grace.post(at, {**form, "kept-1": "1", "title-1": "Let all in"})
    assert again.status_code == 302
    offering.refresh_from_db()
    assert steps.of(offering)[1].automatic.secret == kept
    assert as_(cast.bob).post(at, form).status_code == 403
    assert as_(cast.bob).get(at).status_code == 200


def test_the_builder_says_what_is_wrong_step_by_step(cast):
    offering = an_offering("Guest")
    form = {"title-0": "Talk", "stage-0": "99", "hours-0": "soon"}
    at = f"/settings/offerings/{offering.slug}/steps/"
    answer = as_(cast.grace).post(at, form)
    assert answer.status_code == 422
    assert "Step 1" in answer.content.decode()
    more = as_(cast.grace).post(at, {"title-0": "Talk", "stage-0": "1", "more": "1"})
    assert 'name="title-1"' in more.content.decode()


def test_steps_over_rest_never_tell_the_secret(cast):
    offering = an_offering("Guest")
    at = f"/api/v1/offerings/{offering.slug}/fulfilment/"
    grace = {"Authorization": f"Bearer {a_token(cast.grace)}"}
    sent = {"headers": grace, "content_type": "application/json"}
    call = {"url": "https://1.1.1.1/x"}
    body = {"steps": [{"title": "Call", "automatic": call}]}
    assert "secret" in str(Client().patch(at, body, **sent).json()["errors"])
    call["secret"] = "whsec_" + "QUJD" * 8
    told = Client().patch(at, body, **sent)
    assert told.status_code == 200
    assert told.json()["steps"][0]["automatic"]["has_secret"] is True
    assert "whsec_" not in told.content.decode()
    del call["secret"]  # the one of the same address is kept
    assert Client().patch(at, body, **sent).status_code == 200


def test_a_bundle_is_looked_at_and_then_ordered(cast):
    books = an_offering("Ledger", [step("Give the role", 1, "platform")])
    profile = a_profile("Clerk", books)
    an_offering("Joiner", bundle="joiner", team=cast.teams["desk"])
    bob, asked = as_(cast.bob), {"offering": "joiner", "person": "carol@demo.example"}
    page = bob.get("/bundles/new/", {**asked, "profile": "clerk"}).content.decode()
    assert "Ledger" in page
    assert not Ticket.objects.exists()
    answer = bob.post("/bundles/new/", {**asked, "profile": "clerk"})
    ticket = Ticket.objects.get()
    assert answer.url == f"/requests/{ticket.number}/plan/"
    assert "Give the role" in bob.get(answer.url).content.decode()
    assert profile.offerings.count() == 1
    second = bob.post("/bundles/new/", {**asked, "profile": "clerk"})
    assert second.status_code == 422
    carol = as_(cast.carol)
    assert carol.get("/bundles/new/").status_code == 403


def test_a_bundle_over_rest_is_tried_dry_first(cast):
    books = an_offering("Ledger", gives_service=cast.services["vpn"])
    a_profile("Clerk", books)
    an_offering("Joiner", bundle="joiner")
    bob = {"Authorization": f"Bearer {a_token(cast.bob)}"}
    sent = {"headers": bob, "content_type": "application/json"}
    body = {"offering": "joiner", "person": "carol@demo.example", "profile": "clerk"}
    dry = Client().post("/api/v1/bundles/", {**body, "dry_run": True}, **sent).json()
    assert (dry["number"], dry["gives"]) == (None, ["ledger"])
    assert Client().post("/api/v1/bundles/", body, **sent).json()["number"]
    assert Client().post("/api/v1/bundles/", {}, **sent).status_code == 422


def test_profiles_have_a_settings_page_and_hold_no_bundles(cast):
    books = an_offering("Ledger")
    grace = as_(cast.grace)
    grace.post("/settings/profiles/new/", {"name": "Clerk", "offerings": [books.pk]})
    assert list(Profile.objects.get().offerings.all()) == [books]
    joiner = an_offering("Joiner", bundle="joiner")
    bad = {"name": "Loop", "offerings": [joiner.pk]}
    assert grace.post("/settings/profiles/new/", bad).status_code == 422


def test_the_flow_tells_approval_wait_process_and_waiting_from_the_log(cast):
    offering = an_offering("Laptop", tasks=["Set it up"], approval="manager")
    ticket = ordered(cast, offering)
    perform(ticket, "approve", {}, by=cast.frank, at=later(60))
    actions.take(ticket=ticket, by=cast.bob, at=later(60))
    actions.wait(ticket=ticket, by=cast.bob, at=later(100), reason="supplier")
    actions.resume(ticket=ticket, by=cast.bob, at=later(130))
    task = Task.objects.get()
    finish_task(ticket=ticket, task=task.pk, by=cast.bob, at=later(150))
    actions.resolve(ticket=ticket, by=cast.bob, at=later(160), resolution="There.")
    (order,) = flow.orders(cast.bob, WISH)
    assert order.outcome == "done"
    assert order.total == later(160) - AT
    assert order.approval == later(60) - AT
    assert order.process == later(70) - AT
    assert order.waiting == later(30) - AT
    (one,) = candidates([order], least=1)
    assert (one.title, one.count) == ("Set it up", 1)
    assert one.length == later(90) - AT


def test_the_flow_counts_what_needed_no_hands(cast):
    call = automatic("Let them in", "https://robot.example/")
    offering = an_offering("Guest", [call])
    for n in range(3):
        ordered(cast, offering, at=later(n))
    for row in Automatic.objects.all()[:2]:
        Automatic.objects.filter(pk=row.pk).update(
            state="answer",
            next_at=later(99),
            token_digest=answering.digest(str(row.pk)),
        )
        answering.answer(token=str(row.pk), ok=True, at=later(10))
    orders = flow.orders(cast.bob, WISH)
    line = flow.line("guest", "Guest", orders)
    assert (line.ordered, line.done, line.open) == (3, 2, 1)
    assert line.share == 1.0
    assert len(flow.behind(orders, "guest", "hands")) == 2


def test_the_flows_pages_and_rest_say_the_same_and_link_to_the_requests(cast, ticket):
    days = "from=2026-03-01&to=2026-03-31"
    page = as_(cast.bob).get(f"/requests/flow/?{days}").content.decode()
    link = f"/requests/flow/behind/?offering=remote&amp;what=ordered&amp;{days}"
    assert link.replace("&to", "&amp;to").replace("&from", "&amp;from") in page.replace(
        "&to", "&amp;to"
    )
    behind = as_(cast.bob).get(
        f"/requests/flow/behind/?offering=remote&what=ordered&{days}"
    )
    assert ticket.number in behind.content.decode()
    bob = {"Authorization": f"Bearer {a_token(cast.bob)}"}
    told = Client().get(f"/api/v1/requests/flow/?{days}", headers=bob).json()
    assert told["offerings"][0]["ordered"] == 1
    bad = Client().get("/api/v1/requests/flow/?from=x", headers=bob)
    assert bad.status_code == 400
    carol = as_(cast.carol)
    assert carol.get("/requests/flow/").status_code == 403


def test_what_one_may_not_see_is_not_counted(cast, ticket):
    actions.restrict(ticket=ticket, by=cast.grace, at=later(1))
    assert flow.orders(cast.frank, WISH) == []
    assert len(flow.orders(cast.grace, WISH)) == 1


def test_an_offering_links_to_what_happens(cast):
    an_offering("Guest")
    page = as_(cast.grace).get("/settings/offerings/guest/").content.decode()
    assert "/settings/offerings/guest/steps/" in page
    assert Offering.objects.filter(slug="guest").exists()
