"""Nobody is told of what happened before there was anybody to tell them."""

from django.db import migrations

BEGIN = """
INSERT INTO core_consumer (name, cursor, failure)
SELECT 'notify', max(id), '' FROM core_event HAVING max(id) IS NOT NULL
ON CONFLICT (name) DO NOTHING
"""


class Migration(migrations.Migration):
    dependencies = [("notify", "0002_delivery"), ("core", "0003_holds")]

    operations = [migrations.RunSQL(BEGIN, migrations.RunSQL.noop)]
