"""The gate: a pipeline asks whether it may deploy, and says how it went."""

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.db import connections
from django.utils import timezone

from core.errors import Refused
from core.models import Event
from itsm.changes.gate.models import Release
from itsm.changes.models import Change, Freeze, Kind
from itsm.monitoring.models import Deployment
from itsm.tickets.approving.models import Authority
from itsm.tickets.doors import perform
from itsm.tickets.models import Comment, Ticket
from tests.cast import make_cast
from tests.factories import a_change, a_machine

pytestmark = pytest.mark.django_db
EASY = {"way_back": "tried", "noticed": "nothing", "done_before": "lately"}
HOW = {"plan": "Roll it out", "test": "Five checks", "way_back": "The last version"}


def now():
    return timezone.now()


def asks(**fields):
    """What a pipeline sends."""
    committed_at = (now() - timedelta(hours=3)).isoformat()
    return {
        "service": "vpn",
        "version": "2.4.1",
        "committed_at": committed_at,
        **fields,
    }


@pytest.fixture
def standard(cast):
    """A kind of change that is pre-authorised."""
    return Kind.objects.create(
        slug="vpn-release",
        name="VPN release",
        service=cast.services["vpn"],
        team=cast.teams["network"],
        standing=Kind.Standing.STANDARD,
        evidence=["tests"],
        **HOW,
    )


@pytest.fixture
def pipeline(cast, api):
    """A service account with a token for changes alone."""
    return api(a_machine(cast, "Pipeline", owner=cast.bob), "changes")


TESTED = {"kind": "tests", "url": "https://ci.example.org/7", "passed": True}
GOES = {"kind": "vpn-release", "evidence": [TESTED]}


def gate(pipeline, **fields):
    answer = pipeline.post("changes/gate/", asks(**fields))
    assert answer.status_code == 200, answer.content
    return answer.json()


def frozen(cast, hours=2, **fields):
    made = Freeze.objects.create(
        name="Month end",
        starts_at=now() - timedelta(hours=1),
        ends_at=now() + timedelta(hours=hours),
        time_zone="UTC",
        by=cast.grace,
        created_at=now(),
        **fields,
    )
    made.services.add(cast.services["vpn"])
    return made


def test_a_standard_change_goes_in_one_call(cast, pipeline, standard):
    said = gate(pipeline, **GOES)
    assert (said["answer"], said["until"], said["model"]) == ("go", None, "standard")
    assert said["why"][0] == "“VPN release” is pre-authorised."
    ticket = Ticket.objects.get(number=said["change"])
    assert (ticket.state, ticket.service, ticket.team) == (
        "implementing",
        cast.services["vpn"],
        cast.teams["network"],
    )
    row = ticket.change
    assert (row.release, row.kind, row.plan) == ("2.4.1", standard, "Roll it out")
    assert row.evidence == [TESTED]
    assert row.committed_at < row.started_at
    assert row.window[0] <= row.started_at < row.window[1]


def test_the_same_question_twice_makes_one_change(pipeline, standard):
    first, again = gate(pipeline, **GOES), gate(pipeline, **GOES)
    assert again["change"] == first["change"]
    assert again["answer"] == "go"
    assert any(said.startswith("It runs since") for said in again["why"])
    assert Ticket.objects.filter(type="change").count() == 1
    assert gate(pipeline, **GOES | {"version": "2.4.2"})["change"] != first["change"]


@pytest.mark.django_db(transaction=True)
def test_asked_by_many_at_the_same_instant_it_is_one_change():
    from tests.api.conftest import Api

    cast = make_cast()
    machine = a_machine(cast, "Pipeline")
    Kind.objects.create(
        slug="vpn-release", name="VPN release", standing="standard", **HOW
    )
    clients = [Api(machine, "changes") for _ in range(4)]
    body, said, together = asks(**GOES), [], Barrier(4)

    def ask(client):
        together.wait()
        said.append(client.post("changes/gate/", body).json())
        connections.close_all()

    threads = [Thread(target=ask, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {one["answer"] for one in said} == {"go"}, said
    assert len({one["change"] for one in said}) == 1
    assert Ticket.objects.filter(type="change").count() == 1
    assert Release.objects.count() == 1


def test_in_a_freeze_it_waits_until_the_freeze_ends(cast, pipeline, standard):
    freeze = frozen(cast)
    said = gate(pipeline, **GOES)
    assert said["answer"] == "wait"
    assert said["until"] == freeze.ends_at.isoformat().replace("+00:00", "Z")
    assert said["why"][0].startswith("“Month end” holds")
    row = Change.objects.get()
    assert row.ticket.state == "scheduled"
    assert row.window_start == freeze.ends_at  # where the calendar shows it
    version = row.ticket.version
    assert gate(pipeline, **GOES)["answer"] == "wait"
    row.ticket.refresh_from_db()
    assert row.ticket.version == version  # asking again changes nothing
    freeze.delete()
    assert gate(pipeline, **GOES)["answer"] == "go"
    row.refresh_from_db()
    assert row.window_start <= row.started_at < row.window_end


def test_a_freeze_lets_through_what_it_names(cast, pipeline, standard):
    frozen(cast, allows=["standard"])
    assert gate(pipeline, **GOES)["answer"] == "go"


def test_missing_evidence_is_named_and_may_come_later(pipeline, standard):
    said = gate(pipeline, kind="vpn-release")
    assert (said["answer"], said["why"]) == (
        "no",
        ["This evidence is missing: tests."],
    )
    failed = {**TESTED, "passed": False}
    said = gate(pipeline, kind="vpn-release", evidence=[failed])
    assert (said["answer"], said["why"]) == ("no", ["This did not pass: tests."])
    assert Change.objects.get().ticket.state == "draft"
    assert gate(pipeline, **GOES)["answer"] == "go"
    assert Change.objects.get().evidence == [TESTED]


def test_what_its_process_needs_is_named(pipeline):
    said = gate(pipeline)
    assert said["answer"] == "no"
    assert "plan" in said["why"][0]
    assert "way back" in said["why"][0]


def test_a_normal_change_waits_for_its_approval_and_then_goes(cast, pipeline):
    said = gate(pipeline, **HOW, evidence=[TESTED])
    assert (said["answer"], said["until"], said["model"]) == ("wait", None, "normal")
    assert "approval" in said["why"][0]
    ticket = Ticket.objects.get(number=said["change"])
    assert ticket.state == "approval"
    perform(ticket, "approve", {}, by=cast.frank, at=now())
    said = gate(pipeline)
    assert said["answer"] == "go"
    assert "Approved by Frank." in said["why"]


def decides(cast, ticket, who, verb="approve", **raw):
    perform(Ticket.objects.get(pk=ticket.pk), verb, raw, by=who, at=now())


def test_a_high_risk_change_goes_only_after_quorum(cast, pipeline):
    """Two of three people of a group; one yes, said twice, is one."""
    board = Authority.objects.create(slug="board", name="VPN board", quorum=2)
    board.members.set([cast.frank, cast.dana, cast.erin])
    board.services.add(cast.services["vpn"])
    said = gate(pipeline, **HOW, evidence=[TESTED])
    assert (said["answer"], said["risk"]) == ("wait", "high")
    assert "VPN board" in said["why"][0]
    assert "0 of 2 said yes" in said["why"][0]
    ticket = Ticket.objects.get(number=said["change"])
    decides(cast, ticket, cast.frank)
    for _again in range(2):
        said = gate(pipeline)
        assert said["answer"] == "wait"
        assert "1 of 2 said yes" in said["why"][0]
    decides(cast, ticket, cast.frank)
    assert "1 of 2 said yes" in gate(pipeline)["why"][0]
    with pytest.raises(Refused):
        decides(cast, ticket, cast.bob)
    decides(cast, ticket, cast.dana, condition="Not before ten")
    said = gate(pipeline)
    assert said["answer"] == "go"
    assert said["why"][:2] == [
        "Approved by Dana, Frank.",
        "On this condition (Dana): Not before ten",
    ]


def test_answers_about_its_risk_may_be_sent(cast, pipeline):
    assert gate(pipeline, **HOW, answers=EASY)["risk"] == "low"
    assert gate(pipeline, **HOW, version="2")["risk"] == "high"


def test_a_merge_review_that_the_pipeline_brings_is_the_peers_yes(cast, pipeline):
    Kind.objects.create(slug="text", name="A text", answers=EASY, **HOW)
    review = {"kind": "merge_review", "by": "erin@demo.example"}
    fields = {"kind": "text"}
    said = gate(pipeline, **fields, evidence=[TESTED])
    assert (said["answer"], said["model"], said["risk"]) == ("wait", "normal", "low")
    said = gate(pipeline, **fields, evidence=[review])
    assert said["answer"] == "go", said
    assert said["why"][0] == "Approved by Erin."


def test_a_rejected_one_answers_no_with_the_reason(cast, pipeline):
    number = gate(pipeline, **HOW)["change"]
    ticket = Ticket.objects.get(number=number)
    perform(ticket, "reject", {"comment": "Not this week."}, by=cast.frank, at=now())
    said = gate(pipeline)
    assert said["answer"] == "no"
    assert said["why"] == [f"{number} is rejected.", "Frank: Not this week."]


def test_a_window_of_its_own_is_kept(pipeline, standard):
    start, end = now() + timedelta(hours=2), now() + timedelta(hours=3)
    span = {"start": start.isoformat(), "end": end.isoformat()}
    said = gate(pipeline, **GOES, window=span)
    assert said["answer"] == "wait"
    assert said["until"] == start.isoformat().replace("+00:00", "Z")
    span = {
        "start": (now() - timedelta(hours=2)).isoformat(),
        "end": (now() - timedelta(hours=1)).isoformat(),
    }
    said = gate(pipeline, **GOES, window=span)
    assert said["answer"] == "no"
    assert said["why"][0].startswith("Its window ended on")
    span["end"] = end.isoformat()
    assert gate(pipeline, **GOES, window=span)["answer"] == "go"


def test_a_restricted_service_can_be_asked_for_again_by_whoever_asked(
    cast, pipeline, api, standard
):
    fields = {**HOW, "service": "hr-portal", "requester": "alice@demo.example"}
    first = gate(pipeline, **fields)
    assert first["answer"] == "wait"
    assert gate(pipeline, **fields)["change"] == first["change"]
    assert Ticket.objects.get(number=first["change"]).requester == cast.alice
    other = api(cast.bob).post("changes/gate/", asks(**fields))
    assert other.status_code == 404


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"service": "nowhere"}, "service"),
        ({"service": None}, "service"),
        ({"version": " "}, "version"),
        ({"version": "x" * 101}, "version"),
        ({"version": "a\x00b"}, "version"),
        ({"committed_at": "soon"}, "committed_at"),
        ({"committed_at": "2999-01-01T00:00:00Z"}, "committed_at"),
        ({"kind": "unknown"}, "kind"),
        ({"evidence": "tests"}, "evidence"),
        ({"evidence": [{"url": "https://ci.example.org"}]}, "evidence"),
        ({"evidence": [{"kind": "tests", "url": "javascript:x"}]}, "evidence"),
        ({"evidence": [{"kind": "tests", "passed": "yes"}]}, "evidence"),
        ({"evidence": [{"kind": "tests", "room": 5}]}, "evidence"),
        ({"evidence": [{"kind": "tests"}] * 51}, "evidence"),
        ({"window": {"start": "2026-03-01T00:00:00Z"}}, "window"),
        ({"requester": "nobody@demo.example"}, "requester"),
        ({"answers": {"way_back": 5}}, "answers"),
        ({"color": "red"}, "color"),
    ],
)
def test_what_makes_no_sense_is_a_problem_and_makes_nothing(pipeline, fields, wrong):
    answer = pipeline.post("changes/gate/", asks(**fields))
    assert answer.status_code == 422
    assert answer["Content-Type"].startswith("application/problem+json")
    assert list(answer.json()["errors"]) == [wrong]
    assert not Release.objects.exists()
    assert not Ticket.objects.filter(type="change").exists()


def test_a_kind_of_another_service_is_refused(cast, pipeline, standard):
    answer = pipeline.post("changes/gate/", asks(service="e-mail", **GOES))
    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["kind"])


def test_who_may_not_ask(cast, api):
    ask = "changes/gate/"
    assert api(None).post(ask, asks()).status_code == 401
    assert api(cast.carol).post(ask, asks()).status_code == 403
    assert api(cast.alice, "incidents").post(ask, asks()).status_code == 403
    assert api(cast.alice, "changes", "read").post(ask, asks()).status_code == 403
    assert api(cast.alice).get(ask).status_code == 405


def test_it_counts_against_the_limit_like_all_else(cast, pipeline, standard):
    answer = pipeline.post("changes/gate/", asks(**GOES))
    assert answer.status_code == 200
    assert "RateLimit" in answer


def test_an_idempotency_key_answers_the_same(pipeline, standard):
    body = asks(**GOES)
    first = pipeline.post("changes/gate/", body, Idempotency_Key="run-7")
    again = pipeline.post("changes/gate/", body, Idempotency_Key="run-7")
    assert again["Idempotent-Replay"] == "true"
    assert again.json() == first.json()


# --- how it went


@pytest.fixture
def running(pipeline, standard):
    """A change that was told to go."""
    return Ticket.objects.get(number=gate(pipeline, **GOES)["change"])


def tell(pipeline, ticket, outcome, **body):
    return pipeline.post(f"changes/{ticket.number}/{outcome}/", body)


def told(ticket):
    rows = Event.objects.filter(subject_type="ticket", subject_id=ticket.pk)
    words = ("deployed", "failed", "rolled_back")
    return list(
        rows.filter(kind__in=[f"ticket.{word}" for word in words])
        .order_by("pk")
        .values_list("kind", flat=True)
    )


def test_deployed_ends_it_well_once(pipeline, running):
    at = now().isoformat()
    body = {"at": at, "url": "https://ci.example.org/8", "text": "In 4 minutes"}
    answer = tell(pipeline, running, "deployed", **body)
    assert answer.status_code == 200, answer.content
    assert answer.json()["result"] == "success"
    row = Change.objects.get()
    assert row.ended_at is not None
    again = tell(pipeline, running, "deployed")
    assert again.status_code == 200
    assert told(running) == ["ticket.deployed"]
    note = Comment.objects.get(ticket=running)
    assert (note.body, note.is_public) == (
        "In 4 minutes\n\nhttps://ci.example.org/8",
        False,
    )
    assert Change.objects.get().ended_at == row.ended_at


@pytest.mark.parametrize(
    ("outcome", "result"), [("failed", "failed"), ("rolled_back", "rolled_back")]
)
def test_failed_and_rolled_back_are_its_result(pipeline, running, outcome, result):
    assert tell(pipeline, running, outcome).json()["result"] == result


def test_a_rollback_after_it_was_deployed_changes_the_result(pipeline, running):
    tell(pipeline, running, "deployed")
    ended = Change.objects.get().ended_at
    answer = tell(pipeline, running, "rolled_back", text="502 on checkout")
    assert (answer.status_code, answer.json()["result"]) == (200, "rolled_back")
    row = Change.objects.get()
    assert row.ended_at > ended
    assert told(running) == ["ticket.deployed", "ticket.rolled_back"]
    last = Event.objects.filter(kind="ticket.rolled_back").get()
    assert last.changes["result"] == ["success", "rolled_back"]
    assert last.changes["ended_at"][0] == ended.isoformat()


def test_deployed_after_a_failure_had_issues(pipeline, running):
    tell(pipeline, running, "failed")
    assert tell(pipeline, running, "deployed").json()["result"] == "issues"
    assert tell(pipeline, running, "deployed").json()["result"] == "issues"
    assert told(running) == ["ticket.failed", "ticket.deployed"]


def test_what_was_not_begun_has_no_result(pipeline):
    number = gate(pipeline, **HOW)["change"]
    answer = pipeline.post(f"changes/{number}/deployed/")
    assert answer.status_code == 409
    assert "cancel" in answer.json()["allowed"]
    assert Change.objects.get().result == ""


def test_when_it_ended_is_neither_ahead_nor_before_it_began(pipeline, running):
    ahead = (now() + timedelta(hours=2)).isoformat()
    before = (now() - timedelta(hours=2)).isoformat()
    for at in (ahead, before, "soon"):
        answer = tell(pipeline, running, "deployed", at=at)
        assert (answer.status_code, list(answer.json()["errors"])) == (422, ["at"])
    a_little = (now() - timedelta(minutes=2)).isoformat()
    assert tell(pipeline, running, "deployed", at=a_little).status_code == 200
    row = Change.objects.get()
    assert row.ended_at == row.started_at


def test_after_its_result_the_version_does_not_go_again(pipeline, running):
    tell(pipeline, running, "deployed")
    said = gate(pipeline, **GOES)
    assert said["answer"] == "no"
    assert "success" in said["why"][0]


def test_who_may_not_report(cast, api, running):
    path = f"changes/{running.number}/deployed/"
    assert api(None).post(path).status_code == 401
    assert api(cast.carol).post(path).status_code == 404
    assert api(cast.bob, "incidents").post(path).status_code == 403
    assert api(cast.bob).post(path, {"colour": "red"}).status_code == 422
    assert api(cast.bob).post("changes/CHG-999999/deployed/").status_code == 404


# --- on the service's page


def test_a_report_is_a_deployment_of_the_service(cast, pipeline, running):
    tell(pipeline, running, "deployed", url="https://ci.example.org/8")
    row = Deployment.objects.get()
    assert (row.service, row.change, row.outcome) == (
        cast.services["vpn"],
        running,
        "deployed",
    )
    assert row.at == Change.objects.get().ended_at
    tell(pipeline, running, "rolled_back")
    outcomes = Deployment.objects.order_by("pk").values_list("outcome", flat=True)
    assert list(outcomes) == ["deployed", "rolled_back"]


@pytest.mark.parametrize("first", ["report", "event"])
def test_the_same_pipeline_telling_it_twice_counts_once(pipeline, running, first):
    event = {
        "service": "vpn",
        "summary": "Deployed VPN 2.4.1",
        "links": [{"href": "https://ci.example.org/9", "text": "Build 9"}],
        "details": {"version": "2.4.1"},
    }

    def send():
        assert pipeline_for_all.post("deployments/", event).status_code == 201

    from tests.api.conftest import Api

    pipeline_for_all = Api(running.requester)
    if first == "event":
        send()
    tell(pipeline, running, "deployed", url="https://ci.example.org/8")
    if first == "report":
        send()
    row = Deployment.objects.get()
    assert row.change == running
    hrefs = {link["href"] for link in row.links}
    assert "https://ci.example.org/9" in hrefs


def test_another_version_is_another_deployment(pipeline, running):
    from tests.api.conftest import Api

    tell(pipeline, running, "deployed")
    event = {"service": "vpn", "summary": "2.4.2", "details": {"version": "2.4.2"}}
    Api(running.requester).post("deployments/", event)
    assert Deployment.objects.count() == 2


@pytest.mark.parametrize("outcome", ["deployed", "failed", "rolled_back"])
def test_whoever_asked_for_a_change_does_not_say_how_it_went(cast, api, outcome):
    change = a_change(cast, by=cast.alice, requester=cast.carol)
    result = "failed" if outcome == "deployed" else "success"
    Change.objects.filter(ticket=change).update(result=result)
    answer = api(cast.carol).post(f"changes/{change.number}/{outcome}/")
    assert answer.status_code == 403
    assert Change.objects.get(ticket=change).result == result
