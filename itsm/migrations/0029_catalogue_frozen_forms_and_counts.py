"""A released form refuses to change, and who ordered what already is counted."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION itsm_form_is_released() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a released form never changes: % is refused', TG_OP
        USING ERRCODE = 'insufficient_privilege',
              HINT = 'Release a new version instead.';
END $$;
CREATE TRIGGER itsm_form_released BEFORE UPDATE ON itsm_form FOR EACH ROW
    WHEN (OLD.released_at IS NOT NULL) EXECUTE FUNCTION itsm_form_is_released();

INSERT INTO itsm_ordered (offering_id, person_id, organisation_id)
SELECT DISTINCT ON (r.offering_id, t.requester_id)
       r.offering_id, t.requester_id, u.organisation_id
FROM itsm_request r
JOIN itsm_ticket t ON t.id = r.ticket_id
JOIN people_user u ON u.id = t.requester_id
WHERE r.offering_id IS NOT NULL;
INSERT INTO itsm_orderedcount (offering_id, organisation_id, people)
SELECT offering_id, organisation_id, count(*) FROM itsm_ordered GROUP BY 1, 2;
"""
BACKWARD = """
DELETE FROM itsm_orderedcount;
DELETE FROM itsm_ordered;
DROP TRIGGER itsm_form_released ON itsm_form;
DROP FUNCTION itsm_form_is_released();
"""


class Migration(migrations.Migration):
    dependencies = [("itsm", "0028_catalogue_orders")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
