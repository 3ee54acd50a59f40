from django.db import migrations, models
from django.db.models.deletion import PROTECT


class Migration(migrations.Migration):
    dependencies = [("itsm", "0033_fulfilment_and_entitlements")]

    operations = [
        migrations.AlterField(
            model_name="clock",
            name="calendar",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=PROTECT,
                related_name="+",
                to="people.calendarversion",
            ),
        ),
        migrations.AddIndex(
            model_name="clock",
            index=models.Index(fields=["calendar", "ticket"], name="clock_counted"),
        ),
    ]
