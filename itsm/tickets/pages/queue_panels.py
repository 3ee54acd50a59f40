"""The panels above a list: its filters, and its columns. Read only when one is open."""

from typing import Any

from django.http import HttpRequest

from core.reader import gettext as _
from itsm.tickets import columns, moments, queue
from itsm.tickets.filters import DATES, Wish, options, wait_reasons
from itsm.tickets.states import Channel, StateCategory


def of(request: HttpRequest, wish: Wish, shown: list[str]) -> dict[str, Any]:
    """What the template asks for: which panel is open, what it offers."""
    wanted = request.GET.get("panel", "")
    panel = {"1": "filter", "filter": "filter", "columns": "columns"}.get(wanted, "")
    told: dict[str, Any] = {"panel": panel, "panels": _buttons(wish, panel)}
    if panel == "filter":
        return {**told, **_filters(wish)}
    if panel == "columns":
        return {**told, **_columns(shown)}
    return told


def _buttons(wish: Wish, panel: str) -> list[tuple[str, str, str, str, str]]:
    """Name, address, key, label and icon of each panel; open ones close."""
    here = wish.url()
    mark = "&" if "?" in here else "?"
    return [
        (name, here if panel == name else f"{here}{mark}panel={name}", key, label, sign)
        for name, key, label, sign in (
            ("filter", "f", _("Filter"), "filter"),
            ("columns", "", _("Columns"), "edit"),
        )
    ]


def _filters(wish: Wish) -> dict[str, Any]:
    offered: dict[str, Any] = {
        **options(),
        "type": queue.types(),
        "state": [
            ("open", _("Open")),
            *((c.value, c.label) for c in StateCategory),
            ("all", _("All states")),
        ],
        "priority": [
            *((str(n), f"P{n}") for n in range(1, 6)),
            ("1,2", _("P1 and P2")),
            ("1,2,3", _("P1 to P3")),
        ],
        "channel": Channel.choices,
        "wait": wait_reasons(),
    }
    offered["team"] = [("mine", _("My teams")), *offered["team"]]
    fields = [
        ("state", _("State")),
        ("priority", _("Priority")),
        ("team", _("Team")),
        ("service", _("Service")),
        ("category", _("Category")),
        ("organisation", _("Organisation")),
        ("tag", _("Tag")),
        ("wait", _("Waits for")),
        ("channel", _("Came by")),
    ]
    if not wish.fixed_type:
        fields.insert(0, ("type", _("Practice")))
    extra = any(getattr(wish, n) for n in (*DATES, "watching", "breached"))
    return {
        "offered": offered,
        "panel_fields": [f for f in fields if offered[f[0]] or getattr(wish, f[0])],
        "date_fields": _date_fields(),
        "dates_used": extra,
        "moments": moments.OFFERED,
    }


def _date_fields() -> list[tuple[str, str]]:
    return [
        ("opened_after", _("Opened since")),
        ("opened_before", _("Opened before")),
        ("updated_after", _("Changed since")),
        ("updated_before", _("Not changed since")),
        ("due_after", _("Due after")),
        ("due_before", _("Due before")),
        ("since_after", _("In its state since")),
        ("since_before", _("In its state longer than")),
    ]


def _columns(shown: list[str]) -> dict[str, Any]:
    chosen = [*(shown or columns.USUAL)]
    return {
        "most_columns": columns.MOST,
        "column_words": list(columns.COLUMNS.items()),
        "chosen_columns": chosen + [""] * (columns.MOST - len(chosen)),
        "densities": list(columns.DENSITIES.items()),
    }
