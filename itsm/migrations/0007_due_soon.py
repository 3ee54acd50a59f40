"""How many tickets are due soon is read from the index alone."""

from django.db import migrations, models

OPEN = ["new", "active", "waiting"]


class Migration(migrations.Migration):
    dependencies = [("itsm", "0006_unowned")]
    operations = [
        migrations.RemoveIndex(model_name="ticket", name="ticket_next_due"),
        migrations.AddIndex(
            model_name="ticket",
            index=models.Index(
                condition=models.Q(("state_category__in", OPEN)),
                fields=[
                    "next_due_at",
                    "id",
                    "restricted",
                    "requester",
                    "owner",
                    "team",
                ],
                name="ticket_next_due",
            ),
        ),
    ]
