"""The pages of rotas: as a person without JavaScript uses them."""

from datetime import timedelta

import pytest
from django.utils import timezone

from people.models import Absence, DutyLink, Rota, RotaLayer, RotaOverride, RotaSwap
from people.rotas import absence_actions, actions, queries
from tests.factories import as_
from tests.people.rotas.rotas import a_rota, a_spec

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def typed(at) -> str:
    return f"{timezone.localtime(at):%Y-%m-%dT%H:%M}"


def form(*layers: dict, **fields) -> dict:
    """What the form of a rota sends."""
    data = {"name": "Nights", "time_zone": "Europe/Berlin", "note": "", **fields}
    data |= {"layers-TOTAL_FORMS": len(layers), "layers-INITIAL_FORMS": len(layers)}
    for number, layer in enumerate(layers):
        given = {
            "people": "",
            "every": 1,
            "unit": "weeks",
            "starts": "2026-01-05",
            "hand_over": "09:00",
            "hours": "",
            **layer,
        }
        data |= {f"layers-{number}-{name}": value for name, value in given.items()}
    return data


def test_the_list_says_who_is_on_duty_and_a_gap_first_of_all(cast):
    a_rota(cast, a_spec(cast.bob))
    a_rota(cast, a_spec(cast.erin), team="network", name="Network")
    page = as_(cast.dana).get("/settings/rotas/").content.decode()
    assert "Bob" in page
    assert "Nobody is on duty" not in page
    now = timezone.now()
    absence_actions.add_absence(
        user=cast.erin, by=cast.erin, at=now, starts_at=now - HOUR, ends_at=now + DAY
    )
    page = as_(cast.dana).get("/settings/rotas/").content.decode()
    assert "Nobody is on duty: Network, first. Erin is away, and nobody covers" in page
    assert page.index("rotas/network/") < page.index("rotas/desk-duty/")


def test_a_page_shows_shifts_layers_and_what_each_may(cast):
    rota = a_rota(cast, note="The phone is **blue**.")
    lead = as_(cast.alice).get("/settings/rotas/desk-duty/").content.decode()
    assert "<strong>blue</strong>" in lead
    assert f"/settings/rotas/{rota.slug}/override/" in lead
    member = as_(cast.bob).get("/settings/rotas/desk-duty/").content.decode()
    assert "/override/" not in member
    assert "/swap/" in member
    reader = as_(cast.erin).get("/settings/rotas/desk-duty/").content.decode()
    assert "/swap/" not in reader
    assert as_(cast.carol).get("/settings/rotas/desk-duty/").status_code == 403
    assert as_(cast.bob).get("/settings/rotas/nothing/").status_code == 404


@pytest.mark.parametrize("day", ["2026-03-25", "2026-10-21", "nonsense", "0001-01-01"])
def test_any_weeks_can_be_looked_at(cast, day):
    a_rota(cast)
    answer = as_(cast.bob).get(f"/settings/rotas/desk-duty/?from={day}")
    assert answer.status_code == 200


def test_a_zone_that_vanished_is_said_on_the_page(cast):
    a_rota(cast)
    RotaLayer.objects.update(time_zone="Europe/Atlantis")
    Rota.objects.update(time_zone="Europe/Atlantis")
    page = as_(cast.alice).get("/settings/rotas/desk-duty/").content.decode()
    assert "no longer knows the time zone Europe/Atlantis" in page
    edit = as_(cast.alice).get("/settings/rotas/desk-duty/edit/")
    assert edit.status_code == 200
    assert as_(cast.bob).get("/settings/rotas/").status_code == 200


def test_a_rota_is_made_and_changed_by_its_form(cast):
    lead = as_(cast.alice)
    assert lead.get("/settings/rotas/new/").status_code == 200
    first = {
        "people": "bob@demo.example\nALICE@demo.example",
        "hours": "fri-mon 22:00-6:00",
    }
    data = form(first, {}, whose=cast.teams["desk"].pk)
    answer = lead.post("/settings/rotas/new/", data)
    assert answer["Location"] == "/settings/rotas/nights/"
    (layer,) = RotaLayer.objects.all()
    assert layer.people == [cast.bob.pk, cast.alice.pk]
    assert layer.hours == [[d, 1320, 1800] for d in (4, 5, 6, 0)]
    page = lead.get("/settings/rotas/nights/edit/").content.decode()
    assert "fri-sun 22:00-06:00" in page
    data = form(first, {"people": "bob@demo.example"}, is_active="on", name="Night")
    assert lead.post("/settings/rotas/nights/edit/", data).status_code == 302
    assert [row.position for row in actions.newest_layers(layer.rota)] == [1, 2]
    layer.refresh_from_db()
    assert layer.ends is None  # it was not changed


@pytest.mark.parametrize(
    ("layer", "words"),
    [
        ({}, "needs a layer"),
        ({"people": "nobody@demo.example"}, "Nobody has the e-mail"),
        ({"people": "carol@demo.example"}, "Carol cannot be on duty"),
        ({"people": "bob@demo.example", "hours": "weekends"}, "cannot be read"),
        ({"people": "bob@demo.example", "hours": "mon 9:00-9:75"}, "cannot be read"),
        ({"people": "bob@demo.example", "every": "0"}, "greater than or equal to 1"),
        ({"people": "bob@demo.example", "starts": ""}, "This field is required"),
    ],
)
def test_what_cannot_be_comes_back_with_a_sentence(cast, layer, words):
    data = form(layer, whose=cast.teams["desk"].pk)
    answer = as_(cast.alice).post("/settings/rotas/new/", data)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert "Nights" in answer.content.decode()
    assert not Rota.objects.exists()


def test_a_lead_offers_only_their_teams_and_others_no_form(cast):
    page = as_(cast.alice).get("/settings/rotas/new/").content.decode()
    assert "Service Desk" in page
    assert ">Network<" not in page
    assert as_(cast.bob).get("/settings/rotas/new/").status_code == 403
    data = form({"people": "bob@demo.example"}, whose=cast.teams["network"].pk)
    assert as_(cast.alice).post("/settings/rotas/new/", data).status_code == 422
    a_rota(cast)
    for page in ("edit", "override"):
        address = f"/settings/rotas/desk-duty/{page}/"
        assert as_(cast.bob).get(address).status_code == 403


def test_somebody_is_put_on_duty_and_taken_back(cast):
    a_rota(cast)
    lead, now = as_(cast.alice), timezone.now()
    address = "/settings/rotas/desk-duty/override/"
    data = {"user": "erin@demo.example", "position": "1"}
    wrong = {**data, "starts_at": typed(now), "ends_at": typed(now - DAY)}
    answer = lead.post(address, wrong)
    assert answer.status_code == 422
    assert "It ends before it starts." in answer.content.decode()
    right = {**data, "starts_at": typed(now), "ends_at": typed(now + DAY)}
    assert lead.post(address, right).status_code == 302
    row = RotaOverride.objects.get()
    assert "Erin" in lead.get("/settings/rotas/desk-duty/").content.decode()
    end = f"/settings/rotas/overrides/{row.pk}/end/"
    assert as_(cast.bob).post(end).status_code == 403
    assert lead.post(end).status_code == 302
    assert lead.post("/settings/rotas/overrides/999/end/").status_code == 404


def test_a_swap_is_proposed_answered_and_undone(cast):
    rota = a_rota(cast, a_spec(cast.alice, cast.bob, cast.erin))
    bob, erin, lead = as_(cast.bob), as_(cast.erin), as_(cast.alice)
    now = timezone.now()
    rules = queries.reading.plans(Rota.objects.all(), now, now + queries.AHEAD)[0][1]
    turns = queries.turns_ahead(rules, now)
    mine = next(t for t in turns if t.holder == cast.bob.pk)
    theirs = next(t for t in turns if t.holder == cast.erin.pk)
    data = {"one": mine.key, "other": theirs.key}
    answer = bob.post("/settings/rotas/desk-duty/swap/", data)
    assert answer.status_code == 302
    swap = RotaSwap.objects.get()
    assert "Agree" in erin.get("/account/").content.decode()
    assert "Take back" in bob.get(f"/settings/rotas/{rota.slug}/").content.decode()
    assert bob.post(f"/settings/rotas/swaps/{swap.pk}/accept/").status_code == 403
    accepted = erin.post(
        f"/settings/rotas/swaps/{swap.pk}/accept/", {"back": "account"}
    )
    assert accepted["Location"] == "/account/#duty"
    assert erin.post(f"/settings/rotas/swaps/{swap.pk}/decline/").status_code == 409
    assert "Undo" in lead.get(f"/settings/rotas/{rota.slug}/").content.decode()
    assert lead.post(f"/settings/rotas/swaps/{swap.pk}/undo/").status_code == 302
    assert lead.post(f"/settings/rotas/swaps/{swap.pk}/dance/").status_code == 404
    wrong = bob.post("/settings/rotas/desk-duty/swap/", {**data, "one": theirs.key})
    assert wrong.status_code == 422


def test_who_has_no_turn_ahead_is_told_so(cast):
    a_rota(cast)
    page = as_(cast.erin).get("/settings/rotas/desk-duty/swap/").content.decode()
    assert "No turn of yours ahead" in page


def test_ones_own_absence_is_entered_in_the_account(cast):
    a_rota(cast)
    bob, now = as_(cast.bob), timezone.now()
    data = {"what": "absence", "starts_at": typed(now), "cover": "bob@demo.example"}
    answer = bob.post("/account/", {**data, "ends_at": typed(now + DAY)})
    assert answer.status_code == 422
    assert "Nobody covers themselves" in answer.content.decode()
    data["cover"] = "alice@demo.example"
    answer = bob.post("/account/", {**data, "ends_at": typed(now + DAY)})
    assert answer["Location"] == "/account/#duty"
    row = Absence.objects.get()
    assert "covered by Alice" in bob.get("/account/").content.decode()
    change = f"/settings/absences/{row.pk}/"
    later = {"starts_at": typed(now), "ends_at": typed(now + 2 * DAY), "note": "Sea"}
    assert bob.post(change, later)["Location"] == "/account/#duty"
    assert as_(cast.erin).get(change).status_code == 403
    assert as_(cast.erin).post(f"{change}end/").status_code == 403
    assert bob.post(f"{change}end/")["Location"] == "/account/#duty"


def test_a_lead_enters_absences_of_the_team_and_reads_why(cast):
    lead, now = as_(cast.alice), timezone.now()
    data = {
        "user": "bob@demo.example",
        "starts_at": typed(now),
        "ends_at": typed(now + DAY),
        "note": "Flu",
    }
    assert lead.post("/settings/absences/", data).status_code == 302
    assert "Flu" in lead.get("/settings/absences/").content.decode()
    others = as_(cast.erin).get("/settings/absences/").content.decode()
    assert "Bob" in others
    assert "Flu" not in others
    row = Absence.objects.get()
    ended = lead.post(f"/settings/absences/{row.pk}/end/")
    assert ended["Location"] == "/settings/absences/"
    assert (
        as_(cast.bob)
        .post("/settings/absences/", {**data, "user": "erin@demo.example"})
        .status_code
        == 403
    )


def test_requesters_have_no_duty_in_their_account(cast):
    carol = as_(cast.carol)
    assert "My duty" not in carol.get("/account/").content.decode()
    now = timezone.now()
    data = {"what": "absence", "starts_at": typed(now), "ends_at": typed(now + DAY)}
    carol.post("/account/", data)
    carol.post("/account/", {"what": "duty-link"})
    assert not Absence.objects.exists()
    assert not DutyLink.objects.exists()


def test_the_pages_cost_what_they_say(cast, django_assert_max_num_queries):
    for name, team in (("Desk", "desk"), ("Network", "network"), ("Plat", "platform")):
        a_rota(
            cast, a_spec(cast.alice, cast.bob), a_spec(cast.erin), team=team, name=name
        )
    now = timezone.now()
    with django_assert_max_num_queries(6):
        queries.in_use(cast.bob, now)
    with django_assert_max_num_queries(5):
        queries.shifts_of(cast.bob, now, now + 60 * DAY)


def test_the_team_shows_who_is_on_duty(cast):
    a_rota(cast, a_spec(cast.erin))
    page = as_(cast.bob).get("/settings/teams/desk/").content.decode()
    assert "On duty now" in page
    assert "/settings/rotas/desk-duty/" in page
