"""The portal: a requester's whole way, and what they never see."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from itsm.portal import actions as portal
from itsm.requests import actions as requests
from itsm.tickets import actions
from itsm.tickets.models import Ticket
from people.models import Organisation, User
from tests.cast import AT, Cast
from tests.factories import (
    PNG,
    a_change,
    an_incident,
    as_,
    attached,
    later,
    resolved,
    rows,
    said,
    taken,
)

pytestmark = pytest.mark.django_db


def text(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, answer
    return answer.content.decode()


REPORT = {"what": "VPN drops", "service": "vpn", "urgency": "stopped", "more": "Often"}


def test_three_answers_make_a_ticket_with_plain_urgency_and_files(cast: Cast):
    file = SimpleUploadedFile("screen.png", PNG)
    answer = as_(cast.carol).post("/portal/report/", {**REPORT, "files": file})
    ticket = Ticket.objects.get()
    assert answer.url == f"/portal/{ticket.number}/?new"
    assert (ticket.title, ticket.service.slug) == ("VPN drops", "vpn")
    assert (ticket.impact, ticket.urgency, ticket.channel) == ("low", "high", "portal")
    assert ticket.attachments.get().name == "screen.png"
    assert "screen.png" in text(as_(cast.carol), answer.url)


@pytest.mark.parametrize(
    "wrong", [{"what": ""}, {"urgency": "now"}, {"service": "secret"}]
)
def test_a_wrong_answer_keeps_the_others(cast: Cast, wrong: dict):
    answer = as_(cast.carol).post("/portal/report/", {**REPORT, **wrong})
    assert answer.status_code == 422
    assert "Often" in answer.content.decode()
    assert not Ticket.objects.exists()


def test_a_file_that_is_refused_leaves_no_half_a_report(cast: Cast):
    file = SimpleUploadedFile("tool.exe", b"MZ....")
    answer = as_(cast.carol).post("/portal/report/", {**REPORT, "files": file})
    assert answer.status_code == 422
    assert not Ticket.objects.exists()


def test_requesters_never_see_internal_texts_files_or_events(cast: Cast):
    ticket = taken(cast)
    said(ticket, "The secret inside story", by=cast.bob, public=False)
    said(ticket, "We are looking", by=cast.bob)
    hidden = attached(ticket, by=cast.bob, public=False, name="inside.png")
    actions.watch(ticket=ticket, by=cast.erin, at=later(4))
    page = text(as_(cast.carol), f"/portal/{ticket.number}/")
    assert "We are looking" in page
    for inside in ("secret inside", "inside.png", "Erin"):
        assert inside not in page
    path = f"/portal/{ticket.number}/files/{hidden.pk}/"
    assert as_(cast.carol).get(path).status_code == 404


PATHS = ["", "reply/", "close/", "reopen/", "cancel/", "copy/", "decide/"]


@pytest.mark.parametrize("path", PATHS)
def test_a_ticket_of_another_organisation_does_not_exist(cast: Cast, path: str):
    ticket = resolved(cast)
    before = Ticket.objects.get().version
    for method in ("get", "post"):
        answer = getattr(as_(cast.mallory), method)(f"/portal/{ticket.number}/{path}")
        assert answer.status_code == 404
    assert Ticket.objects.get().version == before


def test_an_organisation_that_shares_lets_colleagues_look_but_not_act(cast: Cast):
    Organisation.objects.filter(slug="acme").update(shares_tickets=True)
    peer = User.objects.create(
        email="peer@acme.example",
        name="Peer",
        roles=["requester"],
        organisation=cast.organisations["acme"],
        created_at=AT,
    )
    open_one = an_incident(cast, title="Shared trouble")
    hidden = an_incident(cast, title="Private trouble", restricted=True, by=cast.alice)
    client = as_(peer)
    listed = text(client, "/portal/tickets/?whose=all")
    assert "Shared trouble" in listed
    assert "Private trouble" not in listed
    assert client.get(f"/portal/{hidden.number}/").status_code == 404
    page = text(client, f"/portal/{open_one.number}/")
    assert "composer" not in page
    sent = {"body": "Me too"}
    path = f"/portal/{open_one.number}/reply/"
    assert client.post(path, sent).status_code == 403


def test_an_answer_lets_the_work_go_on(cast: Cast):
    ticket = taken(cast)
    actions.wait(
        ticket=ticket, by=cast.bob, at=later(2), reason="requester", comment="Which?"
    )
    client = as_(cast.carol)
    assert "please answer" in text(client, "/portal/")
    client.post(f"/portal/{ticket.number}/reply/", {"body": "The second one"})
    ticket.refresh_from_db()
    assert ticket.state == "in_progress"
    assert "Bob is working on it" in text(client, f"/portal/{ticket.number}/")


def test_an_empty_answer_is_refused_and_a_file_alone_is_one(cast: Cast):
    ticket = taken(cast)
    client, path = as_(cast.carol), f"/portal/{ticket.number}/reply/"
    assert client.post(path, {"body": " "}).status_code == 422
    file = SimpleUploadedFile("screen.png", PNG)
    assert client.post(path, {"body": "", "files": file}).status_code == 302
    assert ticket.attachments.get().comment.is_public


def test_yes_closes_it_as_verified_and_no_brings_it_back_to_its_owner(cast: Cast):
    now = timezone.now()  # the page's own clock: reopening has an end
    ticket = an_incident(cast, service=cast.services["vpn"], at=now)
    actions.take(ticket=ticket, by=cast.bob, at=now)
    done = {"ticket": ticket, "by": cast.bob, "at": now}
    actions.resolve(**done, resolution="The gateway was restarted.")
    client = as_(cast.carol)
    page = text(client, f"/portal/{ticket.number}/")
    assert "Is it working?" in page
    assert "The gateway was restarted." in page
    answer = client.post(f"/portal/{ticket.number}/reopen/", {"comment": ""})
    assert answer.status_code == 422
    client.post(f"/portal/{ticket.number}/reopen/", {"comment": "Still drops"})
    ticket.refresh_from_db()
    assert (ticket.state_category, ticket.owner) == ("active", cast.bob)
    actions.resolve(**done, resolution="Now it holds.")
    client.post(f"/portal/{ticket.number}/close/")
    ticket.refresh_from_db()
    assert (ticket.state, ticket.verified_by) == ("closed", "requester")


def test_cancelling_is_offered_where_the_process_allows_it(cast: Cast):
    incident = an_incident(cast)
    client = as_(cast.carol)
    assert "/cancel/" not in text(client, f"/portal/{incident.number}/")
    order = requests.order(offering=cast.offerings["vpn-access"], by=cast.carol, at=AT)
    assert "/cancel/" in text(client, f"/portal/{order.number}/")
    client.post(f"/portal/{order.number}/cancel/", {"comment": "Not needed"})
    order.refresh_from_db()
    assert order.state == "cancelled"


@pytest.mark.parametrize(
    ("decision", "state"), [("approve", "fulfilling"), ("reject", "rejected")]
)
def test_the_named_person_decides_on_one_screen(cast: Cast, decision: str, state: str):
    order = portal.order(
        offering=cast.offerings["new-laptop"],
        by=cast.carol,
        at=AT,
        description="The old one is slow",
    )
    manager = as_(cast.frank)
    assert order.number in text(manager, "/portal/")
    path = f"/requests/{order.number}/approval/"
    assert manager.get(f"/portal/{order.number}/decide/").url == path
    page = text(manager, path)
    assert "Carol" in page
    assert "The old one is slow" in page
    assert as_(cast.mallory).get(path).status_code == 404
    row = order.approvals.get()
    sent = {"approval": row.pk, "answer": decision}
    assert as_(cast.carol).post(path, sent).status_code == 403
    if decision == "reject":
        assert manager.post(path, sent).status_code == 422
    answer = manager.post(path, {**sent, f"words-{decision}": "Because"})
    assert answer.url == "/approvals/"
    order.refresh_from_db()
    assert order.state == state


def test_somebody_copied_on_can_follow_and_answer(cast: Cast):
    cast.mallory.organisation = cast.organisations["acme"]
    cast.mallory.save()
    ticket = taken(cast)
    path = f"/portal/{ticket.number}/"
    sent = {"person": cast.mallory.email}
    as_(cast.carol).post(f"{path}copy/", sent)
    assert "Mallory" in text(as_(cast.carol), path)
    as_(cast.mallory).post(f"{path}reply/", {"body": "I see it too"})
    assert "I see it too" in text(as_(cast.carol), path)


def test_changes_are_not_a_requesters_to_see(cast: Cast):
    change = a_change(cast)
    assert as_(cast.carol).get(f"/portal/{change.number}/").status_code == 404


@pytest.mark.parametrize("path", ["/portal/", "/portal/tickets/"])
def test_lists_cost_the_same_for_few_and_many(cast: Cast, path: str):
    client = as_(cast.carol)
    rows(cast, 5)
    client.get(path)
    with CaptureQueriesContext(connection) as few:
        client.get(path)
    rows(cast, 200)
    with CaptureQueriesContext(connection) as many:
        client.get(path)
    assert len(few) == len(many)
    assert len(many) <= 17  # the last: how many decisions wait, in the rail


def test_my_tickets_page_through_all_of_them(cast: Cast):
    made = {t.number for t in rows(cast, 60)}
    client, seen, path = as_(cast.carol), set(), "/portal/tickets/?tab=open"
    for _page in range(3):
        page = text(client, path)
        seen |= {n for n in made if f"/portal/{n}/" in page}
        if "before=" in page:
            before = page.split("before=")[1].split('"')[0]
            path = f"/portal/tickets/?tab=open&before={before}"
    assert seen == made


def test_files_come_with_a_policy_under_which_nothing_runs(cast: Cast):
    ticket = taken(cast)
    kept = attached(ticket, by=cast.carol)
    answer = as_(cast.carol).get(f"/portal/{ticket.number}/files/{kept.pk}/")
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]


def test_what_people_write_is_never_run(cast: Cast):
    evil = "<script>alert(1)</script>"
    ticket = an_incident(cast, title=evil, description=evil)
    said(ticket, evil, by=cast.carol)
    for path in ("/portal/", f"/portal/{ticket.number}/"):
        assert evil not in text(as_(cast.carol), path)


@pytest.mark.parametrize("before", ["1" * 5000, "9" * 30, "-1", "²", "%00"])
def test_a_cursor_that_somebody_made_up_answers_a_list(cast: Cast, before: str):
    assert as_(cast.carol).get(f"/portal/tickets/?before={before}").status_code == 200
