"""A source is set up by administrators; its key is changed without losing anything."""

from datetime import timedelta

import pytest

from core.errors import Forbidden, Invalid, WrongState
from core.models import Event
from itsm.monitoring import keys
from itsm.monitoring import source_actions as actions
from itsm.monitoring.models import Source
from itsm.monitoring.source_subjects import visible_to
from people import history
from people.models import User
from tests.cast import AT
from tests.factories import later
from tests.itsm.monitoring.events import a_source

pytestmark = pytest.mark.django_db


def made(cast, name="Prometheus", **fields):
    fields.setdefault("service", cast.services["vpn"])
    return actions.create_source(by=cast.grace, at=AT, name=name, **fields)


def kinds(source):
    log = Event.objects.filter(subject_type="source", subject_id=source.pk)
    return list(log.order_by("id").values_list("kind", flat=True))


def test_a_source_has_a_key_and_a_machine_of_its_own(cast):
    source = made(cast)
    assert source.slug == "prometheus"
    assert len(keys.read(source)) == 32
    assert source.key_digest == keys.digest(keys.read(source))
    account = source.account
    assert (account.email, account.name) == ("prometheus@machines.invalid", source.name)
    assert account.is_machine
    assert account.roles == ["agent"]
    assert not account.has_usable_password()
    assert kinds(source) == ["source.create"]


def test_its_key_is_in_no_event(cast):
    source = made(cast)
    before = keys.read(source)
    source = actions.rotate_key(source=source, by=cast.grace, at=AT)
    log = str(list(Event.objects.values_list("changes", flat=True)))
    for secret in (before, keys.read(source), source.key, source.key_digest):
        assert secret not in log


def test_an_address_that_is_taken_gives_the_next(cast):
    User.objects.create_user("prometheus@machines.invalid", name="X", created_at=AT)
    assert made(cast).account.email == "prometheus-2@machines.invalid"


def test_a_source_called_new_has_another_address(cast):
    assert made(cast, "New").slug == "source"


@pytest.mark.parametrize("login", ["bob", "alice", "dana", "frank", "carol"])
def test_only_administrators_set_sources_up(cast, login):
    by, source = cast.people[login], a_source()
    known = {"source": source, "by": by, "at": AT}
    with pytest.raises(Forbidden):
        actions.create_source(by=by, at=AT, name="Mine", service=cast.services["vpn"])
    for verb in (
        *(actions.rotate_key, actions.end_former_key, actions.pause_source),
        lambda **k: actions.change_source(**k, name="Mine"),
    ):
        with pytest.raises(Forbidden):
            verb(**known)
    assert kinds(source) == []


def test_who_works_here_sees_sources_and_who_asks_does_not(cast):
    source = a_source()
    assert list(visible_to(cast.bob)) == [source]
    assert list(visible_to(cast.carol)) == []


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"name": "zabbix"}, "name"),
        ({"service": None}, "service"),
        ({"per_minute": 0}, "per_minute"),
        ({"per_minute": 60_001}, "per_minute"),
        ({"silent_after": timedelta(seconds=59)}, "silent_after"),
        ({"silent_after": timedelta(days=31)}, "silent_after"),
        ({"key": "mine"}, "key"),
    ],
)
def test_what_makes_no_sense_is_refused_by_its_field(cast, given, field):
    made(cast, "Zabbix")
    source = made(cast)
    with pytest.raises(Invalid) as no:
        actions.change_source(source=source, by=cast.grace, at=AT, **given)
    assert list(no.value.errors) == [field]
    assert kinds(source) == ["source.create"]


def test_a_service_or_team_that_is_out_of_use_is_refused(cast):
    source, team = made(cast), cast.teams["network"]
    other = cast.services["sign-in"]
    for row in (other, team):
        row.is_active = False
        row.save()
    for given in ({"service": other}, {"team": team}):
        with pytest.raises(Invalid):
            actions.change_source(source=source, by=cast.grace, at=AT, **given)


def test_its_account_is_called_as_it_is(cast):
    source = made(cast)
    actions.change_source(source=source, by=cast.grace, at=AT, name="Alertmanager")
    assert User.objects.get(source=source).name == "Alertmanager"


def test_what_is_the_same_changes_nothing(cast):
    source = made(cast)
    actions.change_source(source=source, by=cast.grace, at=AT, name=source.name)
    assert kinds(source) == ["source.create"]


def test_pausing_again_changes_nothing(cast):
    source = made(cast)
    known = {"source": source, "by": cast.grace}
    actions.pause_source(**known, at=AT)
    paused = actions.pause_source(**known, at=later(5))
    assert paused.paused_at == AT
    resumed = actions.pause_source(**known, at=later(9), is_paused=False)
    assert resumed.paused_at is None
    assert kinds(source) == ["source.create", "source.pause", "source.resume"]


def test_the_former_key_counts_for_a_day(cast):
    source = made(cast)
    former = keys.read(source)
    source = actions.rotate_key(source=source, by=cast.grace, at=AT)
    assert keys.read(source) != former
    assert source.former_digest == keys.digest(former)
    assert source.former_until == AT + timedelta(days=1)


def test_the_former_key_can_be_ended_at_once_and_once(cast):
    source = made(cast)
    known = {"source": source, "by": cast.grace}
    with pytest.raises(WrongState):
        actions.end_former_key(**known, at=AT)
    actions.rotate_key(**known, at=AT)
    source = actions.end_former_key(**known, at=later(1))
    assert (source.former_digest, source.former_until) == ("", None)
    with pytest.raises(WrongState):
        actions.end_former_key(**known, at=later(2))
    actions.rotate_key(**known, at=AT)
    with pytest.raises(WrongState):
        actions.end_former_key(**known, at=AT + timedelta(days=1))


def test_its_history_is_told_in_words(cast):
    source = made(cast)
    known = {"source": source, "by": cast.grace, "at": later(1)}
    actions.change_source(
        **known,
        name="Alertmanager",
        team=cast.teams["network"],
        silent_after=timedelta(minutes=15),
    )
    actions.rotate_key(**known)
    rotated, changed, _created = history.of(Source.objects.get(pk=source.pk))
    assert (rotated.what, changed.what) == ("New key or secret", "Changed")
    assert ("Name", "Prometheus", "Alertmanager") in changed.changes
    assert ("Team", "", "Network") in changed.changes
    assert ("Alarm after silence of", "", "15 min") in changed.changes
