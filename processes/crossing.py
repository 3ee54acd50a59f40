"""Moving tickets in flight from one definition to another, and back.

A crossing is a map of states and its inverse, both checked. The map is total on the
states that hold tickets. The inverse is total on the new definition's states: each new
state names the old states a ticket in it may return to. Where several old states became
one, the state a ticket came from (its event of the crossing holds it) decides; where
that says nothing, the first candidate does. So no ticket is ever left in a state that
does not exist, in either direction.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from core.reader import gettext as _
from processes.definition import OPEN_CATEGORIES, Definition, Problem


@dataclass(frozen=True, slots=True)
class Crossing:
    """A checked way from one definition to another. Build it with `crossing`."""

    there: Mapping[str, str]
    back: Mapping[str, tuple[str, ...]]

    def forward(self, state: str) -> str:
        """The new state of a ticket. KeyError where the map does not say."""
        return self.there[state]

    def backward(self, state: str, *, came_from: str | None = None) -> str:
        """The old state of a ticket that is now in `state`."""
        candidates = self.back[state]
        return came_from if came_from in candidates else candidates[0]


def suggest_map(old: Definition, new: Definition) -> dict[str, str]:
    """States that kept name and kind map to themselves; people say the rest."""
    return {
        slug: slug
        for slug, state in old.states.items()
        if slug in new.states and _is_open(old, slug) == _is_open(new, slug)
    }


def check_map(
    old: Definition,
    new: Definition,
    there: Mapping[str, str],
    *,
    holding: Collection[str] | None = None,
    back: Mapping[str, str] | None = None,
) -> list[Problem]:
    """What is wrong with a map and its inverse; [] means tickets may cross.

    `holding` are the old states that hold tickets (None: all of them). `back` names
    the way back where the map alone does not: for states only the new version has.
    """
    back = back or {}
    holding = old.states.keys() if holding is None else holding
    problems = [
        *_wrong_names("map", there, old, new),
        *_wrong_names("back", back, new, old),
    ]
    problems += [
        Problem(
            f"map.{slug}",
            _('tickets are in "%(state)s", so it must map to a state')
            % {"state": slug},
        )
        for slug in holding
        if slug not in there
    ]
    if problems:
        return problems
    candidates = inverse(old, new, there, back)
    return [
        Problem(
            f"back.{slug}",
            _('a ticket that reaches "%(state)s" has no state to go back to; name one')
            % {"state": slug},
        )
        for slug in new.states
        if not candidates[slug]
    ]


def inverse(
    old: Definition,
    new: Definition,
    there: Mapping[str, str],
    back: Mapping[str, str] | None = None,
) -> dict[str, tuple[str, ...]]:
    """For each new state the old ones a ticket may return to, the best first."""
    back = back or {}
    candidates: dict[str, tuple[str, ...]] = {}
    for slug in new.states:
        named = [back[slug]] if slug in back else []
        same = [slug] if there.get(slug) == slug else []
        mapped = [o for o in old.states if there.get(o) == slug]
        unmapped = [slug] if not mapped and slug in suggest_map(old, new) else []
        found = dict.fromkeys([*named, *same, *mapped, *unmapped])
        candidates[slug] = tuple(o for o in found if o in old.states)
    return candidates


def crossing(
    old: Definition,
    new: Definition,
    there: Mapping[str, str],
    *,
    holding: Collection[str] | None = None,
    back: Mapping[str, str] | None = None,
) -> Crossing:
    """The checked crossing. Raises ValueError with the problems, one a line."""
    if problems := check_map(old, new, there, holding=holding, back=back):
        raise ValueError("\n".join(map(str, problems)))
    return Crossing(dict(there), inverse(old, new, there, back))


def _wrong_names(
    path: str, mapping: Mapping[str, str], source: Definition, target: Definition
) -> list[Problem]:
    problems = []
    for here, there in mapping.items():
        at = f"{path}.{here}"
        if here not in source.states:
            text = _('there is no state "%(word)s" to come from') % {"word": here}
            problems.append(Problem(at, text))
        elif there not in target.states:
            words = {"word": there, "hint": "", "states": ", ".join(target.states)}
            text = _('there is no state "%(word)s"%(hint)s; the states are %(states)s')
            problems.append(Problem(at, text % words))
        elif _is_open(source, here) != _is_open(target, there):
            text = _("crossing may neither end a ticket nor open an ended one")
            problems.append(Problem(at, text))
    return problems


def _is_open(definition: Definition, slug: str) -> bool:
    return definition.states[slug].category in OPEN_CATEGORIES
