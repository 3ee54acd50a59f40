"""The process pages: staff read, the owner changes, releases, widens and takes back."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from processes import actions, shipping
from processes.models import ProcessVersion, Rollout
from tests.cast import AT, Cast
from tests.factories import a_change, an_incident, as_

pytestmark = pytest.mark.django_db
HOME = "/processes/incident/"
V1 = f"{HOME}versions/1/"
V2 = f"{HOME}versions/2/"


def changed() -> str:
    return shipping.texts()["incident"].replace("In progress", "Being solved")


@pytest.fixture
def draft(cast: Cast) -> ProcessVersion:
    process = cast.processes["incident"]
    return actions.create_draft(process=process, by=cast.dana, at=AT, text=changed())


@pytest.mark.parametrize("path", ["/processes/", HOME, V1])
def test_staff_read_and_requesters_do_not(cast: Cast, path: str):
    assert as_(cast.bob).get(path).status_code == 200
    assert as_(cast.carol).get(path).status_code == 403


def test_the_page_draws_the_process_and_says_who_runs_on_which(cast: Cast):
    an_incident(cast)
    page = as_(cast.bob).get(HOME).content.decode()
    assert "<svg" in page
    assert "all new tickets" in page
    assert "New draft" not in page
    assert "New draft" in as_(cast.dana).get(HOME).content.decode()


def test_only_the_owner_writes_and_releases(cast: Cast, draft: ProcessVersion):
    bob = as_(cast.bob)
    assert bob.get(f"{HOME}new/").status_code == 403
    assert bob.post(f"{V2}release/", {"scope": "all"}).status_code == 403
    assert bob.post(f"{V2}edit/", {"text": changed()}).status_code == 403
    draft.refresh_from_db()
    assert draft.status == "draft"


def test_a_mistake_is_named_with_its_place_and_the_text_is_kept(cast: Cast):
    wrong = changed().replace("to: resolved", "to: heaven")
    answer = as_(cast.dana).post(f"{HOME}new/", {"text": wrong, "note": "My note"})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "transitions.resolve" in page
    assert "to: heaven" in page
    assert "My note" in page


def test_a_draft_is_compared_released_to_a_team_widened_and_taken_back(
    cast: Cast, draft: ProcessVersion
):
    dana = as_(cast.dana)
    assert "Being solved" in dana.get(V2).content.decode()
    answer = dana.post(f"{V2}release/", {"scope": "team", "team": ""})
    assert answer.status_code == 422
    dana.post(f"{V2}release/", {"scope": "team", "team": "desk"})
    assert Rollout.objects.filter(version=draft, scope="team", ended_at=None).exists()
    dana.post(f"{V2}widen/", {"scope": "share", "percent": "20"})
    dana.post(f"{V2}widen/", {"scope": "all"})
    assert Rollout.objects.filter(version=draft, scope="all", ended_at=None).exists()
    dana.post(f"{V2}roll_back/")
    assert not draft.rollouts.filter(ended_at=None).exists()
    dana.post(f"{V2}retire/")
    draft.refresh_from_db()
    assert draft.status == "retired"


def test_a_newer_save_is_not_overwritten_and_both_are_shown(
    cast: Cast, draft: ProcessVersion
):
    dana, seen = as_(cast.dana), actions.fingerprint(draft)
    theirs = changed().replace("Being solved", "Theirs now")
    dana.post(f"{V2}edit/", {"text": theirs, "seen": seen})
    mine = changed().replace("Being solved", "Mine here")
    answer = dana.post(f"{V2}edit/", {"text": mine, "seen": seen})
    assert answer.status_code == 412
    page = answer.content.decode()
    assert "Theirs now" in page
    assert "Mine here" in page


def test_tickets_in_flight_move_by_a_checked_map_and_back(
    cast: Cast, draft: ProcessVersion
):
    ticket = an_incident(cast)
    dana = as_(cast.dana)
    dana.post(f"{V2}release/", {"scope": "all"})
    path = f"{V1}migrate/2/"
    assert dana.get(path).status_code == 200
    assert dana.post(path, {"map-new": "closed"}).status_code == 422
    states = ("new", "in_progress", "waiting", "resolved", "closed", "cancelled")
    sent = {f"map-{s}": s for s in states}
    assert dana.post(path, sent).url == V2
    ticket.refresh_from_db()
    assert ticket.process_version_id == draft.pk
    assert dana.post(f"{V2}migrate/1/", sent).url == V1
    ticket.refresh_from_db()
    assert ticket.process_version.number == 1


@pytest.mark.parametrize("path", ["versions/99/", "versions/999999999/", "nothing/"])
def test_what_does_not_exist_is_not_found(cast: Cast, path: str):
    assert as_(cast.dana).get(f"{HOME}{path}").status_code == 404


def test_the_page_costs_the_same_with_many_versions(cast: Cast, draft: ProcessVersion):
    dana = as_(cast.dana)
    a_change(cast)
    dana.get(HOME)
    with CaptureQueriesContext(connection) as few:
        dana.get(HOME)
    for _more in range(8):
        actions.create_draft(process=draft.process, by=cast.dana, at=AT, text=changed())
    with CaptureQueriesContext(connection) as many:
        dana.get(HOME)
    assert len(few) == len(many)


def test_a_team_that_cannot_exist_is_asked_for_again(cast: Cast):
    sent = {"scope": "team", "team": "\x00", "percent": "\x00"}
    answer = as_(cast.dana).post(f"{V1}widen/", sent)
    assert answer.status_code == 422
    assert "Choose the team." in answer.content.decode()
