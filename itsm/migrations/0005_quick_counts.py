"""Counts are read once per fold; restricted ones from their index alone."""

from django.db import migrations, models

OPEN = ["new", "active", "waiting"]


class Migration(migrations.Migration):
    dependencies = [("itsm", "0004_list_orders")]
    operations = [
        migrations.CreateModel(
            name="TicketCountFold",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("stamp", models.UUIDField()),
            ],
        ),
        migrations.RemoveIndex(model_name="ticket", name="ticket_restricted"),
        migrations.AddIndex(
            model_name="ticket",
            index=models.Index(
                condition=models.Q(("restricted", True), ("state_category__in", OPEN)),
                fields=["team", "owner", "requester", "type", "state_category", "id"],
                name="ticket_restricted",
            ),
        ),
    ]
