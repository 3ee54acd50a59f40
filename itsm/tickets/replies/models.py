"""Ready answers. Their texts are erasable, like everything people type."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from people.models import Team, User


class ReplyTemplate(models.Model):
    """An answer that is written once: for its owner alone, or for a team."""

    subject_type: ClassVar[str] = "reply_template"
    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=100)
    body = models.TextField(max_length=10_000)
    owner = models.ForeignKey(
        User,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="reply_templates",
    )
    team = models.ForeignKey(
        Team,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="reply_templates",
    )
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(owner=None) ^ Q(team=None), name="reply_template_of_one"
            )
        ]

    def __str__(self) -> str:
        return self.name
