"""Write a definition as the mapping that `load` reads."""

from collections.abc import Mapping
from typing import Any

from processes import definition as d
from processes.control_reading import write_risk, write_trust
from processes.durations import CALENDAR_DAY, WORKING_DAY
from processes.durations import write as write_duration


def write(definition: d.Definition) -> dict[str, Any]:
    """The whole definition; what is empty is left out."""
    return _filled(
        {
            "format": definition.format,
            "process": definition.process,
            "name": definition.name,
            "states": {s.slug: _state(s) for s in definition.states.values()},
            "transitions": {
                verb: [_rule(r) for r in rules] if len(rules) > 1 else _rule(rules[0])
                for verb, rules in definition.transitions.items()
            },
            "priority": _matrix(definition.priority),
            "targets": {f"P{p}": _target(t) for p, t in definition.targets.items()},
            "order": _order(definition.order),
            "routing": {
                "support": definition.routing.support,
                "confidence": definition.routing.confidence,
            },
            "approvals": [_approval(a) for a in definition.approvals],
            "fields": {f.slug: _field(f) for f in definition.fields.values()},
            "controls": {
                key: {"serves": c.serves, "owner": c.owner}
                for key, c in definition.controls.items()
            },
            "risk": write_risk(definition.risk),
            "trust": write_trust(definition.trust),
        }
    )


def _filled(data: Mapping[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    everything = {**(data or {}), **more}
    return {key: v for key, v in everything.items() if v not in (None, "", [], {}, ())}


def _when(when: Mapping[str, tuple[str, ...]]) -> dict[str, list[str]]:
    return {fact: list(values) for fact, values in when.items()}


def _state(state: d.State) -> dict[str, Any]:
    data = _filled(
        name=state.name,
        category=state.category,
        work_limit=state.work_limit,
        due=state.due and write_duration(state.due, day=CALENDAR_DAY),
    )
    if state.reasons:
        data["reasons"] = {
            slug: _filled(name=r.name, pauses=list(r.pauses), resumes_on=r.resumes_on)
            for slug, r in state.reasons.items()
        }
    return data


def _rule(rule: d.Transition) -> dict[str, Any]:
    return _filled(
        {
            "label": rule.label,
            "from": list(rule.from_),
            "to": rule.to,
            "by": sorted(rule.by),
            "requires": list(rule.requires),
            "when": _when(rule.when),
            "within": rule.within and write_duration(rule.within, day=CALENDAR_DAY),
            "after": rule.after and write_duration(rule.after, day=CALENDAR_DAY),
        }
    )


def _matrix(priority: Mapping[str, Mapping[str, int]]) -> dict[str, dict[str, str]]:
    return {
        impact: {urgency: f"P{p}" for urgency, p in row.items()}
        for impact, row in priority.items()
    }


def _target(target: d.Target) -> dict[str, str]:
    return {
        promise: write_duration(length, day=WORKING_DAY)
        for promise in d.PROMISES
        if (length := getattr(target, promise)) is not None
    }


def _order(order: d.Order) -> dict[str, Any]:
    waits = {
        f"P{p}": write_duration(wait, day=CALENDAR_DAY)
        for p, wait in order.max_wait.items()
    }
    return {"technique": order.technique, "max_wait": waits}


def _approval(approval: d.Approval) -> dict[str, Any]:
    return _filled(
        name=approval.name,
        label=approval.label,
        by=approval.by,
        verb=approval.verb,
        when=_when(approval.when),
        quorum=approval.quorum if approval.quorum > 1 else None,
        expires=approval.expires and write_duration(approval.expires, day=CALENDAR_DAY),
        reminds=approval.reminds and write_duration(approval.reminds, day=CALENDAR_DAY),
    )


def _field(field: d.Field) -> dict[str, Any]:
    return _filled(
        type=field.type,
        label=field.label,
        choices=list(field.choices),
        required_for=list(field.required_for),
        help=field.help,
    )
