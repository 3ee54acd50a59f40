"""The roles a person can hold. What each may do stands in `people.policy`."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Role(TextChoices):
    """Roles, in the words of ITIL 4 and Intelligent Swarming."""

    REQUESTER = "requester", _("Requester")
    AGENT = "agent", _("Agent")
    EXPERT = "expert", _("Expert")
    DISPATCHER = "dispatcher", _("Dispatcher")
    COMMANDER = "commander", _("Incident commander")
    CHANGE_AUTHORITY = "change_authority", _("Change authority")
    PROCESS_OWNER = "process_owner", _("Process owner")
    SERVICE_OWNER = "service_owner", _("Service owner")
    ADMINISTRATOR = "administrator", _("Administrator")
