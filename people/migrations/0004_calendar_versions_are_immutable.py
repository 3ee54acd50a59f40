"""A version of a calendar is never changed or deleted: clocks were counted by it."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION people_calendarversion_is_immutable() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        OLD.made_by_id = NEW.made_by_id;
        IF OLD = NEW AND NEW.made_by_id IS NULL THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'version % of this calendar cannot change', OLD.number
        USING ERRCODE = 'insufficient_privilege', HINT = 'Make a new version.';
END $$;
CREATE TRIGGER people_calendarversion_immutable
    BEFORE UPDATE OR DELETE ON people_calendarversion
    FOR EACH ROW EXECUTE FUNCTION people_calendarversion_is_immutable();
"""
BACKWARD = """
DROP TRIGGER people_calendarversion_immutable ON people_calendarversion;
DROP FUNCTION people_calendarversion_is_immutable();
"""


class Migration(migrations.Migration):
    dependencies = [("people", "0003_calendars")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
