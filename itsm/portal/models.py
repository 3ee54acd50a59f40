"""What requesters are told of an outage, and who has it too."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from itsm.tickets.models import Ticket
from people.models import User


class Outage(models.Model):
    """What those who work here chose to say of an incident, or not to say.

    Without a row the portal decides by itself (`itsm.portal.outages`).
    """

    class Wording(models.TextChoices):
        """One of a few sentences, so that nobody's text becomes public."""

        KNOWN = "known", _("We know about a problem")
        SLOW = "slow", _("It is slow")
        DOWN = "down", _("It does not work")
        SOME = "some", _("It does not work for some")
        SUPPLIER = "supplier", _("A supplier has a problem")

    ticket = models.OneToOneField(
        Ticket, primary_key=True, on_delete=models.CASCADE, related_name="outage"
    )
    shown = models.BooleanField(default=True)
    wording = models.CharField(
        max_length=10, choices=Wording.choices, default=Wording.KNOWN
    )
    expected_at = models.DateTimeField(null=True, blank=True)  # when it should work
    at = models.DateTimeField()
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT)

    class Meta:
        indexes = [models.Index(fields=["shown"], name="outage_shown")]


class MeToo(models.Model):
    """Somebody has the same; they are told how it goes, and read nothing of it."""

    ticket = models.ForeignKey(
        Ticket, on_delete=models.CASCADE, related_name="also_affected"
    )
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="me_toos")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "ticket"], name="me_too_once")
        ]
