"""The next word by a time, over REST: named among the verbs, refused in order."""

from datetime import timedelta

import pytest
from django.utils import timezone

from itsm.tickets import actions
from itsm.tickets.models import Comment
from tests.factories import an_incident, resolved

pytestmark = pytest.mark.django_db


def path(ticket, verb="promise"):
    return f"incidents/{ticket.number}/{verb}/"


def hours(n):
    return (timezone.now() + timedelta(hours=n)).isoformat()


def test_it_is_promised_and_named_among_the_verbs(cast, api):
    ticket = an_incident(cast, at=timezone.now())
    verbs = api(cast.bob).get(path(ticket, "verbs")).json()["verbs"]
    told = next(verb for verb in verbs if verb["name"] == "promise")
    assert told["requires"] == ["until"]
    body = {"until": hours(3), "comment": "The vendor looks at it."}
    answer = api(cast.bob).post(path(ticket), body)
    assert answer.status_code == 200
    assert answer.json()["number"] == ticket.number
    assert Comment.objects.get(ticket=ticket).is_public
    verbs = api(cast.carol).get(path(ticket, "verbs")).json()["verbs"]
    assert "promise" not in [verb["name"] for verb in verbs]


@pytest.mark.parametrize("until", [None, "", "soon", -1, 24 * 91])
def test_a_time_that_cannot_be_is_a_fault_of_its_field(cast, api, until):
    ticket = an_incident(cast, at=timezone.now())
    until = hours(until) if isinstance(until, int) else until
    answer = api(cast.bob).post(path(ticket), {"until": until})
    assert answer.status_code == 422
    assert list(answer.json()["errors"]) == ["until"]


def test_who_asks_may_not_and_who_sees_nothing_finds_nothing(cast, api):
    ticket = an_incident(cast, at=timezone.now())
    body = {"until": hours(3)}
    assert api(cast.carol).post(path(ticket), body).status_code == 403
    assert api(cast.mallory).post(path(ticket), body).status_code == 404


def test_not_once_it_is_solved_nor_while_they_are_asked(cast, api):
    body = {"until": hours(3)}
    assert api(cast.bob).post(path(resolved(cast)), body).status_code == 409
    asked = an_incident(cast, at=timezone.now(), service=cast.services["vpn"])
    actions.take(ticket=asked, by=cast.bob, at=timezone.now())
    actions.wait(ticket=asked, by=cast.bob, at=timezone.now(), reason="requester")
    answer = api(cast.bob).post(path(asked), body)
    assert answer.status_code == 409
    assert "they have the next word" in answer.json()["detail"]
