"""What can be said of a process: lengths, choices, and what belongs under what."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from backlog.profile.models import Aim, Member, Profile, Stakeholder, Statement
from core.errors import Invalid
from people.changes import not_a_person, require_known
from people.models import User

Errors = dict[str, list[str]]
LONG = 5000
MOST_LINES, LONGEST_LINE = 30, 300
MOST_COLUMNS = 12
CATEGORIES = ("todo", "doing", "done")
LENGTHS: Mapping[str, int] = {
    **dict.fromkeys(("goal", "customers", "suppliers", "text"), LONG),
    **dict.fromkeys(("needs", "opinion"), LONG),
    **dict.fromkeys(("title", "risk"), 250),
    **dict.fromkeys(("cadence", "target", "value"), 100),
    "name": 200,
}
TYPED = frozenset({*LENGTHS})  # never in the log
FIELDS: Mapping[type, frozenset[str]] = {
    Member: frozenset({"user", "days_a_week"}),
    Stakeholder: frozenset(
        {"user", "name", "interest", "power", "needs", "cadence", "opinion"}
    ),
    Statement: frozenset({"kind", "title", "text", "owner", "policy", "risk"}),
    Aim: frozenset({"kind", "title", "parent", "target", "value"}),
}
ABOVE = {  # what an aim stands under
    Aim.Kind.OBJECTIVE: None,
    Aim.Kind.INDICATOR: Aim.Kind.OBJECTIVE,
    Aim.Kind.METRIC: Aim.Kind.INDICATOR,
}


def profile(given: Mapping[str, Any]) -> None:
    """Raise Invalid with all that is wrong."""
    errors = _lengths(given)
    for name, choices in (("order", Profile.Order), ("estimates", Profile.Estimates)):
        if name in given and given[name] not in choices.values:
            errors[name] = [_("Choose one of them.")]
    for name, least, most in (("stale_days", 1, 365), ("large_over", 1, 100)):
        if name in given and not least <= given[name] <= most:
            words = {"least": least, "most": most}
            errors[name] = [_("Between %(least)s and %(most)s.") % words]
    for name in ("ready", "done"):
        if name in given and (wrong := _lines(given[name])):
            errors[name] = [wrong]
    if "columns" in given and (wrong := _columns(given["columns"])):
        errors["columns"] = [wrong]
    _raise(errors)


def _lines(lines: list[str]) -> str:
    if len(lines) > MOST_LINES:
        return _("At most %(n)s sentences.") % {"n": MOST_LINES}
    if any(not line.strip() or len(line) > LONGEST_LINE for line in lines):
        return _("Each sentence has 1 to %(n)s characters.") % {"n": LONGEST_LINE}
    return ""


def _columns(columns: list[dict[str, Any]]) -> str:
    """One to do, one done at least; slugs differ; a limit counts something."""
    if not 2 <= len(columns) <= MOST_COLUMNS:
        return _("A board has 2 to %(n)s columns.") % {"n": MOST_COLUMNS}
    if len({c["slug"] for c in columns}) < len(columns):
        return _("Two columns have the same name.")
    if any(not c["name"].strip() or len(c["name"]) > 40 for c in columns):
        return _("Each column has a name of at most 40 characters.")
    found = [c["category"] for c in columns]
    if found != sorted(found, key=CATEGORIES.index) or not {"todo", "done"} <= {*found}:
        return _("A board goes from to do over in progress to done.")
    if any(c["limit"] is not None and not 1 <= c["limit"] <= 99 for c in columns):
        return _("A limit is between 1 and 99.")
    return ""


def part(row: Any, given: Mapping[str, Any]) -> None:
    """Raise Invalid where `given` does not fit this row, new or old."""
    require_known(given, FIELDS[type(row)])
    errors = _lengths(given)
    for name in ("user", "owner"):
        found = given.get(name)
        if isinstance(found, User) and found.is_machine:
            errors[name] = [not_a_person(found)]
    for name in ("name", "title"):
        if name in given and not given[name].strip():
            errors[name] = [_("This is needed.")]
    CHECKS[type(row)](row, given, errors)
    _raise(errors)


def _member(row: Member, given: Mapping[str, Any], errors: Errors) -> None:
    days = given.get("days_a_week", 1)
    if not Decimal(0) < Decimal(days) <= 7:
        errors["days_a_week"] = [_("More than none, at most 7 days.")]
    user = given.get("user")
    if user is None and "user" in given:
        errors["user"] = [_("This is needed.")]
    elif user is not None and not user.is_staff:
        errors["user"] = [_("Only who works here is in an improvement team.")]
    elif user is not None and _twice(Member, row, user):
        errors["user"] = [_("%(name)s is in the team already.") % {"name": user.name}]


def _stakeholder(row: Stakeholder, given: Mapping[str, Any], errors: Errors) -> None:
    for name in ("interest", "power"):
        if name in given and not 1 <= given[name] <= 5:
            errors[name] = [_("Between 1 and 5.")]
    user = given.get("user")
    if user is not None and _twice(Stakeholder, row, user):
        errors["user"] = [_("%(name)s is on the map already.") % {"name": user.name}]


def _twice(model: Any, row: Any, user: User) -> bool:
    others = model.objects.filter(process=row.process, user=user).exclude(pk=row.pk)
    return bool(others.exists())


def _statement(row: Statement, given: Mapping[str, Any], errors: Errors) -> None:
    kind = given.get("kind", row.kind)
    if kind not in Statement.Kind.values:
        errors["kind"] = [_("Choose one of them.")]
    policy = given.get("policy", row.policy)
    if policy is not None and kind != Statement.Kind.CONTROL:
        errors["policy"] = [_("Only a control serves a policy.")]
    elif policy is not None and (
        policy.process_id != row.process_id or policy.kind != Statement.Kind.POLICY
    ):
        errors["policy"] = [_("Choose a policy of this process.")]
    serves = row.pk and row.kind == Statement.Kind.POLICY and kind != row.kind
    if serves and row.served.exists():
        errors["kind"] = [_("Controls serve this policy; it stays one.")]


def _aim(row: Aim, given: Mapping[str, Any], errors: Errors) -> None:
    kind = given.get("kind", row.kind)
    parent = given.get("parent", row.parent)
    if kind not in Aim.Kind.values:
        errors["kind"] = [_("Choose one of them.")]
        return
    above = ABOVE[Aim.Kind(kind)]
    if above is None and parent is not None:
        errors["parent"] = [_("An objective stands under the purpose alone.")]
    elif above is not None and (
        parent is None or parent.kind != above or parent.process_id != row.process_id
    ):
        said = {"indicator": _("Choose the objective it tells of.")}
        errors["parent"] = [said.get(kind, _("Choose the indicator it measures."))]
    if row.pk and kind != row.kind and row.under.exists():
        errors["kind"] = [_("Something stands under it; it stays what it is.")]


CHECKS: Mapping[type, Callable[[Any, Mapping[str, Any], Errors], None]] = {
    Member: _member,
    Stakeholder: _stakeholder,
    Statement: _statement,
    Aim: _aim,
}


def _lengths(given: Mapping[str, Any]) -> Errors:
    return {
        name: [_("At most %(most)s characters are possible.") % {"most": LENGTHS[name]}]
        for name, value in given.items()
        if name in LENGTHS and len(value) > LENGTHS[name]
    }


def _raise(errors: Errors) -> None:
    if errors:
        raise Invalid(errors)
