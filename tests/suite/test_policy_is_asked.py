"""Every action asks the policy: read from the source, so that none can be forgotten."""

import ast
import importlib
import inspect
from collections.abc import Iterator
from pathlib import Path
from types import FunctionType
from typing import Any

import pytest

import itsm

ROOT = Path(itsm.__file__).parents[1]
ASKS = {"require", "require_on", "_require", "_require_token", "_require_own"}
VERBS = (  # modules that are named for what they do
    *("itsm/changes/calendar/link_actions", "itsm/changes/gate/reporting"),
    *("itsm/changes/kinds/standing", "itsm/requests/orders", "processes/making"),
    *(f"backlog/profile/{n}" for n in ("actions", "proposing", "stream")),
    *(f"itsm/requests/catalogue/{n}" for n in ("pictures", "prices")),
    *(f"itsm/requests/catalogue/{n}" for n in ("recurring", "shelves")),
    *(f"itsm/requests/entitlements/{n}" for n in ("giving", "trainings")),
    *(f"itsm/requests/fulfilment/{n}" for n in ("answering", "profiles", "setting")),
    *(f"itsm/tickets/approving/{n}" for n in ("delegating", "groups", "voting")),
)
NOT_ACTIONS = {
    # parts of an order and of a fulfilment, which were asked
    "itsm.requests.catalogue.recurring.begin",
    "itsm.requests.entitlements.giving.give",
    "itsm.requests.entitlements.giving.take",
    "itsm.tickets.drafts.actions.drop",  # one's own draft of what was just sent
}
MODULES = sorted(
    {
        *ROOT.glob("itsm/*/actions.py"),
        *ROOT.glob("itsm/*/*/actions.py"),
        *(ROOT / f"{name}.py" for name in VERBS),
        *ROOT.glob("people/*actions.py"),
        *ROOT.glob("people/*/actions.py"),
        *ROOT.glob("people/*/*actions.py"),
        ROOT / "processes/actions.py",
        *(ROOT / f"backlog/{name}/actions.py" for name in ("mapping", "increments")),
        *ROOT.glob("backlog/refining/*/actions.py"),
        *ROOT.glob("backlog/sprints/*actions.py"),
    }
)
# What these packages export are the verbs; common, planning … are their parts.
EXPORTED = ("itsm.tickets.actions", "backlog.stories.actions")


def actions() -> Iterator[FunctionType]:
    for name in EXPORTED:
        package = importlib.import_module(name)
        yield from (getattr(package, verb) for verb in package.__all__)
    for path in MODULES:
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        module = importlib.import_module(name)
        for found in vars(module).values():
            is_own = isinstance(found, FunctionType) and found.__module__ == name
            if is_own and not found.__name__.startswith("_") and _is_verb(found):
                yield found


def _is_verb(function: FunctionType) -> bool:
    """Somebody does it: `by=` is a keyword of every action. Others read, or tidy."""
    by = inspect.signature(function).parameters.get("by")
    return by is not None and by.kind is inspect.Parameter.KEYWORD_ONLY


def asks(function: FunctionType, seen: frozenset[str] = frozenset()) -> bool:
    """Whether it, or something it calls in our rooms, asks the policy."""
    name = f"{function.__module__}.{function.__qualname__}"
    if name in seen:
        return False
    tree = ast.parse(inspect.getsource(function).lstrip())
    called = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    if any(_name(one) in ASKS for one in called):
        return True
    inner = (_bound(one, function.__globals__) for one in called)
    return any(
        asks(one, seen | {name})
        for one in inner
        if isinstance(one, FunctionType)
        and one.__module__.split(".")[0] in {"backlog", "itsm", "people", "processes"}
    )


def _name(called: ast.expr) -> str:
    return str(getattr(called, "id", getattr(called, "attr", "")))


def _bound(called: ast.expr, scope: dict[str, Any]) -> Any:
    """What a call's name stands for: `take(…)`, or `actions.take(…)` of a module."""
    if isinstance(called, ast.Name):
        return scope.get(called.id)
    if isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name):
        return getattr(scope.get(called.value.id), called.attr, None)
    return None


@pytest.mark.parametrize(
    "action", sorted(actions(), key=str), ids=lambda a: a.__qualname__
)
def test_an_action_asks_the_policy(action):
    name = f"{action.__module__}.{action.__qualname__}"
    if name not in NOT_ACTIONS:
        assert asks(action), f"{name} changes something without asking who may"


def test_the_check_itself_can_fail():
    def careless(*, by, at):
        return by, at

    assert not asks(careless)
    assert len(list(actions())) > 30
