"""Each applet's entry into core's registries, called once when the room is ready."""

from core import texts
from itsm import telling
from itsm.changes import deciding as change_facts
from itsm.changes import detail as changes
from itsm.changes import following as changes_follow
from itsm.changes import form as change_form
from itsm.changes import invariants as change_invariants
from itsm.changes import panels as change_panels
from itsm.changes import telling as changes_told
from itsm.changes.calendar import panels as change_calendar
from itsm.changes.causing import panels as change_causes
from itsm.changes.freezes import kind as freezes
from itsm.changes.kinds import register as change_kinds
from itsm.changes.measures import rail as change_measures
from itsm.feedback import subjects as feedback
from itsm.knowledge import drafts as article_drafts
from itsm.knowledge import finding as articles_found
from itsm.knowledge import panels as knowledge
from itsm.knowledge import subjects as articles
from itsm.monitoring import register as monitoring
from itsm.portal import drafts as portal_drafts
from itsm.portal import nav as portal
from itsm.problems import detail as problems
from itsm.problems import panels as problem_panels
from itsm.requests import deciding as request_facts
from itsm.requests import detail as requests
from itsm.requests import form as request_form
from itsm.requests import panels as request_panels
from itsm.requests.catalogue import register as catalogue
from itsm.requests.fulfilment import register as fulfilment
from itsm.sla import register as promises
from itsm.tickets import (
    broadcast,
    gauges,
    invariants,
    rail,
    search,
    subjects,
    versions,
)
from itsm.tickets.approving import register as decisions
from itsm.tickets.bulk import acting as bulk
from itsm.tickets.bulk import subjects as bulk_subjects
from itsm.tickets.drafts import actions as drafts
from itsm.tickets.exports import subjects as exports
from itsm.tickets.finding import people as people_found
from itsm.tickets.mentions import noting
from itsm.tickets.pages import callers
from itsm.tickets.pages import similar_views as similar
from itsm.tickets.replies import subjects as replies
from itsm.tickets.tags import settings as tags
from itsm.webhooks import register as webhooks


def all_applets() -> None:
    """Register details, subjects, readers of the log, process parts and invariants."""
    for practice in (changes, problems, requests):
        practice.register()
    for scrubber in (search.forget, drafts.forget_ticket, noting.forget):
        texts.on_redact(scrubber)
    texts.on_redact(article_drafts.forget)
    for part in (
        *(bulk, bulk_subjects, exports),
        *(subjects, search, broadcast, versions, invariants, gauges),
        promises,
        monitoring,
        *(rail, articles, articles_found, knowledge, feedback, portal),
        *(article_drafts, portal_drafts),
        *(people_found, replies, similar, tags),
        *(change_form, request_form, callers),
        *(change_panels, change_causes, change_measures),
        *(problem_panels, request_panels, catalogue),
        *(changes_follow, change_invariants, change_facts, request_facts),
        *(change_kinds, changes_told),
        fulfilment,
        decisions,  # after what a change's risk follows from
        *(change_calendar, freezes),
        telling,
        webhooks,
    ):
        part.register()
