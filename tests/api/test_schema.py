"""The schema: complete, and true. schemathesis drives every operation in it."""

import json
from datetime import timedelta

import pytest
import schemathesis
import yaml
from django.core.wsgi import get_wsgi_application
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from schemathesis.checks import CHECKS, load_all_checks

from backlog.increments.actions import plan_increment
from backlog.mapping.actions import add_activity
from backlog.refining.sessions.actions import plan_session
from backlog.sprints.daily_actions import raise_impediment
from backlog.stories.actions import give_idea
from core.api.schema import Generator
from itsm.feedback import actions as feedback
from itsm.knowledge import actions as articles
from itsm.monitoring.alert_rules.actions import create_rule
from itsm.table import ids
from itsm.table.tables import TABLES
from itsm.tickets.replies.actions import create_reply_template
from itsm.tickets.tags.actions import create_tag
from people.calendars.actions import create_calendar
from people.models import User
from tests.backlog.sprints.sprinting import a_story, running
from tests.factories import (
    a_change,
    a_machine,
    a_problem,
    a_request,
    a_token,
    an_incident,
    attached,
    resolved,
    said,
    taken,
)
from tests.itsm.monitoring.alerting import a_deployment, a_storm, a_window
from tests.itsm.monitoring.events import a_source
from tests.itsm.sla.agreeing import an_agreement
from tests.people.rotas.rotas import a_rota
from tests.suite.control import control

pytestmark = pytest.mark.django_db
load_all_checks()
WANTED = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
]
COLLECTIONS = [
    *("incidents", "requests", "changes", "problems", "tickets", "services"),
    *("offerings", "teams", "users", "organisations", "processes", "events"),
    *("categories", "agreements", "calendars", "service-accounts"),
    *("sources", "alerts", "alert-rules", "maintenance", "deployments", "webhooks"),
    *("change-kinds", "change-proposals", "freezes", "approvals", "authorities"),
    *("delegations", "shelves", "recurring", "charges", "tasks", "entitlements"),
    *("courses", "trainings", "profiles", "bundles", "requests/flow"),
    *("changes/calendar", "changes/free", "changes/gate", "changes/measures"),
    *("stories", "ideas", "sprints", "impediments", "increments", "activities"),
    "refinements",
]


def document() -> dict:
    return json.loads(json.dumps(Generator().get_schema(request=None, public=True)))


def test_the_schema_is_openapi_31_in_json_and_yaml(client):
    as_json = client.get("/api/schema/")
    assert as_json.status_code == 200
    assert as_json["Content-Type"].startswith("application/json")
    assert as_json.json()["openapi"] == "3.1.0"
    as_yaml = client.get("/api/schema/?format=yaml")
    assert yaml.safe_load(as_yaml.content)["paths"] == as_json.json()["paths"]
    asked = client.get("/api/schema/", headers={"Accept": "application/yaml"})
    assert asked.status_code in {200, 406}


def test_every_collection_of_the_contract_is_there():
    paths = document()["paths"]
    for name in COLLECTIONS:
        assert f"/api/v1/{name}/" in paths, name


def test_operations_have_names_of_their_own():
    operations = [op for path in document()["paths"].values() for op in path.values()]
    names = [op["operationId"] for op in operations]
    assert len(names) == len(set(names))
    assert all(op["summary"] for op in operations)


def test_every_reference_leads_somewhere():
    found = document()
    text = json.dumps(found)
    for name in {
        part.split('"')[0] for part in text.split("#/components/schemas/")[1:]
    }:
        assert name in found["components"]["schemas"], name


def test_the_docs_page_has_nothing_inline(client):
    answer = client.get("/api/docs/")
    assert answer.status_code == 200
    page = answer.content.decode()
    assert "<style" not in page
    assert "<script>" not in page
    assert "http://" not in page
    assert "https://" not in page
    assert "swagger-ui-bundle" in page
    for part in page.split('src="')[1:]:
        assert client.get(part.split('"')[0]).status_code == 200


@pytest.fixture
def world(cast):
    """Tickets in several states, with everything that can hang on them."""
    service = cast.services["vpn"]
    tickets = [
        an_incident(cast),
        an_incident(cast, service=service),
        taken(cast),
        resolved(cast),
        a_request(cast),
        a_change(cast),
        a_problem(cast),
    ]
    said(tickets[2], by=cast.bob)
    attached(tickets[2], by=cast.bob)
    controlled = control(cast, hidden=tickets[5], at=timezone.now())
    keys = {
        "services": "vpn",
        "offerings": "new-laptop",
        "teams": "desk",
        "users": "carol@demo.example",
        "service-accounts": a_machine(cast).email,
        "organisations": "acme",
        "processes": "incident",
        "categories": "mail",
        "rotas": a_rota(cast).slug,
        "calendars": "office",
        **controlled.keys,
        "offerings/id": str(controlled.price),
        "recurring/id": controlled.keys["recurring"],
        **monitored(cast),
        **sprinting(cast),
        **written(cast, next(t for t in tickets if t.state == "resolved")),
    }
    numbers: dict[str, list[str]] = {"tickets": [t.number for t in tickets]}
    for ticket in tickets:
        numbers.setdefault(f"{ticket.type}s", []).append(ticket.number)
    return cast, numbers, keys


def monitored(cast) -> dict[str, str]:
    """A source, what it told, and what was said about that."""
    at, vpn = timezone.now(), cast.services["vpn"]
    source = a_source(service=vpn)
    alerts = a_storm(source, 2, at=at)
    hour = {"starts_at": at, "ends_at": at + timedelta(hours=1)}
    window = a_window(vpn, by=cast.bob, **hour)
    return {
        "sources": source.slug,
        "alerts": str(alerts[0].pk),
        "alert-rules": str(create_rule(by=cast.grace, at=at, name="Clusters").pk),
        "maintenance": str(window.pk),
        "deployments": str(a_deployment(vpn, at).pk),
    }


def sprinting(cast) -> dict[str, str]:
    """A sprint that runs, with a story on its board, what is in its way, and a map."""
    story = a_story(cast)
    sprint = running(cast, story)
    about = {"process": sprint.process, "by": cast.dana, "at": timezone.now()}
    impediment = raise_impediment(**about, sprint=sprint, text="No test system")
    increment = plan_increment(**about, name="Shorter form")
    activity = add_activity(**about, name="Register")
    tomorrow = about["at"] + timedelta(days=1)
    session = plan_session(**about, starts_at=tomorrow)
    return {
        "sprints": str(sprint.pk),
        "stories": story.number,
        "impediments": str(impediment.pk),
        "increments": str(increment.pk),
        "activities": str(activity.pk),
        "refinements": str(session.pk),
    }


def written(cast, ticket) -> dict[str, str]:
    """One of each of the shorter lists."""
    at = timezone.now()
    piece = feedback.give(ticket=ticket, by=cast.carol, at=at, satisfaction=4)
    article = articles.write(by=cast.alice, at=at, title="VPN drops")
    incident = cast.processes["incident"]
    idea = give_idea(process=incident, by=cast.carol, at=at, text="Remember me")
    template = create_reply_template(by=cast.alice, at=at, name="Hi", body="Hello")
    tag = create_tag(by=cast.grace, at=at, name="Rollout")
    agreement = an_agreement(organisation=cast.organisations["acme"])
    hours = {"mon": [["09:00", "17:00"]]}
    create_calendar(by=cast.grace, at=at, name="Office", time_zone="UTC", hours=hours)
    return {
        "articles": article.number,
        "ideas": str(idea.pk),
        "feedback": str(piece.pk),
        "reply-templates": template.slug,
        "tags": tag.slug,
        "agreements": agreement.slug,
    }


def drive(world, person: str, examples: int) -> list[str]:
    """What goes wrong when every operation is called with what its schema allows."""
    cast, numbers, keys = world
    schema = schemathesis.openapi.from_dict(document())
    schema.app = get_wsgi_application()
    headers = {"Authorization": f"Bearer {a_token(cast.people[person])}"}
    wrong = []
    for result in schema.get_all_operations():
        operation = result.ok()
        try:
            attempt(operation, headers, numbers, keys, examples)()
        except (Exception, BaseExceptionGroup) as failure:
            wrong.append(f"{operation.method} {operation.path}: {failure}"[:2000])
    return wrong


def attempt(operation, headers, numbers, keys, examples):
    """A hypothesis test of one operation; what it does is rolled back each time."""
    checks = CHECKS.get_by_names(WANTED)
    collection = operation.path.split("/")[3]

    @hypothesis_settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    @given(data=st.data())
    def one(data):
        case = data.draw(operation.as_strategy())
        named = case.path_parameters or {}
        known = numbers.get(collection, [])
        if known and "number" in named:
            named["number"] = data.draw(st.sampled_from([*known, "INC-1"]))
        if "key" in named and data.draw(st.booleans()):
            named["key"] = keys[collection]
        if "sys_id" in named and data.draw(st.booleans()):
            named["sys_id"] = data.draw(st.sampled_from(sys_ids(operation.path)))
        if "slug" in named and collection in {"rotas", "offerings"}:
            named["slug"] = keys[collection]
        if "id" in named and collection in {"offerings", "recurring"}:
            named["id"] = data.draw(st.sampled_from([int(keys[f"{collection}/id"]), 1]))
        with transaction.atomic():
            response = case.call(headers={**(case.headers or {}), **headers})
            transaction.set_rollback(True)
        case.validate_response(response, checks=checks)

    return one


def sys_ids(path: str) -> list[str]:
    """Records of the table that the path is about."""
    table = TABLES[path.split("/")[4]]
    rows = table.rows(User.objects.get(email="grace@demo.example"))
    return [ids.sys_id(table.kind, pk) for pk in rows.values_list("pk", flat=True)]


def test_no_operation_fails_or_answers_what_is_not_documented(world, one_connection):
    assert drive(world, "alice", 3) == []


@pytest.mark.long
@pytest.mark.parametrize("person", ["alice", "carol", "grace"])
def test_no_operation_fails_however_often_it_is_called(world, person, one_connection):
    assert drive(world, person, 30) == []
