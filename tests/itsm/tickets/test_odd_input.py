"""What no form of ours sends is refused in words: never a 500, never a way out."""

import json

import pytest
from django.utils import timezone

from itsm.knowledge import actions as articles
from itsm.tickets import actions
from itsm.tickets.bulk import acting
from itsm.tickets.bulk.models import Bulk
from itsm.tickets.mentions.models import Mention
from tests.cast import AT
from tests.factories import an_incident, as_, later, said

pytestmark = pytest.mark.django_db
NUL, LONG = "\x00", "9" * 5000


@pytest.fixture
def article(cast):
    made = articles.write(
        by=cast.alice, at=AT, title="VPN", body="x", service=cast.services["vpn"]
    )
    return articles.publish(article=made, by=cast.alice, at=AT)


@pytest.mark.parametrize(
    "address",
    [
        "/knowledge/?after={long}",
        "/knowledge/new/?ticket=%00",
        "/feedback/?before={long}",
        "/portal/articles/{article}/?ticket=%00",
    ],
)
def test_an_odd_address_is_answered(cast, article, address):
    here = address.format(long=LONG, article=article.number)
    assert as_(cast.alice).get(here).status_code in {200, 404}


@pytest.mark.parametrize(
    ("address", "sent", "status"),
    [
        ("/knowledge/{article}/edit/", {"title": "t", "version": LONG}, {302, 422}),
        ("/knowledge/{article}/redact/", {"why": NUL}, {302, 404, 422}),
        ("/drafts/99/undo/", {"number": NUL}, {404}),
        ("/incidents/{number}/tasks/", {"title": NUL}, {422}),
        (
            "/incidents/{number}/outage/",
            {"shown": "yes", "wording": "known", "expected_at": "2026-13-45T00:00"},
            {302, 422},
        ),
        ("/queue/bulk/", {"t": NUL, "verb": "comment"}, {422}),
        ("/queue/bulk/", {"t": "{number}", "verb": "comment", "body": NUL}, {422}),
    ],
)
def test_an_odd_form_is_answered(cast, article, address, sent, status):
    ticket = an_incident(cast, service=cast.services["vpn"])
    known = {"number": ticket.number, "article": article.number}
    form = {name: value.format(**known) for name, value in sent.items()}
    form |= {"go": "1"} if "bulk" in address else {}
    answer = as_(cast.alice).post(address.format(**known), form)
    assert answer.status_code in status, answer.content.decode()[:300]


@pytest.mark.parametrize(
    "typed", [{"body": "\ud83d"}, {"fields": {"title": "\ud83d"}}, {"body": NUL}]
)
def test_half_a_character_is_no_draft(cast, typed):
    ticket = an_incident(cast)
    for address in (f"/incidents/{ticket.number}/draft/comment/", "/drafts/new/"):
        sent = json.dumps({"body": "", "fields": {}, "files": [], **typed})
        answer = as_(cast.alice).put(address, sent, content_type="application/json")
        assert answer.status_code == 422


def test_a_former_number_tells_nobody_the_present_one(cast):
    ticket = an_incident(cast)
    former = ticket.number
    ticket = actions.convert(ticket=ticket, by=cast.alice, at=later(1), type="request")
    assert as_(cast.carol).get(f"/portal/{former}/").status_code == 302
    answer = as_(cast.mallory).get(f"/portal/{former}/")
    assert answer.status_code == 404
    assert ticket.number not in answer.content.decode()


def test_a_mention_on_what_was_restricted_since_leads_nowhere(cast):
    ticket = an_incident(cast)
    said(ticket, "@bob look", by=cast.dana, public=False)
    row = Mention.objects.get(user=cast.bob)
    actions.restrict(ticket=ticket, by=cast.grace, at=later(4))
    ticket.participants.all().delete()
    answer = as_(cast.bob).get(f"/mentions/{row.pk}/")
    assert answer.status_code == 404


@pytest.mark.parametrize("back", ["//evil.example/", "/\t/evil.example/", "/\\evil"])
def test_the_way_back_from_a_batch_stays_here(cast, back):
    ticket = an_incident(cast)
    batch: Bulk = acting.start(
        numbers=[ticket.number],
        verb="watch",
        fields={},
        by=cast.bob,
        at=timezone.now(),
    )
    page = as_(cast.bob).get(f"/queue/bulk/{batch.pk}/", {"back": back})
    assert f'href="{back}' not in page.content.decode()
