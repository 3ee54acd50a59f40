"""Indexes that hold a list's order now answer its count as well, and one of resolved.

Built beside running work: no statement here holds the table for long, and what an index
replaces goes only when it is there.
"""

from django.conf import settings
from django.contrib.postgres.operations import RemoveIndexConcurrently
from django.db import migrations, models

from core.migrating import AddIndexBeside, Together

IS_OPEN = models.Q(("state_category__in", ["new", "active", "waiting"]))


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("itsm", "0012_short_words_of_search"),
        ("people", "0002_account"),
        ("processes", "0002_released_is_immutable"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        Together(
            *(
                AddIndexBeside(
                    model_name="ticket",
                    index=models.Index(
                        condition=IS_OPEN,
                        fields=[of, "band", "start_by", "id"],
                        include=["priority", "state_category", "restricted"],
                        name=f"ticket_{of}_list",
                    ),
                )
                for of in ("team", "owner", "service", "category", "organisation")
            ),
            AddIndexBeside(
                model_name="ticket",
                index=models.Index(
                    condition=IS_OPEN,
                    fields=["state_since", "id"],
                    include=["wait_reason", "state_category", "restricted"],
                    name="ticket_since_list",
                ),
            ),
            AddIndexBeside(
                model_name="ticket",
                index=models.Index(
                    condition=models.Q(("state_category", "resolved")),
                    fields=["updated_at", "id"],
                    name="ticket_resolved",
                ),
            ),
            *(
                RemoveIndexConcurrently(model_name="ticket", name=f"ticket_{old}")
                for old in (
                    *("team_order", "owner_order", "service_order", "category_order"),
                    *("organisation_order", "since"),
                )
            ),
        )
    ]
