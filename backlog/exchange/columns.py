"""What a column of a file can be, and what columns of other tools are called."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as T

from backlog.stories.words import LABELS

FIELDS: Mapping[str, Any] = {
    "title": LABELS["title"],
    "as_a": LABELS["as_a"],
    "i_want": LABELS["i_want"],
    "so_that": LABELS["so_that"],
    "notes": LABELS["notes"],
    "criteria": T("Acceptance criteria, one a line"),
    "value": LABELS["value"],
    "time_criticality": LABELS["time_criticality"],
    "risk_reduction": LABELS["risk_reduction"],
    "size": LABELS["size"],
    "points": LABELS["points"],
    "activity": LABELS["activity"],
    "increment": LABELS["increment"],
    "assignee": LABELS["assignee"],
    "external_ref": T("Its number elsewhere"),
    "status": T("Status (what is done is left out)"),
}
ALIASES: Mapping[
    str, str
] = {  # as Jira and others head their columns, in small letters
    "summary": "title",
    "name": "title",
    "subject": "title",
    "description": "notes",
    "issue key": "external_ref",
    "key": "external_ref",
    "story points": "points",
    "story point estimate": "points",
    "custom field (story points)": "points",
    "custom field (story point estimate)": "points",
    "estimate": "points",
    "acceptance criteria": "criteria",
    "custom field (acceptance criteria)": "criteria",
    "business value": "value",
    "custom field (business value)": "value",
    "custom field (time criticality)": "time_criticality",
    "job size": "size",
    "status": "status",
    "state": "status",
    "zusammenfassung": "title",  # and in German
    "beschreibung": "notes",
    "vorgangsschlüssel": "external_ref",
    "schlüssel": "external_ref",
    "story-punkte": "points",
    "akzeptanzkriterien": "criteria",
    "zugewiesene person": "assignee",
    "bearbeiter": "assignee",
    "komponente/n": "activity",
    "komponenten": "activity",
    "lösungsversion/en": "increment",
    "fix version/s": "increment",
    "fix versions": "increment",
    "component/s": "activity",
    "components": "activity",
}
DONE = frozenset(
    {
        *("done", "closed", "resolved", "dropped", "won't do", "cancelled"),
        *("fertig", "erledigt", "geschlossen", "abgeschlossen", "gelöst"),
        *("abgebrochen", "verworfen"),
    }
)


def guess(heads: Sequence[str]) -> dict[int, str]:
    """Which column is what, by its head; each field once, the first column wins."""
    found: dict[int, str] = {}
    for place, head in enumerate(heads):
        word = " ".join(head.lower().replace("_", " ").split())
        field = ALIASES.get(word) or word.replace(" ", "_")
        if field in FIELDS and field not in found.values():
            found[place] = field
    return found
