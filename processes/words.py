"""The difference between two definitions, told in sentences."""

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from processes import control_words
from processes import definition as d
from processes.definition import Definition, Transition
from processes.spoken import named, spoken


def differences(old: Definition, new: Definition) -> list[str]:
    """One plain sentence per difference, in the order a definition is read."""
    old, new = spoken(old), spoken(new)
    return [
        sentence
        for tell in (
            _states,
            _verbs,
            _priority,
            _targets,
            _order,
            _routing,
            _approvals,
            _fields,
            _controls,
            _control,
        )
        for sentence in tell(old, new)
    ]


def _control(old: Definition, new: Definition) -> Iterable[str]:
    before, after = (old.risk, old.trust), (new.risk, new.trust)
    yield from control_words.differences(before, after)


def length(duration: timedelta | None, *, day: timedelta = d.CALENDAR_DAY) -> str:
    """A duration in words: 2 days 4 hours. `day` is how long one day is."""
    if duration is None:
        return _("nothing")
    days, rest = divmod(duration, day)
    minutes = int(rest.total_seconds()) // 60
    hours, minutes = divmod(minutes, 60)
    parts = [
        ngettext("%(n)d day", "%(n)d days", days) % {"n": days} if days else "",
        ngettext("%(n)d hour", "%(n)d hours", hours) % {"n": hours} if hours else "",
        ngettext("%(n)d minute", "%(n)d minutes", minutes) % {"n": minutes}
        if minutes
        else "",
    ]
    return " ".join(part for part in parts if part) or _("less than a minute")


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(names)


def _called(slugs: Iterable[str]) -> str:
    return _quoted(_f(slug) for slug in slugs)


def _states_of(rule: Transition, definition: Definition) -> str:
    return _quoted(definition.states[slug].name for slug in rule.from_)


def _come_and_go(
    old: Mapping[str, Any],
    new: Mapping[str, Any],
    added: Callable[[Any], str],
    removed: Callable[[Any], str],
) -> Iterable[str]:
    yield from (added(thing) for name, thing in new.items() if name not in old)
    yield from (removed(thing) for name, thing in old.items() if name not in new)


def _states(old: Definition, new: Definition) -> Iterable[str]:
    yield from _come_and_go(
        old.states,
        new.states,
        lambda s: _("State “%(name)s” added.") % {"name": s.name},
        lambda s: _("State “%(name)s” removed.") % {"name": s.name},
    )
    for slug, state in new.states.items():
        before = old.states.get(slug)
        if before is None:
            continue
        names = {"old": before.name, "name": state.name}
        if before.name != state.name:
            yield _("State “%(old)s” is now called “%(name)s”.") % names
        if before.category != state.category:
            yield _("State “%(name)s” counts as %(new)s instead of %(was)s.") % {
                **names,
                "new": _f(state.category),
                "was": _f(before.category),
            }
        if before.work_limit != state.work_limit:
            yield _("Work limit in “%(name)s”: %(was)s → %(new)s.") % {
                **names,
                "was": before.work_limit or _("none"),
                "new": state.work_limit or _("none"),
            }
        if before.due != state.due:
            yield _("“%(name)s” is looked at within: %(was)s → %(new)s.") % {
                **names,
                "was": length(before.due),
                "new": length(state.due),
            }
        yield from _reasons(before, state)


def _reasons(before: d.State, state: d.State) -> Iterable[str]:
    for slug, reason in state.reasons.items():
        names = {"state": state.name, "reason": reason.name}
        was = before.reasons.get(slug)
        if was is None:
            yield _("“%(state)s” can wait “%(reason)s”.") % names
        elif was.pauses != reason.pauses:
            yield _("Waiting “%(reason)s” pauses: %(was)s → %(new)s.") % {
                **names,
                "was": _called(was.pauses) or _("nothing"),
                "new": _called(reason.pauses) or _("nothing"),
            }
        elif was != reason:
            yield _("Waiting “%(reason)s” in “%(state)s” changed.") % names
    for slug, reason in before.reasons.items():
        if slug not in state.reasons:
            yield _("“%(state)s” can no longer wait “%(reason)s”.") % {
                "state": state.name,
                "reason": reason.name,
            }


def _verbs(old: Definition, new: Definition) -> Iterable[str]:
    yield from _come_and_go(
        old.transitions,
        new.transitions,
        lambda rules: _("Verb “%(verb)s” added.") % {"verb": rules[0].label},
        lambda rules: _("Verb “%(verb)s” removed.") % {"verb": rules[0].label},
    )
    for verb, rules in new.transitions.items():
        before = old.transitions.get(verb)
        if before is None:
            continue
        label = rules[0].label
        if len(before) != len(rules):
            if before != rules:
                yield _("The rules of “%(verb)s” changed.") % {"verb": label}
            continue
        for was, rule in zip(before, rules, strict=True):
            yield from _rule(old, new, was, rule)


def _rule(
    old: Definition, new: Definition, was: Transition, rule: Transition
) -> Iterable[str]:
    names = {"verb": rule.label}
    if was.label != rule.label:
        yield _("“%(was)s” is now called “%(verb)s”.") % {**names, "was": was.label}
    before, after = old.required(was), new.required(rule)
    for field in (f for f in after if f not in before):
        yield _("“%(verb)s” now requires %(field)s.") % {**names, "field": _f(field)}
    for field in (f for f in before if f not in after):
        yield _("“%(verb)s” no longer requires %(field)s.") % {
            **names,
            "field": _f(field),
        }
    if was.to != rule.to:
        yield _("“%(verb)s” leads to “%(state)s” instead of “%(was)s”.") % {
            **names,
            "state": new.states[rule.to].name,
            "was": old.states[was.to].name,
        }
    yield from _origins(old, new, was, rule)
    for what, one, other in _rule_values(was, rule):
        if one != other:
            values = {**names, "what": what, "was": one, "new": other}
            yield _("“%(verb)s”, %(what)s: %(was)s → %(new)s.") % values


def _origins(
    old: Definition, new: Definition, was: Transition, rule: Transition
) -> Iterable[str]:
    if was.from_ != rule.from_:
        yield _("“%(verb)s”, %(what)s: %(was)s → %(new)s.") % {
            "verb": rule.label,
            "what": _("possible from"),
            "was": _states_of(was, old),
            "new": _states_of(rule, new),
        }


def _rule_values(was: Transition, rule: Transition) -> Iterable[tuple[str, str, str]]:
    yield _("done by"), _called(sorted(was.by)), _called(sorted(rule.by))
    yield _("only when"), _when(was.when), _when(rule.when)
    yield _("possible for"), length(was.within), length(rule.within)
    yield _("by itself after"), length(was.after), length(rule.after)


def _when(when: Mapping[str, tuple[str, ...]]) -> str:
    guards = (f"{_f(fact)} = {' | '.join(map(_f, v))}" for fact, v in when.items())
    return _quoted(guards) or _("always")


_f = named


def _priority(old: Definition, new: Definition) -> Iterable[str]:
    for impact, row in new.priority.items():
        for urgency, number in row.items():
            if (was := old.priority[impact][urgency]) != number:
                yield _(
                    "Impact %(impact)s with urgency %(urgency)s: P%(was)d → P%(new)d."
                ) % {
                    "impact": _f(impact),
                    "urgency": _f(urgency),
                    "was": was,
                    "new": number,
                }


def _targets(old: Definition, new: Definition) -> Iterable[str]:
    kinds = {
        "response": _("first response"),
        "update": _("next update"),
        "resolution": _("resolution"),
    }
    for number, target in new.targets.items():
        for promise, kind in kinds.items():
            was = getattr(old.targets[number], promise)
            now = getattr(target, promise)
            if was != now:
                yield _("Target P%(number)d %(kind)s: %(was)s → %(new)s.") % {
                    "number": number,
                    "kind": kind,
                    "was": length(was, day=d.WORKING_DAY),
                    "new": length(now, day=d.WORKING_DAY),
                }


def _order(old: Definition, new: Definition) -> Iterable[str]:
    if old.order.technique != new.order.technique:
        yield _("Order of work: %(was)s → %(new)s.") % {
            "was": _f(old.order.technique),
            "new": _f(new.order.technique),
        }
    for number, wait in new.order.max_wait.items():
        if (was := old.order.max_wait[number]) != wait:
            yield _("P%(number)d waits at most: %(was)s → %(new)s.") % {
                "number": number,
                "was": length(was),
                "new": length(wait),
            }


def _routing(old: Definition, new: Definition) -> Iterable[str]:
    if old.routing.support != new.routing.support:
        yield _("Support: %(was)s → %(new)s.") % {
            "was": _f(old.routing.support),
            "new": _f(new.routing.support),
        }
    if old.routing.confidence != new.routing.confidence:
        yield _("Confidence below which people decide: %(was)g → %(new)g.") % {
            "was": old.routing.confidence,
            "new": new.routing.confidence,
        }


def _approvals(old: Definition, new: Definition) -> Iterable[str]:
    before = {a.name: a for a in old.approvals}
    after = {a.name: a for a in new.approvals}
    yield from _come_and_go(
        before,
        after,
        lambda a: _("Approval by %(by)s added for %(facts)s.") % _approval(a),
        lambda a: _("Approval by %(by)s removed for %(facts)s.") % _approval(a),
    )
    for name, approval in after.items():
        was = before.get(name)
        if was is None or was == approval:
            continue
        if was.when != approval.when:
            yield _("Approval by %(by)s: for %(was)s → %(facts)s.") % {
                **_approval(approval),
                "was": _facts(was),
            }
        if (was.by, was.verb) != (approval.by, approval.verb):
            yield _("Approval “%(name)s” is given by %(by)s on “%(verb)s”.") % {
                "name": approval.label,
                "by": _f(approval.by),
                "verb": _f(approval.verb),
            }
        yield from _terms(was, approval)
        if was.label != approval.label:
            yield _("Approval “%(was)s” is now called “%(name)s”.") % {
                "was": was.label,
                "name": approval.label,
            }


def _terms(was: d.Approval, now: d.Approval) -> Iterable[str]:
    """How many say yes, when they are reminded and when somebody else is asked."""
    name = {"name": now.label}
    if was.quorum != now.quorum:
        text = _("Approval “%(name)s”: %(was)s → %(new)s people have to say yes.")
        yield text % {**name, "was": was.quorum, "new": now.quorum}
    if was.expires != now.expires:
        text = _("Approval “%(name)s”: somebody else is asked after %(was)s → %(new)s.")
        yield text % {**name, **_lengths(was.expires, now.expires)}
    if was.reminds != now.reminds:
        text = _("Approval “%(name)s”: reminded each %(was)s → %(new)s.")
        yield text % {**name, **_lengths(was.reminds, now.reminds)}


def _lengths(was: timedelta | None, now: timedelta | None) -> dict[str, str]:
    return {
        key: length(value) if value else _("never")
        for key, value in (("was", was), ("new", now))
    }


def _approval(approval: d.Approval) -> dict[str, str]:
    return {"by": _f(approval.by), "facts": _facts(approval)}


def _facts(approval: d.Approval) -> str:
    return _when(approval.when) if approval.when else _("everything")


def _fields(old: Definition, new: Definition) -> Iterable[str]:
    yield from _come_and_go(
        old.fields,
        new.fields,
        lambda f: _("Field “%(name)s” added.") % {"name": f.label},
        lambda f: _("Field “%(name)s” removed.") % {"name": f.label},
    )
    for slug, field in new.fields.items():
        was = old.fields.get(slug)
        if was is not None and was != field:
            yield _("Field “%(name)s” changed.") % {"name": field.label}


def _controls(old: Definition, new: Definition) -> Iterable[str]:
    for key, control in new.controls.items():
        was = old.controls.get(key)
        if was is not None and was != control:
            yield _("Why “%(key)s” is asked: %(why)s (%(owner)s).") % {
                "key": key,
                "why": control.serves,
                "owner": control.owner,
            }
