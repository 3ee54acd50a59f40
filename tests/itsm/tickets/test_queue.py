"""The lists: what they hold, in which order, how they are filtered and paged."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from itsm.tickets import actions, work
from itsm.tickets.models import Approval, Ticket
from tests.cast import Cast
from tests.factories import as_
from tests.itsm.tickets.rows import ticket

pytestmark = pytest.mark.django_db


def numbers(client: Client, path: str) -> list[str]:
    text = client.get(path).content.decode()
    return [part.split('"')[0] for part in text.split('id="row-')[1:]]


def many(count: int, **fields: Any) -> list[Ticket]:
    now = timezone.now()
    return [
        ticket(
            f"Ticket {n}",
            start_by=now + timedelta(minutes=n),
            opened_at=now - timedelta(minutes=n),
            **fields,
        )
        for n in range(count)
    ]


def test_a_requester_is_sent_to_the_portal(cast: Cast) -> None:
    answer = as_(cast.carol).get("/")
    assert (answer.status_code, answer.headers["location"]) == (302, "/portal/")


@pytest.mark.parametrize("path", ["/queue/", "/incidents/", "/queue/rows/?t=INC-5001"])
def test_the_lists_are_for_people_who_work_here(cast: Cast, path: str) -> None:
    assert as_(cast.carol).get(path).status_code == 403
    assert Client().get(path).status_code == 302


def test_the_queue_is_in_the_order_of_work_and_leaves_out_what_waits(
    cast: Cast,
) -> None:
    first, second, third = many(3)
    Ticket.objects.filter(pk=third.pk).update(band=0, priority=1)
    Ticket.objects.filter(pk=second.pk).update(
        state="waiting", state_category="waiting", wait_reason="supplier"
    )
    client = as_(cast.bob)
    assert numbers(client, "/queue/") == [third.number, first.number]
    waiting = client.get("/queue/?view=waiting").content.decode()
    assert second.number in waiting
    assert "For a supplier" in waiting


def test_pages_follow_each_other_without_a_gap_forward_and_back(cast: Cast) -> None:
    made = [t.number for t in many(120)]
    client = as_(cast.bob)
    seen, path, said = [], "/queue/", []
    while path:
        answer = client.get(path).content.decode()
        seen += [part.split('"')[0] for part in answer.split('id="row-')[1:]]
        said.append(answer.split('class="num">')[-1].split("<")[0])
        following = answer.split('" rel="next"')
        path = (
            following[0].rsplit('href="', 1)[1].replace("&amp;", "&")
            if len(following) > 1
            else ""
        )
        last = answer
    assert seen == made
    assert said == ["1 to 50 of 120", "51 to 100 of 120", "101 to 120 of 120"]
    back = last.split('" rel="prev"')[0].rsplit('href="', 1)[1].replace("&amp;", "&")
    assert numbers(client, back) == made[50:100]


@pytest.mark.parametrize("sort", ["start", "priority", "due", "opened", "updated"])
def test_every_sort_pages_through_all_tickets_once(cast: Cast, sort: str) -> None:
    now = timezone.now()
    for n in range(60):
        ticket(
            f"Ticket {n}",
            priority=n % 5 + 1,
            next_due_at=now + timedelta(minutes=n % 7) if n % 3 else None,
            updated_at=now - timedelta(minutes=n % 11),
        )
    client = as_(cast.bob)
    answer = client.get(f"/queue/?sort={sort}").content.decode()
    path = answer.split('" rel="next"')[0].rsplit('href="', 1)[1]
    first = numbers(client, f"/queue/?sort={sort}")
    second = numbers(client, path.replace("&amp;", "&"))
    assert len(first) == 50
    assert len({*first, *second}) == 60


@pytest.mark.parametrize(
    "asked",
    [
        "after=zzz",
        "after=1~x~2",
        "after=%00",
        "before=99999999999999999999~1~1",
        "first=-4",
        "view=nonsense",
        "sort=title",
        "since=%F0%9F%90%9D&fragment=new",
        "since=99999999999999999999&fragment=new",
        "q=%00%27%22--",
        "team=nope&service=nope&category=nope&organisation=nope",
        "owner=nobody@x&requester=me&priority=P9&state=x&type=x",
    ],
)
def test_whatever_stands_in_the_address_is_answered(cast: Cast, asked: str) -> None:
    many(2)
    assert as_(cast.bob).get(f"/queue/?{asked}").status_code == 200


def test_an_unknown_filter_is_named_and_finds_nothing(cast: Cast) -> None:
    many(2)
    client = as_(cast.bob)
    said = client.get("/queue/?team=nope").content.decode()
    assert "There is no team “nope”." in said
    assert numbers(client, "/queue/?team=nope") == []


def test_filters_narrow_and_say_so(cast: Cast) -> None:
    other, mine, _ = many(3)
    Ticket.objects.filter(pk=mine.pk).update(
        team=cast.teams["network"],
        service=cast.services["vpn"],
        category=cast.categories["access"],
        organisation=cast.organisations["acme"],
        requester=cast.carol,
        owner=cast.erin,
        priority=2,
    )
    client = as_(cast.bob)
    for asked in (
        "team=network",
        "service=vpn",
        "category=access",
        "organisation=acme",
        "requester=carol@demo.example",
        "owner=erin@demo.example",
        "priority=P2",
        "team=network&service=vpn&priority=2",
    ):
        assert numbers(client, f"/queue/?{asked}") == [mine.number], asked
    assert other.number in numbers(client, "/queue/?owner=none")
    assert numbers(as_(cast.erin), "/queue/?view=mine") == [mine.number]


def test_words_filter_a_list(cast: Cast) -> None:
    from itsm.tickets import search

    wanted, _ = ticket("Badge reader is dark"), ticket("Printer is jammed")
    search.index(Ticket.objects.values_list("pk", flat=True))
    assert numbers(as_(cast.bob), "/queue/?q=badge") == [wanted.number]


def test_counts_on_the_views_are_true_with_a_restricted_ticket(cast: Cast) -> None:
    many(3)
    ticket("Payslip", restricted=True, team=cast.teams["network"])
    for person, count in ((cast.bob, 3), (cast.erin, 4), (cast.grace, 4)):
        client = as_(person)
        assert f"Start next <b>{count}</b>" in client.get("/queue/").content.decode()
        assert len(numbers(client, "/queue/")) == count


def test_the_total_of_a_filtered_list_counts_what_its_reader_sees(cast: Cast) -> None:
    many(52, priority=2)
    for title in ("Payslip", "Sick note"):
        ticket(title, restricted=True, team=cast.teams["network"], priority=2)
    ticket("Somebody's own", restricted=True, requester=cast.bob, priority=2)
    for person, count in ((cast.bob, 53), (cast.erin, 54), (cast.grace, 55)):
        page = as_(person).get("/queue/?view=open&priority=2").content.decode()
        assert f"{count} in this list" in page
        everything = as_(person).get("/queue/?state=all&priority=2").content.decode()
        assert f"{count} in this list" in everything


def test_a_restricted_line_has_a_lock(cast: Cast) -> None:
    ticket("Payslip", restricted=True, team=cast.teams["network"])
    assert 'aria-label="Restricted"' in as_(cast.erin).get("/queue/").content.decode()


def test_a_practice_lists_its_closed_tickets_by_the_state_filter(cast: Cast) -> None:
    open_, done = ticket("Open"), ticket("Done")
    Ticket.objects.filter(pk=done.pk).update(state="closed", state_category="closed")
    client = as_(cast.bob)
    assert numbers(client, "/incidents/") == [open_.number]
    assert numbers(client, "/incidents/?state=closed") == [done.number]
    assert set(numbers(client, "/incidents/?state=all")) == {open_.number, done.number}
    assert numbers(client, "/problems/") == []


@pytest.mark.parametrize(
    ("left", "level"), [(60, "calm"), (20, "soon"), (-5, "late"), (None, "paused")]
)
def test_the_clock_says_how_urgent_a_promise_is(
    cast: Cast, left: int | None, level: str
) -> None:
    now = timezone.now()
    paused = {"time_left": timedelta(minutes=30)} if left is None else {}
    ticket(
        "Clock",
        opened_at=now - timedelta(minutes=100 - (left or 0)),
        next_due_at=None if left is None else now + timedelta(minutes=left),
        next_due_kind="" if left is None else "resolution",
        **paused,
    )
    text = as_(cast.bob).get("/queue/").content.decode()
    assert f'class="clock" data-level="{level}"' in text


def test_taking_from_the_list_answers_the_line_and_says_so(cast: Cast) -> None:
    made = ticket("Mine in a moment")
    answer = as_(cast.bob).post(
        f"/queue/take/{made.number}/", headers={"HX-Request": "true"}
    )
    assert answer.status_code == 200
    assert f"row-{made.number}" in answer.content.decode()
    assert "is yours" in answer.headers["HX-Trigger"]
    made.refresh_from_db()
    assert made.owner == cast.bob


def test_taking_what_somebody_has_names_them_and_changes_nothing(cast: Cast) -> None:
    made = ticket("Hers", owner=cast.alice)
    answer = as_(cast.bob).post(
        f"/queue/take/{made.number}/", headers={"HX-Request": "true"}
    )
    assert answer.status_code == 409
    assert "Alice" in answer.headers["HX-Trigger"]
    made.refresh_from_db()
    assert made.owner == cast.alice


def test_the_pill_counts_what_came_to_this_list_since(cast: Cast) -> None:
    many(2)
    since = int(timezone.now().timestamp() * 1000)
    ticket("New", opened_at=timezone.now() + timedelta(seconds=1))
    client = as_(cast.bob)
    path = f"/queue/?since={since}&fragment=new"
    assert "1 new" in client.get(path).content.decode()
    assert "hidden" in client.get(f"{path}&priority=1").content.decode()


def test_why_a_ticket_is_here_is_told_in_sentences(cast: Cast) -> None:
    made = ticket("Why")
    text = as_(cast.bob).get(f"/queue/why/{made.number}/").content.decode()
    assert "Priority is P3." in text
    assert "tart" in text.split('class="why"')[1]


def test_my_work_holds_what_waits_for_me(cast: Cast) -> None:
    now = timezone.now()
    mine = ticket("Mine", owner=cast.bob)
    offered = ticket("Offered", owner=cast.alice, offered_to=cast.bob)
    unowned = ticket("Nobody's", team=cast.teams["desk"])
    elsewhere = ticket("Network's", team=cast.teams["network"])
    asked = ticket("Asked", owner=cast.alice)
    Approval.objects.create(
        ticket=asked,
        name="peer",
        authority="peer",
        approver=cast.bob,
        asked=[cast.bob.pk],
        asked_at=now,
    )
    found = work.of(cast.bob, at=now)
    assert [r.number for r in found.mine] == [mine.number]
    assert [r.number for r in found.offered] == [offered.number]
    assert [r.number for r in found.unowned] == [unowned.number]
    assert [d.row.number for d in found.decisions] == [asked.number]
    text = as_(cast.bob).get("/").content.decode()
    for shown in (mine, offered, unowned, asked):
        assert shown.number in text
    assert elsewhere.number not in text


def test_accepting_an_offer_on_my_work_makes_it_mine(cast: Cast) -> None:
    made = ticket("Offered", owner=cast.alice, offered_to=cast.bob)
    answer = as_(cast.bob).post(f"/queue/take/{made.number}/", {"next": "/"})
    assert answer.headers["location"] == "/"
    made.refresh_from_db()
    assert made.owner == cast.bob


def test_a_ticket_that_came_back_stands_first_until_it_is_answered(cast: Cast) -> None:
    now = timezone.now()
    made = ticket("Back", owner=cast.bob, requester=cast.carol)
    given = {"reason": "requester", "comment": "Which floor?"}
    actions.transition(ticket=made, verb="wait", by=cast.bob, at=now, given=given)
    later = now + timedelta(minutes=5)
    actions.transition(ticket=made, verb="resume", by=cast.bob, at=later, given={})
    assert [r.number for r in work.of(cast.bob, at=later).back] == [made.number]
    actions.comment(
        ticket=made,
        by=cast.bob,
        at=later + timedelta(minutes=1),
        body="Thanks",
        public=True,
    )
    assert work.of(cast.bob, at=later).back == []


def test_search_puts_the_exact_number_first_and_an_empty_page_helps(
    cast: Cast,
) -> None:
    from itsm.tickets import search

    wanted = ticket("Badge reader is dark")
    ticket(f"Like {wanted.number}")
    search.index(Ticket.objects.values_list("pk", flat=True))
    client = as_(cast.bob)
    page = client.get(f"/search/?q={wanted.number}").content.decode()
    assert re.findall(r'class="num">([^<]+)<', page)[0] == wanted.number
    assert "Try fewer or other words" in client.get("/search/?q=xyzzy").content.decode()
    assert client.get("/search/").status_code == 200
    assert "/portal/" in as_(cast.carol).get("/search/?q=badge").content.decode()


def test_lines_are_asked_for_by_whatever_somebody_types(cast: Cast) -> None:
    known = ticket("Known").number
    client = as_(cast.bob)
    assert numbers(client, f"/queue/rows/?t=%00&t={known}&t={'1' * 5000}") == [known]
