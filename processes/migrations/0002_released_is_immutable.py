"""A released definition can be retired, never changed or deleted."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION processes_version_is_immutable() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.status = 'draft' THEN
        RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
    END IF;
    IF TG_OP = 'DELETE' OR NEW.status = 'draft'
       OR NEW.definition IS DISTINCT FROM OLD.definition
       OR NEW.number <> OLD.number OR NEW.process_id <> OLD.process_id THEN
        RAISE EXCEPTION 'version % of this process is released and cannot change',
            OLD.number USING ERRCODE = 'insufficient_privilege',
            HINT = 'Make a new draft version and release that.';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER processes_version_immutable
    BEFORE UPDATE OR DELETE ON processes_processversion
    FOR EACH ROW EXECUTE FUNCTION processes_version_is_immutable();
"""
BACKWARD = """
DROP TRIGGER processes_version_immutable ON processes_processversion;
DROP FUNCTION processes_version_is_immutable();
"""


class Migration(migrations.Migration):
    dependencies = [("processes", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
