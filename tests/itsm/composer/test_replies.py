"""Reply templates: whose they are, what their fields become, what is never sent."""

import pytest
from django.utils import timezone

from core.errors import Forbidden, Invalid
from core.models import Event
from itsm.tickets.drafts.models import Draft
from itsm.tickets.replies import actions
from itsm.tickets.replies.fields import filled
from itsm.tickets.replies.models import ReplyTemplate
from tests.factories import an_incident, as_
from tests.itsm.composer.test_drafts import here

pytestmark = pytest.mark.django_db


def a_reply(by, body="Hello {first_name}", **more):
    more.setdefault("name", "Hello")
    return actions.create_reply_template(by=by, at=timezone.now(), body=body, **more)


def test_fields_become_what_the_ticket_has_and_gaps_stay_marked(cast):
    cast.carol.name = "Dr. Carol Diaz"
    cast.carol.save()
    ticket = an_incident(cast)
    told = filled("{first_name}, {number}: {service}. {me}", ticket, cast.bob)
    assert told.text == f"Carol, {ticket.number}: ⟨service⟩. Bob"
    assert told.missing == ["service"]


def test_a_gap_is_never_sent(cast):
    ticket, bob = an_incident(cast), as_(cast.bob)
    form = {"body": "About ⟨service⟩", "mode": "reply"}
    answer = bob.post(here(ticket, "do/comment/"), form)
    assert answer.status_code == 422
    assert "Fill in ⟨service⟩ first." in answer.content.decode()
    assert not Draft.objects.exclude(due_at=None).exists()


def test_an_unknown_field_is_said_when_saving(cast):
    with pytest.raises(Invalid, match=r"\{colour\}"):
        a_reply(cast.bob, "{colour}")
    page = as_(cast.bob).post(
        "/settings/templates/new/", {"name": "x", "body": "{colour}"}
    )
    assert page.status_code == 422
    assert "{colour}" in page.content.decode()


def test_ones_own_are_ones_own_and_a_teams_are_the_teams(cast):
    mine = a_reply(cast.bob, name="Mine")
    ours = a_reply(cast.alice, name="Ours", team=cast.teams["desk"])
    a_reply(cast.erin, name="Theirs", team=cast.teams["network"])
    assert set(actions.visible_to(cast.bob)) == {mine, ours}
    assert set(actions.visible_to(cast.alice)) == {ours}
    assert not actions.visible_to(cast.carol).exists()
    assert as_(cast.alice).get(f"/settings/templates/{mine.slug}/").status_code == 404
    listed = as_(cast.bob).get("/settings/templates/").content.decode()
    assert "Mine" in listed
    assert "Ours" in listed
    assert "Theirs" not in listed


def test_only_leads_write_a_teams(cast):
    with pytest.raises(Forbidden):
        a_reply(cast.bob, team=cast.teams["desk"])
    ours = a_reply(cast.alice, team=cast.teams["desk"])
    form = {"name": "Bob was here", "body": "x"}
    assert (
        as_(cast.bob).post(f"/settings/templates/{ours.slug}/", form).status_code == 403
    )
    with pytest.raises(Forbidden):  # and nobody gives theirs to a team they do not lead
        actions.change_reply_template(
            reply_template=a_reply(cast.bob, name="Mine"),
            by=cast.bob,
            at=timezone.now(),
            team=cast.teams["desk"],
        )
    assert ReplyTemplate.objects.get(pk=ours.pk).name == "Hello"


def test_changes_are_in_the_log_without_their_words(cast):
    row = a_reply(cast.bob)
    form = {"name": "Hi", "body": "Good morning {first_name}", "is_active": "on"}
    assert (
        as_(cast.bob).post(f"/settings/templates/{row.slug}/", form).status_code == 302
    )
    told = Event.objects.filter(subject_type="reply_template").order_by("pk")
    assert [e.kind for e in told] == ["reply_template.create", "reply_template.change"]
    assert "Good" not in str([e.changes for e in told])
    row.refresh_from_db()
    assert row.body == "Good morning {first_name}"


def test_the_composer_offers_them_filled_and_a_page_without_scripts_too(cast):
    ticket, bob = an_incident(cast), as_(cast.bob)
    row = a_reply(cast.bob)
    a_reply(cast.bob, name="Old", is_active=False)
    offers = bob.get(here(ticket, "replies/?json=1&q=hel")).json()["offers"]
    assert [(o["name"], o["put"]) for o in offers] == [("Hello", "Hello Carol")]
    page = bob.get(here(ticket, "replies/")).content.decode()
    assert f"?reply={row.slug}#reply" in page
    page = bob.get(here(ticket, f"?reply={row.slug}")).content.decode()
    assert "Hello Carol</textarea>" in page
