import django.contrib.postgres.fields
from django.db import migrations, models

# Of files that were written before nobody knows which tickets they hold.
LET_GO = "UPDATE itsm_export SET expires_at = now() WHERE expires_at > now()"


class Migration(migrations.Migration):
    dependencies = [
        ("itsm", "0013_counting_lists"),
    ]

    operations = [
        migrations.AddField(
            model_name="exportpart",
            name="tickets",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.BigIntegerField(), default=list, size=None
            ),
        ),
        migrations.RunSQL(LET_GO, migrations.RunSQL.noop),
    ]
