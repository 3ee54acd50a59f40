"""One sequence of numbers per practice, and the triggers that keep counts exact.

Counts: each statement on tickets writes what it changed, grouped, as delta rows in
the same transaction (no hot row); readers add deltas to the folded table.
"""

from django.db import migrations

SEQUENCES = ("inc", "req", "chg", "prb")

COUNTED = "state_category IN ('new', 'active', 'waiting') AND NOT restricted"
KEY = "type, state_category, team_id, owner_id"


def _delta(sources: str) -> str:
    return f"""
    INSERT INTO itsm_ticketcountdelta ({KEY}, n)
    SELECT {KEY}, sum(n) FROM ({sources}) changed
    GROUP BY {KEY} HAVING sum(n) <> 0;"""


NEW_ROWS = f"SELECT {KEY}, 1 AS n FROM new_rows WHERE {COUNTED}"
OLD_ROWS = f"SELECT {KEY}, -1 AS n FROM old_rows WHERE {COUNTED}"

FORWARD = (
    "".join(f"CREATE SEQUENCE itsm_number_{s} START 1001;" for s in SEQUENCES)
    + f"""
CREATE FUNCTION itsm_count_insert() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN {_delta(NEW_ROWS)} RETURN NULL; END $$;
CREATE FUNCTION itsm_count_update() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN {_delta(NEW_ROWS + " UNION ALL " + OLD_ROWS)} RETURN NULL; END $$;
CREATE FUNCTION itsm_count_delete() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN {_delta(OLD_ROWS)} RETURN NULL; END $$;
CREATE TRIGGER itsm_count_insert AFTER INSERT ON itsm_ticket
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION itsm_count_insert();
CREATE TRIGGER itsm_count_update AFTER UPDATE ON itsm_ticket
    REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION itsm_count_update();
CREATE TRIGGER itsm_count_delete AFTER DELETE ON itsm_ticket
    REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION itsm_count_delete();
"""
)
BACKWARD = """
DROP TRIGGER itsm_count_insert ON itsm_ticket;
DROP TRIGGER itsm_count_update ON itsm_ticket;
DROP TRIGGER itsm_count_delete ON itsm_ticket;
DROP FUNCTION itsm_count_insert();
DROP FUNCTION itsm_count_update();
DROP FUNCTION itsm_count_delete();
""" + "".join(f"DROP SEQUENCE itsm_number_{s};" for s in SEQUENCES)


class Migration(migrations.Migration):
    dependencies = [("itsm", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
