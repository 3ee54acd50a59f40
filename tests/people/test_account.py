"""One's own account: devices, presence, look, language, the tour."""

from datetime import timedelta
from unittest.mock import Mock
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.utils import timezone

from config import live_sessions
from core.errors import Forbidden, Invalid
from core.models import Event
from people import account_actions, sessions
from people.models import SignIn, User
from tests.cast import AT, PASSWORD, Cast
from tests.factories import a_token, as_, later

pytestmark = pytest.mark.django_db
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1"
)


def signed_in(user: User, agent: str = FIREFOX, ip: str = "192.0.2.1") -> Client:
    client = Client(headers={"user-agent": agent}, REMOTE_ADDR=ip)
    client.post("/accounts/login/", {"login": user.email, "password": PASSWORD})
    return client


def test_a_person_sees_their_devices_and_signs_one_out(cast: Cast, monkeypatch):
    monkeypatch.setattr(live_sessions, "connection", Mock())  # it closes the test's
    here = signed_in(cast.bob)
    phone = signed_in(cast.bob, IPHONE, "2001:db8::7")
    page = here.get("/account/").content.decode()
    assert "Firefox on Linux" in page
    assert "Safari on iPhone" in page
    assert "2001:db8::7" in page
    row = SignIn.objects.get(ip="2001:db8::7")
    assert live_sessions.who(row.session_key) is not None
    heard = {row.session_key: live_sessions.who(row.session_key).audiences}
    assert here.post(f"/account/devices/{row.pk}/end/").status_code == 302
    assert phone.get("/account/").status_code == 302
    assert here.get("/account/").status_code == 200
    assert live_sessions.still_valid(heard) == set()  # its stream ends with it
    assert Event.objects.filter(kind="user.session_end").count() == 1
    assert "Safari on iPhone" not in here.get("/account/").content.decode()


def test_nobody_signs_anybody_else_out(cast: Cast):
    signed_in(cast.bob)
    row = SignIn.objects.get()
    for who in (cast.mallory, cast.alice, cast.grace):
        path = f"/account/devices/{row.pk}/end/"
        assert as_(who).post(path).status_code == 404
        with pytest.raises(Forbidden):
            account_actions.end_session(sign_in=row, by=who, at=AT)
        with pytest.raises(Forbidden):
            account_actions.end_other_sessions(user=cast.bob, by=who, at=AT, here="")
    assert SignIn.objects.filter(pk=row.pk).exists()


def test_everywhere_else_is_signed_out_at_once(cast: Cast):
    here, others = signed_in(cast.bob), [signed_in(cast.bob) for _n in range(3)]
    stranger = signed_in(cast.carol)
    here.post("/account/devices/end-others/")
    assert [c.get("/account/").status_code for c in others] == [302] * 3
    assert here.get("/account/").status_code == 200
    assert stranger.get("/account/").status_code == 200


def test_a_device_is_touched_now_and_then_and_never_at_every_page(
    cast: Cast, django_assert_num_queries, monkeypatch
):
    client = signed_in(cast.bob)
    row = SignIn.objects.get()
    client.get("/account/")
    assert SignIn.objects.get().seen_at == row.seen_at
    ahead = timezone.now() + timedelta(minutes=6)
    monkeypatch.setattr("people.middleware.timezone.now", lambda: ahead)
    client.get("/account/")
    assert SignIn.objects.get().seen_at == ahead


def test_a_session_whose_key_changes_is_still_the_same_device(cast: Cast):
    client = signed_in(cast.bob)
    new = "correct horse battery"
    sent = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    client.post("/accounts/password/change/", sent)
    client.get("/queue/")
    assert "This device" in client.get("/account/").content.decode()
    row = SignIn.objects.get()
    assert row.session_key == client.cookies["sessionid"].value


def test_what_is_over_is_forgotten(cast: Cast):
    signed_in(cast.bob)
    SignIn.objects.update(seen_at=AT)
    assert sessions.forget_old(timezone.now()) == 1


def test_signing_in_changes_the_session_so_that_a_planted_one_is_worth_nothing(
    cast: Cast, client: Client
):
    client.get("/accounts/login/")
    client.session["x"] = 1
    session = client.session
    session["planted"] = True
    session.save()
    before = session.session_key
    client.cookies["sessionid"] = before
    client.post("/accounts/login/", {"login": cast.bob.email, "password": PASSWORD})
    assert client.cookies["sessionid"].value != before
    planted = Client()
    planted.cookies["sessionid"] = before
    assert planted.get("/account/").status_code == 302


def test_presence_holds_until_it_said(cast: Cast):
    user = account_actions.set_presence(
        user=cast.bob, by=cast.bob, at=AT, presence="busy", until=later(30)
    )
    assert user.presence_at(later(29)) == "busy"
    assert user.presence_at(later(30)) == "available"
    event = Event.objects.get(kind="user.presence")
    assert event.changes["presence"] == ["available", "busy"]


@pytest.mark.parametrize(
    "given",
    [
        {"presence": "asleep"},
        {"presence": "away", "until": AT},
        {"presence": "away", "until": AT + timedelta(days=90)},
    ],
)
def test_a_presence_is_one_of_three_and_ends_ahead(cast: Cast, given: dict):
    with pytest.raises(Invalid):
        account_actions.set_presence(user=cast.bob, by=cast.bob, at=AT, **given)


def test_the_switch_is_in_the_menu_of_those_who_work_here(cast: Cast):
    client = as_(cast.bob)
    sent = {"presence": "away", "minutes": "60"}
    came = {"referer": "http://testserver/queue/?view=all"}
    answer = client.post("/account/presence/", sent, headers=came)
    assert answer.url == "/queue/?view=all"
    cast.bob.refresh_from_db()
    assert cast.bob.presence_at(timezone.now()) == "away"
    assert 'data-presence="away"' in client.get("/queue/").content.decode()
    assert as_(cast.carol).post("/account/presence/", sent).status_code == 403
    people = as_(cast.alice).get("/settings/people/").content.decode()
    assert "Away" in people
    with pytest.raises(Forbidden):
        account_actions.set_presence(
            user=cast.bob, by=cast.grace, at=AT, presence="available"
        )


def test_the_look_is_the_persons_on_every_device(cast: Cast):
    assert as_(cast.carol).post("/account/look/", {"theme": "dark"}).status_code == 302
    page = as_(cast.carol).get("/portal/").content.decode()
    assert 'data-theme="dark"' in page
    assert as_(cast.carol).post("/account/look/", {"theme": "pink"}).status_code == 422
    scripted = as_(cast.carol).post(
        "/account/look/", {"theme": ""}, headers={"x-requested-with": "fetch"}
    )
    assert scripted.status_code == 204


def test_a_language_is_chosen_and_another_than_ours_refused(cast: Cast):
    sent = {"what": "profile", "name": "Bob", "language": "de"}
    client = as_(cast.bob)
    assert client.post("/account/", sent).status_code == 302
    assert '<html lang="de"' in client.get("/account/").content.decode()
    assert client.post("/account/", {**sent, "language": "xx"}).status_code == 422


@pytest.mark.parametrize(
    "path", ["/account/look/", "/account/presence/", "/account/tour/"]
)
@pytest.mark.parametrize(
    "to", ["https://evil.test/", "//evil.test", "http://testserver//evil.test"]
)
def test_no_form_leads_to_another_site(cast: Cast, path: str, to: str):
    sent = {"next": to, "presence": "busy", "theme": "", "step": "2"}
    answer = as_(cast.bob).post(path, sent, headers={"referer": to})
    assert answer.status_code == 302
    assert urlsplit(answer.url).netloc == ""


@pytest.mark.parametrize(
    "path",
    [
        "/account/look/",
        "/account/tour/",
        "/account/presence/",
        "/account/devices/end-others/",
        "/account/",
        "/accounts/2fa/totp/activate/",
        "/settings/people/new/",
    ],
)
def test_every_change_needs_a_form_of_ours(cast: Cast, path: str):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(cast.grace)
    assert strict.post(path, {}).status_code == 403


def test_a_token_opens_no_page_and_only_what_its_scopes_name(cast: Cast):
    headers = {"Authorization": f"Bearer {a_token(cast.grace)}"}
    for path in ("/account/", "/settings/people/", "/accounts/2fa/"):
        assert Client().get(path, headers=headers).status_code == 302
    from people import tokens

    for scopes in (["incidents"], ["read"]):
        _row, secret = tokens.issue(
            user=cast.grace, name="narrow", at=AT, scopes=scopes
        )
        answer = Client().patch(
            f"/api/v1/users/{cast.bob.email}/",
            '{"roles": ["administrator"]}',
            content_type="application/json",
            headers={"Authorization": f"Bearer {secret}"},
        )
        assert answer.status_code == 403
    cast.bob.refresh_from_db()
    assert cast.bob.roles == ["agent"]


def test_the_tour_is_offered_once_and_can_be_left_without_a_script(cast: Cast):
    User.objects.filter(pk__in=[cast.bob.pk, cast.carol.pk]).update(tour=0)
    client, card = as_(cast.bob), 'class="tour"'
    assert card in client.get("/").content.decode()
    assert card not in client.get("/queue/").content.decode()
    assert client.post("/account/tour/", {"step": "1"}).url == "/queue/"
    assert "1 of 4" in client.get("/queue/").content.decode()
    for step in ("2", "3", "4"):
        sent, came = {"step": step}, {"referer": "http://testserver/queue/"}
        assert client.post("/account/tour/", sent, headers=came).url == "/queue/"
        assert f"{step} of 4" in client.get("/queue/").content.decode()
    client.post("/account/tour/", {"step": "5"})
    assert card not in client.get("/").content.decode()
    assert card not in as_(cast.carol).get("/portal/").content.decode()
    assert "Show me around again" in client.get("/account/").content.decode()
