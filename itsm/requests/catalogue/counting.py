""" "Ordered by 40 colleagues": true, and no page counts orders for it.

A person counts once for an offering, with their organisation at their first order. The
row of the count is written at the end of the order, so that it is held for no longer
than the commit takes.
"""

from django.db import connection
from django.db.models import Exists, Expression, IntegerField, OuterRef, Subquery, Value
from django.db.models.functions import Cast, Coalesce

from core.log import write_at_end
from itsm.requests.catalogue.models import Ordered, OrderedCount
from itsm.requests.models import Offering
from people.models import User

NOTE = """
WITH first AS (
    INSERT INTO itsm_ordered (offering_id, person_id, organisation_id)
    VALUES (%s, %s, %s) ON CONFLICT (offering_id, person_id) DO NOTHING
    RETURNING offering_id, organisation_id)
INSERT INTO itsm_orderedcount AS held (offering_id, organisation_id, people)
SELECT offering_id, organisation_id, 1 FROM first
ON CONFLICT (organisation_id, offering_id) DO UPDATE SET people = held.people + 1
"""
DISAGREEING = """
SELECT coalesce(c.offering_id, o.offering_id), coalesce(c.people, 0), coalesce(o.n, 0)
FROM itsm_orderedcount c
FULL JOIN (SELECT offering_id, organisation_id, count(*) AS n FROM itsm_ordered
           GROUP BY 1, 2) o
  ON o.offering_id = c.offering_id
 AND o.organisation_id IS NOT DISTINCT FROM c.organisation_id
WHERE c.people IS DISTINCT FROM o.n LIMIT 20
"""


def note(offering: Offering, person: User) -> None:
    """This person ordered it; the second time counts no more."""
    values = [offering.pk, person.pk, person.organisation_id]

    def write() -> None:
        with connection.cursor() as cursor:
            cursor.execute(NOTE, values)

    write_at_end(("ordered", offering.pk, person.pk), write)


def colleagues(user: User) -> Expression:
    """How many others of their organisation ordered it, to annotate offerings with."""
    whose = {"offering": OuterRef("pk"), "organisation": user.organisation_id}
    if user.organisation_id is None:
        return Value(0)
    all_ = OrderedCount.objects.filter(**whose).values("people")[:1]
    mine = Ordered.objects.filter(**whose, person_id=user.pk)
    return Coalesce(Subquery(all_), 0) - Cast(Exists(mine), IntegerField())


def disagreeing() -> list[str]:
    """Offerings whose count is not that of their rows; for `doctor`."""
    with connection.cursor() as cursor:
        cursor.execute(DISAGREEING)
        return [
            f"offering {pk}: {people} counted, {rows} ordered it"
            for pk, people, rows in cursor.fetchall()
        ]
