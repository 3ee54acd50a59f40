"""Lists may be sorted by opened and by priority: each order is an index."""

from django.db import migrations, models

OPEN = ["new", "active", "waiting"]


class Migration(migrations.Migration):
    dependencies = [("itsm", "0003_restricted_open")]
    operations = [
        migrations.AddIndex(
            model_name="ticket",
            index=models.Index(fields=["opened_at", "id"], name="ticket_opened"),
        ),
        migrations.AddIndex(
            model_name="ticket",
            index=models.Index(
                condition=models.Q(("state_category__in", OPEN)),
                fields=["priority", "start_by", "id"],
                name="ticket_priority",
            ),
        ),
    ]
