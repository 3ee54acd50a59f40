"""What a request has that other tickets have not: its offering."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from itsm.tickets.checklist.models import Task
from itsm.tickets.models import Ticket
from people.models import Service, Team, User

__all__ = ["Offering", "Request", "Task"]


class Offering(models.Model):
    """Something people can order from the catalogue."""

    class Approval(models.TextChoices):
        """Whose yes it needs."""

        NONE = "", _("Nobody")
        MANAGER = "manager", _("The requester's manager")
        SERVICE_OWNER = "service_owner", _("The service's owner")
        DATA_OWNER = "data_owner", _("The data owner")
        HR = "hr", _("Human resources")

    subject_type: ClassVar[str] = "offering"
    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=200)
    description = models.TextField(blank=True, default="")
    service = models.ForeignKey(
        Service, null=True, blank=True, on_delete=models.PROTECT
    )
    team = models.ForeignKey(Team, null=True, blank=True, on_delete=models.SET_NULL)
    approval = models.CharField(
        max_length=20, choices=Approval.choices, blank=True, default=Approval.NONE
    )
    approver = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )  # the data owner or HR person
    promise = models.DurationField()  # from the order; clock time for now
    tasks = ArrayField(models.CharField(max_length=200), default=list, blank=True)
    is_active = models.BooleanField(default=True)

    def __str__(self) -> str:
        return self.name


class Request(models.Model):
    """The detail row of a request."""

    ticket = models.OneToOneField(
        Ticket, primary_key=True, on_delete=models.CASCADE, related_name="request"
    )
    offering = models.ForeignKey(
        Offering, null=True, blank=True, on_delete=models.PROTECT
    )
