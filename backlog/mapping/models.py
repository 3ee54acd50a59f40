"""The backbone of a story map: activities, and the steps under each."""

from django.db import models

from processes.models import Process


class Activity(models.Model):
    """What people do, from left to right; a step is an activity under another."""

    process = models.ForeignKey(
        Process, on_delete=models.CASCADE, related_name="activities"
    )
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.CASCADE, related_name="steps"
    )
    name = models.CharField(max_length=120)
    position = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["process", "parent", "position"],
                name="backlog_activity_place",
                nulls_distinct=False,
                deferrable=models.Deferrable.DEFERRED,
            )
        ]

    def __str__(self) -> str:
        return self.name
