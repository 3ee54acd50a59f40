"""A rule in plain words: when … then …"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from core.reader import gettext as _
from core.reader import inside
from core.wording import duration
from itsm.monitoring.deciding.rules import DEFAULT, FIELDS, LABEL, OPS
from itsm.monitoring.models import AlertRule, Severity

Action, By, Clear = AlertRule.Action, AlertRule.Group, AlertRule.OnClear


def when(rule: AlertRule) -> str:
    """What it is for."""
    source = rule.source.name if rule.source else ""
    service = rule.service.name if rule.service else ""
    words = {"source": source, "service": service}
    if source and service:
        subject = _("an alert of %(service)s from %(source)s") % words
    elif service:
        subject = _("an alert of %(service)s") % words
    elif source:
        subject = _("an alert from %(source)s") % words
    else:
        subject = _("any alert")
    terms = [_severities(rule.severities)] if rule.severities else []
    terms += [_match(one) for one in rule.matches]
    if not terms:
        return _("When %(subject)s comes") % {"subject": subject}
    told = {"subject": subject, "terms": _(" and ").join(terms)}
    return _("When %(subject)s comes and %(terms)s") % told


def _severities(names: Iterable[str]) -> str:
    known = [inside(str(Severity(name).label)) for name in names]
    return _("it is %(what)s") % {"what": _or(known)}


def _match(told: Mapping[str, Any]) -> str:
    field, value = str(told["field"]), told.get("value", "")
    if field.startswith(LABEL):
        name = _("the label %(name)s") % {"name": field.removeprefix(LABEL)}
    else:
        name = _("the %(field)s") % {"field": inside(str(FIELDS[field]))}
    several = value if isinstance(value, list) else [value]
    shown = _or([f"“{one}”" for one in several if one])
    return " ".join(part for part in (name, str(OPS[told["op"]]), shown) if part)


def _or(words: Sequence[str]) -> str:
    if len(words) < 2:
        return "".join(words)
    return _("%(some)s or %(last)s") % {
        "some": ", ".join(words[:-1]),
        "last": words[-1],
    }


def then(rule: Any) -> list[str]:
    """What becomes of it, a sentence each; `rule` is a row, or `rules.DEFAULT`."""
    if rule.action == Action.RECORD:
        return [_("It is only recorded.")]
    if rule.action == Action.SUPPRESS:
        return [_("It is suppressed: kept, and nothing else.")]
    told = [_opening(rule), _sharing(rule)]
    if rule.group_by == By.ALERT and rule.storm:
        words = {"n": rule.storm, "time": duration(rule.window)}
        told.append(
            _(
                "Once %(n)s alerts of a service come within %(time)s, all of them join "
                "one incident: a storm."
            )
            % words
        )
    if rule.reopen_within:
        words = {"time": duration(rule.reopen_within)}
        told.append(_("The same alert within %(time)s reopens its incident.") % words)
    return [*told, _clearing(rule)]


def _opening(rule: Any) -> str:
    words = {
        "n": rule.threshold,
        "time": duration(rule.within),
        "delay": duration(rule.delay),
    }
    if rule.threshold > 1 and rule.delay:
        return (
            _(
                "An incident is opened once it was reported %(n)s times within "
                "%(time)s and has lasted %(delay)s."
            )
            % words
        )
    if rule.threshold > 1:
        return (
            _("An incident is opened once it was reported %(n)s times within %(time)s.")
            % words
        )
    if rule.delay:
        return _("An incident is opened once it has lasted %(delay)s.") % words
    return _("An incident is opened at once.")


def _sharing(rule: Any) -> str:
    words = {"time": duration(rule.window), "labels": ", ".join(rule.labels)}
    if rule.group_by == By.SERVICE:
        return (
            _("Alerts of the same service share it, each within %(time)s of the last.")
            % words
        )
    if rule.group_by == By.DEPENDENCIES:
        return (
            _(
                "Alerts of services that depend on the same share it, each within "
                "%(time)s of the last."
            )
            % words
        )
    if rule.group_by == By.LABELS:
        return (
            _(
                "Alerts with the same %(labels)s share it, each within %(time)s of the "
                "last."
            )
            % words
        )
    return _("Each alert has its own.")


def _clearing(rule: Any) -> str:
    return {
        Clear.CLOSE.value: _(
            "Once all is cleared it is resolved, and closed where nobody took it."
        ),
        Clear.RESOLVE.value: _("Once all is cleared it is resolved."),
        Clear.NOTE.value: _("Once all is cleared a note says so."),
    }[str(rule.on_clear)]


def built_in() -> list[tuple[str, list[str]]]:
    """What holds where no rule matches: worse than information, and the rest."""
    return [
        (_("Everything else that is a warning or worse"), then(DEFAULT)),
        (_("Everything else that is information"), [_("It is only recorded.")]),
    ]
