"""Who may what on a process: owner, team, administrator, reader, stakeholder, others.

Enumerated: each verb that policy knows of a process's backlog x each way of standing to
it, and each address of its profile x each of them.
"""

from collections.abc import Callable

import pytest
from django.http import Http404

from backlog.profile import actions, queries
from backlog.profile.models import Stakeholder
from backlog.standing import allows_on, get_process
from core.errors import Forbidden
from core.models import Event
from people.models import User
from processes.models import Process
from tests.cast import AT, Cast
from tests.factories import a_token, as_

pytestmark = pytest.mark.django_db
STANDING = {  # how each of the cast stands to Dana's incident process
    "dana": "owner",
    "bob": "team",
    "grace": "administrator",
    "erin": "reader",
    "carol": "stakeholder",  # a requester on the map
    "mallory": "stranger",  # a requester who is not
}
STAFF = {"owner", "team", "administrator", "reader"}
WRITERS = {"owner", "team", "administrator"}
MAY = {
    "backlog.see": STAFF | {"stakeholder"},
    "backlog.describe": WRITERS,
    "stakeholder.opinion": {"owner", "team"},
    "story.write": WRITERS,
    "story.rank": WRITERS,
    "story.comment": STAFF | {"stakeholder"},
    "story.redact": {"owner", "administrator"},
    "idea.give": STAFF | {"stakeholder", "stranger"},
    "idea.answer": WRITERS,
    "poker.vote": {"owner", "team"},
    "sprint.plan": WRITERS,
    "sprint.work": {"owner", "team"},
    "sprint.cancel": {"owner"},
    "impediment.resolve": WRITERS,
    "review.give": STAFF | {"stakeholder"},
    "review.answer": WRITERS,
    "increment.plan": WRITERS,
    "increment.release": {"owner"},
}
SECRET = "Zqopinionxk"


@pytest.fixture
def incident(cast: Cast) -> Process:
    process = cast.processes["incident"]
    given = {"process": process, "by": cast.dana, "at": AT}
    actions.add_member(user=cast.bob, **given)
    actions.add_stakeholder(user=cast.carol, opinion=SECRET, power=5, **given)
    return process


@pytest.mark.parametrize("name", STANDING)
def test_each_verb_is_for_whom_the_table_says(cast: Cast, incident, name: str):
    found = {v for v in MAY if allows_on(cast.people[name], v, incident)}
    assert found == {verb for verb, whom in MAY.items() if STANDING[name] in whom}


def test_the_table_leaves_out_no_verb_of_the_backlog():
    from people.policy import POLICY

    rooms = ("backlog", "stakeholder", "story", "idea", "poker", "sprint")
    rooms = (*rooms, "impediment", "review", "increment")
    assert {v for v in POLICY if v.split(".")[0] in rooms} == MAY.keys()


@pytest.mark.parametrize("name", STANDING)
def test_only_who_has_to_do_with_it_finds_it(cast: Cast, incident, name: str):
    user = cast.people[name]
    if STANDING[name] == "stranger":
        with pytest.raises(Http404):
            get_process(user, "incident")
    else:
        assert get_process(user, "incident") == incident


def test_a_former_member_is_a_reader_again(cast: Cast, incident):
    member = queries.members(incident).get()
    actions.remove_member(member=member, by=cast.dana, at=AT)
    assert not allows_on(cast.bob, "backlog.describe", incident)
    assert allows_on(cast.bob, "backlog.see", incident)


def test_whoever_owns_another_process_is_a_reader_here(cast: Cast, incident):
    Process.objects.filter(slug="change").update(owner=cast.erin)
    assert not allows_on(cast.erin, "backlog.describe", incident)
    assert allows_on(cast.erin, "backlog.describe", Process.objects.get(slug="change"))


# Opinions: in queries, on pages, over REST, by whoever writes.
@pytest.mark.parametrize("name", STANDING)
def test_queries_hold_no_opinion_for_others(cast: Cast, incident, name: str):
    rows = queries.stakeholders(cast.people[name], incident)
    told = STANDING[name] in MAY["stakeholder.opinion"]
    assert [row.opinion for row in rows] == [SECRET if told else ""]


PAGES = ("", "describe/", "members/", "stakeholders/", "statements/", "aims/")
PARTS = ("profile/", "members/", "stakeholders/", "statements/", "aims/", "stream/")


def addresses(row: Stakeholder) -> list[str]:
    pages = [f"/processes/incident/{page}" for page in PAGES]
    api = [f"/api/v1/processes/incident/{part}" for part in PARTS]
    return [
        *pages,
        *api,
        f"/processes/incident/stakeholders/{row.pk}/",
        f"/api/v1/processes/incident/stakeholders/{row.pk}/",
        "/processes/incident/stream/",
        "/processes/incident/stream/propose/",
        "/api/v1/processes/incident/stream/proposal/",
        "/api/v1/processes/incident/",
        "/api/v1/processes/",
        "/backlog/portfolio/",
        "/api/v1/portfolio/",
        "/api/v1/events/",
    ]


@pytest.mark.parametrize("name", STANDING)
def test_no_address_tells_an_opinion_to_others(cast: Cast, incident, name: str):
    browser = as_(cast.people[name])
    row = incident.stakeholders.get()
    told = {
        path for path in addresses(row) if SECRET in browser.get(path).content.decode()
    }
    if STANDING[name] not in MAY["stakeholder.opinion"]:
        assert told == set()
    else:
        assert told == {
            "/processes/incident/",
            "/processes/incident/stakeholders/",
            f"/processes/incident/stakeholders/{row.pk}/",
            "/api/v1/processes/incident/stakeholders/",
            f"/api/v1/processes/incident/stakeholders/{row.pk}/",
        }


def test_a_program_of_its_owners_reads_what_its_owner_reads(cast, incident, client):
    path = "/api/v1/processes/incident/stakeholders/"
    for name, is_told in (("dana", True), ("grace", False), ("erin", False)):
        headers = {"Authorization": f"Bearer {a_token(cast.people[name])}"}
        rows = client.get(path, headers=headers).json()["results"]
        assert ("opinion" in rows[0]) is is_told


def test_an_administrator_describes_it_and_writes_no_opinion(cast: Cast, incident):
    row = incident.stakeholders.get()
    given = {"stakeholder": row, "by": cast.grace, "at": AT}
    actions.change_stakeholder(needs="Plans", **given)
    with pytest.raises(Forbidden):
        actions.change_stakeholder(opinion="Mine", **given)
    page = f"/processes/incident/stakeholders/{row.pk}/"
    sent = {"name": "Carol", "user": "", "power": "5", "interest": "3", "needs": "More"}
    assert as_(cast.grace).post(page, sent).status_code == 302
    row.refresh_from_db()
    assert (row.needs, row.opinion) == ("More", SECRET)


def test_the_log_holds_no_opinion(cast: Cast, incident):
    row = incident.stakeholders.get()
    actions.change_stakeholder(
        stakeholder=row, by=cast.dana, at=AT, opinion=f"{SECRET} again"
    )
    assert SECRET not in str(list(Event.objects.values_list("changes", flat=True)))


def writes(process: Process) -> dict[str, Callable[[User], object]]:
    """Each action of the profile, on a row there is."""
    from backlog.profile.proposing import take_over
    from backlog.profile.stream import draw_stream

    given = {"process": process, "at": AT}
    member, who = process.members.get(), process.stakeholders.get()
    statement, aim = process.statements.get(), process.aims.get()
    return {
        "describe": lambda by: actions.describe(by=by, goal="x", **given),
        "add_member": lambda by: actions.add_member(by=by, user=by, **given),
        "change_member": lambda by: actions.change_member(
            member=member, by=by, at=AT, days_a_week=2
        ),
        "remove_member": lambda by: actions.remove_member(member=member, by=by, at=AT),
        "add_stakeholder": lambda by: actions.add_stakeholder(by=by, name="x", **given),
        "change_stakeholder": lambda by: actions.change_stakeholder(
            stakeholder=who, by=by, at=AT, power=1
        ),
        "remove_stakeholder": lambda by: actions.remove_stakeholder(
            stakeholder=who, by=by, at=AT
        ),
        "add_statement": lambda by: actions.add_statement(
            by=by, kind="policy", title="x", **given
        ),
        "change_statement": lambda by: actions.change_statement(
            statement=statement, by=by, at=AT, title="x"
        ),
        "remove_statement": lambda by: actions.remove_statement(
            statement=statement, by=by, at=AT
        ),
        "add_aim": lambda by: actions.add_aim(
            by=by, kind="objective", title="x", **given
        ),
        "change_aim": lambda by: actions.change_aim(aim=aim, by=by, at=AT, title="x"),
        "remove_aim": lambda by: actions.remove_aim(aim=aim, by=by, at=AT),
        "draw_stream": lambda by: draw_stream(by=by, steps=[], **given),
        "take_over": lambda by: take_over(by=by, states=["new"], **given),
    }


@pytest.mark.parametrize("name", ["erin", "carol", "mallory"])
def test_every_action_refuses_who_is_neither_owner_nor_team(cast, incident, name):
    given = {"process": incident, "by": cast.dana, "at": AT}
    actions.add_statement(kind="policy", title="Policy", **given)
    actions.add_aim(kind="objective", title="Aim", **given)
    before = Event.objects.count()
    for action in writes(incident).values():
        with pytest.raises(Forbidden):
            action(cast.people[name])
    assert Event.objects.count() == before


def test_every_action_of_the_profile_is_in_that_list(cast: Cast, incident):
    import inspect

    from backlog.profile import proposing, stream

    given = {"process": incident, "by": cast.dana, "at": AT}
    actions.add_statement(kind="policy", title="Policy", **given)
    actions.add_aim(kind="objective", title="Aim", **given)
    found = {
        name
        for module in (actions, proposing, stream)
        for name, one in inspect.getmembers(module, inspect.isfunction)
        if one.__module__ == module.__name__ and not name.startswith("_")
        if "by" in (given := inspect.signature(one).parameters)
        and given["by"].kind is inspect.Parameter.KEYWORD_ONLY
    }
    assert found == writes(incident).keys()
