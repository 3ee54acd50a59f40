"""The sections of a definition, each read by one function."""

from collections.abc import Collection, Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Any

from core.reader import gettext as _
from processes import definition as d
from processes.reading import (
    DEFAULT_MAX_WAIT,
    DEFAULT_PRIORITY,
    DEFAULT_TARGETS,
    Reader,
    did_you_mean,
    one_of,
)

TRANSITION_KEYS = ["label", "from", "to", "by", "requires", "when", "within", "after"]
STATE_KEYS = ["name", "category", "work_limit", "due", "reasons"]
APPROVAL_KEYS = [
    *("name", "label", "by", "verb", "when"),
    *("quorum", "expires", "reminds"),
]
FIELD_KEYS = ["type", "label", "choices", "required_for", "help"]


def words_of(slug: str) -> str:
    """A slug as a name: risk_accepted becomes Risk accepted."""
    return slug.replace("_", " ").capitalize()


def states(reader: Reader, value: Any) -> dict[str, d.State]:
    """The states in their order."""
    found = {}
    for slug, entry in reader.slugs(reader.mapping(value, "states"), "states"):
        path = f"states.{slug}"
        data = reader.mapping(entry, path, STATE_KEYS, ("category",))
        found[slug] = d.State(
            slug=slug,
            name=reader.text(data.get("name"), f"{path}.name", words_of(slug)),
            category=reader.word(
                data.get("category"),
                f"{path}.category",
                d.CATEGORIES,
                "category",
                "active",
            ),
            work_limit=reader.number(
                data.get("work_limit"), f"{path}.work_limit", 1, 1000
            ),
            due=reader.length(data.get("due"), f"{path}.due"),
            reasons=reasons(reader, data.get("reasons"), f"{path}.reasons"),
        )
        if data.get("reasons") and data.get("category") != "waiting":
            text = _("only a state of category waiting has them")
            reader.wrong(f"{path}.reasons", text)
    return found


def reasons(reader: Reader, value: Any, path: str) -> Mapping[str, d.WaitReason]:
    """Why a ticket may wait in a state."""
    found = {}
    for slug, entry in reader.slugs(reader.mapping(value, path), path):
        here = f"{path}.{slug}"
        data = reader.mapping(entry, here, ("name", "pauses", "resumes_on"))
        found[slug] = d.WaitReason(
            name=reader.text(data.get("name"), f"{here}.name", words_of(slug)),
            pauses=reader.words(
                data.get("pauses"), f"{here}.pauses", d.PROMISES, "promise"
            ),
            resumes_on=reader.word(
                data.get("resumes_on"), f"{here}.resumes_on", ("reply",), "event", ""
            ),
        )
    return MappingProxyType(found)


def transitions(
    reader: Reader,
    value: Any,
    known_states: Collection[str],
    fields: Mapping[str, d.Field],
) -> dict[str, tuple[d.Transition, ...]]:
    """Each verb with its rules: one mapping, or a list of which the first fits."""
    found = {}
    section = reader.mapping(value, "transitions")
    for verb, entry in reader.slugs(section, "transitions"):
        path = f"transitions.{verb}"
        if verb in d.RESERVED_VERBS:
            text = _("every ticket has this verb already; choose another")
            reader.wrong(path, text)
        several = isinstance(entry, list | tuple)
        rules = list(entry)[:20] if several else [entry]
        if not rules:
            reader.wrong(path, _("a verb needs at least one rule"))
        found[verb] = tuple(
            _transition(
                reader,
                verb,
                rule,
                f"{path}.{number}" if several else path,
                known_states,
                fields,
            )
            for number, rule in enumerate(rules)
        )
    return found


def _transition(
    reader: Reader,
    verb: str,
    value: Any,
    path: str,
    known_states: Collection[str],
    fields: Mapping[str, d.Field],
) -> d.Transition:
    data = reader.mapping(value, path, TRANSITION_KEYS, ("from", "to"))
    to = data.get("to")
    if to is not None and (not isinstance(to, str) or to not in known_states):
        reader.wrong(f"{path}.to", _no_state(to, known_states))
    sources = reader.words(data.get("from"), f"{path}.from", None, "state")
    for source in sources:
        if source not in known_states:
            reader.wrong(f"{path}.from", _no_state(source, known_states))
    requirable = d.REQUIRABLE | {f"fields.{slug}" for slug in fields}
    by = reader.words(data.get("by"), f"{path}.by", sorted(d.ACTORS), "actor")
    if data.get("by") == []:
        text = _("nobody could do this; leave it out for agents")
        reader.wrong(f"{path}.by", text)
    return d.Transition(
        verb=verb,
        label=reader.text(data.get("label"), f"{path}.label", words_of(verb)),
        from_=sources,
        to=str(to),
        by=frozenset(by) or frozenset({"agent"}),
        requires=reader.words(
            data.get("requires"), f"{path}.requires", sorted(requirable), "field"
        ),
        when=when(reader, data.get("when"), f"{path}.when", fields),
        within=reader.length(data.get("within"), f"{path}.within"),
        after=reader.length(data.get("after"), f"{path}.after"),
    )


def _no_state(word: Any, known: Collection[str]) -> str:
    text = _('there is no state "%(word)s"%(hint)s; the states are %(states)s')
    return text % {
        "word": str(word)[:60],
        "hint": did_you_mean(word, known),
        "states": one_of(known),
    }


def when(
    reader: Reader, value: Any, path: str, fields: Mapping[str, d.Field]
) -> Mapping[str, tuple[str, ...]]:
    """A guard: for each fact, the values that let it pass."""
    facts = sorted(d.FACTS) + [f"fields.{slug}" for slug in fields]
    data = reader.mapping(value, path, facts)
    found = {}
    for fact, values in data.items():
        listed = values if isinstance(values, list | tuple) else [values]
        found[fact] = reader.words(listed, f"{path}.{fact}", None, "value")
        if not found[fact]:
            reader.wrong(f"{path}.{fact}", _("name at least one value"))
    return MappingProxyType(found)


def priority(reader: Reader, value: Any) -> Mapping[str, Mapping[str, int]]:
    """Impact by urgency; the usual 3 x 3 where it is not written."""
    if value is None:
        return MappingProxyType(
            {i: MappingProxyType(dict(row)) for i, row in DEFAULT_PRIORITY.items()}
        )
    names = [f"P{p}" for p in d.PRIORITIES]
    data = reader.mapping(value, "priority", d.LEVELS, d.LEVELS)
    matrix = {}
    for impact in d.LEVELS:
        at = f"priority.{impact}"
        row = reader.mapping(data.get(impact), at, d.LEVELS, d.LEVELS)
        matrix[impact] = MappingProxyType(
            {
                u: int(reader.word(row.get(u), f"{at}.{u}", names, "priority", "P5")[1])
                for u in d.LEVELS
            }
        )
    return MappingProxyType(matrix)


def targets(reader: Reader, value: Any) -> Mapping[int, d.Target]:
    """Default promises per priority; the shipped table where one is not written."""
    names = [f"P{p}" for p in d.PRIORITIES]
    data = reader.mapping(value, "targets", names)
    found = dict(DEFAULT_TARGETS)
    for number, name in zip(d.PRIORITIES, names, strict=True):
        if name not in data:
            continue
        row = reader.mapping(data[name], f"targets.{name}", d.PROMISES)
        found[number] = d.Target(
            **{
                p: reader.length(row.get(p), f"targets.{name}.{p}", d.WORKING_DAY)
                for p in d.PROMISES
            }
        )
    return MappingProxyType(found)


def order(reader: Reader, value: Any) -> d.Order:
    """The technique and the longest waits, which must grow with the priority's number.

    A wait that is not written takes the shipped one, moved between its neighbours.
    """
    data = reader.mapping(value, "order", ("technique", "max_wait"))
    technique = reader.word(
        data.get("technique"), "order.technique", d.TECHNIQUES, "technique", "wsjf"
    )
    names = [f"P{p}" for p in d.PRIORITIES]
    written = reader.mapping(data.get("max_wait"), "order.max_wait", names)
    own = {
        p: wait
        for p in d.PRIORITIES
        if (wait := reader.length(written.get(f"P{p}"), f"order.max_wait.P{p}"))
    }
    waits: dict[int, timedelta] = {}
    for p in d.PRIORITIES:
        after = [own[q] for q in own if q > p]
        wait = min([own.get(p, DEFAULT_MAX_WAIT[p]), *([] if p in own else after)])
        waits[p] = wait if p in own else max([wait, *waits.values()])
        if waits[p] < max(waits.values()):
            reader.wrong(
                f"order.max_wait.P{p}",
                _("a lower priority waits at least as long"),
            )
    return d.Order(technique, MappingProxyType(waits))


def routing(reader: Reader, value: Any) -> d.Routing:
    """How work finds people."""
    data = reader.mapping(value, "routing", ("support", "confidence"))
    confidence = reader.number(
        data.get("confidence"), "routing.confidence", 0, 1, float
    )
    return d.Routing(
        support=reader.word(
            data.get("support"), "routing.support", d.SUPPORT, "model", "swarm"
        ),
        confidence=0.6 if confidence is None else confidence,
    )


def approvals(
    reader: Reader,
    value: Any,
    verbs: Mapping[str, Any],
    fields: Mapping[str, d.Field],
) -> tuple[d.Approval, ...]:
    """Whose yes a verb needs."""
    if value is None:
        return ()
    if not isinstance(value, list | tuple):
        reader.wrong("approvals", _("this must be a list"))
        return ()
    found: list[d.Approval] = []
    for number, entry in enumerate(value[:100]):
        path = f"approvals.{number}"
        data = reader.mapping(entry, path, APPROVAL_KEYS, ("name", "by", "verb"))
        name = reader.text(data.get("name"), f"{path}.name", f"a{number}", 40)
        reader.slugs({name: None}, f"{path}.name")
        if any(name == a.name for a in found):
            text = _('"%(name)s" stands here twice') % {"name": name}
            reader.wrong(f"{path}.name", text)
        by = sorted(d.APPROVERS)
        found.append(
            d.Approval(
                name=name,
                label=reader.text(data.get("label"), f"{path}.label", words_of(name)),
                by=reader.word(data.get("by"), f"{path}.by", by, "approver", "manager"),
                verb=reader.word(
                    data.get("verb"), f"{path}.verb", verbs.keys(), "verb", ""
                ),
                when=when(reader, data.get("when"), f"{path}.when", fields),
                **_terms(reader, data, path),
            )
        )
    return tuple(found)


def _terms(reader: Reader, data: Mapping[str, Any], path: str) -> dict[str, Any]:
    """How many have to say yes, and what happens where they do not answer."""
    quorum = reader.number(data.get("quorum"), f"{path}.quorum", 1, 20)
    found = {"quorum": 1 if quorum is None else quorum}
    for name in ("expires", "reminds"):
        length = found[name] = reader.length(data.get(name), f"{path}.{name}")
        if length is not None and length <= timedelta(0):
            reader.wrong(f"{path}.{name}", _("this must be longer than nothing"))
    return found


def fields(reader: Reader, value: Any) -> dict[str, d.Field]:
    """The process's own fields. Their verbs are checked once verbs are known."""
    found = {}
    for slug, entry in reader.slugs(reader.mapping(value, "fields"), "fields"):
        path = f"fields.{slug}"
        data = reader.mapping(entry, path, FIELD_KEYS, ("type",))
        kind = reader.word(
            data.get("type"), f"{path}.type", d.FIELD_TYPES, "type", "text"
        )
        choices = reader.words(data.get("choices"), f"{path}.choices", None, "choice")
        if (kind == "choice") != bool(choices):
            text = _("a choice names its choices, another type none")
            reader.wrong(f"{path}.choices", text)
        found[slug] = d.Field(
            slug=slug,
            type=kind,
            label=reader.text(data.get("label"), f"{path}.label", words_of(slug)),
            choices=choices,
            required_for=reader.words(
                data.get("required_for"), f"{path}.required_for", None, "verb"
            ),
            help=reader.text(data.get("help"), f"{path}.help", "", 300),
        )
    return found


def controls(reader: Reader, value: Any) -> Mapping[str, d.Control]:
    """Why each requirement, approval and limit is there."""
    found = {}
    for key, entry in reader.mapping(value, "controls").items():
        path = f"controls.{key}"
        data = reader.mapping(entry, path, ("serves", "owner"), ("serves", "owner"))
        found[str(key)] = d.Control(
            serves=reader.text(data.get("serves"), f"{path}.serves", "", 300),
            owner=reader.text(data.get("owner"), f"{path}.owner", "", 80),
        )
    return MappingProxyType(found)
