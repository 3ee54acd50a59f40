"""The pages of agreements and promises: what they show, what they take."""

import csv
from datetime import timedelta

import pytest
from django.utils import timezone

from itsm.sla.forms import AgreementForm, steps_of
from itsm.sla.models import Agreement, ClockState
from tests.factories import as_, rows
from tests.itsm.sla.agreeing import a_calendar, a_clock, an_agreement

LIST = "/settings/agreements/"
KEPT, MISSED = ClockState.KEPT, ClockState.MISSED


@pytest.fixture
def acme(cast):
    organisation = cast.organisations["acme"]
    organisation.contact = cast.carol
    organisation.save()
    return organisation


@pytest.fixture
def grace(cast):
    return as_(cast.grace)


def typed(**fields):
    """What a browser sends for a new agreement without steps."""
    return {
        "name": "Acme VPN",
        "kind": "customer",
        "service": "vpn",
        "organisation": "acme",
        "type": "",
        "team": "",
        "calendar": "",
        "warnings": "50, 75 %",
        "valid_from": "2026-01-01",
        "valid_until": "",
        "P1_response": "15 min",
        "P1_resolution": "4 h",
        "steps-TOTAL_FORMS": "0",
        "steps-INITIAL_FORMS": "0",
        **fields,
    }


STEP = {
    "steps-TOTAL_FORMS": "1",
    "steps-0-when": "before",
    "steps-0-amount": "30 min",
    "steps-0-promise": "resolution",
    "steps-0-channel": "chat",
    "steps-0-who": ["lead", "owner"],
    "steps-0-people": "Bob@demo.example",
}


def test_a_form_makes_one_with_its_table_and_its_steps(cast, grace):
    answer = grace.post(f"{LIST}new/", typed(**STEP))
    assert answer.status_code == 302, answer.content.decode()
    agreement = Agreement.objects.get()
    assert agreement.targets == {"P1": {"response": "PT15M", "resolution": "PT4H"}}
    assert (agreement.warnings, agreement.organisation.slug) == ([50, 75], "acme")
    assert agreement.escalations == [
        {
            "when": {"before": "PT30M"},
            "promise": "resolution",
            "who": ["lead", "owner", "user:bob@demo.example"],
            "channel": "chat",
        }
    ]


def test_another_step_is_added_without_losing_what_was_typed(cast, grace):
    answer = grace.post(f"{LIST}new/", typed(**STEP, more="1"))
    page = answer.content.decode()
    assert (answer.status_code, Agreement.objects.count()) == (200, 0)
    assert 'name="steps-1-amount"' in page
    assert 'value="Acme VPN"' in page
    assert 'value="30 min"' in page
    assert "fault" not in page


def test_saving_what_was_shown_changes_nothing(cast, grace, acme):
    grace.post(f"{LIST}new/", typed(**STEP))
    agreement = Agreement.objects.get()
    form, steps = AgreementForm(row=agreement), steps_of(agreement)
    sent = {b.html_name: b.value() for b in form if b.value() not in (None, False)}
    for one in steps.forms:
        sent |= {b.html_name: b.value() for b in one if b.value() not in (None, False)}
    sent |= {"steps-TOTAL_FORMS": "1", "steps-INITIAL_FORMS": "1", "is_active": "on"}
    sent |= {"service": "vpn", "organisation": "acme"}
    before = Agreement.objects.values().get()
    assert grace.post(f"{LIST}{agreement.slug}/", sent).status_code == 302
    assert Agreement.objects.values().get() == before


def test_a_step_can_be_taken_out(cast, grace):
    grace.post(f"{LIST}new/", typed(**STEP))
    sent = typed(**STEP, **{"steps-0-DELETE": "on", "steps-INITIAL_FORMS": "1"})
    grace.post(f"{LIST}acme-vpn/", {**sent, "is_active": "on"})
    assert Agreement.objects.get().escalations == []


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"P1_response": "soon"}, "Write “soon” like"),
        ({"P1_response": "5 h"}, "the first response would come after the resolution"),
        ({"P1_response": "0 min"}, "must be longer than nothing"),
        ({"P1_response": "", "P1_resolution": ""}, "Promise something"),
        ({"warnings": "often"}, "Write whole numbers"),
        ({"warnings": "100"}, "Warn between 1 and 99 percent"),
        ({"valid_until": "2025-12-31"}, "It would end before it begins."),
        ({**STEP, "steps-0-amount": "later"}, "Write “later” like"),
        ({**STEP, "steps-0-who": [], "steps-0-people": ""}, "Say who is told."),
        ({**STEP, "steps-0-people": "x@nowhere.example"}, "x@nowhere.example"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(cast, grace, fields, words):
    answer = grace.post(f"{LIST}new/", typed(**fields))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert words in page
    assert 'value="Acme VPN"' in page
    assert not Agreement.objects.exists()


def test_a_retired_calendar_stays_with_the_agreement_that_has_it(cast, grace):
    office = a_calendar(is_active=False)
    an_agreement(calendar=office)
    assert "Office hours" in grace.get(f"{LIST}acme/").content.decode()
    assert "Office hours" not in grace.get(f"{LIST}new/").content.decode()


def test_the_list_says_for_whom_what_and_whether_it_is_accepted(cast, grace, acme):
    office = a_calendar()
    an_agreement(organisation=acme, service=cast.services["vpn"], calendar=office)
    page = grace.get(LIST).content.decode()
    for words in ("VPN · Acme", "1 h / 4 h / 1 d", "Not accepted yet", "In force"):
        assert words in page
    assert 'href="/settings/calendars/office-hours/"' in page


def test_staff_read_it_and_see_no_form(cast, acme):
    an_agreement(organisation=acme)
    bob = as_(cast.bob)
    page = bob.get(f"{LIST}acme/").content.decode()
    assert "You can read this" in page
    assert "agreement-form" not in page
    assert bob.get(f"{LIST}new/").status_code == 403
    for address in (f"{LIST}new/", f"{LIST}acme/", f"{LIST}acme/end/"):
        assert bob.post(address, typed()).status_code == 403
    assert bob.post(f"{LIST}acme/accept/", {"note": "x"}).status_code == 403
    assert as_(cast.carol).get(LIST).status_code in {302, 403}


def test_an_administrator_notes_who_accepted_and_ends_it(cast, grace, acme):
    an_agreement(organisation=acme)
    grace.post(f"{LIST}acme/accept/", {"note": ""})
    assert Agreement.objects.get().accepted_at is None
    grace.post(f"{LIST}acme/accept/", {"note": "Carol, by phone"})
    assert "Carol, by phone" in grace.get(f"{LIST}acme/").content.decode()
    grace.post(f"{LIST}acme/end/")
    assert Agreement.objects.get().valid_until == timezone.localdate()


def test_trying_out_says_what_would_hold_and_why(cast, acme):
    an_agreement(organisation=acme)
    bob = as_(cast.bob)
    asked = {"type": "incident", "priority": "3", "organisation": "acme"}
    page = bob.get(f"{LIST}try/", asked).content.decode()
    assert "“Acme” counts: it names the organisation." in page
    before = bob.get(f"{LIST}try/", {**asked, "on": "2025-06-01"}).content.decode()
    assert "the process&#39;s targets hold" in before.replace("'", "&#39;")
    assert bob.get(f"{LIST}try/", {"priority": "9"}).status_code == 200


def test_a_contact_reads_and_accepts_in_the_portal_by_a_post_alone(cast, acme):
    step = {"when": {"share": 90}, "who": ["user:bob@demo.example"], "channel": "mail"}
    an_agreement(organisation=acme, escalations=[step])
    an_agreement("Globex", organisation=cast.organisations["globex"])
    carol = as_(cast.carol)
    page = carol.get("/portal/agreements/").content.decode()
    assert "Accept it" in page
    assert "Globex" not in page
    assert "bob@" not in page
    assert carol.get("/portal/agreements/acme/accept/").status_code == 405
    assert Agreement.objects.get(slug="acme").accepted_at is None
    carol.post("/portal/agreements/acme/accept/")
    assert Agreement.objects.get(slug="acme").accepted_by == cast.carol
    assert carol.post("/portal/agreements/acme/accept/").status_code == 302
    assert carol.post("/portal/agreements/globex/accept/").status_code == 404


def test_only_a_contact_has_the_line_in_the_portal(cast, acme):
    assert "/portal/agreements/" in as_(cast.carol).get("/portal/").content.decode()
    mallory = as_(cast.mallory)
    assert "/portal/agreements/" not in mallory.get("/portal/").content.decode()
    assert "No agreement is with you" in (
        mallory.get("/portal/agreements/").content.decode()
    )


def lately(cast, *states, **fields):
    """A ticket with a resolution in each state, of today."""
    made = rows(cast, len(states), **fields)
    for ticket, state in zip(made, states, strict=True):
        a_clock(ticket, state, started_at=timezone.now() - timedelta(hours=1))
    return made


def test_the_report_says_in_a_sentence_what_its_tables_say(cast):
    lately(cast, KEPT, KEPT, MISSED, service=cast.services["vpn"])
    page = as_(cast.bob).get("/promises/").content.decode()
    assert "2 of 3 promises were kept, 66 %." in page
    assert "/promises/behind/?service=vpn&amp;outcome=missed" in page


def test_without_promises_the_report_says_what_to_do(cast):
    assert (
        "No promises in these days" in as_(cast.bob).get("/promises/").content.decode()
    )


@pytest.mark.parametrize(
    "query",
    [
        {"from": "yesterday"},
        {"from": "2026-02-30"},
        {"kind": "peace"},
        {"priority": "9"},
        {"service": "n\x00owhere"},
        {"from": "2026-03-02", "to": "2026-03-01"},
        {"from": "1980-01-01"},
    ],
)
def test_what_the_report_does_not_understand_is_said(cast, query):
    answer = as_(cast.bob).get("/promises/", query)
    assert answer.status_code == 400
    assert 'role="alert"' in answer.content.decode()


def test_the_file_has_the_same_numbers_and_no_formulas(cast):
    team = cast.teams["network"]
    team.name = "=cmd()"
    team.save()
    lately(cast, KEPT, MISSED, team=team)
    answer = as_(cast.bob).get("/promises/export/")
    lines = list(csv.DictReader(answer.content.decode().splitlines()))
    assert {line["by"] for line in lines} == {
        *("all", "service", "team", "priority", "week")
    }
    of_team = next(line for line in lines if line["by"] == "team")
    assert (of_team["name"], of_team["share"]) == ("'=cmd()", "0.5")


def test_the_tickets_behind_a_number_are_listed_and_restricted_ones_are_not(cast):
    _kept, missed = lately(cast, KEPT, MISSED)
    (secret,) = lately(cast, MISSED, restricted=True)
    page = as_(cast.bob).get("/promises/behind/?outcome=missed").content.decode()
    assert missed.number in page
    assert secret.number not in page
    assert "1 promise" in page


def test_requesters_read_no_report(cast):
    for address in ("/promises/", "/promises/export/", "/promises/behind/"):
        assert as_(cast.carol).get(address).status_code in {302, 403}


def test_the_page_takes_the_same_statements_for_few_and_for_many(
    cast, django_assert_max_num_queries
):
    lately(cast, KEPT)
    bob = as_(cast.bob)
    bob.get("/promises/")
    with django_assert_max_num_queries(14) as first:
        bob.get("/promises/")
    lately(cast, *[KEPT] * 30, service=cast.services["vpn"], priority=1)
    with django_assert_max_num_queries(len(first)):
        bob.get("/promises/")
