"""The triggers that keep counts exact count for team views too.

A team view's conditions stand in a row of `itsm_viewrule`; each statement on tickets
writes by how much it changed each rule's count, in the same transaction. Without any
rule this costs one look at an empty table.
"""

from importlib import import_module

from django.db import migrations

before = import_module("itsm.migrations.0002_numbers_and_counts")

MATCHES = """t.state_category = ANY (r.states) AND NOT t.restricted
    AND (r.types IS NULL OR t.type = ANY (r.types))
    AND (r.priorities IS NULL OR t.priority = ANY (r.priorities))
    AND (r.teams IS NULL OR t.team_id = ANY (r.teams))
    AND (NOT r.is_unowned OR t.owner_id IS NULL)
    AND (r.owner IS NULL OR t.owner_id = r.owner)
    AND (r.requester IS NULL OR t.requester_id = r.requester)
    AND (r.service IS NULL OR t.service_id = r.service)
    AND (r.category IS NULL OR t.category_id = r.category)
    AND (r.organisation IS NULL OR t.organisation_id = r.organisation)
    AND (r.channel IS NULL OR t.channel = r.channel)
    AND (r.wait_reason IS NULL OR t.wait_reason = r.wait_reason)"""


def _views(*sources: tuple[str, int]) -> str:
    parts = " UNION ALL ".join(
        f"SELECT r.id, {n} AS n FROM {rows} t JOIN itsm_viewrule r ON {MATCHES}"
        for rows, n in sources
    )
    return f"""
    IF EXISTS (SELECT FROM itsm_viewrule) THEN
        INSERT INTO itsm_viewcountdelta (rule_id, n)
        SELECT id, sum(n) FROM ({parts}) changed GROUP BY id HAVING sum(n) <> 0;
    END IF;"""


def _function(name: str, delta: str, views: str) -> str:
    return f"""
CREATE OR REPLACE FUNCTION itsm_count_{name}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN {delta} {views} RETURN NULL; END $$;"""


NEW, OLD = before.NEW_ROWS, before.OLD_ROWS
DELTAS = {
    "insert": before._delta(NEW),
    "update": before._delta(NEW + " UNION ALL " + OLD),
    "delete": before._delta(OLD),
}
SOURCES = {
    "insert": (("new_rows", 1),),
    "update": (("new_rows", 1), ("old_rows", -1)),
    "delete": (("old_rows", -1),),
}
FORWARD = "".join(
    _function(name, delta, _views(*SOURCES[name])) for name, delta in DELTAS.items()
)
BACKWARD = "".join(_function(name, delta, "") for name, delta in DELTAS.items())


class Migration(migrations.Migration):
    dependencies = [("itsm", "0007_saved_views_exports")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
