"""What well-known tools send, known by their fields: a table, no code of their own."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from itsm.monitoring.formats import paths, plain
from itsm.monitoring.formats.base import Note
from itsm.monitoring.formats.recipes import NOTHING, Recipe


@dataclass(frozen=True, slots=True)
class Shape:
    """A tool's payload: it is one where all of `needs` are there.

    A need is a path, or `path=word` (also the word's beginning, `path=incident.*`).
    """

    name: str
    needs: tuple[str, ...]
    recipe: Recipe = NOTHING
    note: str = ""


def of(data: Mapping[str, Any]) -> Shape | None:
    """The first shape in the table that this has."""
    return next(
        (s for s in SHAPES if all(_is_met(data, need) for need in s.needs)), None
    )


def _is_met(data: Mapping[str, Any], need: str) -> bool:
    path, equals, wanted = need.partition("=")
    found = paths.find(data, path)
    if not equals:
        return found is not None
    said = plain.text(found)
    is_begun = wanted.endswith("*") and said.startswith(wanted[:-1])
    return is_begun or said == wanted


def unfolded(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """A notification of Amazon SNS with the JSON that its `Message` holds as a text."""
    message = data.get("Message")
    if not isinstance(message, str) or not message.lstrip().startswith("{"):
        return data
    try:
        return {**data, "Message": json.loads(message, parse_constant=lambda _n: None)}
    except (ValueError, RecursionError):
        return data


SHAPES = (
    Shape(
        "an SNS handshake",
        ("Type=SubscriptionConfirmation", "SubscribeURL"),
        note=Note.HANDSHAKE,
    ),
    Shape("an SNS farewell", ("Type=UnsubscribeConfirmation",), note=Note.HANDSHAKE),
    Shape("Slack's handshake", ("type=url_verification",), note=Note.HANDSHAKE),
    Shape("Event Grid's handshake", ("validationCode",), note=Note.HANDSHAKE),
    Shape("a Telegram button", ("update_id", "callback_query"), note=Note.CALLBACK),
    Shape("a Telegram message", ("update_id", "message"), note=Note.CALLBACK),
    Shape(
        "PagerDuty's webhook, before 3",
        ("messages.0.type=incident.*", "messages.0.data.incident"),
        note=Note.CALLBACK,
    ),
    Shape(
        "PagerDuty's webhook, 3",
        ("event.event_type", "event.resource_type"),
        note=Note.CALLBACK,
    ),
    Shape(
        "NetBox",
        ("event", "model", "request_id", "snapshots"),
        note=Note.INVENTORY,
    ),
    Shape(
        "CloudWatch, over SNS or beside it",
        ("Message.AlarmName",),
        Recipe(
            key=("Message.AWSAccountId", "Message.Region", "Message.AlarmName"),
            summary="Subject|Message.AlarmDescription|Message.AlarmName",
            severity="Message.Severity|Message.Priority",
            status="Message.NewStateValue",
            host="Message.Application|Message.Trigger.Dimensions.InstanceId"
            "|Message.Trigger.Dimensions.DBInstanceIdentifier"
            "|Message.Trigger.Dimensions.LoadBalancer"
            "|Message.Trigger.Dimensions.FunctionName"
            "|Message.Trigger.Dimensions.BucketName"
            "|Message.Trigger.Dimensions.0.value|Message.Namespace|TopicArn",
            component="Message.Trigger.MetricName|Message.MetricName",
            group="Message.Trigger.Namespace|Message.Namespace",
            class_="Message.AlarmName",
            labels="Message.Trigger.Dimensions",
            at="Message.StateChangeTime|Timestamp",
            severities={"alarm": "error", "insufficient_data": "warning"},
        ),
    ),
    Shape(
        "Google Cloud Monitoring",
        ("incident.incident_id", "incident.state"),
        Recipe(
            key=("incident.incident_id",),
            summary="incident.summary|incident.documentation.subject"
            "|incident.policy_name",
            severity="incident.severity|incident.metadata.system_labels.severity"
            "|incident.policy_user_labels.severity",
            status="incident.state",
            host="incident.resource_display_name|incident.resource.labels.instance_id"
            "|incident.resource_name|incident.resource_id",
            component="incident.metric.displayName|incident.condition_name",
            group="incident.resource.type|incident.scoping_project_id",
            class_="incident.policy_name",
            labels="incident.policy_user_labels",
            at="incident.started_at",
            url="incident.url",
            severities={"open": "error"},
        ),
    ),
    Shape(
        "New Relic",
        ("incident_id", "condition_name", "current_state"),
        Recipe(
            key=("account_id", "incident_id"),
            summary="details|condition_name|policy_name",
            severity="severity",
            status="current_state",
            host="targets.0.name|targets.0.labels.host|targets.0.product|account_name",
            component="condition_name",
            group="account_name",
            class_="policy_name",
            labels="targets.0.labels",
            at="timestamp",
            url="incident_url",
        ),
    ),
    Shape(
        "Pingdom",
        ("check_id", "check_name", "current_state"),
        Recipe(
            key=("check_id",),
            summary="check_name",
            severity="importance_level",
            status="current_state",
            host="check_params.hostname|check_params.full_url",
            component="check_name",
            class_="check_type",
            labels="tags",
            at="state_changed_timestamp",
            url="check_params.full_url",
        ),
    ),
    Shape(
        "Riemann",
        ("host", "service", "state", "metric"),
        Recipe(
            key=("host", "service"),
            summary="description|service",
            severity="state",
            status="state",
            host="host",
            component="service",
            labels="tags",
            at="time",
        ),
    ),
    Shape(
        "vRealize",
        ("alertId", "criticality", "resourceName"),
        Recipe(
            key=("alertId",),
            summary="alertName|info|subType",
            severity="criticality",
            status="status",
            host="resourceName|resourceId",
            component="resourceKind",
            group="adapterKind",
            class_="type",
            at="startDate",
        ),
    ),
    Shape(
        "Graylog, before 3",
        ("check_result.triggered_condition.id", "stream.id"),
        Recipe(
            key=("stream.id", "check_result.triggered_condition.id"),
            summary="check_result.result_description|stream.title",
            status="check_result.triggered",
            host="check_result.matching_messages.0.source|stream.title",
            component="stream.title",
            class_="check_result.triggered_condition.type",
            at="check_result.triggered_at",
            resolved=frozenset({"false"}),
        ),
    ),
    Shape(
        "Graylog",
        ("event_definition_id", "event.source"),
        Recipe(
            key=("event_definition_id", "event.key", "#event.group_by_fields"),
            summary="event.message|event_definition_title",
            severity="event.priority",
            host="event.fields.source|event.source",
            component="event_definition_title",
            class_="event_definition_type",
            labels="event.fields",
            at="event.timestamp",
            severities={"4": "critical", "3": "error", "2": "warning", "1": "info"},
        ),
    ),
    Shape(
        "Axiom",
        ("action", "event.monitorID"),
        Recipe(
            key=("event.monitorID", "#event.groupKeys", "#event.groupValues"),
            summary="event.title|event.body",
            severity="event.severity",
            status="action",
            host="event.matchedEvent.host|event.groupValues.0",
            at="event.timestamp",
            severities={"open": "error"},
        ),
    ),
    Shape(
        "Checkly",
        ("alert_type", "check_id", "check_name"),
        Recipe(
            key=("check_id",),
            summary="event|check_name",
            status="alert_type",
            host="check_name",
            component="check_type",
            group="group_name",
            labels="tags",
            at="started_at",
            url="link",
            severities={"alert_degraded": "warning", "alert_ssl": "warning"},
        ),
    ),
    Shape(
        "Checkmk",
        ("what", "notification_type", "check_command"),
        Recipe(
            key=("site", "host", "service"),
            summary="summary|output",
            severity="severity",
            status="status",
            host="host",
            component="service|check_command",
            group="site",
            class_="what",
        ),
    ),
    Shape(
        "Coralogix",
        ("alert_id", "alert_action", "fields"),
        Recipe(
            key=("fields.dedupKey|fields.alertUniqueIdentifier|alert_id",),
            summary="name|description",
            severity="fields.severity|fields.priority",
            status="alert_action",
            host="fields.computer|fields.application|fields.subsystem",
            component="service|fields.subsystem",
            group="fields.team",
            at="fields.timestampISO|fields.timestampMs",
            url="alert_url",
        ),
    ),
    Shape(
        "Dash0",
        ("type=alert.*", "data.issue.issueIdentifier"),
        Recipe(
            key=("data.issue.dataset", "data.issue.issueIdentifier"),
            summary="data.issue.summary|data.issue.checkrules.0.name",
            severity="data.issue.severity|data.issue.status",
            status="data.issue.status|type",
            host="data.issue.labels.host.name|data.issue.labels.service.name"
            "|data.issue.labels.dash0.resource.name",
            component="data.issue.labels.service.name",
            class_="data.issue.checkrules.0.name",
            labels="data.issue.labels",
            at="data.issue.start",
            url="data.issue.url",
        ),
    ),
    Shape(
        "Datadog",
        ("monitor_id", "query"),
        Recipe(
            key=("aggreg_key", "monitor_id", "#query", "#scopes"),
            summary="title|message",
            severity="priority|alert_priority",
            status="alert_transition|transition|status",
            host="hostname|host|scopes.0|tags.host|tags.service|tags.environment",
            component="tags.service",
            group="tags.environment|tags.env",
            class_="type",
            labels="tags",
            at="last_updated|date",
            url="link|url",
            severities={"1": "critical", "2": "error", "3": "warning", "4": "info"},
        ),
    ),
    Shape(
        "Grafana's rule",
        ("ruleGroup", "title", "labels", "condition"),
        Recipe(
            key=("orgID", "folderUID", "ruleGroup", "title", "#labels"),
            summary="annotations.summary|title",
            severity="labels.severity",
            status="state|status",
            host="labels.host|labels.instance|labels.monitor|ruleGroup",
            component="labels.monitor",
            group="ruleGroup",
            class_="title",
            labels="labels",
        ),
    ),
    Shape(
        "LibreNMS",
        ("device_id", "rule_id", "alert_id"),
        Recipe(
            key=("device_id", "rule_id"),
            summary="title|name",
            severity="severity",
            status="state",
            host="hostname|sysName|ip",
            component="name",
            group="location",
            class_="type",
            at="timestamp",
            resolved=frozenset({"0"}),
            acknowledged=frozenset({"2"}),
        ),
    ),
    Shape(
        "Sentry",
        ("id", "culprit", "event.event_id"),
        Recipe(
            key=("project_slug|project", "id"),
            summary="event.title|message",
            severity="level|event.level",
            host="event.tags.server_name|server_name|project_slug|project",
            component="culprit",
            group="event.environment",
            class_="logger",
            labels="event.tags",
            at="event.timestamp",
            url="url",
        ),
    ),
    Shape(
        "SignalFx",
        ("incidentId", "detectorUrl"),
        Recipe(
            key=("incidentId",),
            summary="messageTitle|inputs.messageTitle|messageBody",
            severity="severity",
            status="statusExtended|status",
            host="dimensions.host|originatingMetric",
            component="rule|inputs.rule",
            class_="eventType|inputs.eventType",
            labels="dimensions",
            at="timestamp",
            url="detectorUrl",
        ),
    ),
    Shape(
        "ThousandEyes",
        ("eventType=ALERT_NOTIFICATION_*", "alert.alertId"),
        Recipe(
            key=("alert.alertId",),
            summary="alert.testName|alert.ruleName",
            severity="alert.severity",
            status="eventType",
            host="alert.hostname|alert.testTargetsDescription.0|alert.agentName",
            component="alert.testName",
            class_="alert.type",
            at="alert.dateStartZoned|alert.dateStart",
            url="alert.permalink",
        ),
    ),
    Shape(
        "Wazuh",
        ("description=Rule ID *", "description.Agent ID"),
        Recipe(
            key=("description.Rule ID", "description.Agent ID"),
            summary="message|description.Title",
            severity="severity",
            host="description.Agent Name|description.Agent ID",
            component="description.Title",
            at="created_at",
        ),
    ),
)
