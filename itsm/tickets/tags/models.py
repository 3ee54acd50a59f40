"""Tags and which tickets carry them."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from itsm.tickets.models import Ticket
from people.models import User


class Tag(models.Model):
    """A word that can be put on tickets. Administrators keep the list short."""

    class Colour(models.TextChoices):
        """Names of the look's own colours; empty is plain."""

        PLAIN = "", _("Plain")
        BLUE = "info", _("Blue")
        GREEN = "good", _("Green")
        VIOLET = "wait", _("Violet")
        ORANGE = "soon", _("Orange")
        RED = "late", _("Red")

    subject_type: ClassVar[str] = "tag"
    slug = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=40)
    colour = models.CharField(
        max_length=8, choices=Colour.choices, blank=True, default=Colour.PLAIN
    )
    is_active = models.BooleanField(default=True)

    def __str__(self) -> str:
        return self.name


class TicketTag(models.Model):
    """`ticket` carries `tag`."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="tagged")
    tag = models.ForeignKey(
        Tag, on_delete=models.PROTECT, related_name="tagged", db_index=False
    )
    at = models.DateTimeField()
    by = models.ForeignKey(
        User, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tag", "ticket"], name="ticket_tag_once")
        ]
