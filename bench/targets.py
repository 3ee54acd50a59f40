"""What is asked for, against which floor, within which budget (docs: README, Speed)."""

import json
from dataclasses import dataclass
from typing import Any

from bench.views import shapes


@dataclass(frozen=True, slots=True)
class Target:
    """One thing that is measured."""

    name: str
    path: str
    floor: str  # P, W or N
    budget: float  # times the floor's p50
    queries: int | None = None  # at most
    spread: float | None = None  # p95 at most this many times its p50
    method: str = "GET"
    body: str = ""
    token: str = ""
    statuses: tuple[int, ...] = (200,)
    bare: bool = False  # JSON of a program: neither cookies nor a token
    htmx: bool = False  # as the page's own script asks
    rate: bool = False  # compared by requests in a second, not by the median


ONCE = "{once}"  # where a form carries its own key, another each time
EVENT = json.dumps(
    {
        "routing_key": "{key}",
        "event_action": "trigger",
        "dedup_key": f"disk-{ONCE}",
        "payload": {
            "summary": "Disk /var is 96 % full on web-17.example.org",
            "source": "web-17.example.org",
            "severity": "error",
            "component": "disk",
            "group": "web",
            "class": "capacity",
            "custom_details": {"mount": "/var", "used": "96 %", "free": "1.2 GB"},
        },
    }
)
FLOORS = {
    "P": Target("floor P", "/bench/p/", "P", 1),
    "W": Target("floor W", "/bench/w/", "W", 1, method="POST"),
    "W0": Target("floor W, no session", "/bench/w/", "W0", 1, method="POST", bare=True),
    "N": Target("floor N", "/bench/n/", "N", 1),
}


def targets(facts: dict[str, Any]) -> list[Target]:
    """Every row of the table, for one data set."""
    title = "Cannot+sign+in+to+the+web+shop"
    return [
        Target("queue", "/queue/", "P", 4, queries=12, spread=2),
        *[
            Target(f"view: {name}", path, "P", 4, queries=12, spread=2)
            for name, path in shapes(facts).items()
        ],
        Target("ticket", f"/incidents/{facts['fifty']}/", "P", 4, queries=15),
        Target("search rare word", f"/search/?q={facts['rare']}", "P", 4),
        Target("search common word", f"/search/?q={facts['common']}", "P", 8),
        Target(
            "search typo",
            f"/search/?q={facts['common'][:-2]}{facts['common'][:-3:-1]}",
            "P",
            8,
        ),
        Target("search number", f"/search/?q={facts['number']}", "P", 3),
        Target("similar beside a ticket", f"/similar/{facts['fifty']}/", "P", 8),
        Target(
            "create on the page",
            "/new/",
            "W",
            5,
            method="POST",
            body=f"once={ONCE}&type=incident&title={title}&impact=low&urgency=medium",
            statuses=(302, 303),
        ),
        Target(
            "create over REST",
            "/api/v1/incidents/",
            "W",
            4,
            method="POST",
            body='{"title": "Cannot sign in to the web shop"}',
            token=facts["token"],
            statuses=(201,),
        ),
        Target(
            "accept a monitoring event",
            "/v2/enqueue",
            "W0",
            round(1 / 0.75, 3),  # at least 75 % of the floor's rate
            method="POST",
            body=EVENT.replace("{key}", facts["source_key"]),
            statuses=(202,),
            bare=True,
            rate=True,
        ),
    ]
