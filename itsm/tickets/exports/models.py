"""A list as a file, in parts, so that whatever is killed goes on after its last."""

from datetime import datetime
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from core.jobs import Job


class Export(Job):
    """One list that one person asked for as a file.

    `query` and `type` say which list, as an address does. What the file holds is what
    that person may see while it is written. Its parts are gone after a day, as soon as
    a text was removed from any ticket, or when one may not be seen any more.
    """

    class Format(models.TextChoices):
        """What kind of file."""

        CSV = "csv", "CSV"
        JSON = "json", "JSON"

    subject_type: ClassVar[str] = "export"
    format = models.CharField(max_length=4, choices=Format.choices)
    title = models.CharField(max_length=100)
    type = models.CharField(max_length=10, blank=True, default="")
    query = models.CharField(max_length=1000, blank=True, default="")
    language = models.CharField(max_length=10, blank=True, default="")
    cursor = models.CharField(max_length=200, blank=True, default="")  # after this row
    is_cut = models.BooleanField(default=False)  # there was more than one file takes
    expires_at = models.DateTimeField()
    dropped_at = models.DateTimeField(null=True)
    dropped_why = models.CharField(max_length=10, blank=True, default="")

    class Meta:
        indexes = [
            models.Index(fields=["by", "-id"], name="export_by"),
            models.Index(
                fields=["stamped_at"],
                condition=Q(state__in=["queued", "running"]),
                name="export_to_do",
            ),
        ]

    def step(self, *, at: datetime) -> bool:
        """Write a few hundred rows."""
        from itsm.tickets.exports import actions

        return actions.write_batch(self)


class ExportPart(models.Model):
    """A few hundred rows of a file, as text."""

    export = models.ForeignKey(Export, on_delete=models.CASCADE, related_name="parts")
    body = models.TextField()
    tickets = ArrayField(models.BigIntegerField(), default=list)  # ids, one for a row
