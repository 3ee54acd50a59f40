from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import Error, connection, transaction

from core.errors import Forbidden, Invalid, Stale, WrongState
from core.models import Event
from people.models import Membership
from processes import actions, definition, parts, queries, shipping
from processes.models import Process, ProcessVersion, Rollout
from tests.processes.conftest import AT

HOUR = timedelta(hours=1)
TEXT = shipping.texts()["incident"]
OTHER = TEXT.replace("work_limit: 5", "work_limit: 4")
Scope = Rollout.Scope


def draft(process, by, text=OTHER, hours=1):
    return actions.create_draft(process=process, by=by, at=AT + hours * HOUR, text=text)


def new_ticket(key="INC-1", team=None):
    return queries.version_for("incident", ticket_key=key, team=team).number


def kinds(process):
    found = Event.objects.filter(subject_type="process", subject_id=process.pk)
    return list(found.order_by("id").values_list("kind", flat=True))


def test_shipped_definitions_load_once_and_are_released_to_all(db):
    assert {x.outcome for x in shipping.load_all(at=AT)} == {"released"}
    events = Event.objects.count()
    assert {x.outcome for x in shipping.load_all(at=AT)} == {"kept"}
    assert Event.objects.count() == events
    assert Process.objects.count() == ProcessVersion.objects.count() == 4


def test_a_changed_shipped_definition_becomes_a_draft_and_changes_nothing_live(
    incident, monkeypatch
):
    monkeypatch.setattr(shipping, "texts", lambda: {"incident": OTHER})
    assert [x.outcome for x in shipping.load_all(at=AT)] == ["drafted"]
    assert [x.outcome for x in shipping.load_all(at=AT)] == ["kept"]
    assert new_ticket() == 1


def test_the_command_says_what_it_did(db, capsys):
    call_command("load_processes")
    assert "incident: version 1 is released to all" in capsys.readouterr().out


def test_a_draft_is_a_copy_that_can_be_changed(incident, first, dana):
    copy = actions.create_draft(process=incident, by=dana, at=AT, source=first)
    assert (copy.number, copy.status, copy.definition) == (2, "draft", TEXT)
    actions.save_draft(version=copy, by=dana, at=AT, text=OTHER, note="Fewer at once")
    copy.refresh_from_db()
    assert (copy.definition, copy.note) == (OTHER, "Fewer at once")
    assert kinds(incident)[-2:] == ["process.draft", "process.save"]


def test_a_draft_with_mistakes_is_not_saved_and_each_is_told(incident, dana):
    version = draft(incident, dana)
    with pytest.raises(Invalid) as refused:
        actions.save_draft(
            version=version,
            by=dana,
            at=AT,
            text=OTHER.replace("to: closed", "to: cloe"),
        )
    (problem,) = refused.value.errors["definition"]
    assert problem.startswith('transitions.close.to: there is no state "cloe"')
    version.refresh_from_db()
    assert version.definition == OTHER


def test_a_definition_of_another_process_is_refused(incident, dana):
    with pytest.raises(Invalid, match="change"):
        draft(incident, dana, text=shipping.texts()["change"])


def test_a_save_over_somebody_elses_newer_save_is_refused(incident, dana):
    version = draft(incident, dana)
    seen = actions.fingerprint(version)
    actions.save_draft(version=version, by=dana, at=AT, text=TEXT, seen=seen)
    with pytest.raises(Stale):
        actions.save_draft(version=version, by=dana, at=AT, text=OTHER, seen=seen)


def test_only_the_owner_and_the_owning_team_change_a_process(
    incident, dana, mallory, teams
):
    with pytest.raises(Forbidden):
        draft(incident, mallory)
    version = draft(incident, dana)
    with pytest.raises(Forbidden):
        actions.release(version=version, by=mallory, at=AT)
    incident.team = teams[0]
    incident.save()
    Membership.objects.create(team=teams[0], user=mallory)
    actions.release(version=version, by=mallory, at=AT + HOUR)
    assert new_ticket() == 2


def test_a_released_version_cannot_change(incident, first, dana):
    with pytest.raises(WrongState):
        actions.save_draft(version=first, by=dana, at=AT, text=OTHER)
    with pytest.raises(WrongState):
        actions.release(version=first, by=dana, at=AT)
    with pytest.raises(Error), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE processes_processversion SET definition = '{}'")


def test_a_release_to_all_is_what_new_tickets_start_on(incident, dana):
    assert new_ticket() == 1
    actions.release(version=draft(incident, dana), by=dana, at=AT + 2 * HOUR)
    assert new_ticket() == 2
    assert kinds(incident)[-1] == "process.release"


def test_a_release_to_one_team_leaves_the_others_where_they_are(incident, dana, teams):
    network, desk = teams
    version = draft(incident, dana)
    actions.release(version=version, by=dana, at=AT, scope=Scope.TEAM, team=network)
    assert new_ticket(team=network.pk) == 2
    assert new_ticket(team=desk.pk) == new_ticket() == 1


def test_a_share_is_stable_and_grows_without_moving_anybody_back(incident, dana):
    version = draft(incident, dana)
    keys = [f"INC-{n}" for n in range(400)]
    actions.release(version=version, by=dana, at=AT, scope=Scope.SHARE, percent=20)
    some = {k for k in keys if new_ticket(k) == 2}
    assert some == {k for k in keys if new_ticket(k) == 2}
    assert 40 <= len(some) <= 120
    later = AT + HOUR
    actions.widen(version=version, by=dana, at=later, scope=Scope.SHARE, percent=60)
    more = {k for k in keys if new_ticket(k) == 2}
    assert some < more
    assert 180 <= len(more) <= 300


def test_a_share_of_one_percent_takes_the_keys_that_fall_on_nought(incident, dana):
    version = draft(incident, dana)
    actions.release(version=version, by=dana, at=AT, scope=Scope.SHARE, percent=1)
    keys = {queries.share_of("incident", f"K-{n}"): f"K-{n}" for n in range(3000)}
    assert (new_ticket(keys[0]), new_ticket(keys[1])) == (2, 1)


def test_rolling_back_never_starts_a_retired_version_again(incident, first, dana):
    second = draft(incident, dana)
    actions.release(version=second, by=dana, at=AT + HOUR)
    actions.retire(version=first, by=dana, at=AT + 2 * HOUR)
    with pytest.raises(WrongState):
        actions.roll_back(version=second, by=dana, at=AT + 3 * HOUR)
    assert new_ticket() == 2


@pytest.mark.parametrize(
    ("audience", "field"),
    [
        ({"scope": "friends"}, "scope"),
        ({"scope": Scope.TEAM}, "team"),
        ({"scope": Scope.SHARE}, "percent"),
        ({"scope": Scope.SHARE, "percent": 0}, "percent"),
        ({"scope": Scope.SHARE, "percent": 100}, "percent"),
    ],
)
def test_an_audience_that_is_none_is_refused(incident, dana, audience, field):
    version = draft(incident, dana)
    with pytest.raises(Invalid) as refused:
        actions.release(version=version, by=dana, at=AT, **audience)
    assert list(refused.value.errors) == [field]
    version.refresh_from_db()
    assert version.status == "draft"


def test_the_first_version_of_a_process_goes_to_everybody(incident, dana, first):
    Rollout.objects.filter(version=first).update(ended_at=AT)
    with pytest.raises(Invalid, match="everybody"):
        actions.release(
            version=draft(incident, dana), by=dana, at=AT, scope="share", percent=5
        )
    with pytest.raises(queries.NoVersion):
        new_ticket()


def test_rolling_back_puts_new_tickets_where_they_started_before(incident, dana, teams):
    network = teams[0]
    second = draft(incident, dana)
    actions.release(version=second, by=dana, at=AT + HOUR, scope="team", team=network)
    third = draft(incident, dana, text=OTHER.replace("limit: 4", "limit: 3"))
    actions.release(version=third, by=dana, at=AT + 2 * HOUR)
    assert new_ticket(team=network.pk) == new_ticket() == 3
    actions.roll_back(version=third, by=dana, at=AT + 3 * HOUR)
    assert (new_ticket(team=network.pk), new_ticket()) == (2, 1)
    assert kinds(incident)[-1] == "process.roll_back"
    with pytest.raises(WrongState):
        actions.roll_back(version=third, by=dana, at=AT + 4 * HOUR)


def test_rolling_back_a_widened_version_takes_all_of_it_back(incident, dana):
    second = draft(incident, dana)
    actions.release(version=second, by=dana, at=AT + HOUR, scope="share", percent=10)
    actions.widen(version=second, by=dana, at=AT + 2 * HOUR)
    actions.roll_back(version=second, by=dana, at=AT + 3 * HOUR)
    assert {new_ticket(f"INC-{n}") for n in range(50)} == {1}


def test_there_is_nothing_before_the_first_version_to_roll_back_to(first, dana):
    with pytest.raises(WrongState):
        actions.roll_back(version=first, by=dana, at=AT)
    assert new_ticket() == 1


def test_a_version_is_retired_when_no_new_ticket_starts_on_it(incident, first, dana):
    with pytest.raises(WrongState):
        actions.retire(version=first, by=dana, at=AT)
    actions.release(version=draft(incident, dana), by=dana, at=AT + HOUR)
    assert actions.retire(version=first, by=dana, at=AT + HOUR).status == "retired"


def test_the_version_of_a_new_ticket_costs_one_query(
    incident, django_assert_num_queries
):
    new_ticket()
    with django_assert_num_queries(1):
        queries.version_for("incident", ticket_key="INC-2", team=None)


def test_a_text_is_parsed_once_and_a_draft_says_what_its_newest_text_does(
    incident, first, dana
):
    assert definition.of(first) is definition.of(first)
    version = draft(incident, dana)
    assert definition.of(version).states["in_progress"].work_limit == 4
    version.definition = OTHER.replace("work_limit: 4", "work_limit: 3")
    assert definition.of(version).states["in_progress"].work_limit == 3


class Tickets:
    """A room above with tickets in states, as `parts` sees it."""

    def __init__(self, **states):
        self.states = states
        self.moves = []

    def count(self, process):
        return {process.versions.get(number=1).pk: self.states}

    def move(self, **what):
        self.moves.append(("there", what["crossing"]))
        return sum(self.states.values())

    def move_back(self, **what):
        self.moves.append(("back", what["crossing"]))
        return 1


@pytest.fixture
def tickets(monkeypatch):
    monkeypatch.setattr(parts, "_parts", {})
    room = Tickets(new=2, waiting=3)
    parts.register(parts.Part("tickets", room.count, room.move, room.move_back))
    return room


def test_tickets_in_flight_move_by_a_checked_map_and_back(
    incident, first, dana, tickets
):
    second = draft(incident, dana)
    actions.release(version=second, by=dana, at=AT)
    there = {"new": "new", "waiting": "waiting"}
    way = {"there": there, "by": dana, "at": AT + HOUR}
    assert actions.migrate(source=first, target=second, **way) == 5
    actions.migrate(source=second, target=first, returning=True, **way)
    assert [direction for direction, _ in tickets.moves] == ["there", "back"]
    assert tickets.moves[1][1].backward("resolved") == "resolved"
    event = Event.objects.filter(kind="process.migrate").order_by("id").first()
    assert event.changes == {"version": [first.pk, second.pk], "moved": [None, 5]}


def test_a_map_that_forgets_a_state_with_tickets_is_refused(
    incident, first, dana, tickets
):
    second = draft(incident, dana)
    move = {"source": first, "target": second, "by": dana, "at": AT}
    with pytest.raises(WrongState):
        actions.migrate(there={}, **move)
    actions.release(version=second, by=dana, at=AT)
    with pytest.raises(Invalid) as refused:
        actions.migrate(there={"new": "new"}, **move)
    assert refused.value.errors["map"] == [
        'map.waiting: tickets are in "waiting", so it must map to a state'
    ]
    assert not tickets.moves


def test_the_versions_of_a_process_say_who_runs_on_them(
    incident, first, dana, tickets, django_assert_max_num_queries
):
    actions.release(
        version=draft(incident, dana), by=dana, at=AT, scope="share", percent=10
    )
    with django_assert_max_num_queries(5):
        newest, oldest = queries.versions(incident)
    assert (newest.version.number, newest.rollouts[0].percent) == (2, 10)
    assert (oldest.tickets, oldest.states["waiting"]) == (5, 3)
    assert queries.live_version(incident) == first
