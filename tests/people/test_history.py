"""Settings show what happened to a thing: who, what, and what was before."""

import pytest

from itsm.tickets.tags.actions import change_tag, create_tag
from people import actions, history
from tests.cast import AT, Cast
from tests.factories import as_, later

pytestmark = pytest.mark.django_db


def changes(subject) -> list[tuple[str, str, str]]:
    return [change for line in history.of(subject) for change in line.changes]


def test_a_persons_page_says_who_changed_what_and_what_it_was(cast: Cast):
    given = {"name": "Robert", "organisation": cast.organisations["acme"]}
    actions.change_user(
        user=cast.bob, by=cast.grace, at=AT, roles=["agent", "expert"], **given
    )
    [line] = history.of(cast.bob)
    assert (line.who, line.what) == ("Grace", "Changed")
    assert ("Name", "Bob", "Robert") in line.changes
    assert ("Organisation", "", "Acme") in line.changes
    assert ("Roles", "Agent", "Agent, Expert") in line.changes
    page = as_(cast.grace).get(f"/settings/people/{cast.bob.pk}/").content.decode()
    assert "<del>Bob</del>" in page
    assert "<del>Bob</del>" not in (
        as_(cast.alice).get(f"/settings/people/{cast.bob.pk}/").content.decode()
    )


def test_rows_that_a_service_names_are_told_by_name(cast: Cast):
    vpn = cast.services["vpn"]
    desk, network = cast.teams["desk"], cast.teams["network"]
    actions.change_service(
        service=vpn, by=cast.grace, at=AT, support_teams=[desk, network], owner=cast.bob
    )
    assert ("Owner", "Erin", "Bob") in changes(vpn)
    [(_field, old, new)] = [c for c in changes(vpn) if c[0] == "Support teams"]
    assert (old, set(new.split(", "))) == ("Network", {"Network", "Service Desk"})


def test_memberships_are_told_with_the_person(cast: Cast):
    team = cast.teams["desk"]
    actions.set_membership(team=team, user=cast.bob, by=cast.grace, at=AT, is_lead=True)
    assert ("Person", "", "Bob") in changes(team)
    assert ("Role", "member", "lead") in changes(team)


def test_tags_are_made_changed_and_told_of(cast: Cast):
    client = as_(cast.grace)
    sent = {"name": "Year end", "colour": "info"}
    assert client.post("/settings/tags/new/", sent).url == "/settings/tags/year-end/"
    again = client.post("/settings/tags/new/", {"name": "YEAR END"})
    assert again.status_code == 422
    assert as_(cast.alice).post("/settings/tags/new/", sent).status_code == 403
    tag = create_tag(by=cast.grace, at=AT, name="x" * 40)
    change_tag(tag=tag, by=cast.grace, at=later(1), colour="late", is_active=False)
    assert ("In use", "yes", "no") in changes(tag)
    assert "Not in use" in client.get("/settings/tags/").content.decode()


def test_it_costs_the_same_for_few_changes_and_many(
    cast: Cast, django_assert_max_num_queries
):
    for n in range(40):
        manager = cast.alice if n % 2 else cast.erin
        actions.change_user(
            user=cast.bob, by=cast.grace, at=later(n), name=f"B{n}", manager=manager
        )
    with django_assert_max_num_queries(3):
        assert len(history.of(cast.bob)) == history.MOST
