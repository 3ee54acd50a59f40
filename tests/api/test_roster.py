"""People as a file, invitations, members and tags over REST: for administrators."""

import pytest
from django.core import mail

from itsm.knowledge import actions as articles
from itsm.tickets.tags.models import Tag
from people.models import Membership, User
from tests.cast import AT
from tests.factories import an_incident

pytestmark = pytest.mark.django_db
FILE = "email,name,roles\nnew@demo.example,New,agent\nbob@demo.example,Robert,agent\n"


def test_a_file_of_people_is_tried_first_and_then_done_as_shown(cast, api):
    grace = api(cast.grace)
    tried = grace.post("roster/", {"text": FILE}).json()
    counts = tried["applied"], tried["created"], tried["changed"]
    assert counts == (False, 1, 1)
    assert [line["does"] for line in tried["lines"]] == ["create", "change"]
    assert not User.objects.filter(email="new@demo.example").exists()
    stale = grace.post("roster/", {"text": FILE, "shown": "something else"})
    assert stale.status_code == 422
    done = grace.post("roster/", {"text": FILE, "shown": tried["shown"]}).json()
    assert (done["applied"], done["created"], done["changed"]) == (True, 1, 1)
    assert User.objects.get(email="bob@demo.example").name == "Robert"
    file = grace.get("roster/")
    text = b"".join(file.streaming_content).decode()
    assert "new@demo.example" in text
    again = grace.post("roster/", {"text": text}).json()
    assert (again["created"], again["changed"]) == (0, 0)


def test_what_is_wrong_in_the_file_is_named_by_its_line(cast, api):
    wrong = "email,roles\nbob@demo.example,king\n"
    (fault,) = api(cast.grace).post("roster/", {"text": wrong}).json()["faults"]
    assert (fault["line"], fault["column"]) == (2, "roles")
    assert api(cast.grace).post("roster/", {}).status_code == 422


def test_only_administrators_bring_people_in_or_out(cast, api):
    for person in (cast.bob, cast.alice, cast.carol):
        assert api(person).get("roster/").status_code == 403
        assert api(person).post("roster/", {"text": FILE}).status_code == 403
        answer = api(person).post("users/bob@demo.example/invite/")
        assert answer.status_code in {403, 404}


def test_an_invitation_is_sent(cast, api, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        answer = api(cast.grace).post("users/BOB@demo.example/invite/")
    assert answer.status_code == 200
    assert [m.to for m in mail.outbox] == [["bob@demo.example"]]


def test_people_join_lead_and_leave_a_team(cast, api):
    grace, here = api(cast.grace), "teams/network/members/"
    for role, lead in (("member", False), ("lead", True)):
        sent = {"person": "bob@demo.example", "role": role}
        members = grace.post(here, sent).json()["members"]
        assert {"email": "bob@demo.example", "is_lead": lead} in members
    grace.post(here, {"person": "bob@demo.example", "role": "none"})
    assert not Membership.objects.filter(user=cast.bob, team__slug="network").exists()
    sent = {"person": "bob@demo.example", "role": "lead"}
    assert api(cast.alice).post(here, sent).status_code == 403
    assert grace.post(here, {"person": "bob@demo.example"}).status_code == 422


def test_tags_are_kept_by_administrators(cast, api):
    grace = api(cast.grace)
    made = grace.post("tags/", {"name": "Rollout", "colour": Tag.Colour.values[1]})
    assert made.status_code == 201, made.content
    off = grace.patch("tags/rollout/", {"name": "Roll-out", "active": False}).json()
    assert (off["slug"], off["name"], off["active"]) == ("rollout", "Roll-out", False)
    assert grace.post("tags/", {"name": "roll-out"}).status_code == 422
    assert api(cast.alice).post("tags/", {"name": "x"}).status_code == 403
    assert api(cast.alice).patch("tags/rollout/", {"name": "x"}).status_code == 403


def test_an_article_is_linked_to_a_ticket_and_taken_off(cast, api):
    article = articles.write(by=cast.bob, at=AT, title="T", body="B")
    ticket, bob = an_incident(cast), api(cast.bob)
    here = f"articles/{article.number}"
    assert bob.post(f"{here}/link/", {"ticket": ticket.number}).status_code == 200
    assert article.links.get().ticket == ticket
    assert bob.post(f"{here}/unlink/", {"ticket": ticket.number}).status_code == 200
    assert not article.links.exists()
    assert bob.post(f"{here}/link/", {"ticket": "INC-1"}).status_code == 422
    assert bob.post(f"{here}/link/", {}).status_code == 422
    assert api(cast.carol).post(f"{here}/link/", {}).status_code == 404
