"""Writing over the Table API: the verbs of the house, and nothing past them."""

import pytest

from core.models import Event
from itsm.table import ids
from itsm.tickets import actions
from itsm.tickets.models import Comment, Ticket
from people.models import Service, Team, User
from tests.factories import (
    a_problem,
    an_incident,
    later,
    resolved,
    taken,
)
from tests.itsm.table.conftest import NOW, refused

pytestmark = pytest.mark.django_db


def id_of(ticket: Ticket) -> str:
    return ids.sys_id(ids.TICKET, ticket.pk)


def at(ticket: Ticket, table: str = "incident") -> str:
    return f"{table}/{id_of(ticket)}"


def fresh(ticket: Ticket) -> Ticket:
    return Ticket.objects.get(pk=ticket.pk)


def test_an_incident_is_opened_with_all_that_was_said(cast, desk):
    vpn = ids.sys_id(ids.SERVICE, cast.services["vpn"].pk)
    parent = an_incident(cast)
    told = desk(cast.bob).make(
        "incident",
        short_description="VPN drops every hour",
        description="Since\r\nMonday",
        caller_id="carol@demo.example",
        impact=1,
        urgency="2 - Medium",
        category="mail",
        cmdb_ci={"value": vpn, "link": "http://elsewhere/"},
        assignment_group="Network",
        assigned_to=ids.sys_id(ids.USER, cast.erin.pk),
        parent=parent.number,
        correlation_id="ZBX-17",
        contact_type="phone",
        comments="We are looking.",
        work_notes="Reported by the NOC.",
        state="1",
    )
    ticket = Ticket.objects.get(number=told["number"])
    assert told["sys_id"] == id_of(ticket)
    assert (ticket.title, ticket.description) == (
        "VPN drops every hour",
        "Since\nMonday",
    )
    assert (ticket.requester, ticket.owner) == (cast.carol, cast.erin)
    assert (ticket.impact, ticket.urgency, ticket.priority) == ("high", "medium", 2)
    assert (ticket.service, ticket.team) == (
        cast.services["vpn"],
        cast.teams["network"],
    )
    assert (ticket.parent, ticket.external_ref, ticket.channel) == (
        *(parent, "ZBX-17"),
        "phone",
    )
    conversation = ticket.comments.order_by("pk").values_list("body", "is_public")
    assert list(conversation) == [
        ("We are looking.", True),
        ("Reported by the NOC.", False),
    ]
    event = Event.objects.get(kind="ticket.open", subject_id=ticket.pk)
    assert (event.actor_id, event.door) == (cast.bob.pk, "api")


def test_the_answer_says_where_it_is_and_in_the_asked_shape(cast, desk):
    bob = desk(cast.bob)
    path = "incident?sysparm_fields=number,state&sysparm_display_value=true"
    answer = bob.send("post", path, {"short_description": "x", "colour": "red"})
    assert answer.status_code == 201
    assert answer.json()["result"]["state"] == "New"
    assert answer["X-Ignored-Fields"] == "colour"
    found = bob.client.get(answer["Location"], headers=bob.headers)
    assert found.json()["result"]["short_description"] == "x"


def test_an_incident_goes_through_its_life_by_states(cast, desk):
    ticket = an_incident(cast)
    bob, path = desk(cast.bob), at(ticket)
    started = bob.put(
        path, state="2", business_service="vpn", assigned_to="bob@demo.example"
    )
    assert (started["state"], started["u_state"]) == ("2", "in_progress")
    held = bob.put(path, state=3, hold_reason="4", comments="A part is on its way")
    assert (held["state"], held["hold_reason"]) == ("3", "4")
    assert bob.put(path, state="In Progress")["state"] == "2"
    done = bob.put(
        path, state="6", close_notes="Restarted", close_code="Solved (Permanently)"
    )
    assert (done["state"], done["active"], done["close_notes"]) == (
        *("6", "false"),
        "Restarted",
    )
    again = bob.put(path, state="2", comments="It is back", impact="1")
    assert (again["state"], again["impact"], again["reopen_count"]) == ("2", "1", "1")
    bob.put(path, incident_state="6", close_notes="Replaced")
    assert bob.put(path, u_state="closed")["closed_at"]
    kinds = Event.objects.filter(subject_id=ticket.pk, subject_type="ticket")
    assert {
        *("ticket.start", "ticket.wait", "ticket.resume", "ticket.resolve"),
        *("ticket.reopen", "ticket.close", "ticket.assign", "ticket.comment"),
    } <= set(kinds.values_list("kind", flat=True))
    assert Comment.objects.get(body="A part is on its way").is_public
    assert Comment.objects.filter(body="It is back").count() == 1


def test_a_move_that_lacks_something_names_it_as_the_program_does(cast, desk):
    new, mine = an_incident(cast), taken(cast)
    bob = desk(cast.bob)
    for ticket, body, word in (
        (new, {"state": "2"}, "business_service"),
        (mine, {"state": "6"}, "close_notes"),
        (mine, {"state": "3"}, "hold_reason"),
        (mine, {"state": "8"}, "comments"),
        (mine, {"state": "9"}, "state"),
        (mine, {"u_state": "nowhere"}, "u_state"),
        (mine, {"state": "6", "incident_state": "8"}, "state"),
        (mine, {"hold_reason": "4"}, "hold_reason"),
        (mine, {"close_notes": "Done"}, "close_notes"),
        (mine, {"state": "3", "hold_reason": "colour"}, "hold_reason"),
        (mine, {"impact": "9"}, "impact"),
        (mine, {"assigned_to": "nobody"}, "assigned_to"),
        (mine, {"assigned_to": "carol@demo.example"}, "assigned_to"),
        (mine, {"cmdb_ci": "vpn", "business_service": "printing"}, "business_service"),
        (mine, {"short_description": ""}, "short_description"),
        (mine, {"short_description": "x" * 251}, "short_description"),
        (mine, {"comments": "x" * 50_001}, "comments"),
        (mine, {"caller_id": "bob@demo.example"}, "caller_id"),
        (mine, {"correlation_id": "other"}, "correlation_id"),
        (mine, {"description": ["a"]}, "description"),
        (mine, {"description": "a\x00"}, "description"),
        (mine, {"parent": "INC-0"}, "parent"),
    ):
        before = fresh(ticket).version, Event.objects.count()
        assert word in refused(bob.send("patch", at(ticket), body), 400), body
        assert (fresh(ticket).version, Event.objects.count()) == before


def test_a_state_that_nothing_leads_to_is_refused_with_those_that_do(cast, desk):
    ticket = taken(cast)
    sentence = refused(desk(cast.bob).send("patch", at(ticket), {"state": "7"}), 403)
    assert ticket.number in sentence
    assert "6 (resolved)" in sentence
    done = resolved(cast, ticket)
    sentence = refused(desk(cast.bob).send("patch", at(done), {"state": "1"}), 403)
    assert "7 (closed)" in sentence


def test_all_of_it_happens_or_nothing(cast, desk):
    ticket = taken(cast)
    body = {"short_description": "New", "comments": "Said", "state": "6"}
    refused(desk(cast.bob).send("patch", at(ticket), body), 400)
    assert fresh(ticket).title == ticket.title
    assert not Comment.objects.filter(body="Said").exists()
    refused(desk(cast.bob).send("post", "incident", {**body, "state": "7"}), 403)
    assert Ticket.objects.count() == 1


def test_what_is_put_back_as_it_was_read_changes_nothing(cast, desk):
    ticket = resolved(cast)
    bob = desk(cast.bob)
    for display in ("false", "all"):
        read = bob.ask(at(ticket), display_value=display).json()["result"]
        events = Event.objects.count()
        assert bob.send("put", at(ticket), read).status_code == 200
        assert Event.objects.count() == events
        assert fresh(ticket).version == ticket.version
    read["short_description"] = "Other words"
    assert bob.send("put", at(ticket), read).status_code == 200
    assert fresh(ticket).title == "Other words"


def test_an_owned_ticket_is_offered_and_keeps_its_owner(cast, desk):
    ticket = taken(cast)
    told = desk(cast.dana).put(at(ticket), assigned_to="erin@demo.example")
    assert told["assigned_to"]["value"] == ids.sys_id(ids.USER, cast.bob.pk)
    assert fresh(ticket).offered_to == cast.erin
    told = desk(cast.alice).put(at(ticket), assigned_to="", assignment_group="desk")
    assert told["assigned_to"] == ""
    assert fresh(ticket).team == cast.teams["desk"]


def test_a_parent_is_set_and_taken_away(cast, desk, bob):
    ticket, parent = an_incident(cast), an_incident(cast)
    told = desk(bob).put(at(ticket), parent=id_of(parent))
    assert told["parent"]["value"] == id_of(parent)
    assert told["parent"]["link"].endswith(f"{NOW}incident/{id_of(parent)}")
    assert desk(bob).put(at(ticket), parent="")["parent"] == ""
    assert fresh(ticket).parent is None


def test_a_hidden_parent_cannot_be_named(cast, desk, bob):
    secret = an_incident(cast, by=cast.mallory)
    actions.restrict(ticket=secret, by=cast.grace, at=later(1))
    ticket = an_incident(cast)
    for named in (id_of(secret), secret.number):
        refused(desk(bob).send("patch", at(ticket), {"parent": named}), 400)
        body = {"short_description": "x", "parent": named}
        refused(desk(bob).send("post", "incident", body), 400)
    Ticket.objects.filter(pk=ticket.pk).update(parent=secret)
    assert desk(bob).put(at(ticket), parent="")["parent"] == ""
    assert fresh(ticket).parent == secret  # nothing was asked of what one cannot see


# Deleting ---------------------------------------------------------------------


def test_deleting_cancels_and_erases_nothing(cast, desk):
    ticket = taken(cast)
    answer = desk(cast.bob).send("delete", at(ticket))
    assert (answer.status_code, answer.content) == (204, b"")
    assert fresh(ticket).state == "cancelled"
    assert desk(cast.bob).ask(at(ticket)).json()["result"]["state"] == "8"
    sentence = refused(desk(cast.bob).send("delete", at(ticket)), 403)
    assert ticket.number in sentence
    refused(desk(cast.bob).send("delete", at(resolved(cast))), 403)


def test_who_may_not_cancel_may_not_delete(cast, desk):
    ticket = an_incident(cast)
    refused(desk(cast.carol).send("delete", at(ticket)), 403)
    refused(desk(cast.mallory).send("delete", at(ticket)), 404)
    refused(desk(cast.bob, "read").send("delete", at(ticket)), 403)
    assert fresh(ticket).state == "new"


@pytest.mark.parametrize("table", ["sys_user", "sys_user_group", "cmdb_ci"])
def test_people_groups_and_services_are_not_deleted(cast, desk, table):
    grace = desk(cast.grace)
    sys_id = grace.find(table)[0]["sys_id"]
    assert "inactive" in refused(grace.send("delete", f"{table}/{sys_id}"), 403)


# Requesters -------------------------------------------------------------------


def test_a_requester_opens_and_follows_their_own(cast, desk):
    carol = desk(cast.carol)
    told = carol.make("incident", short_description="VPN drops", impact="2")
    ticket = Ticket.objects.get(number=told["number"])
    assert (ticket.requester, ticket.channel) == (cast.carol, "portal")
    carol.put(at(ticket), comments="It dropped again")
    assert ticket.comments.get().is_public
    for body in (
        {"work_notes": "psst"},
        {"short_description": "Other"},
        {"impact": "1"},
        {"assigned_to": "carol@demo.example"},
        {"assignment_group": "desk"},
        {"state": "6", "close_notes": "x"},
        {"state": "8", "comments": "x"},
    ):
        answer = carol.send("patch", at(ticket), body)
        assert answer.status_code in {400, 403}, body
    assert ticket.comments.count() == 1
    assert fresh(ticket).state == "new"
    actions.take(ticket=ticket, by=cast.bob, at=later(1), service=cast.services["vpn"])
    actions.resolve(ticket=ticket, by=cast.bob, at=later(2), resolution="Done")
    assert carol.put(at(ticket), state="7")["state"] == "7"
    assert fresh(ticket).verified_by == "requester"


def test_a_requester_decides_nothing_that_staff_decide(cast, desk):
    carol = desk(cast.carol)
    for more in (
        {"assigned_to": "bob@demo.example"},
        {"assignment_group": "desk"},
        {"correlation_id": "x"},
        {"work_notes": "psst"},
        {"caller_id": "bob@demo.example"},
        {"caller_id": "mallory@demo.example"},
        {"contact_type": "phone"},
    ):
        body = {"short_description": "x", **more}
        assert carol.send("post", "incident", body).status_code in {400, 403}, more
    for table in ("change_request", "problem"):
        refused(carol.send("post", table, {"short_description": "x"}), 403)
    for table in ("sys_user", "sys_user_group", "cmdb_ci"):
        refused(carol.send("post", table, {"name": "x"}), 403)
        refused(desk(cast.bob).send("post", table, b"{"), 403)  # before it is read
    assert not Ticket.objects.exists()


def test_whoever_writes_something_away_from_themselves_is_told_no_more(cast, desk):
    hidden = cast.services["hr-portal"]
    told = desk(cast.dana).make(
        *("incident",),
        short_description="Pay slip",
        caller_id="carol@demo.example",
        business_service=hidden.slug,
    )
    assert told == {"sys_id": id_of(Ticket.objects.get())}


# The other practices ----------------------------------------------------------


def test_a_change_goes_its_way(cast, desk):
    bob = desk(cast.bob)
    told = bob.make(
        "change_request",
        short_description="New gateway",
        business_service="vpn",
        type="Normal",
        implementation_plan="Swap it",
        test_plan="Ping it",
        backout_plan="Swap it back",
        start_date="2026-12-01 20:00:00",
        end_date="2026-12-01 22:00:00",
    )
    assert (told["state"], told["start_date"]) == ("1", "2026-12-01 20:00:00")
    path = f"change_request/{told['sys_id']}"
    assert bob.put(path, end_date="2026-12-01 23:00:00")["end_date"].endswith(
        "23:00:00"
    )
    assert "ends before" in refused(
        bob.send("patch", path, {"end_date": "2026-12-01 19:00:00"}), 400
    )
    assert bob.put(path, state="2")["u_state"] == "assessing"
    assert bob.put(path, state="3")["u_state"] == "approval"
    frank = desk(cast.frank)
    assert frank.put(path, u_state="scheduled")["u_state"] == "scheduled"
    several = refused(bob.send("patch", path, {"state": "2"}), 400)
    assert "u_state" in several
    assert "implementing" in several
    assert bob.put(path, u_state="implementing")["state"] == "2"
    assert "close_code" in refused(bob.send("patch", path, {"state": "6"}), 400)
    done = bob.put(path, state="6", close_code="successful")
    assert (done["state"], done["close_code"]) == (
        "7",
        "successful",
    )  # a success closes by itself
    assert bob.numbers("close_code=successful", "change_request") == {told["number"]}


def test_a_problem_goes_its_way(cast, desk):
    dana, ticket = desk(cast.dana), a_problem(cast)
    path = at(ticket, "problem")
    assert dana.put(path, state="2", cmdb_ci="vpn")["u_state"] == "investigating"
    told = dana.put(
        path, u_state="known_error", cause_notes="Leak", workaround="Restart"
    )
    assert (told["u_state"], told["workaround"]) == ("known_error", "Restart")
    refused(desk(cast.frank).send("patch", path, {"u_state": "monitoring"}), 403)


def test_an_item_of_the_catalogue_is_ordered(cast, desk):
    bob = desk(cast.bob)
    told = bob.make(
        "sc_req_item", cat_item="vpn-access", requested_for="carol@demo.example"
    )
    ticket = Ticket.objects.get(number=told["number"])
    assert ticket.request.offering.slug == "vpn-access"
    assert (told["cat_item"], ticket.requester) == ("vpn-access", cast.carol)
    [read] = bob.find("sc_req_item", "cat_item=vpn-access", display_value="true")
    assert read["cat_item"] == "VPN access"
    refused(bob.send("post", "sc_req_item", {"cat_item": "gold"}), 400)
    more = {"cat_item": "vpn-access", "assignment_group": "network"}
    assert "assignment_group" in refused(bob.send("post", "sc_req_item", more), 400)
    plain = bob.make("sc_request", short_description="A chair")
    assert plain["requested_for"]["value"] == ids.sys_id(ids.USER, cast.bob.pk)


def test_administrators_keep_people_groups_and_services(cast, desk):
    grace = desk(cast.grace)
    made = grace.make(
        "sys_user", user_name="Ivy@Demo.example", name="Ivy", company="acme", vip="true"
    )
    ivy = User.objects.get(email="ivy@demo.example")
    assert (ivy.organisation, ivy.is_vip) == (cast.organisations["acme"], True)
    path = f"sys_user/{made['sys_id']}"
    changed = grace.put(
        path, manager="frank@demo.example", active="false", email=ivy.email
    )
    assert (changed["active"], changed["manager"]["value"]) == (
        "false",
        ids.sys_id(ids.USER, cast.frank.pk),
    )
    body = {"user_name": "no", "name": "x"}
    assert "email" in refused(grace.send("post", "sys_user", body), 400)
    grace.make("sys_user_group", name="Night shift", description="At night")
    assert Team.objects.get(name="Night shift").purpose == "At night"
    service = grace.make("cmdb_ci", name="Wiki", owned_by="erin@demo.example")
    retired = grace.put(f"cmdb_ci/{service['sys_id']}", operational_status="6")
    assert retired["operational_status"] == "6"
    assert not Service.objects.get(name="Wiki").is_active
    erin = desk(cast.erin)
    vpn = f"cmdb_ci/{ids.sys_id(ids.SERVICE, cast.services['vpn'].pk)}"
    refused(erin.send("patch", vpn, {"short_description": "x"}), 403)
    refused(desk(cast.bob).send("patch", path, {"name": "x"}), 403)


# What was sent ----------------------------------------------------------------


@pytest.mark.parametrize(
    "sent",
    [b"{", b"[]", b"null", b'"x"', b"\xff", b'{"a": 1, "a": 2}', b"[" * 100_000],
    ids=lambda b: str(b[:12]),
)
@pytest.mark.parametrize("method", ["post", "patch", "put"])
def test_broken_json_is_400(cast, desk, sent, method):
    path = "incident" if method == "post" else at(an_incident(cast))
    assert refused(desk(cast.bob).send(method, path, sent), 400)


def test_other_media_types_are_415_and_large_bodies_413(cast, desk, settings):
    bob = desk(cast.bob)
    answer = bob.client.post(f"{NOW}incident", b"<a/>", "text/xml", headers=bob.headers)
    assert refused(answer, 415)
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    assert refused(bob.send("post", "incident", {"description": "x" * 200}), 413)


def test_a_post_with_a_key_is_done_once(cast, desk):
    bob = desk(cast.bob)
    bob.headers["Idempotency-Key"] = "k1"
    body = {"short_description": "Once"}
    first, second = (bob.send("post", "incident", body) for _ in range(2))
    assert first.json() == second.json()
    assert Ticket.objects.count() == 1


def test_an_answer_that_is_kept_for_a_key_goes_when_its_text_is_redacted(cast, desk):
    bob = desk(cast.bob)
    bob.headers["Idempotency-Key"] = "k1"
    body = {"short_description": "x", "description": "my password is hunter2"}
    assert "hunter2" in str(bob.send("post", "incident", body).content)
    ticket = Ticket.objects.get()
    actions.redact(
        ticket=ticket, by=cast.grace, at=later(1), why="A secret", field="description"
    )
    again = bob.send("post", "incident", body)
    assert again.status_code == 201
    assert again.json()["result"]["sys_id"] == id_of(ticket)
    assert "hunter2" not in str(again.content)
