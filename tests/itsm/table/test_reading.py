"""Finding and telling records."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from itsm.table import ids
from itsm.table.tables import TABLES
from itsm.tickets import actions
from itsm.tickets.models import Ticket
from tests.factories import (
    a_change,
    a_kind,
    a_problem,
    a_request,
    an_incident,
    attached,
    later,
    resolved,
    rows,
    said,
    taken,
)
from tests.itsm.table.conftest import NOW, refused

pytestmark = pytest.mark.django_db


def id_of(ticket: Ticket) -> str:
    return ids.sys_id(ids.TICKET, ticket.pk)


def person(user) -> str:
    return ids.sys_id(ids.USER, user.pk)


def test_a_record_is_told_as_servicenow_tells_it(cast, desk):
    ticket = taken(cast, an_incident(cast, service=cast.services["vpn"], impact="high"))
    bob = desk(cast.bob)
    [told] = bob.find("incident")
    assert told["sys_id"] == id_of(ticket)
    assert (told["state"], told["incident_state"], told["active"]) == ("2", "2", "true")
    assert (told["impact"], told["urgency"], told["priority"]) == ("1", "2", "2")
    assert told["opened_at"] == "2026-03-02 09:00:00"
    assert told["resolved_at"] == ""
    assert told["assignment_group"] == ""
    link = f"http://testserver{NOW}sys_user/{person(cast.bob)}"
    assert told["assigned_to"] == {"link": link, "value": person(cast.bob)}
    followed = bob.client.get(link, headers=bob.headers).json()["result"]
    assert (followed["name"], followed["email"]) == ("Bob", "bob@demo.example")


def test_display_values_are_words_and_all_gives_both(cast, desk):
    taken(cast)
    bob = desk(cast.bob)
    fields = "state,priority,assigned_to,business_service,opened_at,parent"
    [read] = bob.find("incident", fields=fields, display_value="true")
    assert read["state"] == "In Progress"
    assert read["priority"] == "4 - Low"
    assert read["assigned_to"]["display_value"] == "Bob"
    assert read["assigned_to"]["link"].endswith(person(cast.bob))
    assert read["opened_at"] == "2026-03-02 09:00:00"
    assert read["parent"] == ""
    [both] = bob.find("incident", fields=fields, display_value="all")
    assert both["state"] == {"display_value": "In Progress", "value": "2"}
    assert both["business_service"].keys() == {"display_value", "value", "link"}
    assert both["parent"] == {"display_value": "", "value": ""}
    [bare] = bob.find("incident", fields=fields, exclude_reference_link="true")
    assert bare["assigned_to"] == person(cast.bob)
    [words] = bob.find(
        *("incident",),
        fields=fields,
        display_value="TRUE",
        exclude_reference_link="True",
    )
    assert words["assigned_to"] == "Bob"


def test_fields_are_chosen_and_read_through_references(cast, desk):
    taken(cast)
    fields = "number, caller_id.email,assigned_to.name,caller_id.password,colour"
    [told] = desk(cast.bob).find("incident", fields=fields)
    assert told.keys() == {"number", "caller_id.email", "assigned_to.name"}
    assert told["caller_id.email"] == "carol@demo.example"
    [nothing] = desk(cast.bob).find("incident", fields="colour")
    assert nothing.keys() == {"sys_id"}


def test_every_table_tells_its_records(cast, desk):
    incident = an_incident(cast, service=cast.services["vpn"])
    attached(incident, by=cast.carol)
    a_request(cast), a_change(cast), a_problem(cast)
    grace = desk(cast.grace)
    for name, table in TABLES.items():
        listed = grace.find(name)
        assert listed, name
        assert set(listed[0]) == set(table.told_to(cast.grace)) - {
            "comments",
            "work_notes",
        }
        address = f"{name}/{listed[0]['sys_id']}"
        single = grace.ask(address).json()["result"]
        assert single["sys_id"] == listed[0]["sys_id"]
        assert grace.ask(f"{address}/").json()["result"] == single


def test_a_request_is_an_order_with_one_item(cast, desk):
    ticket = a_request(cast)
    bob = desk(cast.bob)
    [order], [item] = bob.find("sc_request"), bob.find("sc_req_item")
    assert order["number"] == item["number"] == ticket.number
    assert order["sys_id"] != item["sys_id"]
    assert item["request"]["value"] == order["sys_id"]
    assert bob.find("sc_req_item", f"request={order['sys_id']}") == [item]
    refused(bob.ask(f"sc_req_item/{order['sys_id']}"), 404)


def test_a_ticket_that_is_converted_keeps_its_sys_id(cast, desk):
    ticket = an_incident(cast)
    actions.convert(ticket=ticket, by=cast.bob, at=later(1), type="request")
    refused(desk(cast.bob).ask(f"incident/{id_of(ticket)}"), 404)
    told = desk(cast.bob).ask(f"sc_request/{id_of(ticket)}").json()["result"]
    assert told["sys_id"] == id_of(ticket)


def test_a_changes_window_and_plan(cast, desk):
    a_change(
        cast,
        detail={
            "plan": "Restart it",
            "window": (later(60), later(120)),
            "kind": a_kind(cast, "standard"),
        },
    )
    [told] = desk(cast.bob).find("change_request", "type=standard")
    assert told["implementation_plan"] == "Restart it"
    assert told["start_date"] == "2026-03-02 10:00:00"
    assert told["requested_by"]["value"] == person(cast.alice)


def test_what_was_said_is_told_where_it_is_asked_for(cast, desk):
    ticket = an_incident(cast)
    said(ticket, "Which client?", by=cast.bob)
    said(ticket, "She is new here", by=cast.bob, public=False)
    bob, carol = desk(cast.bob), desk(cast.carol)
    path = f"incident/{id_of(ticket)}"
    assert bob.ask(path).json()["result"]["work_notes"] == ""
    told = bob.ask(path, display_value="true").json()["result"]
    assert told["comments"] == (
        "2026-03-02 09:03:00 - Bob (Additional comments)\nWhich client?\n\n"
    )
    assert "She is new here" in told["work_notes"]
    theirs = carol.ask(path, display_value="all").json()["result"]
    assert "Which client?" in theirs["comments"]["display_value"]
    assert "work_notes" not in theirs
    fields = "number,work_notes"
    [listed] = bob.find("incident", fields=fields, display_value="true", limit="9")
    assert "She is new here" in listed["work_notes"]
    [hidden] = carol.find("incident", fields=fields, display_value="true", limit="9")
    assert hidden == {"number": ticket.number}
    assert "1000" in refused(
        bob.ask("incident", fields=fields, display_value="all"), 400
    )


# Paging ------------------------------------------------------------------------


def links(answer) -> dict[str, str]:
    found = {}
    for part in answer["Link"].split(","):
        address, rel = part.split(";")
        found[rel.removeprefix('rel="').rstrip('"')] = address.strip("<>")
    return found


def test_pages_follow_one_another_by_their_links(cast, desk):
    rows(cast, 7)
    bob, seen = desk(cast.bob), []
    answer = bob.ask("incident", "ORDERBYDESCnumber", limit="3")
    assert set(links(answer)) == {"first", "next", "last"}
    while True:
        assert answer["X-Total-Count"] == "7"
        seen += [row["number"] for row in answer.json()["result"]]
        following = links(answer).get("next")
        if following is None:
            break
        answer = bob.client.get(following, headers=bob.headers)
    assert seen == sorted(seen, reverse=True)
    assert len(seen) == 7
    assert set(links(answer)) == {"first", "prev", "last"}
    assert "sysparm_offset=6" in links(answer)["last"]
    previous = bob.client.get(links(answer)["prev"], headers=bob.headers)
    assert [row["number"] for row in previous.json()["result"]] == seen[3:6]


def test_beyond_the_end_there_is_nothing_and_the_count_stays(cast, desk):
    rows(cast, 3)
    bob = desk(cast.bob)
    for more in ({"offset": "3"}, {"offset": "999999999999"}, {"limit": "0"}):
        answer = bob.ask("incident", **more)
        assert answer.json() == {"result": []}
        assert answer["X-Total-Count"] == "3"
    assert "Link" not in bob.ask("incident", limit="0")


def test_without_pagination_headers_nothing_is_counted(cast, desk):
    rows(cast, 3)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        answer = desk(cast.bob).ask(
            "incident", limit="2", suppress_pagination_header="True"
        )
    assert len(answer.json()["result"]) == 2
    assert "X-Total-Count" not in answer
    assert "Link" not in answer
    assert not any("COUNT" in query["sql"] for query in asked.captured_queries)


def test_open_tickets_are_counted_without_counting(cast, desk):
    rows(cast, 3)
    rows(cast, 2, state="closed", state_category="closed")
    with CaptureQueriesContext(connection) as asked:
        answer = desk(cast.bob).ask("incident", "active=true", limit="2")
    assert answer["X-Total-Count"] == "3"
    assert not any("COUNT(" in query["sql"] for query in asked.captured_queries)
    assert desk(cast.bob).ask("incident", limit="2")["X-Total-Count"] == "5"


GARBAGE = {
    "limit": ["-1", "x", "10001", "9" * 5000, "²", "1.5"],
    "offset": ["-1", "x", "9" * 30],
    "display_value": ["maybe", "1"],
    "exclude_reference_link": ["perhaps"],
    "suppress_pagination_header": ["2"],
    "fields": ["a," * 3000, "\x00"],
    "query": ["\x00", "a=\x00"],
}


@pytest.mark.parametrize(
    ("name", "value"),
    [(name, value) for name, values in GARBAGE.items() for value in values],
    ids=lambda v: v[:20],
)
def test_parameters_that_make_no_sense_are_400(cast, desk, name, value):
    bob = desk(cast.bob)
    answer = bob.client.get(
        f"{NOW}incident", {f"sysparm_{name}": value}, headers=bob.headers
    )
    assert refused(answer, 400)


def test_what_nobody_knows_is_ignored(cast, desk):
    rows(cast, 1)
    assert desk(cast.bob).find("incident", view="mobile", colour="red", no_count="x")


@pytest.mark.parametrize(
    ("display", "few", "more"),
    [("false", 99, 9_800), ("true", 9, 189), ("all", 9, 189)],
)
def test_a_page_costs_the_same_however_long_it_is(cast, desk, display, few, more):
    bob, costs = desk(cast.bob), []
    fields = "number,assigned_to,parent,caller_id.email,comments,business_service"
    shape = {"fields": fields, "display_value": display}
    shape |= {"limit": "10000" if display == "false" else "1000"}
    bob.find("incident")  # its token is used
    for n in (few, more):
        parent = rows(cast, 1)[0]
        made = rows(cast, n, parent=parent, owner=cast.bob, team=cast.teams["desk"])
        said(made[0], by=cast.bob)
        with CaptureQueriesContext(connection) as asked:
            found = bob.find("incident", **shape)
        costs.append(len(asked))
    assert len(found) == few + more + 2
    assert costs[0] == costs[1] <= 5


# Nobody is told of what they may not see -----------------------------------------


@pytest.fixture
def hidden(cast):
    """A restricted incident of Mallory's, and one of hers that Carol may not see."""
    secret = an_incident(cast, by=cast.mallory, title="Zq secret")
    actions.restrict(ticket=secret, by=cast.grace, at=later(1))
    return Ticket.objects.get(pk=secret.pk)


def test_restricted_tickets_are_neither_found_nor_counted(cast, desk, hidden):
    mine = an_incident(cast)
    for who, seen in (("bob", 1), ("grace", 2), ("carol", 1), ("mallory", 1)):
        one = desk(cast.people[who])
        for query in ("", "active=true", "short_descriptionLIKEZq^NQstate=1"):
            answer = one.ask("incident", query, limit="1")
            assert answer["X-Total-Count"] == str(seen), (who, query)
    bob = desk(cast.bob)
    assert bob.numbers(f"sys_id={id_of(hidden)}^ORnumber={hidden.number}") == set()
    assert refused(bob.ask(f"incident/{id_of(hidden)}"), 404)
    for method in ("put", "patch", "delete"):
        refused(bob.send(method, f"incident/{id_of(hidden)}", {"comments": "x"}), 404)
    assert desk(cast.carol).numbers("") == {mine.number}


def test_a_hidden_parent_is_no_parent_whatever_is_asked(cast, desk, hidden):
    child = an_incident(cast)
    Ticket.objects.filter(pk=child.pk).update(parent=hidden)
    bob, grace = desk(cast.bob), desk(cast.grace)
    [told] = bob.find("incident", display_value="all")
    assert told["parent"] == {"display_value": "", "value": ""}
    secret = id_of(hidden)
    for query, found in {
        "parentISEMPTY": True,
        "parent=": True,
        "parentISNOTEMPTY": False,
        f"parent={secret}": False,
        f"parent!={secret}": True,
        f"parentIN{secret}": False,
        f"parentNOT IN{secret}": True,
        f"parentSTARTSWITH{hidden.number[:5]}": False,
        "parentNOT LIKEINC": True,
    }.items():
        assert bob.numbers(query) == ({child.number} if found else set()), query
        by_grace = child.number in grace.numbers(query)
        assert by_grace is not found, query
    assert hidden.number not in str(bob.ask("incident").content)


def test_columns_of_staff_do_not_exist_for_requesters(cast, desk):
    change = a_change(cast, requester=cast.carol, detail={"plan": "Zq plan"})
    carol = desk(cast.carol)
    [told] = carol.find("change_request")
    assert told["number"] == change.number
    assert "implementation_plan" not in told
    [told] = carol.find(
        "change_request", fields="number,implementation_plan,work_notes"
    )
    assert told == {"number": change.number}
    for query in (
        "implementation_planLIKEZq",
        "implementation_planISEMPTY",
        "number=CHG-1^NQimplementation_planISNOTEMPTY",
        "ORDERBYimplementation_plan",
        "ORDERBYbackout_plan",
    ):
        assert refused(carol.ask("change_request", query), 400)
    path = f"{NOW}change_request?implementation_plan=x"
    [still] = carol.client.get(path, headers=carol.headers).json()["result"]
    assert still["number"] == change.number  # no such field, so ignored


def test_requesters_see_themselves_their_services_and_no_teams(cast, desk):
    cast.services["vpn"].organisations.add(cast.organisations["globex"])
    carol = desk(cast.carol)
    assert [row["email"] for row in carol.find("sys_user")] == ["carol@demo.example"]
    assert carol.ask("sys_user")["X-Total-Count"] == "1"
    assert carol.find("sys_user", "nameLIKEbob^ORnameLIKEmallory") == []
    assert carol.find("sys_user_group") == []
    assert "VPN" not in {row["name"] for row in carol.find("cmdb_ci")}
    refused(carol.ask(f"sys_user/{person(cast.bob)}"), 404)
    assert len(desk(cast.bob).find("sys_user")) == 8


def test_files_are_those_of_tickets_one_sees(cast, desk, hidden):
    ticket = an_incident(cast)
    attached(ticket, by=cast.carol, name="public.png")
    attached(ticket, by=cast.bob, name="ours.png", public=False)
    attached(hidden, by=cast.mallory, name="secret.png")

    def names(who):
        return {row["file_name"] for row in desk(who).find("sys_attachment")}

    assert names(cast.bob) == {"public.png", "ours.png"}
    assert names(cast.carol) == {"public.png"}
    assert names(cast.mallory) == {"secret.png"}
    assert len(names(cast.grace)) == 3
    query = f"table_name=incident^table_sys_id={id_of(ticket)}"
    [told] = desk(cast.carol).find("sys_attachment", query)
    assert told["table_sys_id"] == id_of(ticket)
    assert "u_public" not in told
    refused(desk(cast.carol).ask("sys_attachment", "u_public=false"), 400)
    for method in ("post", "put", "patch", "delete"):
        path = "sys_attachment" + ("" if method == "post" else f"/{told['sys_id']}")
        assert refused(desk(cast.grace).send(method, path), 405)


def test_whoever_left_for_good_is_no_record(cast, desk):
    cast.mallory.anonymised_at = later(0)
    cast.mallory.save()
    assert desk(cast.grace).find("sys_user", "nameLIKEmallory") == []


# Addresses and methods -------------------------------------------------------------


@pytest.mark.parametrize("sys_id", ["x", "0" * 32, "f" * 32, "INC-1", "%00", "a" * 500])
def test_a_record_that_is_not_there_is_404(cast, desk, sys_id):
    answer = desk(cast.bob).ask(f"incident/{sys_id}")
    detail = "Record doesn't exist or ACL restricts the record retrieval"
    assert refused(answer, 404) == detail
    assert answer.json()["error"]["message"] == "No Record found"


@pytest.mark.parametrize(
    "path", ["secrets", "incident/a/b", "", "people_user", "../x", "inc%00ident"]
)
@pytest.mark.parametrize("method", ["get", "post", "put", "delete"])
def test_a_table_that_is_not_there_is_400(cast, desk, path, method):
    assert refused(desk(cast.bob).send(method, path), 400)


def test_methods_that_are_not_there_are_405(cast, desk):
    ticket = resolved(cast)
    for method, path in (
        ("put", "incident"),
        ("delete", "incident"),
        ("post", f"incident/{id_of(ticket)}"),
    ):
        answer = desk(cast.bob).send(method, path)
        assert refused(answer, 405)
        assert "GET" in answer["Allow"]
