"""The words of search: filled from the documents that are there.

Reads the documents once (14 s for a million) and locks nothing that was there before.
"""

import django.contrib.postgres.fields
from django.contrib.postgres.indexes import GinIndex
from django.db import migrations, models

FILL = """
INSERT INTO itsm_searchword (text, documents, near)
SELECT word, ndoc, ARRAY(
    SELECT DISTINCT left(word, i - 1) || substr(word, i + 1)
    FROM generate_series(1, length(word)) i)
FROM ts_stat('SELECT document FROM itsm_ticketsearch')
WHERE length(word) BETWEEN 4 AND 30 AND word !~ '[0-9]'
"""


class Migration(migrations.Migration):
    dependencies = [("itsm", "0004_tags_bulk_joining")]
    operations = [
        migrations.CreateModel(
            name="SearchWord",
            fields=[
                ("text", models.TextField(primary_key=True, serialize=False)),
                ("documents", models.IntegerField()),
                (
                    "near",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), size=None
                    ),
                ),
            ],
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.AddIndex(
            model_name="searchword",
            index=GinIndex(fields=["near"], name="search_word_near"),
        ),
    ]
