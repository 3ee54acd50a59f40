"""Drafts of forms beyond the ticket page: articles, reports, orders, answers."""

import json

import pytest
from django.test import Client
from django.utils import timezone

from itsm.knowledge import actions as articles
from itsm.knowledge.models import Article
from itsm.requests.actions import create_offering
from itsm.tickets import actions
from itsm.tickets.drafts.models import Draft
from itsm.tickets.models import Comment, Ticket
from tests.cast import AT
from tests.factories import a_request, an_incident, as_, later

pytestmark = pytest.mark.django_db
REPORT, NEW = "/portal/report/", "/knowledge/new/"
ORDER = "/portal/order/vpn-access/"


def url(ticket: Ticket) -> str:
    return f"/incidents/{ticket.number}/"


def put(client: Client, path: str, body: str = "", **fields: str):
    sent = json.dumps({"body": body, "fields": fields, "files": []})
    return client.put(path, sent, "application/json")


def text(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, answer
    return answer.content.decode()


def once(page: str) -> str:
    return page.split('name="once" value="', 1)[1].split('"', 1)[0]


def test_a_report_comes_back_on_another_device_with_every_answer(cast):
    answers = {"what": "VPN drops", "more": "Since noon", "urgency": "stopped"}
    said = put(as_(cast.carol), "/drafts/report/", service="vpn", **answers).json()
    assert said["said"].startswith("Draft kept, ")
    page = text(as_(cast.carol), REPORT)
    assert 'value="VPN drops"' in page
    assert "Since noon</textarea>" in page
    assert page.count("checked") == 2  # the service and how urgent it is
    assert "Draft kept, " in page
    assert "VPN drops" in text(as_(cast.carol), "/portal/")


def test_a_report_that_is_sent_is_no_draft_and_a_late_save_brings_none_back(cast):
    carol = as_(cast.carol)
    form = {
        "what": "VPN drops",
        "urgency": "stopped",
        "once": once(text(carol, REPORT)),
    }
    put(carol, "/drafts/report/", **form)
    carol.post(REPORT, form)
    assert Ticket.objects.count() == 1
    put(carol, "/drafts/report/", **form)
    assert not Draft.objects.exists()


def test_words_from_the_first_page_do_not_overwrite_a_report_that_was_begun(cast):
    carol = as_(cast.carol)
    put(carol, "/drafts/report/", what="VPN drops", more="Since noon")
    page = text(carol, f"{REPORT}?what=Printer")
    assert 'value="Printer"' in page
    assert "You had begun another report" in page
    assert 'data-url="/drafts/report/"' not in page  # it would overwrite the other
    assert 'value="VPN drops"' in text(carol, REPORT)


def test_a_report_that_was_begun_outlives_another_that_is_sent_beside_it(cast):
    carol = as_(cast.carol)
    put(carol, "/drafts/report/", what="VPN drops", more="Since noon")
    page = text(carol, f"{REPORT}?what=Printer")
    assert "/drafts/report/" not in page  # nor could it be discarded by mistake
    assert 'name="beside"' in page
    answers = {"what": "Printer", "beside": "1"}
    refused = carol.post(REPORT, answers).content.decode()
    assert "You had begun another report" in refused
    assert "/drafts/report/" not in refused
    carol.post(REPORT, {**answers, "urgency": "nuisance"})
    assert Ticket.objects.get().title == "Printer"
    assert 'value="VPN drops"' in text(carol, REPORT)


def test_an_order_of_what_has_a_long_name_is_kept_too(cast):
    name = "A new laptop with a docking station, screens and a bag"
    made = create_offering(by=cast.grace, at=AT, name=name)
    kept = put(as_(cast.carol), f"/drafts/order-{made.slug}/", more="Two of them")
    assert kept.status_code == 200, kept.content
    page = text(as_(cast.carol), f"/portal/order/{made.slug}/")
    assert "Two of them</textarea>" in page


def test_nobody_fills_the_database_with_drafts_of_forms_that_are_not_there(
    cast, monkeypatch
):
    monkeypatch.setattr("itsm.tickets.drafts.actions.MOST", 2)
    mallory = as_(cast.mallory)
    for n in range(2):
        assert put(mallory, f"/drafts/order-{n}/", more="x").status_code == 200
    refused = put(mallory, "/drafts/order-3/", more="x")
    assert refused.status_code == 409
    assert "too many drafts" in refused.json()["said"]
    assert put(mallory, "/drafts/order-1/", more="y").status_code == 200
    assert Draft.objects.count() == 2


def test_an_order_is_kept_and_gone_when_it_is_sent(cast):
    carol, here = as_(cast.carol), ORDER
    put(carol, "/drafts/order-vpn-access/", more="For the branch")
    assert "For the branch</textarea>" in text(carol, here)
    assert f'href="{here}"' in text(carol, "/portal/")
    carol.post(here, {"more": "For the branch"})
    assert not Draft.objects.exists()


def test_an_answer_in_the_portal_is_kept_apart_from_the_composers(cast):
    ticket = an_incident(cast, by=cast.bob, requester=cast.bob)
    bob, page = as_(cast.bob), f"/portal/{ticket.number}/"
    put(
        bob, f"/incidents/{ticket.number}/draft/comment/", "An inside note", mode="note"
    )
    put(bob, f"/incidents/{ticket.number}/draft/reply/", "It is the cable")
    shown = text(bob, page)
    assert "It is the cable</textarea>" in shown
    assert "An inside note" not in shown
    bob.post(f"{page}reply/", {"body": "It is the cable"})
    assert [draft.form for draft in Draft.objects.all()] == ["comment"]


def test_why_it_does_not_work_yet_is_kept_until_it_is_said(cast):
    carol, now = as_(cast.carol), timezone.now()
    ticket = an_incident(cast, service=cast.services["vpn"], at=now)
    actions.take(ticket=ticket, by=cast.bob, at=now)
    actions.resolve(ticket=ticket, by=cast.bob, at=now, resolution="Restarted.")
    put(carol, f"/incidents/{ticket.number}/draft/reopen/", comment="Still drops")
    assert "Still drops</textarea>" in text(carol, f"/portal/{ticket.number}/")
    carol.post(f"/portal/{ticket.number}/reopen/", {"comment": "Still drops"})
    assert not Draft.objects.exists()


def test_an_article_comes_back_with_its_text_and_its_facts(cast):
    facts = {"title": "Outlook asks again", "audience": "staff"}
    put(as_(cast.bob), "/drafts/article-new/", "1. Close it.", **facts)
    page = text(as_(cast.bob), NEW)
    assert 'value="Outlook asks again"' in page
    assert "1. Close it.</textarea>" in page
    assert '<option value="staff" selected>' in page
    assert f'href="{NEW}"' in text(as_(cast.bob), "/")


def test_an_article_from_a_ticket_is_a_draft_about_that_ticket(cast):
    ticket, bob = an_incident(cast, description="hunter2"), as_(cast.bob)
    put(bob, f"/incidents/{ticket.number}/draft/article/", "It was hunter2", title="T")
    assert "It was hunter2</textarea>" in text(bob, f"{NEW}?ticket={ticket.number}")
    assert "It was hunter2" not in text(bob, NEW)
    actions.redact(
        ticket=ticket, by=cast.grace, at=timezone.now(), why="x", field="description"
    )
    assert not Draft.objects.exists()


def test_saving_an_article_ends_its_draft_and_a_late_save_brings_none_back(cast):
    bob = as_(cast.bob)
    form = {"title": "T", "audience": "staff", "once": once(text(bob, NEW))}
    put(bob, "/drafts/article-new/", "Words", **form)
    bob.post(NEW, {**form, "body": "Words"})
    article = Article.objects.get()
    put(bob, "/drafts/article-new/", "Words", **form)
    assert not Draft.objects.exists()

    here = f"/knowledge/{article.number}/edit/"
    form = {**form, "once": once(text(bob, here)), "version": "1"}
    put(bob, f"/drafts/article-{article.number}/", "Other words", **form)
    assert "Other words</textarea>" in text(bob, here)
    bob.post(here, {**form, "body": "Other words"})
    put(bob, f"/drafts/article-{article.number}/", "Other words", **form)
    assert not Draft.objects.exists()


def test_an_articles_draft_over_a_newer_save_shows_both(cast):
    article = articles.write(by=cast.bob, at=AT, title="T", body="Old")
    path, here = (
        f"/drafts/article-{article.number}/",
        f"/knowledge/{article.number}/edit/",
    )
    put(as_(cast.bob), path, "Mine", title="T", version="1", audience="staff")
    articles.edit(article=article, by=cast.erin, at=later(1), given={"body": "Theirs"})
    page = text(as_(cast.bob), here)
    assert 'name="version" value="1"' in page
    sent = {"title": "T", "body": "Mine", "version": "1", "audience": "staff"}
    answer = as_(cast.bob).post(here, sent)
    assert answer.status_code == 412
    assert "Theirs" in answer.content.decode()
    assert "Mine</textarea>" in answer.content.decode()
    assert Draft.objects.exists()  # nothing is lost before it is saved


def test_an_articles_drafts_go_when_its_text_is_removed_for_good(cast):
    article = articles.write(by=cast.bob, at=AT, title="T", body="hunter2")
    put(as_(cast.bob), f"/drafts/article-{article.number}/", "hunter2!", title="T")
    articles.redact(article=article, by=cast.grace, at=later(1), why="x")
    assert not Draft.objects.exists()


def test_a_draft_is_its_writers_alone(cast):
    put(as_(cast.carol), "/drafts/report/", what="Between me and me")
    for other in (cast.mallory, cast.bob, cast.grace):
        assert "Between me" not in text(as_(other), REPORT)
        assert "Between me" not in text(as_(other), "/portal/")
        assert as_(other).get("/drafts/report/").json()["fields"] == {}


def test_what_is_not_theirs_to_write_is_not_kept(cast):
    carol, secret = as_(cast.carol), an_incident(cast, by=cast.mallory)
    assert put(carol, "/drafts/article-new/", "x", title="T").status_code == 403
    assert put(carol, "/drafts/new/", title="T").status_code == 403
    assert put(carol, "/drafts/surprise/", title="T").status_code == 404
    path = f"/incidents/{secret.number}/draft/reply/"
    assert put(carol, path, "x").status_code == 404
    assert not Draft.objects.exists()


def test_what_stands_in_a_form_before_anybody_typed_is_no_draft(cast):
    put(as_(cast.carol), "/drafts/report/", urgency="many")
    put(as_(cast.bob), "/drafts/article-new/", audience="staff")
    assert not Draft.objects.exists()


def test_discarding_leads_back_to_where_the_button_stood(cast):
    carol, ticket = as_(cast.carol), a_request(cast)
    for path, at in (
        ("/drafts/report/", REPORT),
        (
            f"/requests/{ticket.number}/draft/reply/",
            f"/portal/{ticket.number}/#composer",
        ),
    ):
        put(carol, path, "x", what="x")
        assert carol.post(path, {"discard": "1"}).url == at
        put(carol, path, "x", what="x")
        assert carol.post(path, {"discard": "1", "next": "/portal/"}).url == "/portal/"
        assert carol.post(path, {"discard": "1", "next": "//evil"}).url == at
    assert not Draft.objects.filter(discarded_at=None).exists()


def test_an_upload_that_broke_off_is_noticed_and_the_words_are_kept(cast):
    ticket, carol, bob = an_incident(cast), as_(cast.carol), as_(cast.bob)
    here = f"/portal/{ticket.number}/"
    for client, page, to, form in (
        (carol, REPORT, REPORT, {"what": "Cut off here", "urgency": "stopped"}),
        (carol, ORDER, ORDER, {"more": "Cut off here"}),
        (carol, here, f"{here}reply/", {"body": "Cut off here"}),
        (bob, url(ticket), f"{url(ticket)}do/comment/", {"body": "Cut off here"}),
    ):
        shown = text(client, page)
        assert shown.index('name="begin"') < shown.index('name="end"')
        answer = client.post(to, {**form, "begin": "1"})  # and no end
        assert answer.status_code == 422, to
        assert "The upload broke off" in answer.content.decode()
        assert "Cut off here" in answer.content.decode()
    assert Ticket.objects.count() == 1
    assert not Comment.objects.exists()
