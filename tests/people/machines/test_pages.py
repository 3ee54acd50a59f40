"""Settings of service accounts: the list, one of them, its tokens; and how it looks."""

import re

import pytest
from django.test import Client
from django.utils import timezone

from people import actions
from people.models import ApiToken, User
from people.token_actions import issue_token
from tests.cast import AT, Cast
from tests.factories import a_machine, an_incident, as_, said

pytestmark = pytest.mark.django_db
LIST = "/settings/service-accounts/"


def text(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.content.decode()


def test_administrators_add_one_and_are_led_to_its_token(cast: Cast, client: Client):
    grace = as_(cast.grace)
    assert "None yet" in text(grace, LIST)
    sent = {"name": "Backup", "owner": "erin@demo.example", "roles": ["agent"]}
    answer = grace.post(f"{LIST}new/", sent)
    account = User.objects.get(email="backup@machines.invalid")
    assert answer.url == f"{LIST}{account.pk}/"
    page = text(grace, answer.url)
    assert "Make its first token" in page
    assert "erin@demo.example" in page
    tokens = f"{LIST}{account.pk}/tokens/"
    assert "No token yet" in text(grace, tokens)
    given = {"name": "Cron", "scopes": ["read", "incidents"], "per_minute": "60"}
    made = grace.post(tokens, given)
    assert made["Cache-Control"] == "no-store"
    [secret] = re.findall(r"<code>(bee_[\w-]{43})</code>", made.content.decode())
    assert secret not in text(grace, tokens)
    headers = {"Authorization": f"Bearer {secret}"}
    answer = client.get("/api/v1/incidents/", headers=headers)
    assert answer.status_code == 200
    assert answer["RateLimit-Policy"] == '"minute";q=60;w=60'
    assert "60 a minute" in text(grace, tokens)


def test_a_token_is_revoked_and_one_stays_on_the_page(cast: Cast):
    account, grace = a_machine(cast), as_(cast.grace)
    at = timezone.now()
    row, _secret = issue_token(user=account, by=cast.grace, at=at, name="Cron")
    back = {"back": "service-account"}
    answer = grace.post(f"/settings/tokens/{row.pk}/revoke/", back)
    assert answer.url == f"{LIST}{account.pk}/tokens/"
    assert ApiToken.objects.get(pk=row.pk).revoked_at is not None


def test_a_token_for_it_is_made_on_the_page_of_all_tokens_too(cast: Cast):
    sent = {"user": a_machine(cast).email, "name": "Cron"}
    answer = as_(cast.grace).post("/settings/tokens/", sent)
    assert answer.status_code == 200
    assert "bee_" in answer.content.decode()


def test_those_that_need_an_owner_stand_out(cast: Cast):
    account, grace = a_machine(cast), as_(cast.grace)
    assert "needs somebody" not in text(grace, LIST)
    assert "Nightly backup" in text(grace, f"/settings/people/{cast.erin.pk}/")
    actions.change_user(user=cast.erin, by=cast.grace, at=AT, is_active=False)
    page = text(grace, LIST)
    assert "1 service account needs somebody who answers for it." in page
    assert "Needs somebody who answers for it" in page
    assert "Nobody answers for it any more" in text(grace, f"{LIST}{account.pk}/")


def test_staff_read_and_only_administrators_see_tokens(cast: Cast):
    account = a_machine(cast)
    assert "Nightly backup" in text(as_(cast.bob), LIST)
    page = text(as_(cast.bob), f"{LIST}{account.pk}/")
    assert "disabled" in page
    assert "Make its first token" not in page
    assert as_(cast.bob).get(f"{LIST}{account.pk}/tokens/").status_code == 403
    assert as_(cast.carol).get(LIST).status_code == 403
    assert as_(cast.grace).get(f"{LIST}{cast.bob.pk}/tokens/").status_code == 404
    assert as_(cast.grace).get(f"{LIST}{cast.bob.pk}/").status_code == 404


def test_people_are_listed_without_programs(cast: Cast):
    account = a_machine(cast)
    assert account.email not in text(as_(cast.grace), "/settings/people/")
    path = f"/settings/people/{account.pk}/"
    assert as_(cast.grace).get(path).status_code == 404


def test_what_changed_is_told_in_words(cast: Cast):
    account, grace = a_machine(cast), as_(cast.grace)
    sent = {"name": "Backup", "owner": "bob@demo.example", "is_active": "on"}
    assert grace.post(f"{LIST}{account.pk}/", sent).status_code == 302
    page = text(grace, f"{LIST}{account.pk}/")
    assert "Answers for it" in page
    assert "Erin" in page
    assert "manager" not in page.lower()


def test_on_a_ticket_it_says_that_it_is_a_program(cast: Cast):
    machine = a_machine(cast)
    ticket = an_incident(cast, by=machine, title="Disk full")
    said(ticket, "Which disk?", by=cast.bob)
    path = f"/incidents/{ticket.number}/"
    page = text(as_(cast.bob), path)
    tag = r"<b>Nightly backup</b>\s*<span class=.tag. data-program>.{,200}?Program</"
    assert re.search(tag, page, re.DOTALL)
    plain = an_incident(cast, title="VPN")
    said(plain, "Hello", by=cast.bob)
    assert "Program</span>" not in text(as_(cast.bob), f"/incidents/{plain.number}/")
