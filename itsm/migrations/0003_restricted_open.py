"""Counting the open restricted tickets a person sees reads those alone."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("itsm", "0002_numbers_and_counts")]
    operations = [
        migrations.RemoveIndex(model_name="ticket", name="ticket_restricted"),
        migrations.AddIndex(
            model_name="ticket",
            index=models.Index(
                condition=models.Q(
                    ("restricted", True),
                    ("state_category__in", ["new", "active", "waiting"]),
                ),
                fields=["id"],
                name="ticket_restricted",
            ),
        ),
    ]
