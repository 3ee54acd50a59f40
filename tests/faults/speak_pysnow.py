"""What a program with pysnow does: `python speak_pysnow.py HOST EMAIL TOKEN`.

Run by itself, with packages of its own (tests/clients.txt); prints what it saw as JSON.
"""

import json
import sys
from datetime import datetime

import pysnow
import requests


def main(host: str, email: str, token: str) -> None:
    """Query, create, update and delete, with everything pysnow has for it."""
    client = pysnow.Client(host=host, user=email, password=token, use_ssl=False)
    incidents = client.resource(api_path="/table/incident")
    seen = {}
    found = pysnow.QueryBuilder()
    found.field("active").equals("true").AND().field("priority").equals(["1", "2"])
    found.AND().field("opened_at").less_than(datetime(2100, 1, 1))
    found.AND().field("opened_at").order_descending()
    rows = incidents.get(query=found, limit=5, fields=["number", "priority"]).all()
    seen["found"] = [row["priority"] for row in rows]
    streamed = incidents.get(query={}, stream=True, limit=7)
    seen["streamed"] = sum(1 for _row in streamed.all())
    seen["total"] = int(streamed.headers["X-Total-Count"])
    incidents.parameters.exclude_reference_link = True
    made = incidents.create(
        {
            "short_description": "Printer on floor 3 is jammed",
            "caller_id": "carol@demo.example",
            "impact": "2",
            "cmdb_ci": "printing",
        }
    ).one()
    seen["number"], query = made["number"], {"number": made["number"]}
    changed = incidents.update(
        query, {"assigned_to": email, "state": "2", "comments": "On my way"}
    )
    seen["state"] = changed["state"]
    solved = {"state": "6", "close_notes": "The paper is out", "close_code": "Solved"}
    seen["solved"] = incidents.update(query, solved)["state"]
    incidents.parameters.display_value = True
    seen["words"] = incidents.get(query=query).one()["state"]
    extra = incidents.create({"short_description": "A mistake"}).one()
    seen["deleted"] = incidents.delete({"sys_id": extra["sys_id"]})
    seen["kept"] = incidents.get(query={"sys_id": extra["sys_id"]}).one()["state"]
    seen["refused"] = refused(incidents, query)
    print(json.dumps(seen))


def refused(incidents: pysnow.Resource, query: dict) -> list[int]:
    """The statuses of what is not done."""
    asked = pysnow.QueryBuilder().field("opened_at")
    asked.between(datetime(2026, 1, 1), datetime(2026, 2, 1))  # writes javascript:
    statuses = []
    for attempt in (
        lambda: incidents.get(query=asked).all(),
        lambda: incidents.update(query, {"state": "3", "hold_reason": "4"}).one(),
        lambda: incidents.delete(query),
    ):
        try:
            attempt()
        except requests.HTTPError as no:
            statuses.append(no.response.status_code)
    return statuses


if __name__ == "__main__":
    main(*sys.argv[1:])
