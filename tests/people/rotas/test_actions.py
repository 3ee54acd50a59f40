"""Making and changing rotas: by whom, and what cannot be."""

import pytest

from core.errors import Forbidden, Invalid
from core.models import Event
from people import history
from people.models import Rota, RotaLayer, RotaOverride
from people.rotas import actions, reading
from tests.people.rotas.rotas import MADE, a_rota, a_spec, utc

pytestmark = pytest.mark.django_db
MONDAY, NEXT = utc("2026-01-05T12:00"), utc("2026-01-12T12:00")


def desk(cast, at):
    return [
        next(n for n, u in cast.people.items() if u.pk == pk)
        for pk in reading.on_duty(cast.teams["desk"].pk, at)
    ]


def test_a_rota_says_who_is_on_duty(cast):
    a_rota(cast, a_spec(cast.alice, cast.bob), a_spec(cast.erin))
    assert desk(cast, MONDAY) == ["alice", "erin"]
    assert desk(cast, NEXT) == ["bob", "erin"]
    assert desk(cast, utc("2026-01-05T07:59")) == []  # not begun


def test_whoever_leads_the_team_makes_its_rota_and_others_do_not(cast):
    given = {
        "at": MADE,
        "name": "Duty",
        "time_zone": "Europe/Berlin",
        "layers": (a_spec(cast.bob),),
    }
    for who in (cast.bob, cast.erin, cast.carol):
        with pytest.raises(Forbidden):
            actions.create_rota(by=who, team=cast.teams["desk"], **given)
    with pytest.raises(Forbidden):
        actions.create_rota(by=cast.alice, kind="duty_manager", **given)
    rota = actions.create_rota(by=cast.alice, team=cast.teams["desk"], **given)
    with pytest.raises(Forbidden):
        actions.change_rota(rota=rota, by=cast.bob, at=MADE, name="Mine")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": " "}, "name"),
        ({"time_zone": "Europe/Atlantis"}, "time_zone"),
        ({"note": "x" * 5001}, "note"),
        ({"team": None}, "team"),
        ({"kind": "duty_manager"}, "team"),
        ({"kind": "nobody"}, "kind"),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence(cast, fields, field):
    with pytest.raises(Invalid) as no:
        a_rota(cast, **fields)
    assert list(no.value.errors) == [field]
    assert not Rota.objects.exists()
    assert not Event.objects.filter(subject_type="rota").exists()


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ({"every": 0}, "at least 1"),
        ({"every": 27}, "at most 26 weeks"),
        ({"unit": "years"}, "hours, days or weeks"),
        ({"hours": ((0, 600, 600),)}, "end within 24 hours"),
        ({"hours": ((0, 600, 2041),)}, "end within 24 hours"),
        ({"hours": ((7, 0, 60),)}, "end within 24 hours"),
        ({"hours": ((0, 0, 60),) * 43}, "too many"),
    ],
)
def test_a_layer_that_nobody_could_keep_is_refused(cast, spec, words):
    with pytest.raises(Invalid, match=words):
        a_rota(cast, a_spec(cast.bob, **spec))


def test_a_rota_with_nobody_on_it_is_refused(cast):
    for layers in ([], [a_spec()], [a_spec(cast.bob), a_spec()]):
        with pytest.raises(Invalid, match="needs"):
            actions.create_rota(
                by=cast.grace,
                at=MADE,
                name="Empty",
                time_zone="UTC",
                team=cast.teams["desk"],
                layers=layers,
            )


def test_nobody_without_access_or_work_here_is_put_on_a_rota(cast):
    cast.erin.is_active = False
    cast.erin.save()
    for who in (cast.erin, cast.carol):
        with pytest.raises(Invalid, match=who.name):
            a_rota(cast, a_spec(cast.bob, who))
    assert a_rota(cast, a_spec(cast.bob, cast.alice, cast.bob)).pk  # twice is fine


def test_a_team_has_one_rota_and_the_house_one_duty_manager(cast):
    a_rota(cast)
    with pytest.raises(Invalid, match="has a rota already"):
        a_rota(cast)
    a_rota(cast, team=None, kind="duty_manager")
    with pytest.raises(Invalid, match="duty managers already"):
        a_rota(cast, team=None, kind="duty_manager")


def test_one_out_of_use_comes_back_only_where_its_place_is_free(cast):
    old = a_rota(cast)
    actions.change_rota(rota=old, by=cast.alice, at=MADE, is_active=False)
    assert desk(cast, MONDAY) == []
    a_rota(cast, a_spec(cast.bob))
    assert desk(cast, MONDAY) == ["bob"]
    with pytest.raises(Invalid, match="has a rota already"):
        actions.change_rota(rota=old, by=cast.alice, at=MADE, is_active=True)


def test_new_layers_count_from_now_and_what_was_stays(cast):
    rota = a_rota(cast)
    now = utc("2026-01-14T12:00")
    actions.change_rota(
        rota=rota, by=cast.alice, at=now, layers=(a_spec(cast.erin), a_spec(cast.bob))
    )
    assert desk(cast, utc("2026-01-14T11:59")) == ["bob"]
    assert desk(cast, now) == ["erin", "bob"]
    assert desk(cast, MONDAY) == ["alice"]


def test_layers_that_begin_later_leave_the_old_ones_until_then(cast):
    rota = a_rota(cast)
    later = a_spec(cast.erin, starts=utc("2026-01-19T00:00").date())
    actions.change_rota(rota=rota, by=cast.alice, at=MONDAY, layers=(later,))
    assert desk(cast, utc("2026-01-18T12:00")) == ["bob"]
    assert desk(cast, utc("2026-01-19T08:00")) == ["erin"]
    changed_again = (a_spec(cast.alice, cast.bob),)
    actions.change_rota(rota=rota, by=cast.alice, at=NEXT, layers=changed_again)
    assert desk(cast, utc("2026-01-19T08:00")) == ["alice"]
    assert RotaLayer.objects.filter(rota=rota).count() == 1  # as it was at first


def test_a_layer_that_is_left_out_ends_and_the_others_go_on(cast):
    rota = a_rota(cast, a_spec(cast.alice, cast.bob), a_spec(cast.erin))
    first = RotaLayer.objects.get(rota=rota, position=1)
    layers = (a_spec(cast.alice, cast.bob),)
    actions.change_rota(rota=rota, by=cast.alice, at=NEXT, layers=layers)
    assert desk(cast, MONDAY) == ["alice", "erin"]
    assert desk(cast, NEXT) == ["bob"]
    assert actions.newest_layers(rota) == [first]


def test_another_zone_counts_from_now(cast):
    rota = a_rota(cast)
    actions.change_rota(
        rota=rota, by=cast.alice, at=MONDAY, time_zone="America/New_York"
    )
    assert desk(cast, utc("2026-01-12T13:59")) == ["alice"]  # nine in New York is 14:00
    assert desk(cast, utc("2026-01-12T14:00")) == ["bob"]
    with pytest.raises(Invalid, match="no such time zone"):
        actions.change_rota(rota=rota, by=cast.alice, at=MONDAY, time_zone="Mars/Base")


def test_a_zone_that_vanished_counts_as_utc_and_never_crashes(cast):
    rota = a_rota(cast)
    RotaLayer.objects.update(time_zone="Europe/Atlantis")
    Rota.objects.update(time_zone="Europe/Atlantis")
    assert desk(cast, utc("2026-01-12T08:59")) == ["alice"]  # nine in Berlin is 8:00
    assert desk(cast, utc("2026-01-12T09:00")) == ["bob"]
    actions.change_rota(rota=rota, by=cast.alice, at=MONDAY, name="Still here")


def test_nothing_changed_says_nothing(cast):
    rota = a_rota(cast)
    before = Event.objects.count()
    layers = (a_spec(cast.alice, cast.bob),)
    actions.change_rota(
        rota=rota, by=cast.alice, at=NEXT, layers=layers, name="Desk duty"
    )
    assert Event.objects.count() == before


def test_the_log_keeps_layers_and_no_typed_text(cast):
    rota = a_rota(cast)
    actions.change_rota(rota=rota, by=cast.alice, at=NEXT, note="Alice's phone")
    made, changed = Event.objects.filter(subject_type="rota").order_by("pk")
    assert made.changes["layers"][1]["1"]["people"] == [cast.alice.pk, cast.bob.pk]
    assert "phone" not in str(changed.changes)
    (line, *_older) = history.of(rota)
    assert line.changes == [("Note", "", "Alice's phone")]


# Overrides --------------------------------------------------------------------


def put_on(cast, rota, who, start="2026-01-06T00:00", end="2026-01-07T00:00", **more):
    given = {"by": cast.alice, "at": MONDAY, **more}
    return actions.override(
        rota=rota, user=who, starts_at=utc(start), ends_at=utc(end), **given
    )


def test_an_override_puts_somebody_else_on_duty(cast):
    rota = a_rota(cast)
    row = put_on(cast, rota, cast.erin)
    assert desk(cast, utc("2026-01-06T12:00")) == ["erin"]
    assert desk(cast, utc("2026-01-07T00:00")) == ["alice"]
    actions.remove_override(override=row, by=cast.alice, at=MONDAY)
    assert desk(cast, utc("2026-01-06T12:00")) == ["alice"]
    actions.remove_override(override=row, by=cast.alice, at=MONDAY)  # again: nothing
    kinds = Event.objects.filter(subject_type="rota").order_by("pk")
    assert [e.kind for e in kinds] == [
        *("rota.create", "rota.override", "rota.override_end")
    ]


def test_an_override_that_has_begun_ends_and_keeps_its_past(cast):
    rota = a_rota(cast)
    row = put_on(cast, rota, cast.erin)
    noon = utc("2026-01-06T12:00")
    actions.remove_override(override=row, by=cast.alice, at=noon)
    assert desk(cast, utc("2026-01-06T11:59")) == ["erin"]
    assert desk(cast, noon) == ["alice"]
    with pytest.raises(Invalid, match="over already"):
        actions.remove_override(override=row, by=cast.alice, at=noon)


def test_an_override_that_cannot_be_is_refused(cast):
    rota = a_rota(cast)
    wrong = [
        ({"start": "2026-01-07T00:00"}, "before it starts"),
        ({"start": "2026-01-08T00:00"}, "before it starts"),
        ({"at": NEXT}, "over already"),
        ({"position": 2}, "no such layer"),
    ]
    for fields, words in wrong:
        with pytest.raises(Invalid, match=words):
            put_on(cast, rota, cast.erin, **fields)
    with pytest.raises(Invalid, match="no role that works here"):
        put_on(cast, rota, cast.carol)
    with pytest.raises(Forbidden):
        put_on(cast, rota, cast.bob, by=cast.bob)
    assert not RotaOverride.objects.exists()
