"""Saved views: whose they are, what they keep, and counts that are true."""

import threading
import time
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from core.errors import Forbidden, Invalid
from itsm.tickets import actions as ticket_actions
from itsm.tickets.models import Ticket
from itsm.tickets.views import actions, counting, queries, tally
from itsm.tickets.views.models import ListWish, SavedView, ViewCountDelta, ViewRule
from people.models import Service, Team
from tests.cast import AT, Cast
from tests.factories import an_incident, as_

pytestmark = pytest.mark.django_db


def saved(by: Any, query: str, team: Team | None = None, name: str = "A view") -> Any:
    return actions.save(by=by, at=AT, name=name, query=query, team=team)


def shared(cast: Cast, query: str) -> SavedView:
    """A view of Alice's team, counted."""
    return saved(cast.alice, query, cast.teams["desk"])


def counted(view: SavedView, user: Any) -> int | None:
    return next(v.n for v in queries.strip(user).views if v.pk == view.pk)


def fold_until_counted() -> None:
    """As the sweep does; the test's own transaction would never be over."""
    tally.fold()  # announces
    ViewRule.objects.filter(n=None, ready_after__isnull=False).update(ready_after=0)
    tally.fold()  # counts


def test_a_view_keeps_filters_order_columns_and_no_page(cast: Cast) -> None:
    query = "view=open&priority=1&sort=due&columns=number,owner&after=x&first=51&open=I"
    view = saved(cast.bob, query)
    assert view.query == "view=open&priority=1&sort=due&columns=number%2Cowner"


def test_ones_own_views_are_for_nobody_else(cast: Cast) -> None:
    view = saved(cast.bob, "priority=1", name="Only Bob's")
    assert "Only Bob&#39;s" in as_(cast.bob).get("/queue/").content.decode()
    assert "Only Bob" not in as_(cast.alice).get("/queue/").content.decode()
    client = as_(cast.grace)  # an administrator neither
    assert client.post(f"/queue/views/{view.pk}/", {"do": "remove"}).status_code == 404
    assert "Only Bob" not in client.get("/queue/views/").content.decode()
    assert SavedView.objects.get().deleted_at is None


def test_leads_and_administrators_save_for_a_team_others_may_not(cast: Cast) -> None:
    view = shared(cast, "priority=1")
    assert saved(cast.grace, "", cast.teams["desk"]).team_id == view.team_id
    with pytest.raises(Forbidden):
        saved(cast.bob, "", cast.teams["desk"])
    with pytest.raises(Forbidden):
        actions.change(view=view, by=cast.bob, at=AT, name="Mine now")
    with pytest.raises(Forbidden):
        actions.remove(view=view, by=cast.bob, at=AT)
    mine = actions.copy(view=view, by=cast.bob, at=AT)
    assert (mine.owner, mine.team, mine.query) == (cast.bob, None, view.query)


def test_the_page_saves_shows_changes_removes_and_brings_back(cast: Cast) -> None:
    an_incident(cast)
    client = as_(cast.bob)
    form = client.get("/queue/views/new/?list=priority%3D3").content.decode()
    assert "P3" in form
    sent = {"list": "priority=3", "name": "Threes", "type": ""}
    to = client.post("/queue/views/new/", sent)["Location"]
    view = SavedView.objects.get()
    assert to == f"/queue/?priority=3&saved={view.pk}"
    assert "<h1>Threes</h1>" in client.get(to).content.decode()
    changed = client.get(f"/queue/?priority=2&saved={view.pk}").content.decode()
    assert "Save changes to “Threes”" in changed
    keep = {"do": "keep", "list": "priority=2"}
    client.post(f"/queue/views/{view.pk}/", keep)
    view.refresh_from_db()
    assert view.query == "priority=2"
    client.post(f"/queue/views/{view.pk}/", {"do": "rename", "name": "Twos"})
    gone = client.post(f"/queue/views/{view.pk}/", {"do": "remove"})["Location"]
    assert "Bring it back" in client.get(gone).content.decode()
    assert "Twos" not in client.get("/queue/").content.decode()
    client.post(f"/queue/views/{view.pk}/", {"do": "restore"})
    assert "Twos" in client.get("/queue/").content.decode()


def test_a_view_needs_a_name(cast: Cast) -> None:
    with pytest.raises(Invalid):
        saved(cast.bob, "", name="  ")
    sent = {"list": "", "name": "", "type": ""}
    assert as_(cast.bob).post("/queue/views/new/", sent).status_code == 422


def test_a_view_of_something_that_is_gone_says_so(cast: Cast) -> None:
    saved(cast.bob, "service=no-such-thing")
    text = as_(cast.bob).get("/queue/views/").content.decode()
    assert "There is no service “no-such-thing”." in text


def test_the_strip_is_in_ones_own_order_and_begins_where_one_wants(cast: Cast) -> None:
    view = saved(cast.bob, "priority=2", name="Twos")
    client = as_(cast.bob)
    for _ in range(6):
        client.post("/queue/views/", {"do": f"up:v{view.pk}"})
    client.post("/queue/views/", {"do": "hide:due"})
    client.post("/queue/views/", {"do": f"start:v{view.pk}"})
    assert client.get("/queue/")["Location"] == f"/queue/?priority=2&saved={view.pk}"
    text = client.get("/queue/?view=start").content.decode()
    tabs = text[text.index('<nav class="tabs"') : text.index('<div id="filters"')]
    assert tabs.index("Twos") < tabs.index("Start next")
    assert "Due within" not in tabs
    assert "/queue/?view=start" in tabs
    assert ListWish.objects.get(user=cast.bob).hidden == ["due"]


def test_columns_and_density_are_remembered_or_stand_in_the_address(cast: Cast) -> None:
    ticket = an_incident(cast, title="Slow", service=cast.services["vpn"])
    client = as_(cast.bob)
    sent = {"for": "all", "columns": ["number", "opened", ""], "density": "compact"}
    assert client.post("/queue/look/", sent)["Location"] == "/queue/"
    text = client.get("/queue/").content.decode()
    rows = text[text.index('<ol class="rows"') : text.index("</ol>")]
    assert 'data-density="compact"' in rows
    assert ticket.number in rows
    assert "VPN" not in rows
    here = {"for": "this", "columns": ["service", "nonsense"], "density": "comfortable"}
    to = client.post("/queue/look/", here)["Location"]
    rows = client.get(to).content.decode()
    assert "VPN" in rows[rows.index('<ol class="rows"') :]
    client.post("/queue/look/", {"for": "usual"})
    assert "data-density" not in client.get("/queue/").content.decode()
    redrawn = client.get(f"/queue/rows/?t={ticket.number}&columns=service")
    assert b"VPN" in redrawn.content


def test_a_team_views_count_is_exact_at_any_moment(cast: Cast) -> None:
    an_incident(cast, service=cast.services["vpn"])
    view = shared(cast, "view=open&service=vpn")
    assert counted(view, cast.alice) is None  # not counted yet: asked for afterwards
    fold_until_counted()
    assert counted(view, cast.alice) == 1
    second = an_incident(cast, service=cast.services["vpn"])
    an_incident(cast)
    assert counted(view, cast.alice) == 2  # by a delta
    assert ViewCountDelta.objects.exists()
    tally.fold()
    assert not ViewCountDelta.objects.exists()
    assert counted(view, cast.alice) == 2
    ticket_actions.resolve(ticket=second, by=cast.bob, at=AT, resolution="Done.")
    assert counted(view, cast.alice) == 1
    assert tally.check() == []


def test_a_rule_waits_for_tickets_that_did_not_know_it(cast: Cast) -> None:
    view = shared(cast, "view=open")
    tally.fold()
    ready = ViewRule.objects.get(view=view)
    assert (ready.n, ready.ready_after is not None) == (None, True)
    an_incident(cast)  # a delta of before the count: taken off when it is counted
    assert ViewCountDelta.objects.exists()
    fold_until_counted()
    assert counted(view, cast.alice) == Ticket.objects.open().count()


def test_restricted_tickets_are_counted_for_those_who_see_them(cast: Cast) -> None:
    ticket = an_incident(cast, service=cast.services["vpn"])
    view = shared(cast, "view=open&service=vpn")
    fold_until_counted()
    ticket_actions.restrict(ticket=ticket, by=cast.grace, at=AT)
    ticket_actions.watch(ticket=ticket, by=cast.grace, at=AT)
    assert counted(view, cast.bob) == (1 if sees(cast.bob, ticket) else 0)
    assert counted(view, cast.alice) == (1 if sees(cast.alice, ticket) else 0)


def sees(user: Any, ticket: Ticket) -> bool:
    return bool(Ticket.objects.visible_to(user).filter(pk=ticket.pk).exists())


@pytest.mark.parametrize(
    "query", ["opened_after=today", "view=mine", "owner=me", "q=vpn", "state=closed"]
)
def test_what_moves_or_hangs_on_its_reader_is_counted_afterwards(
    cast: Cast, query: str
) -> None:
    view = shared(cast, query)
    assert not ViewRule.objects.exists()
    client = as_(cast.alice)
    assert f'id="n-v{view.pk}"' in client.get("/queue/").content.decode()
    text = client.get(f"/queue/views/counts/?v={view.pk}").content.decode()
    assert f'id="n-v{view.pk}" hx-swap-oob="true">0<' in text


def test_counts_of_others_own_views_are_not_told(cast: Cast) -> None:
    view = saved(cast.bob, "view=open")
    text = as_(cast.alice).get(f"/queue/views/counts/?v={view.pk}").content.decode()
    assert f"n-v{view.pk}" not in text


def test_another_address_gives_the_view_another_rule(cast: Cast) -> None:
    view = shared(cast, "view=open&priority=1")
    fold_until_counted()
    actions.change(view=view, by=cast.alice, at=AT, query="view=unowned")
    rule = ViewRule.objects.get(view=view)
    assert (rule.priorities, rule.is_unowned, rule.n) == (None, True, None)
    actions.remove(view=view, by=cast.alice, at=AT)
    assert not ViewRule.objects.exists()


def test_every_kind_of_condition_is_counted_as_it_is_listed(cast: Cast) -> None:
    vpn: Service = cast.services["vpn"]
    an_incident(cast, service=vpn)
    an_incident(cast, by=cast.mallory)
    for query in (
        *("view=open", "view=unowned&priority=3,4", "type=incident&view=open"),
        *("requester=carol@demo.example&view=open", "state=new", "view=waiting"),
        *("organisation=acme&view=open", "channel=portal&view=open", "wait=supplier"),
        *("owner=none", "team=desk&view=open", "owner=bob@demo.example&view=open"),
    ):
        view = shared(cast, query)
        fold_until_counted()
        wish = counting.wish_for(view.query, "")
        from itsm.tickets import queue
        from itsm.tickets.filters import narrow

        at = timezone.now()
        rows = queue.tickets_of(
            cast.grace, wish, narrow(cast.grace, wish, at=at), at=at
        )
        assert counted(view, cast.alice) == rows.count(), query
        view.delete()


@pytest.mark.django_db(transaction=True)
def test_a_ticket_that_commits_after_its_rule_is_counted_once(cast: Cast) -> None:
    """Its trigger ran before the rule was there, so no delta tells of it."""
    inserted, go_on = threading.Event(), threading.Event()

    def slowly() -> None:
        from core.log import act

        try:
            with act():
                an_incident(cast)
                inserted.set()
                go_on.wait(10)
        finally:
            inserted.set()
            connection.close()

    other = threading.Thread(target=slowly)
    other.start()
    assert inserted.wait(10)
    view = shared(cast, "view=open")
    tally.fold()
    tally.fold()
    assert counted(view, cast.alice) is None  # the other has not ended
    go_on.set()
    other.join()
    until = time.monotonic() + 60  # transactions of other tests have to end too
    while counted(view, cast.alice) is None and time.monotonic() < until:
        tally.fold()
        time.sleep(0.05)
    assert counted(view, cast.alice) == 1
    assert tally.check() == []
