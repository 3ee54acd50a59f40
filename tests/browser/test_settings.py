"""An administrator makes a team and a person; settings and account have no finding."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from people.models import User
from tests.cast import Cast

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_administrator_makes_a_team_and_a_person_who_joins_it(
    page: Page, sign_in: Callable[[User], None], cast: Cast
):
    sign_in(cast.grace)
    page.goto("/settings/teams/")
    page.get_by_role("link", name="Add a team").click()
    page.get_by_label("Name").fill("Night Watch")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_text("Nobody yet.")).to_be_visible()

    page.goto("/settings/people/new/")
    page.get_by_label("Name").fill("Nora Night")
    page.get_by_label("Work email").fill("nora@demo.example")
    page.get_by_label("Agent").check()
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("heading", name="Nora Night")).to_be_visible()

    page.goto("/settings/teams/night-watch/")
    page.get_by_label("Add somebody by e-mail").fill("nora@demo.example")
    page.get_by_role("button", name="Add as lead").click()
    expect(page.locator(".memberlist").get_by_text("Lead", exact=True)).to_be_visible()
    nora = User.objects.get(email="nora@demo.example")
    assert nora.memberships.get().team.slug == "night-watch"


def test_axe_finds_nothing_in_settings_and_account(
    page: Page,
    sign_in: Callable[[User], None],
    cast: Cast,
    assert_accessible_in_every_look: Callable[[Page], None],
):
    sign_in(cast.grace)
    for path in (
        "/settings/people/",
        f"/settings/people/{cast.bob.pk}/",
        "/settings/teams/desk/",
        "/settings/organisations/",
        "/settings/services/vpn/",
        "/settings/categories/",
        "/settings/offerings/",
        "/settings/offerings/new-laptop/",
        "/settings/tokens/",
        "/account/",
    ):
        page.goto(path)
        assert_accessible_in_every_look(page)
