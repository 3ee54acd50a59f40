"""A save over somebody's newer one: merged by field, or both versions shown."""

import re

import pytest

from itsm.tickets import actions
from itsm.tickets.models import Ticket
from itsm.tickets.together import saves
from tests.factories import a_token, an_incident, as_, later, taken

pytestmark = pytest.mark.django_db


@pytest.fixture
def ticket(cast):
    return taken(cast, an_incident(cast, title="Old", description="One\nTwo"))


def form_of(browser, ticket, verb="edit", only="title,description"):
    """What the form's hidden fields send, as a browser without JavaScript has them."""
    html = browser.get(f"/incidents/{ticket.number}/do/{verb}/?only={only}").content
    found = re.findall(
        r'<input type="hidden" name="(version|seen|only)" value="([^"]*)"',
        html.decode(),
    )
    assert {"version", "seen", "only"} <= {name for name, _ in found}
    return dict(found)


def send(browser, ticket, form, verb="edit", **headers):
    return browser.post(f"/incidents/{ticket.number}/do/{verb}/", form, **headers)


def by_alice(cast, ticket, minute=5, **given):
    now = Ticket.objects.get(pk=ticket.pk)
    actions.edit(ticket=now, by=cast.alice, at=later(minute), given=given)


def fresh(ticket):
    return Ticket.objects.get(pk=ticket.pk)


def test_what_each_changed_alone_is_merged_and_named(cast, ticket):
    bob = as_(cast.bob)
    form = form_of(bob, ticket)
    by_alice(cast, ticket, description="Three")
    mine = {**form, "title": "Bob's", "description": "One\r\nTwo"}
    answer = send(bob, ticket, mine, HTTP_HX_REQUEST="true")
    assert answer.status_code == 200
    assert (fresh(ticket).title, fresh(ticket).description) == ("Bob's", "Three")
    said = answer["HX-Trigger"]
    assert "Alice changed this meanwhile, and it stays: Description" in said


def test_without_javascript_the_next_page_names_what_was_merged(cast, ticket):
    bob = as_(cast.bob)
    form = form_of(bob, ticket)
    by_alice(cast, ticket, description="Three")
    mine = {**form, "title": "Bob's", "description": "One\r\nTwo"}
    answer = bob.post(f"/incidents/{ticket.number}/do/edit/", mine, follow=True)
    assert b"Alice changed this meanwhile" in answer.content


def test_a_newer_version_that_touched_none_of_it_is_no_conflict(cast, ticket):
    bob = as_(cast.bob)
    form = form_of(bob, ticket)
    actions.comment(ticket=ticket, by=cast.alice, at=later(5), body="Hm", public=False)
    send(bob, ticket, {**form, "title": "Bob's", "description": "One\nTwo"})
    assert fresh(ticket).title == "Bob's"


@pytest.fixture
def conflict(cast, ticket):
    """Both changed the title; Alice changed the description, too, and Bob did not."""
    bob = as_(cast.bob)
    form = form_of(bob, ticket)
    by_alice(cast, ticket, title="Alice's <b>", description="Three")
    mine = {**form, "title": "Bob's", "description": "One\r\nTwo"}
    return bob, send(bob, ticket, mine)


def hidden(answer):
    """The hidden fields of the verb's own form."""
    page = answer.content.decode()
    form = re.search(r'<form[^>]*action="[^"]*/do/edit/".*?</form>', page, re.DOTALL)
    found = re.findall(
        r'<input type="hidden"\s+name="([^"]+)"\s+value="([^"]*)"', form[0]
    )
    return dict(found)


def test_where_both_changed_it_both_are_shown_with_who_and_nothing_is_written(
    conflict, ticket
):
    _bob, answer = conflict
    page = answer.content.decode()
    assert answer.status_code == 412
    assert "Alice saved" in page
    assert 'value="Bob&#39;s"' in page or 'value="Bob\'s"' in page
    assert "Alice&#39;s &lt;b&gt;" in page
    assert "Only Alice changed Description; it stays so." in page
    assert fresh(ticket).title == "Alice's <b>"


@pytest.mark.parametrize(
    ("pick", "title"), [("mine", "Bob's"), ("theirs", "Alice's <b>")]
)
def test_mine_or_theirs_is_saved_as_chosen(conflict, ticket, pick, title):
    bob, answer = conflict
    form = {**hidden(answer), "title": "Bob's", "pick.title": pick}
    assert send(bob, ticket, form).status_code == 302
    assert fresh(ticket).title == title
    assert fresh(ticket).description == "Three"


def test_of_two_texts_both_can_be_kept(cast, ticket):
    bob = as_(cast.bob)
    form = form_of(bob, ticket)
    by_alice(cast, ticket, description="Alice's")
    answer = send(bob, ticket, {**form, "title": "New", "description": "Bob's"})
    page = answer.content.decode()
    assert "Keep both texts" in page
    assert "Only you changed Title" in page
    chosen = {**hidden(answer), "description": "Bob's", "pick.description": "both"}
    send(bob, ticket, chosen)
    assert fresh(ticket).description == "Alice's\n\nBob's"
    assert fresh(ticket).title == "New"


def test_a_third_save_while_choosing_is_asked_about_again(conflict, cast, ticket):
    bob, answer = conflict
    by_alice(cast, ticket, 6, title="Alice's third")
    chosen = {**hidden(answer), "title": "Bob's", "pick.title": "mine"}
    again = send(bob, ticket, chosen)
    assert again.status_code == 412
    assert b"Alice&#39;s third" in again.content
    assert fresh(ticket).title == "Alice's third"


def test_what_was_left_to_them_stays_theirs_in_a_third_save(conflict, cast, ticket):
    bob, answer = conflict
    by_alice(cast, ticket, 6, description="Four")
    chosen = {**hidden(answer), "title": "Bob's", "pick.title": "theirs"}
    assert send(bob, ticket, chosen).status_code == 302
    assert fresh(ticket).title == "Alice's <b>"


def test_without_marks_whatever_differs_is_asked(cast, ticket):
    bob = as_(cast.bob)
    form = form_of(bob, ticket)
    by_alice(cast, ticket, title="Alice's")
    form["seen"] = ""
    answer = send(bob, ticket, {**form, "title": "Old", "description": "One\nTwo"})
    assert answer.status_code == 412
    assert fresh(ticket).title == "Alice's"


def test_a_fact_in_place_merges_with_another_fact(cast, ticket):
    bob = as_(cast.bob)
    form = form_of(bob, ticket, "triage", "service")
    actions.triage(ticket=ticket, by=cast.alice, at=later(5), affected=30)
    send(bob, ticket, {**form, "service": "e-mail"}, "triage")
    now = Ticket.objects.get(pk=ticket.pk)
    assert (now.service.slug, now.affected) == ("e-mail", 30)


def test_a_fact_in_place_that_both_changed_is_asked_in_the_dialog(cast, ticket):
    bob = as_(cast.bob)
    form = form_of(bob, ticket, "triage", "affected")
    actions.triage(ticket=ticket, by=cast.alice, at=later(5), affected=30)
    mine = {**form, "affected": "7"}
    answer = send(bob, ticket, mine, "triage", HTTP_HX_REQUEST="true")
    assert (answer.status_code, answer["HX-Retarget"]) == (412, "#dialog")
    assert b">30<" in answer.content
    assert b'value="7"' in answer.content


def test_a_priority_and_its_reason_are_one_thing(cast, ticket):
    bob = as_(cast.bob)
    only = "impact,urgency,priority,reason"
    form = form_of(bob, ticket, "triage", only)
    actions.triage(
        ticket=ticket, by=cast.alice, at=later(5), priority=1, reason="The board"
    )
    mine = {
        **form,
        "impact": "low",
        "urgency": "medium",
        "priority": "P2",
        "reason": "A customer",
    }
    answer = send(bob, ticket, mine, "triage")
    assert answer.status_code == 412
    page = answer.content.decode()
    assert 'name="pick.priority"' in page
    assert 'name="pick.reason"' in page
    assert fresh(ticket).priority == 1


def test_what_is_wrong_in_mine_is_said_and_the_marks_stay(cast, ticket):
    bob = as_(cast.bob)
    form = form_of(bob, ticket)
    answer = send(bob, ticket, {**form, "title": " ", "description": "Mine"})
    assert answer.status_code == 422
    assert hidden(answer)["seen"] == form["seen"]
    assert hidden(answer)["version"] == form["version"]
    assert b"Mine" in answer.content


def test_a_program_is_told_both_versions(cast, ticket):
    by_alice(cast, ticket, title="Alice's")
    answer = as_(cast.bob).patch(
        f"/api/v1/incidents/{ticket.number}/",
        {"title": "Bob's", "description": "One\nTwo"},
        content_type="application/json",
        headers={
            "Authorization": f"Bearer {a_token(cast.bob)}",
            "If-Match": f'"{ticket.number}.{ticket.version}"',
        },
    )
    assert answer.status_code == 412
    told = answer.json()["versions"]
    assert set(told) == {"title"}
    assert (told["title"]["yours"], told["title"]["saved"]) == ("Bob's", "Alice's")
    assert told["title"]["saved_by"] == "alice@demo.example"


def test_ends_of_lines_do_not_count_as_changes():
    assert saves.mark("a\r\nb ") == saves.mark("a\nb")
    assert saves.mark("a") != saves.mark("b")
