"""Why an alert became what it became: each code as a sentence, with its facts.

The facts are those of `deciding.book` and `deciding.following`: `n`, `of`, `times`,
`seconds`, `service`, `rule` (its name, empty for what holds where none matches), …
"""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_noop as T

from core.reader import gettext as _
from core.wording import duration

SENTENCES: Mapping[str, str] = {
    "opened_alert": T("It opened an incident of its own."),
    "opened_service": T("The first of %(service)s: it opened an incident."),
    "opened_dependencies": T(
        "The first of %(service)s and what it depends on: it opened an incident."
    ),
    "opened_labels": T("The first with %(labels)s: it opened an incident."),
    "opened_storm": T(
        "%(crowd)s alerts of %(service)s within %(time)s: all of them became one "
        "incident."
    ),
    "joined_alert": T("The incident of this alert is still open."),
    "joined_same": T("The incident of this alert is still open."),
    "joined_service": T(
        "Alert %(n)s of %(service)s, within %(time)s of the one before: it joined "
        "their incident."
    ),
    "joined_dependencies": T(
        "Alert %(n)s of what depends on %(service)s, within %(time)s of the one "
        "before: it joined their incident."
    ),
    "joined_labels": T(
        "Alert %(n)s with %(labels)s, within %(time)s of the one before: it joined "
        "their incident."
    ),
    "joined_storm": T(
        "Alert %(n)s of %(service)s within %(time)s: all of them became one incident."
    ),
    "reopened_again": T(
        "It is back %(time)s after its incident had ended, which was reopened."
    ),
    "reopened_firing": T(
        "It was still reported %(time)s after its incident had been ended, which was "
        "reopened."
    ),
    "waits_threshold": T(
        "Reported %(n)s times within %(time)s; from %(of)s times on it is worth an "
        "incident."
    ),
    "waits_delay": T("Only if it lasts %(time)s is it worth an incident."),
    "waits_flapping": T(
        "It came and went %(times)s times within an hour: only if it lasts %(time)s "
        "is it worth an incident."
    ),
    "waits_anew": T("Its incident could not be reopened; a new one is opened."),
    "recorded_maintenance": T(
        "Expected, because of “%(window)s”; looked at again when that ends."
    ),
    "recorded_rule": T("Only recorded."),
    "recorded_info": T("Information is only recorded."),
    "suppressed_rule": T("Suppressed."),
    "cleared_early": T("It cleared before it was worth an incident."),
}
LAST = T("The rule “%(rule)s” says so.")


def sentence(why: Mapping[str, Any]) -> str:
    """The sentence of a decision, in the reader's language; empty before there is one.

    A second one names the rule, where it was one of yours.
    """
    template = SENTENCES.get(str(why.get("code", "")))
    if template is None:
        return ""
    said = _(template) % _Facts(why)
    if why.get("rule"):
        said = f"{said} {_(LAST) % {'rule': why['rule']}}"
    return said


class _Facts(dict[str, str]):
    """Facts in words; one that is missing (an older decision) is a dash."""

    def __init__(self, why: Mapping[str, Any]) -> None:
        facts = {name: str(value) for name, value in why.items()}
        if "seconds" in why:
            facts["time"] = duration(int(why["seconds"]))
        if isinstance(why.get("labels"), dict):
            facts["labels"] = _labels(why["labels"])
        super().__init__(facts)

    def __missing__(self, name: str) -> str:
        return "–"


def _labels(labels: Mapping[str, str | None]) -> str:
    told = [f"{name}={value or '–'}" for name, value in sorted(labels.items())]
    return ", ".join(told) or _("any labels")
