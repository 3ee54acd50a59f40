"""Every address under /api/v1/, by room."""

from django.urls import URLPattern, path

from itsm.changes import api as changes
from itsm.changes.calendar import api as change_calendar
from itsm.changes.freezes import api as freezes
from itsm.changes.gate import api as gate
from itsm.changes.kinds import api as change_kinds
from itsm.changes.measures import api as change_measures
from itsm.feedback import api as feedback
from itsm.knowledge import api as knowledge
from itsm.monitoring import source_api as sources
from itsm.monitoring.alert_rules import api as alert_rules
from itsm.monitoring.alerts import api as alerts
from itsm.monitoring.deployments import api as deployments
from itsm.monitoring.maintenance import api as maintenance
from itsm.portal import api as portal
from itsm.problems import api as problems
from itsm.requests import api as requests
from itsm.requests.entitlements import api as entitlements
from itsm.requests.fulfilment import api as tasks
from itsm.requests.fulfilment import order_api as bundles
from itsm.sla import api as agreements
from itsm.sla import paging_api as paging
from itsm.sla import report_api as promises
from itsm.tickets.api.events import LogView
from itsm.tickets.api.routes import any_practice, practice
from itsm.tickets.approving import api as decisions
from itsm.tickets.bulk import api as bulk
from itsm.tickets.exports import api as exports
from itsm.tickets.mentions import api as mentions
from itsm.tickets.replies import api as replies
from itsm.tickets.tags import api as tags
from itsm.tickets.views import api as views
from itsm.webhooks import api as webhooks
from people import api as people
from people import notices_api as notices
from people import own_api as own
from people import roster_api as roster
from people.calendars import api as calendars
from people.delivery import api as delivery
from people.machines import api as machines
from people.rotas import absence_api as absences
from people.rotas import api as rotas
from people.rotas import change_api as rota_changes
from processes import api as processes

urlpatterns: list[URLPattern] = [
    *practice("incident"),
    *tasks.urls(),
    *bundles.urls(),
    *entitlements.urls(),
    *requests.urls(),
    *change_calendar.urls(),  # before a change of that number
    *changes.urls(),
    *change_kinds.urls(),
    *gate.urls(),
    *change_measures.urls(),
    *freezes.urls(),
    *problems.urls(),
    *any_practice(),
    *decisions.urls(),
    *bulk.urls(),
    *exports.urls(),
    *tags.urls(),
    *replies.urls(),
    *views.urls(),
    *mentions.urls(),
    *alerts.urls(),
    *alert_rules.urls(),
    *maintenance.urls(),
    *deployments.urls(),
    *portal.urls(),
    *knowledge.urls(),
    *feedback.urls(),
    *agreements.urls(),
    *paging.urls(),
    *promises.urls(),
    *sources.urls(),
    *webhooks.urls(),
    path("events/", LogView.as_view()),
    *own.urls(),
    *notices.urls(),
    *roster.urls(),
    *delivery.urls(),
    *people.urls(),
    *machines.urls(),
    *rotas.urls(),
    *rota_changes.urls(),
    *absences.urls(),
    *calendars.urls(),
    *processes.urls(),
]
