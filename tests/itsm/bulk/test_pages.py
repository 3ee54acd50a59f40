"""The pages of a batch, as a browser without JavaScript sees them."""

import pytest
from django.utils import timezone

from core.models import Hold
from itsm.tickets.bulk.models import Bulk
from itsm.tickets.models import Comment, Ticket
from tests.factories import an_incident, as_, resolved

pytestmark = pytest.mark.django_db
URL = "/queue/bulk/"


def post(cast, who="bob", **fields):
    return as_(cast.people[who]).post(URL, fields)


def text(answer) -> str:
    return answer.content.decode()


def test_a_verb_that_asks_nothing_is_done_at_once_and_told_item_by_item(cast):
    fine, open_ = resolved(cast), an_incident(cast)
    answer = post(cast, verb="close", t=[fine.number, open_.number], list="/queue/")
    assert answer.status_code == 302
    page = text(as_(cast.bob).get(answer["Location"]))
    assert "1 done" in page
    assert "1 refused" in page
    assert Bulk.objects.get().items.get(state="refused").detail.split(";")[0] in page
    only = text(as_(cast.bob).get(f"{answer['Location']}&only=refused"))
    assert f"/incidents/{open_.number}/" in only
    assert f"/incidents/{fine.number}/" not in only


def test_a_verb_asks_what_it_needs_and_how_many_it_concerns(cast):
    tickets = [an_incident(cast) for _ in range(3)]
    numbers = [t.number for t in tickets]
    form = text(post(cast, verb="resolve", t=numbers))
    assert "3 tickets" in form
    assert 'name="resolution"' in form
    again = post(cast, verb="resolve", t=numbers, go="1", resolution="")
    assert again.status_code == 422
    done = post(cast, verb="resolve", t=numbers, go="1", resolution="Restarted")
    assert done.status_code == 302
    assert set(Ticket.objects.values_list("state", flat=True)) == {"resolved"}


def test_all_of_a_list_is_what_its_address_says(cast):
    for _ in range(3):
        an_incident(cast, team=cast.teams["desk"])
    elsewhere = an_incident(cast, team=cast.teams["network"])
    query = "/queue/?view=open&team=desk"
    form = text(post(cast, verb="take", query=query, list="/queue/"))
    assert "3 tickets" in form
    post(cast, verb="take", query=query, list="/queue/", go="1")
    assert Ticket.objects.filter(owner=cast.bob).count() == 3
    elsewhere.refresh_from_db()
    assert elsewhere.owner is None


def test_a_reply_is_filled_in_for_each(cast):
    tickets = [an_incident(cast) for _ in range(2)]
    numbers = [t.number for t in tickets]
    body = "Hello {first_name}, about {number}"
    post(cast, verb="comment", t=numbers, go="1", body=body, public="on")
    said = list(Comment.objects.order_by("pk").values_list("body", "is_public"))
    assert said == [(f"Hello Carol, about {n}", True) for n in numbers]


def test_undo_brings_it_back_and_says_so(cast):
    ticket = resolved(cast)
    at = post(cast, verb="close", t=[ticket.number])["Location"].split("?")[0]
    answer = as_(cast.bob).post(f"{at}undo/", {"back": "/queue/?team=desk"})
    assert answer.status_code == 302
    assert "as it was before" in text(as_(cast.bob).get(answer["Location"]))
    assert Ticket.objects.get(pk=ticket.pk).state == "resolved"


def test_after_the_minute_undo_is_gone_and_says_why(cast):
    at = post(cast, verb="close", t=[resolved(cast).number])["Location"].split("?")[0]
    Bulk.objects.update(undo_until=timezone.now())
    Hold.objects.update(until=timezone.now())
    assert "undo/" not in text(as_(cast.bob).get(at))
    answer = as_(cast.bob).post(f"{at}undo/")
    assert answer.status_code == 409
    assert "minute" in text(answer)


def test_others_neither_see_nor_undo_it(cast):
    at = post(cast, verb="close", t=[resolved(cast).number])["Location"].split("?")[0]
    assert as_(cast.erin).get(at).status_code == 404
    assert as_(cast.erin).post(f"{at}undo/").status_code == 404
    assert as_(cast.grace).get(at).status_code == 200
    assert as_(cast.grace).post(f"{at}undo/").status_code == 403
    assert as_(cast.carol).get(URL).status_code == 403


@pytest.mark.parametrize(
    "fields",
    [
        {"verb": "close"},
        {"verb": "close", "query": "https://evil.example/queue/"},
        {"verb": "close", "query": "http://[/queue/"},
        {"verb": "close", "list": "http://[/queue/"},
        {"verb": "explode", "t": "INC-1"},
    ],
)
def test_nonsense_is_refused_in_words(cast, fields):
    answer = post(cast, **fields)
    assert answer.status_code == 422
    assert not Bulk.objects.exists()


def test_a_way_back_leads_nowhere_else(cast):
    at = post(cast, verb="close", t=[resolved(cast).number])["Location"].split("?")[0]
    page = text(as_(cast.bob).get(f"{at}?back=//evil.example/"))
    assert "evil.example/" not in page.split("<body")[1].split("aria-label")[0]
    assert 'href="//evil' not in page


def test_a_title_that_is_not_theirs_to_read_is_not_shown(cast):
    hidden = an_incident(cast, restricted=True, title="Zqsecret")
    answer = post(cast, verb="watch", t=[hidden.number])
    assert "Zqsecret" not in text(as_(cast.bob).get(answer["Location"]))


def test_ones_last_batches_are_listed(cast):
    assert "Nothing was changed" in text(as_(cast.bob).get(URL))
    post(cast, verb="close", t=[resolved(cast).number])
    assert f"{URL}{Bulk.objects.get().pk}/" in text(as_(cast.bob).get(URL))
