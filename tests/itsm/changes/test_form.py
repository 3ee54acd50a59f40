"""The form of a new change: its kind fills it in, its risk is counted as one types."""

import pytest

from itsm.changes.models import Change
from tests.factories import a_change, a_kind, as_, later
from tests.itsm.changes.test_control import CALM, do, row

NEW = "/new/change/"


@pytest.fixture
def kind(cast):
    return a_kind(
        cast,
        service=cast.services["vpn"],
        plan="Edit the zone",
        way_back="The former zone",
        answers={"way_back": "tried"},
        tasks=["Raise the serial"],
    )


def post(person, htmx=True, **fields):
    headers = {"HTTP_HX_REQUEST": "true"} if htmx else {}
    return as_(person).post(NEW, {"type": "change", **fields}, **headers)


def test_a_kind_fills_what_is_empty_and_leaves_what_was_typed(cast, kind):
    page = post(cast.alice, fill="1", kind="dns-record", plan="Mine").content.decode()
    assert "Mine" in page
    assert "The former zone" in page
    assert "Edit the zone" not in page


def test_another_kind_takes_away_what_the_first_one_filled_in(cast, kind):
    a_kind(cast, name="Port", plan="Set the port")
    sent = {"kind": "port", "filled": "dns-record", "plan": "Edit the zone"}
    page = post(cast.alice, fill="1", **sent).content.decode()
    assert "Set the port" in page
    assert "Edit the zone" not in page


def test_the_page_of_a_kind_leads_to_a_form_that_it_has_filled(cast, kind):
    page = as_(cast.alice).get(f"{NEW}?kind=dns-record").content.decode()
    assert "Edit the zone" in page


@pytest.mark.parametrize("slug", ["nothing", "", "\x00"])
def test_a_kind_that_is_not_there_fills_nothing(cast, slug):
    assert post(cast.alice, fill="1", kind=slug).status_code == 200


def test_what_is_sent_opens_a_change_of_the_kind(cast, kind):
    answer = post(
        cast.alice,
        htmx=False,
        kind="dns-record",
        filled="dns-record",
        title="Name for the shop",
        **{"answers.way_back": "tried", "answers.noticed": "nothing"},
    )
    assert answer.status_code == 302, answer.content.decode()[-2000:]
    made = Change.objects.get()
    assert (made.kind, made.plan) == (kind, "Edit the zone")
    assert made.answers == {"way_back": "tried", "noticed": "nothing"}
    assert made.ticket.service.slug == "vpn"
    assert made.ticket.tasks.get().title == "Raise the serial"


def test_the_risk_is_counted_while_one_types(cast):
    page = post(cast.alice, show="count").content.decode()
    assert "The change authority decides." in page
    answers = {f"answers.{slug}": answer for slug, answer in CALM.items()}
    more = {"test": "Five checks", "service": "printing"}
    page = post(cast.alice, show="count", **answers, **more).content.decode()
    assert "One colleague looks at it" in page
    assert "printing" in page.lower()
    assert "<form" not in page


def test_a_standard_kind_says_that_nobody_is_asked(cast):
    a_kind(cast, "standard")
    page = post(cast.alice, show="count", kind="dns-record").content.decode()
    assert "Pre-authorised" in page


def test_the_answers_are_changed_on_the_page_of_the_ticket(cast):
    change = a_change(cast, service=cast.services["vpn"])
    here = f"/changes/{change.number}/do/edit/"
    form = as_(cast.alice).get(f"{here}?only=answers").content.decode()
    assert "Has the way back been tried?" in form
    sent = {f"answers.{slug}": answer for slug, answer in CALM.items()}
    answer = as_(cast.alice).post(here, {"only": "answers", **sent})
    assert answer.status_code in {200, 302}, answer.content.decode()[-2000:]
    assert row(change).answers == CALM


def test_the_page_says_risk_model_and_kind(cast, kind):
    from itsm.changes.actions import open_change

    change = open_change(by=cast.alice, at=later(1), kind=kind)
    page = as_(cast.bob).get(f"/changes/{change.number}/").content.decode()
    assert "How critical the service is" in page
    assert "/changes/kinds/dns-record/" in page
    do(change, "emergency", cast.alice, threat="Exploited")
    page = as_(cast.bob).get(f"/changes/{change.number}/").content.decode()
    assert "Emergency" in page
