"""Tickets, people and services as a ServiceNow Table API: a door without models.

`/api/now/table/<table>` for programs that already speak it. It reads through the same
`visible_to` as every other door and writes through the same actions; what it cannot
say honestly it refuses. docs/integrations/table-api.md holds the differences.
"""
