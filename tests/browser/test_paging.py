"""Being woken at night, and promises asked anew, in the browser and in every look."""

from collections.abc import Callable

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from core import jobs
from itsm.sla import paging
from itsm.sla.models import Page as Paged
from people.models import User
from tests.cast import Cast
from tests.factories import an_incident
from tests.people.rotas.rotas import a_rota, a_spec

pytestmark = pytest.mark.django_db(transaction=True)


def woken(cast: Cast) -> Paged:
    """Bob is woken for the VPN."""
    vpn = cast.services["vpn"]
    vpn.support_teams.set([cast.teams["desk"]])
    a_rota(cast, a_spec(cast.bob), a_spec(cast.erin))
    an_incident(cast, at=timezone.now(), service=vpn, impact="high", urgency="high")
    return Paged.objects.get()


def test_one_button_half_asleep_and_the_ticket_says_who_is_on_it(
    page: Page,
    sign_in: Callable[[User], None],
    cast: Cast,
    assert_accessible_in_every_look: Callable[[Page], None],
) -> None:
    made = woken(cast)
    address = f"/pages/{paging.token(made.pk, cast.bob.pk)}/"
    page.goto(address)
    assert_accessible_in_every_look(page)
    page.get_by_role("button", name="I am on it").click()
    expect(page.get_by_text("You are on it. Nobody else is woken.")).to_be_visible()
    assert_accessible_in_every_look(page)
    made.refresh_from_db()
    assert made.acknowledged_by == cast.bob
    page.goto("/pages/none/")
    expect(page.get_by_text("This link is over")).to_be_visible()
    assert_accessible_in_every_look(page)


def test_beside_the_ticket_somebody_else_may_say_so(
    page: Page,
    sign_in: Callable[[User], None],
    cast: Cast,
    assert_accessible_in_every_look: Callable[[Page], None],
) -> None:
    made = woken(cast)
    sign_in(cast.alice)
    page.goto(f"/incidents/{made.ticket.number}/")
    assert_accessible_in_every_look(page)
    page.get_by_role("button", name="I am on it").click()
    expect(page.get_by_text("You are on it. Nobody else is woken.")).to_be_visible()


def test_what_would_change_is_looked_at_first(
    page: Page,
    sign_in: Callable[[User], None],
    cast: Cast,
    assert_accessible_in_every_look: Callable[[Page], None],
) -> None:
    an_incident(cast, at=timezone.now())
    sign_in(cast.grace)
    page.goto("/settings/promises/")
    assert_accessible_in_every_look(page)
    page.get_by_role("button", name="What would change?").click()
    jobs.work_off()
    page.reload()
    expect(page.get_by_text("would have other promises.")).to_be_visible()
    assert_accessible_in_every_look(page)
    page.goto("/settings/promises/")
    expect(page.get_by_text("Only looked")).to_be_visible()
    assert_accessible_in_every_look(page)
