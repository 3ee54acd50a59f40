"""The second step with a real browser: keys, passkeys, codes; the tour; the look."""

import re
from collections.abc import Callable

import pytest
from allauth.mfa.models import Authenticator
from playwright.sync_api import BrowserContext, CDPSession, Page, expect

from people.models import User
from tests.browser.conftest import NARROW, WIDE
from tests.cast import PASSWORD, Cast
from tests.people.test_second_step import code_of, forget_used_codes

pytestmark = pytest.mark.django_db(transaction=True)
LOGIN = "/accounts/login/"


@pytest.fixture
def key(context: BrowserContext, page: Page) -> CDPSession:
    """A security key in this browser that a finger is always on."""
    cdp = context.new_cdp_session(page)
    cdp.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    cdp.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return cdp


def sign_in_with_password(page: Page, user: User) -> None:
    page.goto(LOGIN)
    page.get_by_label("Work email").fill(user.email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def confirm(page: Page) -> None:
    expect(page.get_by_role("heading", name="Confirm it is you")).to_be_visible()
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()


def sign_out(context: BrowserContext) -> None:
    context.clear_cookies()
    forget_used_codes()


def test_a_security_key_is_added_asked_for_and_removed(
    page: Page,
    context: BrowserContext,
    key: CDPSession,
    cast: Cast,
    assert_accessible: Callable[[Page], None],
):
    sign_in_with_password(page, cast.bob)
    page.goto("/accounts/2fa/webauthn/add/")
    assert_accessible(page)
    confirm(page)
    page.get_by_label("Name of the key").fill("Blue key")
    assert_accessible(page)
    page.get_by_role("button", name="Add the key").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    assert_accessible(page)
    assert Authenticator.objects.filter(user=cast.bob, type="webauthn").count() == 1

    sign_out(context)
    sign_in_with_password(page, cast.bob)
    expect(page.get_by_role("heading", name="One more step")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("button", name="Use a security key").click()
    expect(page.get_by_role("heading", name="My work")).to_be_visible()

    page.goto("/accounts/2fa/webauthn/")
    assert_accessible(page)
    page.get_by_role("link", name="Rename Blue key").click()
    confirm(page)
    page.get_by_label("Name of the key").fill("Red key")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="Remove Red key").click()
    assert_accessible(page)
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("The key is removed.")).to_be_visible()
    assert not Authenticator.objects.filter(user=cast.bob).exists()


def test_a_passkey_signs_in_alone_and_leads_to_where_one_was(
    page: Page, context: BrowserContext, key: CDPSession, cast: Cast
):
    sign_in_with_password(page, cast.bob)
    page.goto("/accounts/2fa/webauthn/add/")
    confirm(page)
    page.get_by_label("Sign in with it alone").check()
    page.get_by_role("button", name="Add the key").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    sign_out(context)
    page.goto(f"{LOGIN}?next=/queue/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url("**/queue/")


def test_a_key_that_does_not_answer_is_said_and_nothing_is_lost(page: Page, cast: Cast):
    page.goto(LOGIN)
    fails = "navigator.credentials.get = () => Promise.reject(new Error())"
    page.evaluate(f"() => {{ {fails} }}")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_text("The key did not answer.")).to_be_visible()


def test_an_app_is_set_up_by_its_picture_or_its_words(
    page: Page,
    context: BrowserContext,
    cast: Cast,
    assert_accessible: Callable[[Page], None],
):
    sign_in_with_password(page, cast.carol)
    page.goto("/accounts/2fa/")
    assert_accessible(page)
    page.get_by_role("link", name="Set up an app").click()
    confirm(page)
    for size in (WIDE, NARROW):
        page.set_viewport_size(size)
        assert_accessible(page)
    drawn = "document.querySelector('.qr img').naturalWidth"
    assert page.evaluate(drawn) > 0  # the content policy lets it be drawn
    page.get_by_text("No camera?").click()
    secret = page.locator(".secret code").inner_text()
    page.get_by_label("Code").fill(code_of(secret))
    page.get_by_role("button", name="Switch on").click()
    expect(page.locator(".codes li")).to_have_count(10)
    sign_out(context)
    sign_in_with_password(page, cast.carol)
    page.get_by_label("Code").fill(code_of(secret))
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(re.compile("/portal/|/$"))


def test_the_tour_takes_four_steps_and_is_left_by_one_button(
    page: Page,
    sign_in: Callable[[User], None],
    cast: Cast,
    assert_accessible_in_every_look: Callable[[Page], None],
):
    User.objects.filter(pk=cast.bob.pk).update(tour=0)
    sign_in(cast.bob)
    page.goto("/")
    assert_accessible_in_every_look(page)
    card = page.get_by_role("region", name="A short tour")
    card.get_by_role("button", name="Show me around").click()
    page.wait_for_url("**/queue/")
    for n in (1, 2, 3):
        expect(card.get_by_text(f"{n} of 4")).to_be_visible()
        card.get_by_role("button", name="Next").click()
    card.get_by_role("button", name="Done").click()
    expect(card).to_have_count(0)


def test_the_look_follows_the_person_to_another_browser(
    page: Page, sign_in: Callable[[User], None], cast: Cast
):
    sign_in(cast.bob)
    page.goto("/")
    with page.expect_response("**/account/look/"):
        page.locator(".top > [data-theme-switch]").click()
    cast.bob.refresh_from_db()
    assert cast.bob.theme == "dark"
    page.reload()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
