"""The form that opens a ticket says what it will promise, by the time on the wall."""

from datetime import timedelta

from django.utils import timezone

from itsm.sla.models import Clock
from itsm.tickets import actions, promising
from itsm.tickets.promising import Wanted
from tests.cast import AT
from tests.factories import as_
from tests.itsm.sla.agreeing import a_calendar, an_agreement

HTMX = {"HX-Request": "true"}


def asked(cast, **fields):
    sent = {"impact": "low", "urgency": "high", "show": "priority", **fields}
    return as_(cast.bob).post("/new/incident/", sent, headers=HTMX).text


def test_what_is_foreseen_is_what_is_promised_then(cast):
    a_calendar(is_default=True)
    version = cast.processes["incident"].versions.get()
    found = promising.foresee(
        Wanted("incident", 4, version.pk, cast.services["vpn"].pk), at=AT
    )
    ticket = actions.open_ticket(
        type="incident",
        by=cast.carol,
        at=AT,
        title="VPN drops",
        service=cast.services["vpn"],
    )
    assert ticket.priority == 4
    clocks = Clock.objects.filter(ticket=ticket).exclude(due_at=None)
    promised = {clock.kind: clock.due_at for clock in clocks}
    assert {f.kind: f.due_at for f in found if f.kind in promised} == promised
    assert len(promised) == 2  # the next word is owed from the first on


def test_the_agreement_of_who_asks_counts_and_is_named(cast):
    an_agreement(
        "Acme gold",
        organisation=cast.organisations["acme"],
        targets={"P3": {"response": "PT1H", "resolution": "P1D"}},
        valid_from=(timezone.now() - timedelta(days=30)).date(),
    )
    assert "(Acme gold)" in asked(cast, requester="carol@demo.example")
    assert "Acme gold" not in asked(cast, requester="mallory@demo.example")
    assert "first word by" in asked(cast)


def test_another_service_tells_the_promise_anew(cast):
    an_agreement(
        "VPN first",
        service=cast.services["vpn"],
        targets={"P3": {"response": "PT1H", "resolution": "P1D"}},
        valid_from=(timezone.now() - timedelta(days=30)).date(),
    )
    text = asked(cast, service="vpn", show="category")
    assert 'id="priority" hx-swap-oob="true"' in text
    assert "(VPN first)" in text
    assert "VPN first" not in asked(cast, service="nobody\0knows")
