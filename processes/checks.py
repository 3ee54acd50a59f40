"""What a definition must keep beyond its spelling: every ticket can begin and end."""

from collections.abc import Iterable

from core.reader import gettext as _
from processes import definition as d
from processes.reading import did_you_mean, one_of


def problems(definition: d.Definition) -> list[d.Problem]:
    """Everything wrong with a definition whose parts are well spelled."""
    if not any(s.category == "new" for s in definition.states.values()):
        text = _("no state has category new, where tickets begin")
        return [d.Problem("states", text)]
    return [
        *_unreachable(definition),
        *_dead_ends(definition),
        *_timers(definition),
        *_reasons(definition),
        *_approvals(definition),
        *_controls(definition),
    ]


def control_keys(definition: d.Definition) -> list[str]:
    """Everything a line in `controls` can be about: verb.field, approval.x, limit.x."""
    asked = [
        f"{rule.verb}.{name}"
        for rule in definition.rules
        for name in definition.required(rule)
    ]
    limits = [f"limit.{s.slug}" for s in definition.states.values() if s.work_limit]
    approvals = [f"approval.{a.name}" for a in definition.approvals]
    return list(dict.fromkeys([*asked, *approvals, *limits]))


def _reach(definition: d.Definition, start: Iterable[str], *, back: bool) -> set[str]:
    reached = set(start)
    grew = True
    while grew:
        grew = False
        for rule in definition.rules:
            here, there = set(rule.from_), {rule.to}
            if back:
                here, there = there, here
            if here & reached and not there <= reached:
                reached |= there
                grew = True
    return reached


def _unreachable(definition: d.Definition) -> Iterable[d.Problem]:
    first = definition.initial.slug
    for slug in definition.states.keys() - _reach(definition, [first], back=False):
        text = _('no way leads here from "%(state)s"') % {"state": first}
        yield d.Problem(f"states.{slug}", text)


def _dead_ends(definition: d.Definition) -> Iterable[d.Problem]:
    ends = [s.slug for s in definition.states.values() if s.is_final]
    if not ends:
        text = _("no state has category closed or cancelled, where tickets end")
        yield d.Problem("states", text)
        return
    for slug in definition.states.keys() - _reach(definition, ends, back=True):
        text = _("no way leads from here to an end (%(ends)s)")
        yield d.Problem(f"states.{slug}", text % {"ends": one_of(ends)})


def _timers(definition: d.Definition) -> Iterable[d.Problem]:
    for verb, rules in definition.transitions.items():
        for number, rule in enumerate(rules):
            path = f"transitions.{verb}" + (f".{number}" if len(rules) > 1 else "")
            if rule.after and definition.required(rule):
                yield d.Problem(
                    f"{path}.after",
                    _("it happens by itself, so it cannot require anything of anybody"),
                )
            if rule.after and rule.within:
                yield d.Problem(f"{path}.after", _("use either within or after"))
    timed = {(s, r.to) for r in definition.rules if r.after for s in r.from_}
    for start in definition.states:
        if _returns(start, timed):
            text = _('by time alone a ticket would come back to "%(state)s" for ever')
            yield d.Problem("transitions", text % {"state": start})


def _returns(start: str, edges: set[tuple[str, str]]) -> bool:
    reached = {there for here, there in edges if here == start}
    while start not in reached:
        further = {there for here, there in edges if here in reached} - reached
        if not further:
            return False
        reached |= further
    return True


def _reasons(definition: d.Definition) -> Iterable[d.Problem]:
    for verb, rules in definition.transitions.items():
        for rule in rules:
            reasons = definition.states[rule.to].reasons
            if reasons and rule.to not in rule.from_ and "reason" not in rule.requires:
                text = _('"%(state)s" has reasons, so "reason" must be required')
                at = f"transitions.{verb}.requires"
                yield d.Problem(at, text % {"state": rule.to})


def _approvals(definition: d.Definition) -> Iterable[d.Problem]:
    verbs = {a.verb for a in definition.approvals}
    decided = {s for r in definition.rules if r.verb in verbs for s in r.from_}
    for verb, rules in definition.transitions.items():
        if verb in verbs and any(rule.after for rule in rules):
            text = _("time cannot give the approval it needs")
            yield d.Problem(f"transitions.{verb}.after", text)
        for rule in rules:
            if rule.by == {"approver"} and not decided.intersection(rule.from_):
                yield d.Problem(
                    f"transitions.{verb}.by",
                    _("no approval is asked for in this state, so nobody could"),
                )


def _controls(definition: d.Definition) -> Iterable[d.Problem]:
    keys = control_keys(definition)
    for key in definition.controls:
        if key not in keys:
            hint = did_you_mean(key, keys)
            text = _("no requirement, approval or limit is called that%(hint)s")
            yield d.Problem(f"controls.{key}", text % {"hint": hint})
