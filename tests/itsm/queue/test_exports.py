"""Lists as files: what stands in them, who may fetch them, how they go again."""

import csv
import io
import json
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from core import jobs
from core.errors import Invalid, WrongState
from itsm.tickets import actions as ticket_actions
from itsm.tickets.exports import actions, writing
from itsm.tickets.exports.models import Export, ExportPart
from itsm.tickets.models import Ticket
from people.models import User
from tests.cast import Cast
from tests.factories import a_problem, a_token, an_incident, as_

pytestmark = pytest.mark.django_db


def asked(by: User, address: str = "/queue/?view=open", **more: Any) -> Export:
    values = {"format": "csv", "language": "en", "at": timezone.now(), **more}
    return actions.start(by=by, address=address, **values)


def written(export: Export) -> Export:
    while jobs.work_off(seconds=5):
        pass
    export.refresh_from_db()
    return export


def table(user: User, export: Export) -> list[dict[str, str]]:
    answer = as_(user).get(f"/exports/{export.pk}/")
    assert answer.status_code == 200
    text = b"".join(answer.streaming_content).decode()
    assert text.startswith("\ufeffNumber,")
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


def test_a_list_is_written_for_the_one_who_asked(cast: Cast) -> None:
    ticket = an_incident(cast, title='Says "no", again')
    client = as_(cast.bob)
    sent = {"list": "/queue/?view=open", "format": "csv"}
    assert client.post("/exports/", sent)["Location"] == "/exports/"
    export = Export.objects.get()
    assert b"Waiting for its turn" in client.get("/exports/").content
    written(export)
    assert b"Download" in client.get("/exports/").content
    [row] = table(cast.bob, export)
    assert (row["Number"], row["Title"]) == (ticket.number, ticket.title)
    assert row["Opened"].endswith("Z")
    for other in (cast.alice, cast.grace):
        assert as_(other).get(f"/exports/{export.pk}/").status_code == 404
    assert as_(cast.carol).post("/exports/", sent).status_code == 403


def test_a_file_is_named_as_the_list_it_is_made_from(cast: Cast) -> None:
    an_incident(cast)
    client = as_(cast.bob)
    saved = {"list": "state=new", "name": "Not begun", "team": ""}
    for address, title in (
        (client.post("/queue/views/new/", saved)["Location"], "Not begun"),
        ("/incidents/", "Incidents"),
    ):
        page = client.get(address).content.decode()
        assert f'name="title" value="{title}"' in page
    assert 'name="title"' not in client.get("/queue/?view=open").content.decode()


def test_germans_get_their_words_and_their_separator() -> None:
    assert ";" in writing.csv_rows([[None] * len(writing.READ)], "de")
    assert ";" not in writing.csv_rows([[None] * len(writing.READ)], "en")


def test_json_holds_the_names_of_the_api(cast: Cast) -> None:
    tickets = [an_incident(cast) for _ in range(3)]
    export = written(asked(cast.bob, format="json"))
    answer = as_(cast.bob).get(f"/exports/{export.pk}/")
    found = json.loads(b"".join(answer.streaming_content))
    assert [row["number"] for row in found] == [t.number for t in reversed(tickets)]
    assert found[0]["priority"].startswith("P")


def test_an_empty_list_is_an_empty_file(cast: Cast) -> None:
    export = written(asked(cast.bob, "/queue/?q=nothing", format="json"))
    answer = as_(cast.bob).get(f"/exports/{export.pk}/")
    assert json.loads(b"".join(answer.streaming_content)) == []


def test_what_nobody_may_see_is_in_no_file(cast: Cast) -> None:
    hidden = an_incident(cast, by=cast.erin, requester=cast.erin)
    Ticket.objects.filter(pk=hidden.pk).update(restricted=True, team=None)
    an_incident(cast)
    export = written(asked(cast.bob))
    assert hidden.number not in {row["Number"] for row in table(cast.bob, export)}
    everything = written(asked(cast.grace))
    assert hidden.number in {row["Number"] for row in table(cast.grace, everything)}


def test_a_file_is_written_as_the_person_is_when_it_is_written(cast: Cast) -> None:
    an_incident(cast)
    export = asked(cast.bob)
    User.objects.filter(pk=cast.bob.pk).update(is_active=False)
    for minutes in range(jobs.MOST_TRIES):
        later = timezone.now() + timedelta(minutes=minutes)
        jobs.work_off(clock=lambda later=later: later)  # type: ignore[misc]
    export.refresh_from_db()
    assert not ExportPart.objects.exists()
    assert export.state != Export.State.DONE


def test_a_worker_that_was_killed_leaves_nothing_twice(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions, "BATCH", 2)
    tickets = [an_incident(cast) for _ in range(5)]
    export = asked(cast.bob)
    assert jobs.claim(export, at=timezone.now())
    assert export.step(at=timezone.now())  # and then killed: nobody stamps it
    late = timezone.now() + timedelta(minutes=1)
    jobs.work_off(clock=lambda: late, seconds=5)
    export.refresh_from_db()
    assert (export.state, export.done, export.total) == ("done", 5, 5)
    got = [row["Number"] for row in table(cast.bob, export)]
    assert got == [t.number for t in reversed(tickets)]


def test_a_removed_text_is_in_no_file(cast: Cast) -> None:
    ticket = an_incident(cast, title="My password is swordfish")
    kept = written(asked(cast.alice, "/queue/?q=nothing"))
    export = written(asked(cast.alice))
    assert ExportPart.objects.filter(body__contains="swordfish").exists()
    actions.forget(ticket)
    assert not ExportPart.objects.filter(body__contains="swordfish").exists()
    client = as_(cast.alice)
    assert client.get(f"/exports/{export.pk}/").status_code == 409
    assert b"a text in it was removed" in client.get("/exports/").content
    assert client.get(f"/exports/{kept.pk}/").status_code == 200


def test_redacting_a_title_reaches_files(cast: Cast) -> None:
    ticket = an_incident(cast, title="My password is swordfish")
    written(asked(cast.grace))
    ticket_actions.redact(
        ticket=ticket, by=cast.grace, at=timezone.now(), why="a secret", field="title"
    )
    assert not ExportPart.objects.filter(body__contains="swordfish").exists()


def test_redacting_reaches_files_that_know_it_by_a_former_number(cast: Cast) -> None:
    ticket = an_incident(cast, title="My password is swordfish")
    written(asked(cast.grace))
    ticket_actions.convert(
        ticket=ticket, by=cast.grace, at=timezone.now(), type="request"
    )
    ticket_actions.redact(
        ticket=ticket, by=cast.grace, at=timezone.now(), why="a secret", field="title"
    )
    assert not ExportPart.objects.filter(body__contains="swordfish").exists()


def test_files_are_kept_for_a_day(cast: Cast) -> None:
    an_incident(cast)
    export = written(asked(cast.bob))
    assert actions.tidy(at=timezone.now()) == 0
    assert actions.tidy(at=timezone.now() + timedelta(hours=25)) > 0
    assert not ExportPart.objects.exists()
    Export.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert as_(cast.bob).get(f"/exports/{export.pk}/").status_code == 409


@pytest.mark.parametrize(
    "address",
    [
        "",
        "/settings/",
        "https://evil.example/queue/",
        "//evil.example/queue/",
        "///queue/",  # a browser takes it for a host
        "[",
        "x",
    ],
)
def test_only_lists_of_ours_are_exported(cast: Cast, address: str) -> None:
    with pytest.raises(Invalid):
        asked(cast.bob, address)


def test_a_few_files_at_once_are_enough(cast: Cast) -> None:
    for _ in range(actions.AT_ONCE):
        asked(cast.bob)
    with pytest.raises(WrongState):
        asked(cast.bob)


def test_a_program_asks_looks_and_fetches(cast: Cast, client: Any) -> None:
    ticket = an_incident(cast)
    headers = {"Authorization": f"Bearer {a_token(cast.bob)}"}
    body = {"list": "/incidents/", "format": "json"}
    made = client.post(
        "/api/v1/exports/", body, content_type="application/json", headers=headers
    )
    assert made.status_code == 202
    where = made.headers["Location"]
    early = client.get(f"{where}file/", headers=headers)
    assert (early.status_code, early["Content-Type"]) == (
        409,
        "application/problem+json",
    )
    written(Export.objects.get())
    told = client.get(where, headers=headers).json()
    assert (told["state"], told["done"], told["total"]) == ("done", 1, 1)
    file = client.get(told["file"], headers=headers)
    assert json.loads(b"".join(file.streaming_content))[0]["number"] == ticket.number
    other = {"Authorization": f"Bearer {a_token(cast.alice)}"}
    assert client.get(where, headers=other).status_code == 404
    wrong = {"list": "/queue/", "format": "xls", "more": 1}
    refused = client.post(
        "/api/v1/exports/", wrong, content_type="application/json", headers=headers
    )
    assert refused.status_code == 422


def test_a_file_with_a_ticket_that_was_restricted_since_is_not_given_out(
    cast: Cast,
) -> None:
    tickets = [an_incident(cast, title=f"Zq{n}") for n in range(3)]
    files = [written(asked(cast.bob, format=kind)) for kind in ("csv", "json")]
    a_problem(cast)
    other = written(asked(cast.bob, "/problems/"))
    ticket_actions.restrict(ticket=tickets[0], by=cast.grace, at=timezone.now())
    client = as_(cast.bob)
    headers = {"Authorization": f"Bearer {a_token(cast.bob)}"}
    doors = ("/exports/%s/", "/api/v1/exports/%s/file/")
    for file, address in zip(files, doors, strict=True):
        answer = client.get(address % file.pk, headers=headers)
        assert answer.status_code == 409
        assert b"You may not see everything in this file any more" in answer.content
        assert not file.parts.exists()
    assert (
        b"you may not see everything in it any more" in client.get("/exports/").content
    )
    assert len(table(cast.bob, other)) == 1
    again = written(asked(cast.bob, "/incidents/"))
    assert {row["Title"] for row in table(cast.bob, again)} == {"Zq1", "Zq2"}
