"""One's own over REST: account, presence, tokens, devices, views, mentions, outages."""

from datetime import timedelta

import pytest
from django.utils import timezone

from core.models import Event
from itsm.tickets import actions, kinds
from itsm.tickets.mentions.models import Mention
from itsm.tickets.models import Ticket
from itsm.tickets.together.models import Handover
from itsm.tickets.views import actions as views
from people.models import ApiToken, SignIn, User
from tests.factories import a_token, an_incident, as_, later, said, taken

pytestmark = pytest.mark.django_db


def test_the_account_is_told_and_changed(cast, api):
    carol = api(cast.carol)
    assert carol.get("me/").json()["email"] == "carol@demo.example"
    answer = carol.patch("me/", {"phone": "+43 1", "language": "de", "theme": "dark"})
    assert answer.status_code == 200
    assert (answer.json()["phone"], answer.json()["language"]) == ("+43 1", "de")
    refused = carol.patch("me/", {"roles": ["administrator"]})
    assert refused.status_code == 422
    assert carol.patch("me/", {"time_zone": "Mars"}).status_code == 422
    assert User.objects.get(pk=cast.carol.pk).roles == ["requester"]


def test_presence_holds_until_it_ends_and_is_for_those_who_work_here(cast, api):
    until = timezone.now() + timedelta(hours=1)
    away = {"presence": "away", "until": until.isoformat()}
    told = api(cast.bob).post("me/presence/", away)
    assert told.status_code == 200, told.content
    assert told.json()["presence"] == "away"
    back = api(cast.bob).post("me/presence/", {"presence": "available"}).json()
    assert (back["presence"], back["presence_until"]) == ("available", None)
    assert api(cast.carol).post("me/presence/", away).status_code == 403
    assert api(cast.bob).post("me/presence/", {"presence": "gone"}).status_code == 422


def test_own_tokens_are_listed_without_secrets_and_revoked(cast, api):
    bob, theirs = api(cast.bob), a_token(cast.alice)
    mine = bob.get("me/tokens/").json()["results"]
    assert [one["is_this"] for one in mine] == [True]
    assert "digest" not in str(mine)
    hers = ApiToken.objects.get(user=cast.alice)
    assert bob.send("delete", f"me/tokens/{hers.pk}/", {}).status_code == 404
    assert bob.send("delete", f"me/tokens/{mine[0]['id']}/", {}).status_code == 204
    assert bob.get("me/").status_code == 401
    assert theirs.startswith(hers.prefix)


def test_no_token_issues_another_and_one_for_a_collection_is_not_for_the_account(
    cast, api
):
    assert api(cast.bob).post("me/tokens/", {"name": "x"}).status_code == 405
    assert api(cast.bob, "incidents").get("me/").status_code == 403
    assert api(cast.bob, "read").patch("me/", {"phone": "1"}).status_code == 403


def test_own_devices_are_listed_and_signed_out(cast, api):
    browser = as_(cast.bob)
    browser.get("/")
    bob = api(cast.bob)
    rows = bob.get("me/sessions/").json()["results"]
    assert [row["is_this"] for row in rows] == [False]
    pk = rows[0]["id"]
    assert api(cast.alice).send("delete", f"me/sessions/{pk}/", {}).status_code == 404
    assert bob.send("delete", f"me/sessions/{pk}/", {}).status_code == 204
    assert not SignIn.objects.exists()
    assert "/accounts/login/" in browser.get("/").url


def test_a_view_is_saved_named_anew_removed_and_brought_back(cast, api):
    bob = api(cast.bob)
    sent = {"name": "VPN", "list": "/queue/?service=vpn"}
    made = bob.post("views/", sent)
    assert made.status_code == 201, made.content
    view = made.json()
    assert "service=vpn" in view["list"]
    assert bob.get("views/").json()["results"] == [view]
    here = f"views/{view['id']}/"
    assert bob.patch(here, {"name": "Tunnels"}).json()["name"] == "Tunnels"
    moved = bob.patch(here, {"list": "/queue/?service=e-mail"}).json()
    assert "service=e-mail" in moved["list"]
    assert bob.send("delete", here, {}).status_code == 204
    assert bob.get("views/").json()["results"] == []
    assert bob.get(here).json()["is_removed"]
    assert bob.patch(here, {"is_removed": False}).status_code == 200
    assert len(bob.get("views/").json()["results"]) == 1


def test_views_are_their_owners_or_a_teams(cast, api):
    mine = views.save(by=cast.bob, at=later(1), name="Mine", query="")
    here = f"views/{mine.pk}/"
    assert api(cast.alice).get(here).status_code == 404
    shared = {"name": "Ours", "list": "/incidents/", "team": "desk"}
    assert api(cast.bob).post("views/", shared).status_code == 403
    team = api(cast.alice).post("views/", shared).json()
    seen = api(cast.erin).get(f"views/{team['id']}/").json()
    assert (seen["team"], seen["may_change"]) == ("desk", False)
    path = f"views/{team['id']}/"
    assert api(cast.erin).patch(path, {"name": "x"}).status_code == 403
    assert api(cast.carol).get(path).status_code == 404
    assert api(cast.carol).get("views/").json()["results"] == []
    for wrong in ({"list": "http://evil/"}, {"list": "/queue/"}, {"name": "x"}):
        assert api(cast.bob).post("views/", wrong).status_code == 422


def test_what_somebody_saved_meanwhile_is_not_overwritten(cast, api):
    bob = api(cast.bob)
    view = bob.post("views/", {"name": "VPN", "list": "/queue/?service=vpn"}).json()
    for path, first, then in (
        ("me/", {"phone": "1"}, {"phone": "2"}),
        (f"views/{view['id']}/", {"name": "Tunnels"}, {"name": "Doors"}),
    ):
        seen = bob.get(path).headers["ETag"]
        now = bob.patch(path, first, if_match=seen)
        assert now.status_code == 200, now.content
        assert bob.patch(path, then, if_match=seen).status_code == 412
        wrong = {"no such field": 1}
        assert bob.patch(path, wrong, if_match=seen).status_code == 412
        assert bob.get(path).json() == now.json()
        assert bob.patch(path, then, if_match=now.headers["ETag"]).status_code == 200


def test_a_change_of_a_view_is_done_whole_or_not_at_all(cast, api):
    bob = api(cast.bob)
    view = bob.post("views/", {"name": "VPN", "list": "/queue/?service=vpn"}).json()
    here = f"views/{view['id']}/"
    bob.send("delete", here, {})
    refused = bob.patch(here, {"is_removed": False, "name": "  "})
    assert refused.status_code == 422
    assert bob.get(here).json()["is_removed"]


def test_who_may_not_change_a_view_hears_that_first(cast, api):
    team = {"name": "Ours", "list": "/incidents/", "team": "desk"}
    view = api(cast.alice).post("views/", team).json()
    erin, here = api(cast.erin), f"views/{view['id']}/"
    assert erin.patch(here, b"no JSON").status_code == 403
    assert erin.send("delete", f"{here}?x=1", {}).status_code == 403


def test_views_and_mentions_come_in_pages(cast, api):
    bob, ticket = api(cast.bob), an_incident(cast)
    for name in ("One", "Two"):
        views.save(by=cast.bob, at=later(1), name=name, query="")
        said(ticket, f"{name}: @bob@demo.example", by=cast.alice, public=False)
    for path in ("views/", "mentions/"):
        first = bob.get(f"{path}?limit=1").json()
        (one,), rest = first["results"], first["next"].partition("/api/v1/")[2]
        (other,) = bob.get(rest).json()["results"]
        assert one["id"] != other["id"]
        assert bob.get(f"{path}?page=2").status_code == 400


def test_mentions_are_read_once(cast, api):
    ticket = an_incident(cast)
    said(ticket, "Please look, @bob@demo.example", by=cast.alice, public=False)
    bob = api(cast.bob)
    (one,) = bob.get("mentions/").json()["results"]
    assert (one["ticket"], one["by"]) == (ticket.number, "alice@demo.example")
    path = f"mentions/{one['id']}/"
    assert api(cast.erin).send("delete", path, {}).status_code == 404
    assert bob.send("delete", path, {}).status_code == 204
    assert bob.get("mentions/").json()["results"] == []
    assert Mention.objects.get().read_at is not None


def test_what_one_is_told_of_a_hand_over_goes_a_question_stays(cast, api):
    ticket = taken(cast)
    now = timezone.now()
    actions.ask(ticket=ticket, by=cast.erin, at=now, comment="I know it")
    (asked,) = api(cast.bob).get("handovers/").json()["results"]
    assert (asked["kind"], asked["about"]) == ("asked", "erin@demo.example")
    assert asked["reason"] == "I know it"
    bob = api(cast.bob)
    assert bob.send("delete", f"handovers/{asked['id']}/", {}).status_code == 404
    assert bob.send("delete", "handovers/0/?x=1", {}).status_code == 404
    ticket = Ticket.objects.get(pk=ticket.pk)
    actions.keep(ticket=ticket, by=cast.bob, at=now, person=cast.erin)
    erin = api(cast.erin)
    (told,) = erin.get("handovers/").json()["results"]
    assert told["kind"] == "kept"
    assert erin.send("delete", f"handovers/{told['id']}/", {}).status_code == 204
    assert not Handover.objects.exists()


def test_a_caller_who_rings_again_is_noted(cast, api):
    ticket = an_incident(cast)
    here = f"tickets/{ticket.number}/called/"
    told = api(cast.bob).post(here, {"channel": "walk_in"})
    assert told.json()["number"] == ticket.number
    event = Event.objects.filter(kind=kinds.CALLED).get()
    assert event.changes == {"channel": [None, "walk_in"]}
    assert api(cast.bob).post(here, {"channel": "mail"}).status_code == 422
    assert api(cast.carol).post(here).status_code == 403
    assert api(cast.mallory).post(here).status_code == 404


def test_an_outage_is_announced_joined_and_left(cast, api):
    ticket = an_incident(cast, service=cast.services["vpn"], by=cast.alice)
    here, mallory = f"outages/{ticket.number}/me_too/", api(cast.mallory)
    assert mallory.post(here).status_code == 404
    announce = f"incidents/{ticket.number}/announce/"
    said_so = {"shown": True, "wording": "slow"}
    assert api(cast.bob).post(announce, said_so).status_code == 403
    assert api(cast.carol).post(announce, said_so).status_code == 404
    assert api(cast.alice).post(announce, said_so).json() == {
        **said_so,
        "expected_at": None,
    }
    (known,) = mallory.get("outages/").json()["results"]
    assert (known["number"], known["is_mine"]) == (ticket.number, False)
    assert "VPN is slow" in known["sentence"]
    (mine,) = mallory.post(here).json()["results"]
    assert mine["is_mine"]
    assert Ticket.objects.get(pk=ticket.pk).affected == 2
    assert mallory.send("delete", here, {}).status_code == 204
    assert Ticket.objects.get(pk=ticket.pk).affected == 1
