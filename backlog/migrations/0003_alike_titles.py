"""Which titles are alike: pg_trgm, and an index that it reads."""

from typing import ClassVar

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations


class Migration(migrations.Migration):
    """The table is new and small; pg_trgm comes with PostgreSQL and is trusted."""

    dependencies: ClassVar = [("backlog", "0002_long_ranks")]
    operations: ClassVar = [
        TrigramExtension(),
        migrations.AddIndex(
            model_name="story",
            index=GinIndex(
                fields=["title"],
                name="backlog_story_alike",
                opclasses=["gin_trgm_ops"],
            ),
        ),
    ]
