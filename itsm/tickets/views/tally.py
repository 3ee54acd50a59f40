"""The maintained counts of team views: folded like those of built-in views.

A new rule is counted once every transaction that did not know it has ended. Until then
its `n` is NULL. The one statement that counts takes off the deltas it sees, so that
rows and deltas of one snapshot fit each other and nothing has to be locked.
"""

from django.db import connection, transaction

FOLD_LOCK = 7_236_011  # advisory: one sweep at a time
# Tickets `t` against rules `r`; the triggers of migration 0008 hold the same words.
MATCHES = """t.state_category = ANY (r.states)
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
OPEN = "t.state_category IN ('new', 'active', 'waiting')"  # as partial indexes say it
DELTAS = """(SELECT coalesce(sum(d.n), 0) FROM itsm_viewcountdelta d
    WHERE d.rule_id = r.id)"""
BEGIN = f"""
UPDATE itsm_viewrule r SET n = (SELECT count(*) FROM itsm_ticket t
    WHERE {OPEN} AND NOT t.restricted AND {MATCHES}) - {DELTAS}
WHERE r.n IS NULL AND r.ready_after
    <= pg_snapshot_xmin(pg_current_snapshot())::text::bigint
"""  # noqa: S608 - our own words
FOLD = """
WITH moved AS (
    DELETE FROM itsm_viewcountdelta d USING itsm_viewrule r
    WHERE d.rule_id = r.id AND r.n IS NOT NULL RETURNING d.rule_id, d.n
), sums AS (SELECT rule_id, sum(n) AS n FROM moved GROUP BY rule_id)
UPDATE itsm_viewrule r SET n = r.n + sums.n FROM sums WHERE sums.rule_id = r.id
"""
FORGET = """
DELETE FROM itsm_viewcountdelta d
WHERE NOT EXISTS (SELECT FROM itsm_viewrule r WHERE r.id = d.rule_id)
"""
ANNOUNCE = """
UPDATE itsm_viewrule
SET ready_after = pg_snapshot_xmax(pg_current_snapshot())::text::bigint
WHERE n IS NULL AND ready_after IS NULL
"""
COMPARE = f"""
SELECT r.view_id, r.n + {DELTAS}, (SELECT count(*) FROM itsm_ticket t
    WHERE {OPEN} AND NOT t.restricted AND {MATCHES})
FROM itsm_viewrule r WHERE r.n IS NOT NULL
"""  # noqa: S608


def fold() -> int:
    """Fold deltas in and count new rules; how many rules, 0 while another folds."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [FOLD_LOCK])
        if not cursor.fetchone()[0]:
            return 0
        cursor.execute("SELECT EXISTS (SELECT FROM itsm_viewrule)")
        if not cursor.fetchone()[0]:
            return 0
        changed = 0
        for statement in (BEGIN, FOLD, FORGET, ANNOUNCE):  # ANNOUNCE takes an xid: last
            cursor.execute(statement)
            changed += cursor.rowcount
        return changed


def check() -> list[str]:
    """What is wrong with the counts of team views, a sentence each."""
    with connection.cursor() as cursor:
        cursor.execute(COMPARE)
        return [
            f"The count of view {view} says {counted}, and there are {rows}."
            for view, counted, rows in cursor.fetchall()
            if counted != rows
        ]
