from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("itsm", "0014_tickets_in_files")]

    operations = [
        migrations.AlterField(
            model_name="draft",
            name="form",
            field=models.CharField(max_length=60),
        ),
    ]
