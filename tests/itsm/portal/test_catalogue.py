"""The catalogue is kept by administrators and, for their service, its owners."""

from datetime import timedelta

import pytest
from django.test import Client

from core.errors import Forbidden, Invalid
from core.models import Event
from itsm.requests import actions
from itsm.requests.models import Offering
from tests.cast import AT, Cast

pytestmark = pytest.mark.django_db


def test_an_administrator_adds_an_offering_that_can_be_ordered(cast: Cast):
    client = Client()
    client.force_login(cast.grace)
    sent = {"name": "Second screen", "promise": "16", "tasks": "Order it\n\nBring it"}
    answer = client.post("/settings/offerings/new/", sent)
    assert answer.url == "/settings/offerings/second-screen/"
    made = Offering.objects.get(slug="second-screen")
    assert (made.promise, made.tasks) == (timedelta(hours=16), ["Order it", "Bring it"])
    assert "Bring it" not in str(Event.objects.get(kind="offering.create").changes)
    client.force_login(cast.carol)
    assert b"2 days" in client.get("/portal/order/second-screen/").content


def test_a_yes_needs_somebody_who_says_it(cast: Cast):
    with pytest.raises(Invalid) as no:
        actions.create_offering(by=cast.grace, at=AT, name="Role", approval="hr")
    assert "approver" in no.value.errors


def test_only_the_service_owner_changes_an_offering_of_theirs(cast: Cast):
    cast.erin.roles = ["agent", "service_owner"]
    vpn, laptop = cast.offerings["vpn-access"], cast.offerings["new-laptop"]
    actions.change_offering(offering=vpn, by=cast.erin, at=AT, is_active=False)
    for by, offering in ((cast.erin, laptop), (cast.bob, vpn)):
        with pytest.raises(Forbidden):
            actions.change_offering(offering=offering, by=by, at=AT, name="Mine")
    with pytest.raises(Forbidden):
        actions.create_offering(by=cast.erin, at=AT, name="No service")
