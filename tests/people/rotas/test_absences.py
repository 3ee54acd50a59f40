"""Absences: by whom, who covers, and what other rooms read of them."""

import pytest

from core.errors import Forbidden, Invalid
from core.models import Event
from people.models import Absence
from people.rotas import absence_actions, reading
from tests.people.rotas.rotas import a_rota, a_spec, utc

pytestmark = pytest.mark.django_db
NOW = utc("2026-01-05T12:00")
START, END = utc("2026-01-06T00:00"), utc("2026-01-08T00:00")
INSIDE = utc("2026-01-07T00:00")


def away(who, by=None, start=START, end=END, at=NOW, **fields):
    return absence_actions.add_absence(
        user=who, by=by or who, at=at, starts_at=start, ends_at=end, **fields
    )


def test_a_cover_takes_the_duty_while_somebody_is_away(cast):
    a_rota(cast, a_spec(cast.alice), a_spec(cast.bob))
    away(cast.alice, cover=cast.erin)
    desk = cast.teams["desk"].pk
    assert reading.on_duty(desk, NOW) == [cast.alice.pk, cast.bob.pk]
    assert reading.on_duty(desk, INSIDE) == [cast.erin.pk, cast.bob.pk]
    assert reading.next_handover(desk, NOW) == START
    assert reading.next_handover(desk, INSIDE) == END


def test_who_covers_and_is_on_duty_already_is_named_once(cast):
    a_rota(cast, a_spec(cast.alice), a_spec(cast.bob))
    away(cast.alice, cover=cast.bob)
    assert reading.on_duty(cast.teams["desk"].pk, INSIDE) == [cast.bob.pk]


def test_the_cover_of_a_cover_is_asked_and_nobody_is_a_gap(cast):
    a_rota(cast, a_spec(cast.alice))
    away(cast.alice, cover=cast.bob)
    away(cast.bob, cover=cast.erin)
    assert reading.cover_of(cast.alice.pk, INSIDE) == cast.erin.pk
    cast.erin.is_active = False
    cast.erin.save()
    assert reading.cover_of(cast.alice.pk, INSIDE) is None
    assert reading.on_duty(cast.teams["desk"].pk, INSIDE) == []
    assert reading.cover_of(cast.alice.pk, NOW) is None


def test_oneself_ones_lead_and_administrators_enter_absences(cast):
    for by in (cast.bob, cast.alice, cast.grace):
        assert away(cast.bob, by=by).pk
    for by in (cast.erin, cast.dana, cast.carol):
        with pytest.raises(Forbidden):
            away(cast.bob, by=by)
    with pytest.raises(Forbidden):
        away(cast.alice, by=cast.bob)


def test_what_cannot_be_is_refused_with_a_sentence(cast):
    wrong = [
        ({"cover": cast.bob}, "cover", "covers themselves"),
        ({"cover": cast.carol}, "cover", "no role that works here"),
        ({"end": START}, "ends_at", "before it starts"),
        ({"at": END}, "ends_at", "over already"),
        ({"end": utc("2029-01-08T00:00")}, "ends_at", "three years"),
        ({"note": "x" * 201}, "note", "200 characters"),
    ]
    for fields, field, words in wrong:
        with pytest.raises(Invalid, match=words) as no:
            away(cast.bob, **fields)
        assert list(no.value.errors) == [field]
    with pytest.raises(Invalid, match="no role that works here"):
        away(cast.carol, by=cast.grace)
    assert not Absence.objects.exists()


def test_an_absence_is_changed_ended_and_taken_back(cast):
    row = away(cast.bob, cover=cast.erin)
    absence_actions.change_absence(absence=row, by=cast.alice, at=NOW, cover=cast.alice)
    assert reading.cover_of(cast.bob.pk, INSIDE) == cast.alice.pk
    with pytest.raises(Invalid):
        absence_actions.change_absence(absence=row, by=cast.bob, at=NOW, ends_at=NOW)
    absence_actions.end_absence(absence=row, by=cast.bob, at=INSIDE)
    row.refresh_from_db()
    assert row.ends_at == INSIDE
    other = away(cast.bob, start=END, end=utc("2026-01-09T00:00"))
    absence_actions.end_absence(absence=other, by=cast.bob, at=NOW)
    assert not Absence.objects.filter(pk=other.pk).exists()
    with pytest.raises(Forbidden):
        absence_actions.end_absence(absence=row, by=cast.erin, at=NOW)


def test_the_log_knows_that_and_not_why(cast):
    away(cast.bob, note="Knee surgery")
    event = Event.objects.get(kind="user.absence")
    assert (event.subject_type, event.subject_id) == ("user", cast.bob.pk)
    assert "surgery" not in str(event.changes)


def test_who_is_away_is_told_for_many_at_once(cast, django_assert_num_queries):
    away(cast.alice, cover=cast.bob)
    away(cast.alice, start=INSIDE, end=utc("2026-01-10T00:00"), cover=cast.erin)
    away(cast.bob, by=cast.bob)
    asked = [cast.alice.pk, cast.bob.pk, cast.erin.pk]
    with django_assert_num_queries(2):
        found = reading.away(asked, INSIDE)
    assert sorted(found) == sorted([cast.alice.pk, cast.bob.pk])
    alice = found[cast.alice.pk]
    assert (alice.starts_at, alice.ends_at) == (START, utc("2026-01-10T00:00"))
    assert alice.cover_id == cast.erin.pk  # the one entered last
    assert found[cast.bob.pk].cover_id is None


def test_reading_costs_five_queries_however_many(cast, django_assert_num_queries):
    a_rota(cast, a_spec(cast.alice, cast.bob))
    a_rota(cast, a_spec(cast.erin), a_spec(cast.bob), team="network", name="Network")
    a_rota(cast, a_spec(cast.grace), team=None, kind="duty_manager", name="Managers")
    teams = [team.pk for team in cast.teams.values()]
    with django_assert_num_queries(5):
        found = reading.on_duty_many(teams, NOW)
    assert found == {
        cast.teams["desk"].pk: [cast.alice.pk],
        cast.teams["network"].pk: [cast.erin.pk, cast.bob.pk],
        cast.teams["platform"].pk: [],
    }
    with django_assert_num_queries(5):
        assert reading.duty_manager(NOW) == cast.grace.pk
    with django_assert_num_queries(5):
        assert reading.next_handover(cast.teams["desk"].pk, NOW) == utc(
            "2026-01-12T08:00"
        )
    with django_assert_num_queries(2):
        reading.cover_of(cast.alice.pk, NOW) or reading.away([], NOW)
