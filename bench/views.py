"""Ten saved-view shapes, as people would save them: each keeps the queue's budget.

The load has its teams, services and organisations numbered. Days and weeks are named by
the moment they begin, because the load ends on the day it was made (`bench.filling`).
"""

from typing import Any


def shapes(facts: dict[str, Any]) -> dict[str, str]:
    """Their names and addresses, for one data set."""
    return {
        "a team's unowned by due": "/queue/?view=unowned&team=load-1&sort=due",
        "mine that wait": "/queue/?view=mine&state=waiting",
        "one service, open": "/queue/?view=open&service=load-1&sort=start",
        "P1 and P2 of a customer": (
            "/queue/?view=open&organisation=load-1&priority=1,2&sort=start"
        ),
        "planned, waiting over 3 days": (
            "/queue/?view=waiting&wait=planned&since_before=-3d&sort=since"
        ),
        "opened today": f"/queue/?state=all&opened_after={facts['day']}&sort=opened",
        "resolved this week": (
            f"/queue/?state=resolved&since_after={facts['week']}&sort=updated"
        ),
        "one category, by priority": (
            "/queue/?view=open&category=load-access&sort=priority"
        ),
        "a customer's newest": "/queue/?state=all&organisation=load-2&sort=opened",
        "a word in a team": f"/queue/?state=all&q={facts['rare']}&team={facts['team']}",
    }
