"""The statements behind the measures; what each number means stands in `queries`."""

# `change` is every change with a result that was really over in these days, as far as
# the person sees it. What happened to its state is read from the log.
#
# An incident that is linked as caused by a change counts from when it was opened until
# it was resolved. A rollback counts from when the change was told as deployed, which
# the log has, else from when it was begun, until it was over.
PICKED = """
WITH change AS MATERIALIZED (
    SELECT t.id, t.number, t.title, t.service_id AS service, t.team_id AS team,
        c.model, c.result, c.ended_at, t.opened_at, t.process_version_id AS version,
        date_trunc('week', c.ended_at AT TIME ZONE %(zone)s)::date AS week,
        CASE WHEN c.result IN ('success', 'issues') AND c.committed_at IS NOT NULL
            THEN greatest(extract(epoch FROM c.ended_at - c.committed_at), 0)::float
        END AS lead,
        coalesce(c.result IN ('failed', 'rolled_back') OR hurt.began IS NOT NULL, false)
            AS is_failure,
        CASE WHEN hurt.began IS NOT NULL
            THEN extract(epoch FROM hurt.over - hurt.began)::float
            WHEN c.result = 'rolled_back'
                AND coalesce(deployed.at, c.started_at) IS NOT NULL
            THEN greatest(extract(epoch FROM
                c.ended_at - coalesce(deployed.at, c.started_at)), 0)::float
        END AS restored,
        greatest(extract(epoch FROM c.ended_at - t.opened_at), 0)::float AS life
    FROM itsm_change c JOIN itsm_ticket t ON t.id = c.ticket_id
    LEFT JOIN LATERAL (
        SELECT min(i.opened_at) AS began,
            CASE WHEN bool_and(i.resolved_at IS NOT NULL) THEN max(i.resolved_at) END
                AS over
        FROM itsm_link l JOIN itsm_ticket i ON i.id = l.source_id
        WHERE l.target_id = t.id AND l.kind = 'caused_by_change' AND i.type = 'incident'
    ) hurt ON true
    LEFT JOIN LATERAL (
        SELECT (e.changes -> 'ended_at' ->> 0)::timestamptz AS at FROM core_event e
        WHERE c.result = 'rolled_back' AND e.subject_type = 'ticket'
            AND e.subject_id = t.id AND e.kind = 'ticket.rolled_back'
            AND e.changes -> 'result' ->> 0 IN ('success', 'issues')
        ORDER BY e.id DESC LIMIT 1
    ) deployed ON true
    WHERE c.result <> '' AND c.ended_at >= %(start)s AND c.ended_at < %(end)s
        AND t.type = 'change' AND t.id IN ({visible}) {where}
)
, spent AS MATERIALIZED (
    SELECT id, version, model, state,
        sum(greatest(extract(epoch FROM
            least(coalesce(until, ended_at), ended_at) - at), 0))::float AS seconds
    FROM (
        SELECT c.id, c.version, c.model, c.ended_at, e.at,
            e.changes -> 'state' ->> 1 AS state,
            lead(e.at) OVER (PARTITION BY c.id ORDER BY e.id) AS until
        FROM change c JOIN core_event e
            ON e.subject_type = 'ticket' AND e.subject_id = c.id AND e.changes ? 'state'
    ) moved
    GROUP BY id, version, model, state
)
, waited AS MATERIALIZED (
    SELECT s.id, sum(s.seconds) AS seconds FROM spent s
    JOIN unnest(%(versions)s::bigint[], %(states)s::text[]) AS asks(version, state)
        ON asks.version = s.version AND asks.state = s.state
    GROUP BY s.id
)
, told AS MATERIALIZED (
    SELECT c.*, coalesce(w.seconds, 0) AS waited
    FROM change c LEFT JOIN waited w ON w.id = c.id
)
"""
FIGURES = """{picked}
SELECT grouping(service), grouping(team), grouping(model), grouping(week),
    service, team, model, week,
    count(*) AS deployments,
    count(lead) AS n_lead,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY lead) AS lead,
    count(*) FILTER (WHERE is_failure) AS failures,
    count(restored) AS n_restored,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY restored) AS restored,
    count(*) FILTER (WHERE model = 'emergency') AS emergencies,
    count(*) FILTER (WHERE waited > 0) AS n_waited,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY waited) FILTER (WHERE waited > 0)
        AS waited,
    sum(waited)::float AS waited_all,
    sum(life)::float AS life_all
FROM told GROUP BY GROUPING SETS ((service), (team), (model), (week), ())
"""
STATES = """{picked}
SELECT model, state, count(*) FILTER (WHERE seconds > 0) AS changes,
    sum(seconds)::float AS seconds
FROM spent GROUP BY GROUPING SETS ((model, state), (state))
"""
BEHIND = """{picked}
SELECT number, title, model, result, ended_at, lead, restored, waited, is_failure,
    (SELECT name FROM people_service WHERE id = service)
FROM told WHERE {condition} ORDER BY ended_at DESC, id DESC LIMIT %(most)s
"""
# Which of them a number is about.
CONDITIONS = {
    "": "true",
    "lead": "lead IS NOT NULL",
    "failed": "is_failure",
    "restored": "restored IS NOT NULL",
    "emergency": "model = 'emergency'",
    "waited": "waited > 0",
    "state": """id IN (
        SELECT id FROM spent WHERE state = %(state)s AND seconds > 0)""",
}
COLUMNS = {"service": "t.service_id", "team": "t.team_id", "model": "c.model"}
