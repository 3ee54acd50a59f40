"""The quick way into a new database leads where the long one of older ones does."""

import pytest
from django.db import connection
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader

from core.migrating import AddIndexBeside
from itsm.tickets.models import Ticket

INDEX = "ticket_resolved"
IS_VALID = "SELECT indisvalid FROM pg_index WHERE indexrelid = %s::regclass"


def test_the_short_and_the_long_way_end_with_the_same_models():
    short = MigrationLoader(None)
    long = MigrationLoader(None, replace_migrations=False)
    assert len(long.graph.nodes) > len(short.graph.nodes)
    differences = MigrationAutodetector(long.project_state(), short.project_state())
    assert differences.changes(graph=short.graph) == {}


@pytest.mark.django_db(transaction=True)
def test_a_migration_that_was_interrupted_builds_its_index_again():
    state = MigrationLoader(connection).project_state()
    (left,) = (one for one in Ticket._meta.indexes if one.name == INDEX)
    build = AddIndexBeside("ticket", left)  # which is there, as after half of 0013
    with connection.schema_editor(atomic=False) as editor:
        build.database_forwards("itsm", editor, state, state)
    with connection.cursor() as cursor:
        cursor.execute(IS_VALID, [INDEX])
        assert cursor.fetchone() == (True,)
