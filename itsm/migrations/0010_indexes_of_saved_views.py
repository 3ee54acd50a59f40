"""Indexes of the shapes that views are saved in; two that others cover go.

Built beside running work: no statement here holds the table for long.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from core.migrating import AddIndexBeside


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("itsm", "0009_handovers"),
        ("people", "0002_account"),
        ("processes", "0002_released_is_immutable"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name="ticket",
            name="organisation",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                to="people.organisation",
            ),
        ),
        migrations.AlterField(
            model_name="ticket",
            name="requester",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="tickets_requested",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        AddIndexBeside(
            model_name="ticket",
            index=models.Index(
                condition=models.Q(
                    ("state_category__in", ["new", "active", "waiting"])
                ),
                fields=["category", "band", "start_by", "id"],
                name="ticket_category_order",
            ),
        ),
        AddIndexBeside(
            model_name="ticket",
            index=models.Index(
                condition=models.Q(
                    ("state_category__in", ["new", "active", "waiting"])
                ),
                fields=["organisation", "band", "start_by", "id"],
                name="ticket_organisation_order",
            ),
        ),
        AddIndexBeside(
            model_name="ticket",
            index=models.Index(
                fields=["organisation", "opened_at", "id"],
                name="ticket_organisation_opened",
            ),
        ),
        AddIndexBeside(
            model_name="ticket",
            index=models.Index(
                condition=models.Q(
                    ("state_category__in", ["new", "active", "waiting"])
                ),
                fields=["state_since", "id"],
                name="ticket_since",
            ),
        ),
    ]
