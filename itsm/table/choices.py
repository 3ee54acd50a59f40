"""ServiceNow's numbers and words for what we call otherwise. Fixed, never translated:
programs compare them.
"""

from itsm.changes.models import Change
from itsm.table.columns import Choice, Option
from itsm.tickets.states import OPEN, Channel, Level, StateCategory

STATES = (
    Option("1", "New", (StateCategory.NEW.value,)),
    Option("2", "In Progress", (StateCategory.ACTIVE.value,)),
    Option("3", "On Hold", (StateCategory.WAITING.value,)),
    Option("6", "Resolved", (StateCategory.RESOLVED.value,)),
    Option("7", "Closed", (StateCategory.CLOSED.value,)),
    Option("8", "Canceled", (StateCategory.CANCELLED.value,)),
)
LEVELS = (
    Option("1", "1 - High", (Level.HIGH.value,)),
    Option("2", "2 - Medium", (Level.MEDIUM.value,)),
    Option("3", "3 - Low", (Level.LOW.value,)),
)
PRIORITIES = (
    Option("1", "1 - Critical", (1,)),
    Option("2", "2 - High", (2,)),
    Option("3", "3 - Moderate", (3,)),
    Option("4", "4 - Low", (4,)),
    Option("5", "5 - Planning", (5,)),
)
ACTIVE = (
    Option("true", "true", tuple(c.value for c in OPEN)),
    Option("false", "false", tuple(c.value for c in StateCategory if c not in OPEN)),
)
YES_NO = (Option("true", "true", (True,)), Option("false", "false", (False,)))
HOLD_REASONS = (
    Option("1", "Awaiting Caller", ("requester",)),
    Option("3", "Awaiting Problem", ("problem",)),
    Option("4", "Awaiting Vendor", ("supplier",)),
    Option("5", "Awaiting Change", ("change",)),
)
CONTACT_TYPES = (
    Option("self-service", "Self-service", (Channel.PORTAL.value,)),
    Option("phone", "Phone", (Channel.PHONE.value,)),
    Option("walk-in", "Walk-in", (Channel.WALK_IN.value,)),
    Option("email", "Email", (Channel.MAIL.value,)),
    Option("monitoring", "Monitoring", (Channel.MACHINE.value,)),
    Option("direct", "Direct", (Channel.AGENT.value,)),
)
MODELS = (
    Option("standard", "Standard", (Change.Model.STANDARD.value,)),
    Option("normal", "Normal", (Change.Model.NORMAL.value,)),
    Option("emergency", "Emergency", (Change.Model.EMERGENCY.value,)),
)
RESULTS = (
    Option("successful", "Successful", (Change.Result.SUCCESS.value,)),
    Option(
        "successful_issues", "Successful with issues", (Change.Result.ISSUES.value,)
    ),
    Option("unsuccessful", "Unsuccessful", (Change.Result.FAILED.value,)),
    Option("rolled_back", "Rolled back", (Change.Result.ROLLED_BACK.value,)),
)
OPERATIONAL = (Option("1", "Operational", (True,)), Option("6", "Retired", (False,)))
TABLES = (  # where the ticket of a file is
    Option("incident", "Incident", ("incident",)),
    Option("change_request", "Change Request", ("change",)),
    Option("problem", "Problem", ("problem",)),
    Option("sc_request", "Request", ("request",)),
)
TABLE_OF_TYPE = {option.stored[0]: option.value for option in TABLES}

IMPACT = Choice(name="impact", path="impact", options=LEVELS)
URGENCY = Choice(name="urgency", path="urgency", options=LEVELS)
HOLD_REASON = Choice(
    name="hold_reason", path="wait_reason", options=HOLD_REASONS, is_open=True
)
CONTACT_TYPE = Choice(name="contact_type", path="channel", options=CONTACT_TYPES)
STATE = Choice(name="state", path="state_category", options=STATES)
TYPE = Choice(name="type", path="change__model", options=MODELS)
CLOSE_CODE_OF_CHANGE = Choice(
    name="close_code", path="change__result", options=RESULTS, is_open=True
)
