"""What nobody owns, in order: `owner IS NULL` cannot use the owners' index for it."""

from django.db import migrations, models

OPEN = ["new", "active", "waiting"]


class Migration(migrations.Migration):
    dependencies = [("itsm", "0005_quick_counts")]
    operations = [
        migrations.AddIndex(
            model_name="ticket",
            index=models.Index(
                condition=models.Q(
                    ("owner__isnull", True), ("state_category__in", OPEN)
                ),
                fields=["band", "start_by", "id"],
                name="ticket_unowned",
            ),
        ),
    ]
