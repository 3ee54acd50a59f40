"""Known outages: who is told what, in whose words, and "me too"."""

from datetime import timedelta

import pytest
from django.utils import timezone

from core.errors import Forbidden, Invalid
from core.models import Event
from itsm.knowledge import actions as knowledge
from itsm.portal import actions, kinds, outages
from itsm.portal.models import MeToo, Outage
from itsm.tickets import actions as tickets
from itsm.tickets.models import Ticket
from people.models import Service
from tests.cast import Cast
from tests.factories import an_incident, as_, resolved

pytestmark = pytest.mark.django_db
BAD = {"impact": "high", "urgency": "high", "title": "Zqsecretwords"}


def broken(cast: Cast, **given) -> Ticket:
    values = {**BAD, "service": cast.services["vpn"], "at": timezone.now(), **given}
    return an_incident(cast, **values)


def home(user) -> str:
    return as_(user).get("/portal/").content.decode()


def told(user) -> list[str]:
    return [one.number for one in outages.known(user, at=timezone.now())]


def test_the_portal_opens_with_what_is_broken_in_our_words_only(cast):
    ticket = broken(cast, by=cast.erin, requester=cast.erin)
    page = home(cast.carol)
    assert "We know about a problem with VPN since" in page
    assert "Zqsecretwords" not in page
    assert as_(cast.carol).get(f"/portal/{ticket.number}/").status_code == 404


def test_anothers_organisation_is_told_only_where_staff_choose_to(cast):
    ticket = broken(cast)  # Carol's, of Acme
    assert told(cast.carol) == [ticket.number]
    assert told(cast.mallory) == []
    actions.announce(
        ticket=ticket, by=cast.alice, at=timezone.now(), shown=True, wording="slow"
    )
    assert "VPN is slow since" in home(cast.mallory)
    actions.announce(ticket=ticket, by=cast.alice, at=timezone.now(), shown=False)
    assert told(cast.carol) == told(cast.mallory) == []


@pytest.mark.parametrize(
    "given",
    [
        {"urgency": "medium", "impact": "medium"},
        {"service": None},
        {"restricted": True},
        {"at": timezone.now() - timedelta(days=20)},
    ],
    ids=["not urgent", "no service", "restricted", "old"],
)
def test_nobody_is_told_of_these(cast, given):
    broken(cast, by=cast.erin, requester=cast.erin, **given)
    assert told(cast.carol) == []


def test_a_service_of_another_organisation_is_not_told_of(cast):
    ticket = broken(cast, by=cast.erin, requester=cast.erin)
    ticket.service.organisations.set([cast.organisations["globex"]])
    assert told(cast.carol) == []
    assert told(cast.mallory) == [ticket.number]
    Service.objects.update(is_restricted=True)
    assert told(cast.mallory) == []


def test_me_too_counts_and_can_be_taken_back_without_showing_the_ticket(cast):
    ticket = broken(cast, by=cast.erin, requester=cast.erin)
    carol = as_(cast.carol)
    path = f"/portal/known/{ticket.number}/"
    for _twice in range(2):
        assert carol.post(path).status_code == 302
    ticket.refresh_from_db()
    assert ticket.affected == 2
    assert not Ticket.objects.visible_to(cast.carol).exists()
    assert "You have it too" in home(cast.carol)
    carol.post(path, {"undo": "yes"})
    ticket.refresh_from_db()
    assert (ticket.affected, MeToo.objects.count()) == (1, 0)
    found = Event.objects.filter(subject_id=ticket.pk, kind__in=KINDS).order_by("id")
    assert [(e.kind, e.public) for e in found] == [
        (kinds.ME_TOO, False),
        (kinds.NOT_ME, False),
    ]


KINDS = (kinds.ME_TOO, kinds.NOT_ME)


def test_me_too_tells_nobody_whether_a_ticket_exists(cast):
    hidden = broken(cast, title="Other")
    for number in (hidden.number, "INC-999999"):
        answer = as_(cast.mallory).post(f"/portal/known/{number}/")
        assert answer.status_code == 404
    with pytest.raises(Forbidden):
        actions.me_too(ticket=hidden, by=cast.mallory, at=timezone.now())


def test_those_who_have_it_too_are_told_when_it_is_over(cast):
    ticket = broken(cast, by=cast.erin, requester=cast.erin)
    actions.me_too(ticket=ticket, by=cast.carol, at=timezone.now())
    both = {"ticket": ticket, "by": cast.erin}
    tickets.resolve(**both, at=timezone.now(), resolution="Gateway restarted")
    page = home(cast.carol)
    assert "VPN should work again." in page
    assert "Gateway restarted" not in page
    assert told(cast.mallory) == []


def test_leads_and_dispatchers_choose_what_is_told(cast):
    ticket = broken(cast, by=cast.erin, requester=cast.erin)
    for who in (cast.bob, cast.carol):
        with pytest.raises(Forbidden):
            actions.announce(ticket=ticket, by=who, at=timezone.now(), shown=True)
    with pytest.raises(Invalid):
        actions.announce(
            ticket=ticket, by=cast.alice, at=timezone.now(), shown=True, wording="mine"
        )
    answer = as_(cast.alice).post(
        f"/incidents/{ticket.number}/outage/", {"shown": "yes", "wording": "down"}
    )
    assert answer.status_code == 302
    assert Outage.objects.get().wording == "down"
    assert as_(cast.bob).get(f"/incidents/{ticket.number}/").status_code == 200


def test_answers_are_found_while_typing_and_without_javascript(cast):
    article = knowledge.write(
        by=cast.alice,
        at=timezone.now(),
        title="VPN drops: choose another gateway",
        body="Choose gateway 1",
        audience="everybody",
    )
    knowledge.publish(article=article, by=cast.alice, at=timezone.now())
    broken(cast, by=cast.erin, requester=cast.erin)
    carol = as_(cast.carol)
    piece = carol.get("/portal/answers/?what=my+vpn+drops", headers={"HX-Request": "1"})
    text = piece.content.decode()
    assert "choose another gateway" in text
    assert "We know about a problem with VPN" in text
    assert "<html" not in text
    whole = carol.get("/portal/report/?what=my+vpn+drops").content.decode()
    assert "choose another gateway" in whole


def test_this_solved_it_ends_the_ticket_only_by_choice(cast):
    article = knowledge.write(
        by=cast.alice, at=timezone.now(), title="VPN", body="Do", audience="everybody"
    )
    knowledge.publish(article=article, by=cast.alice, at=timezone.now())
    ticket = an_incident(cast, title="VPN")
    carol, path = as_(cast.carol), f"/portal/articles/{article.number}/solved/"
    carol.post(path, {"ticket": ticket.number, "helped": "yes", "end": "no"})
    ticket.refresh_from_db()
    assert ticket.state == "new"
    answer = carol.post(
        path, {"ticket": ticket.number, "helped": "yes", "end": "yes"}, follow=True
    )
    assert "I do not need a person any more." in answer.content.decode()
    assert article.number in ticket.comments.get().body
    over = resolved(cast, an_incident(cast, title="VPN"))
    carol.post(path, {"ticket": over.number, "helped": "yes", "end": "yes"})
    over.refresh_from_db()
    assert (over.state, over.verified_by) == ("closed", "requester")
    assert article.uses.count() == 2
    other = carol.post(path, {"helped": "no", "what": "VPN broken"})
    assert other.url == "/portal/report/?what=VPN+broken"
