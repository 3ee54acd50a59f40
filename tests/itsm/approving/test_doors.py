"""Pages and REST of decisions, groups and delegations."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from itsm.requests.actions import order
from itsm.tickets.approving.models import Authority, Delegation, Vote
from tests.cast import AT
from tests.factories import a_change, a_token, as_
from tests.itsm.approving.checks import asked, do, said, waiting
from tests.itsm.checks import cost, fresh


def over(user):
    client = Client(headers={"Authorization": f"Bearer {a_token(user)}"})

    def ask(method, path, body=None):
        call = getattr(client, method)
        if body is None:
            return call(f"/api/v1/{path}")
        return call(f"/api/v1/{path}", body, content_type="application/json")

    return ask


def test_what_waits_is_listed_first_with_a_true_count_in_the_rail(cast):
    change = waiting(cast)
    page = as_(cast.frank).get("/approvals/").content.decode()
    assert f"/changes/{change.number}/approval/" in page
    assert '<b data-hot="">1</b>' in page or "<b data-hot>1</b>" in page
    asker = as_(cast.alice).get("/approvals/").content.decode()
    assert "You wait for" in asker
    do(change, "approve", cast.frank)
    after = as_(cast.frank).get("/approvals/").content.decode()
    assert "You decided" in after
    assert "data-hot" not in after


def test_whoever_may_only_look_reads_whom_it_waits_for(cast):
    change = waiting(cast)
    page = as_(cast.bob).get(f"/changes/{change.number}/approval/").content.decode()
    assert f"It waits for {cast.frank.name}." in page
    own = as_(cast.frank).get(f"/changes/{change.number}/approval/").content.decode()
    assert "It waits for" not in own


def test_a_manager_who_decided_no_longer_sees_what_it_is_called(cast):
    cast.carol.manager = cast.mallory
    cast.carol.save(update_fields=["manager"])
    laptop = order(
        offering=cast.offerings["new-laptop"],
        by=cast.carol,
        at=AT,
        title="Laptop for the takeover",
    )
    page = as_(cast.mallory).get("/approvals/").content.decode()
    assert "Laptop for the takeover" in page
    do(laptop, "approve", cast.mallory)
    page = as_(cast.mallory).get("/approvals/").content.decode()
    assert laptop.number in page
    assert "takeover" not in page


def test_the_list_costs_the_same_however_much_waits(cast):
    waiting(cast)
    client = as_(cast.frank)
    one = cost(lambda: client.get("/approvals/"))
    for _ in range(4):
        waiting(cast)
    assert cost(lambda: client.get("/approvals/")) == one


def test_decisions_are_read_and_answered_over_rest(cast):
    change = waiting(cast)
    row = asked(change)
    ask = over(cast.frank)
    (told,) = ask("get", "approvals/?for_me=true").json()["results"]
    assert (told["id"], told["ticket"], told["decision"]) == (row.pk, change.number, "")
    refused = ask("post", "approvals/", {"approval": row.pk, "answer": "condition"})
    assert refused.status_code == 422
    answer = {"approval": row.pk, "answer": "condition", "words": "After the backup"}
    made = ask("post", "approvals/", answer)
    assert made.status_code == 201
    assert made.json()["votes"][0]["words"] == "After the backup"
    assert fresh(change).state == "scheduled"
    assert ask("post", "approvals/", answer).status_code == 409
    assert over(cast.mallory)("get", "approvals/").json()["results"] == []


@pytest.mark.parametrize(
    ("verb", "body", "state"),
    [
        ("approve", {"condition": "After the backup"}, "scheduled"),
        ("reject", {"comment": "No"}, "rejected"),
    ],
)
def test_the_verbs_of_a_decision_have_addresses(cast, verb, body, state):
    change = waiting(cast)
    row = asked(change)
    path = f"changes/{change.number}/{verb}/"
    assert over(cast.bob)("post", path, body).status_code == 403
    assert over(cast.frank)("post", path, body).status_code == 200
    assert fresh(change).state == state
    assert said(row)


def test_groups_are_kept_by_process_owners_and_administrators(cast):
    body = {"name": "Network board", "members": [cast.frank.email], "quorum": 2}
    assert over(cast.bob)("post", "authorities/", body).status_code == 403
    ask = over(cast.dana)
    assert ask("post", "authorities/", body).status_code == 422  # more than members
    body |= {"members": [cast.frank.email, cast.erin.email], "services": ["vpn"]}
    made = ask("post", "authorities/", body)
    assert made.status_code == 201
    assert asked(waiting(cast)).quorum == 2
    changed = ask("patch", "authorities/network-board/", {"quorum": 1})
    assert changed.json()["quorum"] == 1
    page = as_(cast.grace)
    typed = {"name": "All", "members": "frank@demo.example", "quorum": "1"}
    assert page.post("/settings/authorities/new/", typed).status_code == 302
    assert Authority.objects.get(slug="all").members.get() == cast.frank


def test_one_gives_a_seat_away_and_takes_it_back(cast):
    until = timezone.now() + timedelta(days=2)
    ask = over(cast.frank)
    made = ask(
        "post", "delegations/", {"to": "bob@demo.example", "ends_at": until.isoformat()}
    )
    assert made.status_code == 201
    path = f"delegations/{made.json()['id']}/"
    assert over(cast.erin)("get", path).status_code == 404
    assert over(cast.bob)("get", path).status_code == 200
    assert over(cast.bob)("delete", path).status_code == 403
    assert ask("delete", path).status_code == 204
    page = as_(cast.frank)
    form = {
        "to": "bob@demo.example",
        "starts_at": "2031-01-01T09:00",
        "ends_at": "2031-01-02T09:00",
    }
    answer = page.post("/account/delegations/", form)
    assert answer.url == "/account/#delegations"
    assert "Bob decides for you" in page.get("/account/").content.decode()
    row = Delegation.objects.get(ends_at__year=2031)
    page.post(f"/account/delegations/{row.pk}/end/")
    assert not Delegation.objects.filter(pk=row.pk).exists()
    assert page.post("/account/delegations/", {"to": "x"}).status_code == 422


def test_where_nothing_is_asked_the_page_says_so(cast):
    change = a_change(cast)
    page = as_(cast.frank).get(f"/changes/{change.number}/approval/")
    assert page.status_code == 200
    assert "No decision is asked for here" in page.content.decode()


def test_an_answer_that_names_no_decision_is_refused_in_words(cast):
    change = waiting(cast)
    page = as_(cast.frank).post(
        f"/changes/{change.number}/approval/", {"answer": "approve", "approval": "0"}
    )
    assert page.status_code == 422
    assert "There is no such decision for you." in page.content.decode()
    assert said(asked(change)) == []


def test_of_a_ticket_that_left_their_sight_a_program_reads_its_owners_words_alone(cast):
    cast.carol.manager = cast.mallory
    cast.carol.save(update_fields=["manager"])
    laptop = order(offering=cast.offerings["new-laptop"], by=cast.carol, at=AT)
    row = asked(laptop)
    Vote.objects.create(
        approval=row, by=cast.grace, answer="asked", words="Why a Zq?", at=AT
    )
    (before,) = over(cast.mallory)("get", "approvals/").json()["results"]
    assert [vote["words"] for vote in before["votes"]] == ["Why a Zq?"]
    do(laptop, "approve", cast.mallory)
    (after,) = over(cast.mallory)("get", "approvals/").json()["results"]
    assert [vote["by"] for vote in after["votes"]] == [cast.mallory.email]
