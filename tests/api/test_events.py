"""The log over REST: shape, names instead of ids, who sees what."""

import pytest

from core.log import act, record
from core.models import Event, TextVersion
from itsm.tickets import actions
from itsm.tickets.api.events import tell
from itsm.tickets.doors import perform
from itsm.tickets.replies.actions import change_reply_template, create_reply_template
from itsm.tickets.tags.models import Tag
from tests.factories import (
    a_change,
    a_problem,
    a_ticket,
    an_incident,
    attached,
    later,
    said,
    taken,
    with_own_fields,
)

pytestmark = pytest.mark.django_db


def kinds(answer) -> list[str]:
    return [event["kind"] for event in answer.json()["results"]]


def test_an_event_has_the_contracts_shape(cast, api):
    ticket = an_incident(cast, service=cast.services["vpn"])
    event = api(cast.bob).get(f"tickets/{ticket.number}/events/").json()["results"][0]
    assert event.keys() == {"id", "kind", "at", "actor", "door", "subject", "changes"}
    assert event["kind"] == "ticket.open"
    assert event["actor"] == "carol@demo.example"
    assert event["subject"] == {"type": "ticket", "number": ticket.number}
    assert event["changes"]["service"] == [None, "vpn"]
    assert event["changes"]["requester"] == [None, "carol@demo.example"]
    assert event["changes"]["priority"] == [None, "P4"]
    assert event["changes"]["process_version"] == [None, 1]


def test_ids_are_told_by_name(cast, api):
    ticket, other = taken(cast), an_incident(cast)
    actions.assign(
        ticket=ticket,
        by=cast.alice,
        at=later(4),
        owner=cast.erin,
        team=cast.teams["desk"],
    )
    actions.edit(ticket=ticket, by=cast.bob, at=later(5), given={"title": "Better"})
    actions.link(ticket=ticket, by=cast.bob, at=later(6), kind="related", to=other)
    actions.copy_in(ticket=ticket, by=cast.bob, at=later(6), person=cast.mallory)
    answer = api(cast.bob).get(f"incidents/{ticket.number}/events/")
    changes = {e["kind"]: e["changes"] for e in answer.json()["results"]}
    assert changes["ticket.assign"]["owner"] == [
        "bob@demo.example",
        "erin@demo.example",
    ]
    assert changes["ticket.assign"]["team"] == [None, "desk"]
    assert changes["ticket.edit"]["title"] == ["VPN drops every hour", "Better"]
    assert changes["ticket.link"]["link"] == [
        None,
        {"kind": "related", "number": other.number},
    ]
    assert changes["ticket.copy"]["copied"] == [None, "mallory@demo.example"]


def test_requesters_follow_public_events_of_their_tickets(cast, api):
    ticket = taken(cast)
    said(ticket, "Internal", by=cast.bob, public=False)
    said(ticket, "Public", by=cast.bob)
    attached(ticket, by=cast.bob, public=False)
    an_incident(cast, by=cast.mallory)
    path = f"incidents/{ticket.number}/events/"
    expected = ["ticket.open", "ticket.take", "ticket.start", "ticket.comment"]
    assert kinds(api(cast.carol).get(path)) == expected
    assert kinds(api(cast.carol).get("events/")) == expected
    assert kinds(api(cast.mallory).get("events/")) == ["ticket.open"]
    assert "ticket.note" in kinds(api(cast.bob).get(path))


def test_restricted_tickets_are_silent_for_others(cast, api):
    secret = an_incident(cast, service=cast.services["hr-portal"])
    plain = an_incident(cast)
    actions.link(ticket=plain, by=cast.grace, at=later(1), kind="related", to=secret)
    bob, grace = api(cast.bob), api(cast.grace)
    seen = [e["subject"]["number"] for e in bob.get("events/").json()["results"]]
    assert secret.number not in seen
    assert secret.number not in bob.get("events/").content.decode()
    assert secret.number in grace.get("events/").content.decode()


def test_following_after_reads_each_event_once_in_order(cast, api):
    for _ in range(7):
        an_incident(cast)
    client = api(cast.bob)
    path, found = "events/?limit=2&after=0", []
    while path:
        body = client.get(path).json()
        found += [event["id"] for event in body["results"]]
        path = body["next"]
    whole = [e["id"] for e in client.get("events/").json()["results"]]
    assert found == whole == sorted(set(whole))
    last = client.get(f"events/?after={whole[-1]}").json()
    assert last == {"next": None, "previous": None, "results": []}
    assert client.get("events/?after=x").status_code == 400


def test_the_log_is_narrowed_by_kinds_and_by_what_it_is_about(cast, api):
    ticket = taken(cast)
    said(ticket, "Public", by=cast.bob)
    create_reply_template(by=cast.bob, at=later(1), name="Hello", body="Hi")
    client = api(cast.bob)
    all_of_it = kinds(client.get("events/"))
    tickets = [kind for kind in all_of_it if kind.startswith("ticket.")]
    assert {"ticket.open", "ticket.comment"} < set(tickets) < set(all_of_it)
    assert kinds(client.get("events/?subject=ticket")) == tickets
    assert kinds(client.get("events/?kind=ticket.*")) == tickets
    two = kinds(client.get("events/?kind=ticket.take,ticket.open"))
    assert two == ["ticket.open", "ticket.take"]
    assert kinds(client.get("events/?kind=reply_template.*&kind=ticket.comment")) == [
        "ticket.comment",
        "reply_template.create",
    ]
    assert kinds(client.get("events/?kind=ticket.*&subject=reply_template")) == []
    assert kinds(client.get("events/?kind=ticket.tak_")) == []  # no pattern of theirs
    for wrong in ("kind=*", "kind=ticket", "kind=", "subject=Ticket", "subject=x"):
        refused = client.get(f"events/?{wrong}")
        assert (refused.status_code, wrong) == (400, wrong)
        assert wrong.partition("=")[0] in refused.json()["errors"]


def test_narrowing_shows_nobody_more(cast, api):
    ticket = taken(cast)
    said(ticket, "Internal", by=cast.bob, public=False)
    assert kinds(api(cast.carol).get("events/?kind=ticket.note")) == []
    assert kinds(api(cast.mallory).get("events/?subject=ticket")) == []
    assert kinds(api(cast.bob).get("events/?kind=ticket.note")) == ["ticket.note"]


def test_next_leads_through_a_narrowed_log_and_ends_where_it_ends(cast, api):
    for _ in range(5):
        taken(cast)
    client = api(cast.bob)
    path, found = "events/?kind=ticket.take&limit=2", []
    while path:
        body = client.get(path).json()
        found += [event["id"] for event in body["results"]]
        path = body["next"]
    whole = client.get("events/?kind=ticket.take").json()
    assert len(found) == 5
    assert found == [event["id"] for event in whole["results"]]
    exact = client.get("events/?kind=ticket.take&limit=5").json()
    assert exact["next"] is None  # a full page, and nothing behind it


def test_processes_are_in_the_log_for_staff_only(cast, api):
    staff = api(cast.bob).get("events/").json()["results"]
    if not staff:  # the cast's processes may have come without their events
        from processes import actions as rules
        from processes.models import ProcessVersion

        version = ProcessVersion.objects.get(process__slug="incident", number=1)
        rules.create_draft(
            process=version.process,
            by=cast.dana,
            at=later(0),
            text=rules.text_of(version),
            note="Try",
        )
        staff = api(cast.bob).get("events/").json()["results"]
    assert {e["subject"]["type"] for e in staff} == {"process"}
    assert staff[0]["subject"]["number"] == "incident"
    assert api(cast.carol).get("events/").json()["results"] == []


def test_a_changes_texts_are_told_from_their_rows(cast, api):
    change = a_change(cast)
    actions.edit(
        ticket=change, by=cast.alice, at=later(1), given={"plan": "One by one"}
    )
    answer = api(cast.bob).get(f"changes/{change.number}/events/")
    assert answer.json()["results"][-1]["changes"]["plan"] == ["", "One by one"]


def test_plans_and_causes_are_not_told_to_requesters(cast, api):
    """As the ticket itself does not tell them: words among those who work here."""
    problem = a_problem(cast, requester=cast.carol, service=cast.services["vpn"])
    actions.take(ticket=problem, by=cast.bob, at=later(1))
    given = {"causes": "Zqcause", "workaround": "Zqway"}
    perform(problem, "known_error", given, by=cast.bob, at=later(2))
    address = f"problems/{problem.number}/"
    assert told_by(api(cast.bob), address) == ["Zqcause", "Zqway"]
    assert told_by(api(cast.carol), address) == []
    assert api(cast.carol).get(address).json()["workaround"] == ""


def told_by(client, address):
    answer = client.get(f"{address}events/")
    assert "ticket.known_error" in kinds(answer)
    return [word for word in ("Zqcause", "Zqway") if word in answer.content.decode()]


def told_of(client, ticket, kind):
    answer = client.get(f"incidents/{ticket.number}/events/").json()["results"]
    return next(e["changes"] for e in answer if e["kind"] == kind)


def test_a_processs_own_texts_and_people_are_told_by_what_they_are(cast, api):
    with_own_fields(cast)
    ticket = an_incident(cast)
    own = {"site": "Leeds", "witness": "erin@demo.example", "floor": 3.0}
    actions.edit(ticket=ticket, by=cast.bob, at=later(5), given={"extra": own})
    assert told_of(api(cast.bob), ticket, "ticket.edit") == {
        "fields.site": ["", "Leeds"],
        "fields.witness": [None, "erin@demo.example"],
        "fields.floor": [None, 3.0],
    }
    log = api(cast.bob).get("events/").content.decode()
    assert "Leeds" in log
    actions.redact(
        ticket=ticket, by=cast.grace, at=later(6), field="fields.site", why="Private"
    )
    changes = told_of(api(cast.bob), ticket, "ticket.edit")
    assert changes["fields.site"] == ["[removed]", "[removed]"]
    assert "Leeds" not in api(cast.bob).get("events/").content.decode()


def test_an_id_in_one_ticket_never_tells_a_text_of_another(cast, api):
    with_own_fields(cast)
    secret = an_incident(cast, service=cast.services["hr-portal"])
    raw = {"extra": {"site": "My salary"}}
    actions.edit(ticket=secret, by=cast.grace, at=later(5), given=raw)
    text = TextVersion.objects.get(body="My salary")
    plain = an_incident(cast)
    with act():
        record(
            "ticket.edit",
            subject=plain,
            by=cast.bob,
            at=later(6),
            changes={"fields.site": (None, text.pk)},
        )
    assert "salary" not in str(told_of(api(cast.bob), plain, "ticket.edit"))


def test_why_a_priority_is_another_is_told_to_those_who_work_here(cast, api):
    ticket = actions.open_ticket(
        type="incident",
        title="x",
        by=cast.bob,
        at=later(0),
        requester=cast.carol,
        priority=1,
        priority_reason="The board meets",
    )
    told = told_of(api(cast.bob), ticket, "ticket.open")
    assert told["priority_reason"] == [None, "The board meets"]
    told = told_of(api(cast.carol), ticket, "ticket.open")
    assert told["priority_reason"] == [None, None]


def test_an_internal_reason_is_not_told_where_a_person_has_its_texts_id(cast):
    """Both are whole numbers in events: in a young database they may be the same."""
    ticket = an_incident(cast)
    about = {"subject_type": "ticket", "subject_id": ticket.pk, "at": later(1)}
    reason = TextVersion.objects.create(
        subject_type="ticket",
        subject_id=ticket.pk,
        field="priority_reason",
        body="The board meets",
        at=later(1),
    )
    events = [
        Event(
            kind="ticket.open", changes={"priority_reason": [None, reason.pk]}, **about
        ),
        Event(kind="ticket.go", changes={"fields.guest": [None, reason.pk]}, **about),
    ]
    for reader, words in ((cast.bob, "The board meets"), (cast.carol, None)):
        told = tell(events, reader)
        assert told[0]["changes"]["priority_reason"] == [None, words]
        assert told[1]["changes"]["fields.guest"][1] != "The board meets"


def test_joined_tickets_and_tags_are_told_by_name_as_far_as_one_sees_them(cast, api):
    Tag.objects.create(slug="printer", name="Printer")
    secret = an_incident(cast, restricted=True, team=cast.teams["desk"])
    twin, main = an_incident(cast), an_incident(cast)
    note = said(main, "Another thing", by=cast.bob)
    actions.merge(ticket=twin, by=cast.bob, at=later(5), into=main)
    actions.split(
        ticket=main, by=cast.bob, at=later(6), title="Other", comments=[note.pk]
    )
    actions.merge(ticket=an_incident(cast), by=cast.grace, at=later(7), into=secret)
    perform(main, "tag", {"add": ["printer"]}, by=cast.bob, at=later(8))

    def told(person):
        answer = api(person).get("events/?limit=200").json()["results"]
        return {e["kind"]: e["changes"] for e in answer}

    seen = told(cast.erin)
    assert seen["ticket.split"]["split_off"][1].startswith("INC-")
    assert seen["ticket.merged_here"]["merged"] == [None, twin.number]
    assert seen["ticket.tag"]["tags"] == [[], ["printer"]]
    assert seen["ticket.merge"]["merged_into"] == [None, None]  # the restricted one
    assert told(cast.bob)["ticket.merge"]["merged_into"] == [None, secret.number]
    assert told(cast.carol)["ticket.merge"]["merged_into"] == [None, secret.number]
    actions.merge(
        ticket=a_ticket(cast, by=cast.mallory), by=cast.bob, at=later(9), into=main
    )
    assert told(cast.mallory)["ticket.merge"]["merged_into"] == [None, None]


def test_texts_of_templates_are_told_from_their_rows(cast, api):
    made = create_reply_template(by=cast.bob, at=later(1), name="Hello", body="Hi")
    change_reply_template(
        reply_template=made, by=cast.bob, at=later(2), body="Good day"
    )
    events = api(cast.bob).get("events/?limit=200").json()["results"]
    [changed] = [e for e in events if e["kind"] == "reply_template.change"]
    assert changed["changes"]["body"][1] == "Good day"
