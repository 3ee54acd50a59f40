"""Whether a rule makes sense: every field with its bounds, and what it is told."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _

from core.errors import Invalid
from core.wording import duration
from itsm.monitoring.deciding.rules import FIELDS as SAYS
from itsm.monitoring.deciding.rules import LABEL, OPS
from itsm.monitoring.models import MOST_RECENT, AlertRule, Severity
from people.changes import Given, require_known, require_name

ALONE = frozenset({"there", "missing"})  # need no value
MOST_MATCHES, MOST_LABELS, LONGEST_VALUE = 20, 10, 500
LONGEST_NAME, LONGEST_LABEL = 200, 100
MOST_STORM = 10_000
NOTHING, DAY = timedelta(0), timedelta(days=1)
LENGTHS: Mapping[str, tuple[timedelta, timedelta]] = {  # least and most
    "within": (timedelta(minutes=1), DAY),
    "delay": (NOTHING, DAY),
    "window": (timedelta(minutes=1), DAY),
    "reopen_within": (NOTHING, timedelta(days=10)),
}
CHOICES: Mapping[str, Any] = {
    "action": AlertRule.Action,
    "group_by": AlertRule.Group,
    "on_clear": AlertRule.OnClear,
}
FIELDS = frozenset(
    {
        *("name", "source", "service", "severities", "matches", "labels"),
        *("threshold", "storm", "is_active", *LENGTHS, *CHOICES),
    }
)


def tidied(given: Given) -> dict[str, Any]:
    """The fields in the form in which they are kept. Raises Invalid."""
    require_known(given, FIELDS)
    require_name(given)
    fields = dict(given)
    errors: dict[str, list[str]] = {}
    if "name" in fields:
        fields["name"] = fields["name"].strip()
        if len(fields["name"]) > LONGEST_NAME:
            errors["name"] = [_("That is too long.")]
    if "severities" in fields:
        known = set(fields["severities"])
        fields["severities"] = [s for s in Severity.values if s in known]
        if known - set(Severity.values):
            errors["severities"] = [_("There is no such severity.")]
    if "labels" in fields:
        names = [name.strip() for name in fields["labels"] if name.strip()]
        fields["labels"] = list(dict.fromkeys(names))
        if len(names) > MOST_LABELS or any(len(n) > LONGEST_LABEL for n in names):
            errors["labels"] = [_("That is too long.")]
    if "matches" in fields:
        try:
            fields["matches"] = [_match(one) for one in fields["matches"]]
        except ValueError as wrong:
            errors["matches"] = [str(wrong)]
        if len(fields["matches"]) > MOST_MATCHES:
            errors["matches"] = [_("That is too long.")]
    errors |= _out_of_bounds(fields)
    if errors:
        raise Invalid(errors)
    return fields


def _out_of_bounds(fields: Given) -> dict[str, list[str]]:
    errors = {}
    for name, choices in CHOICES.items():
        if name in fields and fields[name] not in choices.values:
            words = {"words": ", ".join(choices.values)}
            errors[name] = [_("Choose one of: %(words)s.") % words]
    for name, (least, most) in LENGTHS.items():
        if name in fields and not least <= fields[name] <= most:
            words = {"least": duration(least), "most": duration(most)}
            errors[name] = [_("Between %(least)s and %(most)s.") % words]
    for name, low, high in (("threshold", 1, MOST_RECENT), ("storm", 0, MOST_STORM)):
        if name in fields and not low <= fields[name] <= high:
            bounds = {"least": low, "most": high}
            errors[name] = [_("Between %(least)s and %(most)s.") % bounds]
    if fields.get("storm") == 1:
        errors["storm"] = [_("One alert is no storm; 0 is never.")]
    return errors


def require_whole(rule: AlertRule) -> None:
    """Raise Invalid where one field asks for another that is empty."""
    if rule.group_by == AlertRule.Group.LABELS and not rule.labels:
        raise Invalid({"labels": [_("Name the labels that alerts have in common.")]})


def _match(told: Any) -> dict[str, Any]:
    """One condition. ValueError with a sentence."""
    if not isinstance(told, Mapping):
        raise ValueError(_("A condition has “field”, “op” and “value”."))
    field, op, value = (told.get(name, "") for name in ("field", "op", "value"))
    if not isinstance(field, str) or not _is_field(field):
        words = {"words": ", ".join([*list(SAYS)[:-1], f"{LABEL}<name>"])}
        raise ValueError(_("Choose one of: %(words)s.") % words)
    if not isinstance(op, str) or op not in OPS:
        raise ValueError(_("Choose one of: %(words)s.") % {"words": ", ".join(OPS)})
    several = value if isinstance(value, list) else [value]
    if not all(isinstance(one, str) and _is_plain(one) for one in several):
        raise ValueError(_("The value of a condition is a text, or several."))
    if op in ALONE:
        return {"field": field, "op": op, "value": ""}
    if not any(one.strip() for one in several):
        raise ValueError(_("A condition needs something to compare with."))
    return {"field": field, "op": op, "value": value}


def _is_plain(text: str) -> bool:
    return len(text) <= LONGEST_VALUE and "\x00" not in text


def _is_field(name: str) -> bool:
    if name.startswith(LABEL):
        rest = name.removeprefix(LABEL).strip()
        return 0 < len(rest) <= LONGEST_LABEL and _is_plain(rest)
    return name in SAYS
