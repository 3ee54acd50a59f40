"""The controls that a version holds its tickets to, in the reader's words."""

from collections.abc import Mapping
from dataclasses import dataclass

from core.reader import gettext as _
from processes.definition import Definition
from processes.spoken import named, spoken


@dataclass(frozen=True, slots=True)
class Stated:
    """What is asked, why it is asked, and who answers for it; each may be empty."""

    name: str
    serves: str
    owner: str


def controls(definition: Definition) -> list[Stated]:
    """In the order of the definition; no query."""
    words = spoken(definition)
    labels = {verb: rules[0].label for verb, rules in words.transitions.items()}
    return [
        Stated(_name(words, labels, key), control.serves, control.owner)
        for key, control in words.controls.items()
    ]


def _name(words: Definition, labels: Mapping[str, str], key: str) -> str:
    """`resolve.resolution`, `approval.cab` or `limit.in_progress` as people say it."""
    what, _dot, about = key.partition(".")
    if what == "approval":
        label = next((a.label for a in words.approvals if a.name == about), about)
        return _("Approval: %(name)s") % {"name": label}
    if what == "limit" and about in words.states:
        state = words.states[about]
        told = {"n": state.work_limit, "state": state.name}
        return _("At most %(n)s each in “%(state)s”") % told
    slug = about.removeprefix("fields.")
    field = words.fields[slug].label if slug in words.fields else named(about)
    return _("“%(verb)s” asks for: %(field)s") % {
        "verb": labels.get(what, what),
        "field": field,
    }
