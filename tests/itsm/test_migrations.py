"""The quick way into a new database leads where the long one of older ones does."""

from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader


def test_the_short_and_the_long_way_end_with_the_same_models():
    short = MigrationLoader(None)
    long = MigrationLoader(None, replace_migrations=False)
    assert len(long.graph.nodes) > len(short.graph.nodes)
    differences = MigrationAutodetector(long.project_state(), short.project_state())
    assert differences.changes(graph=short.graph) == {}
