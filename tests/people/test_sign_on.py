"""Signing in through an OpenID Connect provider: who gets in, as whom, and who not."""

import html
import re
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit
from urllib.request import HTTPRedirectHandler, build_opener

import pytest
from allauth.socialaccount.models import SocialAccount
from django.test import Client

from core.errors import Forbidden, Invalid
from core.models import Event
from people.models import SignOn, User
from people.sign_on import is_safe, person_for, save_sign_on, secret_of, unlink_sign_on
from tests.cast import AT, Cast
from tests.factories import as_
from tests.people.issuer import Issuer, running

pytestmark = pytest.mark.django_db
START, PAGE = "/accounts/sign-on/", "/settings/sign-on/"


@pytest.fixture
def issuer(cast: Cast) -> Iterator[Issuer]:
    with running() as found:
        set_up(cast, found)
        yield found


def set_up(cast: Cast, at_issuer: Issuer, **more) -> SignOn:
    given = {
        "name": "Acme ID",
        "issuer": at_issuer.url,
        "client_id": at_issuer.client_id,
        "secret": at_issuer.secret,
        "domains": ["acme.example", "demo.example"],
        "is_active": True,
    }
    return save_sign_on(by=cast.grace, at=AT, **(given | more))


class _Stay(HTTPRedirectHandler):
    def redirect_request(self, *args):
        return None


def back_from(issuer: Issuer, client: Client, next_url: str = "") -> str:
    """To the provider and through it; the address it sends the browser back to."""
    onward = client.post(START, {"next": next_url})
    assert onward.status_code == 200, onward.content
    found = re.search(r"url=([^\"]+)\"", onward.content.decode())
    assert found
    where = html.unescape(found[1])
    assert where.startswith(issuer.url)
    try:
        build_opener(_Stay).open(where)
    except Exception as answer:  # urllib raises what it does not follow
        to = answer.headers["Location"]
    parts = urlsplit(to)
    return f"{parts.path}?{parts.query}"


def through(issuer: Issuer, client: Client, next_url: str = ""):
    return client.get(back_from(issuer, client, next_url))


def is_signed_in(client: Client) -> bool:
    return client.get("/account/").status_code == 200


def test_somebody_new_of_an_allowed_domain_becomes_a_requester(
    issuer: Issuer, client: Client
):
    page = client.get("/accounts/login/").content.decode()
    assert "Sign in with Acme ID" in page
    answer = through(issuer, client, "/portal/")
    assert answer.status_code == 302, answer.content
    assert answer.url == "/portal/"
    assert is_signed_in(client)
    nora = User.objects.get(email="nora@acme.example")
    assert (nora.name, nora.roles, nora.is_staff) == ("Nora New", [], False)
    assert not nora.has_usable_password()
    kinds = Event.objects.filter(subject_type="user", subject_id=nora.pk)
    assert {e.kind for e in kinds} == {"user.create", "user.sign_on_link"}
    again = Client()
    through(issuer, again)
    assert is_signed_in(again)
    assert User.objects.filter(email__startswith="nora").count() == 1


def test_somebody_who_is_here_is_known_by_a_verified_address_whatever_its_case(
    cast: Cast, issuer: Issuer, client: Client
):
    issuer.claims |= {"email": "BOB@demo.example", "sub": "b"}
    through(issuer, client)
    assert client.session["_auth_user_id"] == str(cast.bob.pk)
    cast.bob.refresh_from_db()
    assert cast.bob.roles == ["agent"]
    assert SocialAccount.objects.get().extra_data == {}


@pytest.mark.parametrize(
    "claims",
    [
        {"email_verified": False},
        {"email_verified": "true"},
        {"email_verified": None},
        {"email_verified": False, "xms_edov": True},
        {"email": ""},
        {"email": "bob@demo.example.evil.test"},
        {"email": "grace@other.example"},
        {"email": "bob@demo.example\n@acme.example"},
    ],
)
def test_an_address_that_is_unverified_or_of_another_domain_takes_nobody_over(
    cast: Cast, issuer: Issuer, client: Client, claims: dict
):
    issuer.claims |= {"email": "bob@demo.example", **claims}
    before = User.objects.count()
    answer = through(issuer, client)
    assert answer.status_code == 403
    assert not is_signed_in(client)
    assert User.objects.count() == before
    assert not SocialAccount.objects.exists()


@pytest.mark.parametrize("said", [True, 1, "1", "true"])
def test_entra_says_in_its_own_words_that_an_address_is_verified(
    cast: Cast, issuer: Issuer, client: Client, said: object
):
    del issuer.claims["email_verified"]
    issuer.claims |= {"email": "bob@demo.example", "xms_edov": said}
    through(issuer, client)
    assert client.session["_auth_user_id"] == str(cast.bob.pk)


@pytest.mark.parametrize("claims", [{}, {"xms_edov": False}, {"xms_edov": "0"}])
def test_a_provider_that_vouches_for_no_address_signs_nobody_in_and_says_why(
    cast: Cast, issuer: Issuer, client: Client, claims: dict
):
    del issuer.claims["email_verified"]
    issuer.claims |= {"email": "bob@demo.example", **claims}
    answer = through(issuer, client)
    assert answer.status_code == 403
    assert not is_signed_in(client)
    why = "has not verified" if claims else "does not say whether"
    assert why in answer.content.decode()
    page = as_(cast.grace).get("/settings/sign-on/").content.decode()
    assert "optional claims email and xms_edov" in page


def test_an_address_that_moved_to_somebody_else_opens_nothing(
    cast: Cast, issuer: Issuer, client: Client
):
    issuer.claims |= {"email": "bob@demo.example", "sub": "old bob"}
    through(issuer, client)
    issuer.claims |= {"sub": "new bob"}
    stranger = Client()
    assert through(issuer, stranger).status_code == 403
    assert not is_signed_in(stranger)
    unlink_sign_on(user=cast.bob, by=cast.grace, at=AT)
    through(issuer, stranger)
    assert is_signed_in(stranger)


def test_a_known_person_stays_themselves_when_the_address_changes(
    cast: Cast, issuer: Issuer, client: Client
):
    issuer.claims |= {"email": "bob@demo.example", "sub": "b"}
    through(issuer, client)
    issuer.claims |= {"email": "grace@demo.example"}
    again = Client()
    through(issuer, again)
    assert again.session["_auth_user_id"] == str(cast.bob.pk)


def test_a_closed_account_stays_closed(cast: Cast, issuer: Issuer, client: Client):
    User.objects.filter(pk=cast.bob.pk).update(is_active=False)
    issuer.claims |= {"email": "bob@demo.example"}
    assert through(issuer, client).status_code == 403
    assert not is_signed_in(client)


def test_a_second_step_is_asked_for_all_the_same(
    cast: Cast, issuer: Issuer, client: Client
):
    from tests.people.test_second_step import set_up as with_app

    with_app(cast.bob)
    issuer.claims |= {"email": "bob@demo.example"}
    answer = through(issuer, client)
    assert answer.url.startswith("/accounts/2fa/authenticate/")
    assert not is_signed_in(client)


def test_a_token_for_another_client_or_of_another_issuer_is_refused(
    issuer: Issuer, client: Client
):
    issuer.audience = "somebody-else"
    assert through(issuer, client).status_code in {401, 403, 502}
    assert not is_signed_in(client)
    issuer.audience = issuer.client_id
    issuer.issuer = "https://evil.test"
    assert client.post(START).status_code == 502
    assert not is_signed_in(client)


def test_userinfo_of_another_person_is_refused(issuer: Issuer, client: Client):
    issuer.userinfo = dict(issuer.claims, sub="43")
    del issuer.claims["email"]
    through(issuer, client)
    assert not is_signed_in(client)
    issuer.userinfo["sub"] = "42"
    through(issuer, client)
    assert is_signed_in(client)


def test_an_answer_that_this_browser_did_not_ask_for_signs_nobody_in(
    issuer: Issuer, client: Client
):
    """Login CSRF: an attacker's code put into somebody else's browser."""
    address = back_from(issuer, client)
    victim = Client()
    victim.get(address)
    assert not is_signed_in(victim)
    assert client.get(address).status_code == 302
    assert client.get(address).status_code != 500  # and not twice


@pytest.mark.parametrize(
    "next_url", ["https://evil.test/", "//evil.test/", "javascript:alert(1)"]
)
def test_it_never_leads_to_another_site(issuer: Issuer, client: Client, next_url: str):
    answer = through(issuer, client, next_url)
    assert answer.status_code == 302
    assert urlsplit(answer.url).netloc == ""
    assert answer.url == "/"


def test_only_a_form_of_ours_begins_it(issuer: Issuer):
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(START).status_code == 403
    assert strict.get(START).url == "/accounts/login/"


def test_where_people_come_back_to_does_not_follow_the_host_header(
    issuer: Issuer, client: Client, settings
):
    settings.ALLOWED_HOSTS = ["testserver", "other.test"]
    page = client.post(START, headers={"host": "other.test"}).content.decode()
    where = html.unescape(re.search(r"url=([^\"]+)\"", page)[1])
    to = parse_qs(urlsplit(where).query)["redirect_uri"][0]
    assert to == f"{settings.BASE_URL}/accounts/sign-on/back/"


@pytest.mark.parametrize("status", [500, 302])
def test_a_provider_that_fails_is_said_and_signs_nobody_in(
    issuer: Issuer, client: Client, status: int
):
    issuer.token_status = status
    answer = through(issuer, client)
    assert answer.status_code == 401
    assert "The provider did not answer" in answer.content.decode()
    assert not is_signed_in(client)


def test_a_session_from_before_is_not_the_session_after(issuer: Issuer, client: Client):
    address = back_from(issuer, client)
    before = client.cookies["sessionid"].value
    client.get(address)
    assert client.cookies["sessionid"].value != before


# The settings page -------------------------------------------------------------


def sent(issuer: Issuer, **more) -> dict[str, str]:
    return {
        "name": "Acme ID",
        "issuer": issuer.url,
        "client_id": issuer.client_id,
        "domains": "acme.example\n@demo.example",
        "is_active": "on",
        **more,
    }


def test_the_secret_goes_in_and_never_comes_out(cast: Cast, issuer: Issuer):
    row = SignOn.objects.get()
    assert issuer.secret not in row.secret
    assert secret_of(row) == issuer.secret
    client = as_(cast.grace)
    assert issuer.secret not in client.get(PAGE).content.decode()
    assert client.post(PAGE, sent(issuer)).status_code == 302  # empty keeps it
    row.refresh_from_db()
    assert secret_of(row) == issuer.secret
    client.post(PAGE, sent(issuer, secret="another one"))
    row.refresh_from_db()
    assert secret_of(row) == "another one"
    page = client.get(PAGE).content.decode()
    logged = str(list(Event.objects.values_list("changes", flat=True)))
    for secret in (issuer.secret, "another one"):
        assert secret not in page
        assert secret not in logged
    wrong = client.post(PAGE, sent(issuer, secret="a third", domains="x"))
    assert "a third" not in wrong.content.decode()


def test_only_administrators_open_it(cast: Cast, issuer: Issuer):
    for who in (cast.alice, cast.bob, cast.carol):
        assert as_(who).get(PAGE).status_code == 403
        assert as_(who).post(PAGE, sent(issuer)).status_code == 403
        with pytest.raises(Forbidden):
            save_sign_on(by=who, at=AT, name="Mine")


@pytest.mark.parametrize(
    "given",
    [
        {"issuer": "http://id.acme.example"},
        {"issuer": "ftp://127.0.0.1/"},
        {"issuer": "https://user:secret@127.0.0.1/"},
        {"issuer": "http://127.0.0.1:9"},
        {"domains": ["not a domain"]},
        {"domains": []},
        {"client_id": " "},
    ],
)
def test_what_could_not_work_is_refused_before_it_is_kept(
    cast: Cast, issuer: Issuer, given: dict
):
    with pytest.raises(Invalid):
        set_up(cast, issuer, **given)
    assert SignOn.objects.get().issuer == issuer.url


def test_a_description_that_names_an_unsafe_address_is_refused(
    cast: Cast, issuer: Issuer
):
    issuer.config = {"token_endpoint": "http://id.acme.example/token"}
    with pytest.raises(Invalid) as no:
        set_up(cast, issuer)
    assert "issuer" in no.value.errors


def test_another_issuer_needs_its_own_secret(cast: Cast, issuer: Issuer):
    with running() as other, pytest.raises(Invalid) as no:
        set_up(cast, issuer, issuer=other.url, secret="")
    assert "secret" in no.value.errors


def test_switched_off_there_is_no_button_and_no_way(cast: Cast, issuer: Issuer):
    set_up(cast, issuer, is_active=False)
    client = Client()
    assert "Acme ID" not in client.get("/accounts/login/").content.decode()
    assert client.post(START).status_code == 404
    assert client.get("/accounts/sign-on/back/").status_code == 404


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://id.example", True),
        ("http://127.0.0.1:80/x", True),
        ("http://localhost/", True),
        ("http://127.0.0.1.evil.test/", False),
        ("http://169.254.169.254/", False),
        ("https://a@b.example/", False),
        ("file:///etc/passwd", False),
        ("https://", False),
        ("https://[", False),
    ],
)
def test_what_is_asked_is_https_or_this_machine(url: str, expected: bool):
    assert is_safe(url) is expected


def test_an_address_longer_than_one_can_be_signs_nobody_in(cast: Cast, issuer: Issuer):
    long = f"{'a' * 60}@{'.'.join(['b' * 60] * 4)}.example"
    row = SignOn(name="Acme ID", issuer=issuer.url, domains=[long.partition("@")[2]])
    claims = {"email": long, "email_verified": True}
    with pytest.raises(Forbidden):
        person_for(row, uid="long", claims=claims, at=AT)


def test_an_issuer_that_calls_itself_no_text_is_refused(cast: Cast, issuer: Issuer):
    issuer.config = {"issuer": ["x"]}
    with pytest.raises(Invalid) as no:
        set_up(cast, issuer)
    assert "issuer" in no.value.errors
