"""What programs send and read of a process's profile."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from backlog.profile import parts, queries
from backlog.profile.checks import CATEGORIES, LENGTHS, LONGEST_LINE, MOST_LINES
from backlog.profile.models import Aim, Profile, Stakeholder, Statement
from core.api.schema import (
    OPTIONAL_INSTANT,
    OPTIONAL_TEXT,
    TEXT,
    Schema,
    array,
    obj,
    one_of,
)
from people import api_fields as fields


def whole(value: Any) -> int:
    """A whole number; between what, the action says."""
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > 10**9:
        raise ValueError(_("Send a whole number."))
    return value


def number(value: Any) -> Decimal:
    """A number with at most one decimal that counts; a text of one, too."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError(_("Send a number."))
    try:
        found = Decimal(str(value)[:20])
    except InvalidOperation:
        found = Decimal("nan")
    if not found.is_finite() or abs(found) > 10**9:
        raise ValueError(_("Send a number."))
    return found.quantize(Decimal("0.1"))


def _id(value: Any) -> int:
    found = whole(value)
    if found < 1:
        raise ValueError(_("Send the id of a line."))
    return found


def lines(value: Any) -> list[str]:
    """Sentences."""
    if not isinstance(value, list) or len(value) > 1000:
        raise ValueError(_("Send a list."))
    return [fields.text(1000)(one).strip() for one in value]


COLUMN: Mapping[str, fields.Reader] = {
    "slug": fields.text(40),
    "name": fields.text(200),
    "category": fields.choice(*CATEGORIES),
    "limit": fields.optional(whole),
}


def board(value: Any) -> list[dict[str, Any]]:
    """Columns: slug, name, category and limit, or null for none."""
    if not isinstance(value, list) or len(value) > 1000:
        raise ValueError(_("Send a list."))
    found = []
    for one in value:
        if not isinstance(one, dict) or one.keys() - COLUMN.keys():
            raise ValueError(_("A column has slug, name, category and limit."))
        if not {"slug", "name", "category"} <= one.keys():
            raise ValueError(_("A column has slug, name, category and limit."))
        column = {name: COLUMN[name](v) for name, v in one.items()}
        if not column["slug"].replace("-", "").replace("_", "").isalnum():
            raise ValueError(_("A slug is made of letters, digits and hyphens."))
        found.append({"limit": None, **column})
    return found


PROFILE: Mapping[str, fields.Reader] = {
    "goal": fields.text(LENGTHS["goal"]),
    "customers": fields.text(LENGTHS["customers"]),
    "suppliers": fields.text(LENGTHS["suppliers"]),
    "service_manager": fields.optional(fields.PERSON),
    "order": fields.choice(*Profile.Order.values),
    "estimates": fields.choice(*Profile.Estimates.values),
    "ready": lines,
    "done": lines,
    "columns": board,
    "stale_days": whole,
    "large_over": whole,
}


def _text(most: int, least: int = 0) -> Schema:
    return {"type": "string", "minLength": least, "maxLength": most}


def _between(least: int, most: int) -> Schema:
    return {"type": "integer", "minimum": least, "maximum": most}


SENTENCES: Schema = {**array(_text(LONGEST_LINE, 1)), "maxItems": MOST_LINES}
COLUMN_SHAPE = obj(
    {
        "slug": _text(40, 1),
        "name": _text(40, 1),
        "category": one_of(*CATEGORIES),
        "limit": {"type": ["integer", "null"], "minimum": 1, "maximum": 99},
    },
    ("slug", "name", "category"),
)
PROFILE_TAKEN: dict[str, Schema] = {
    **{name: _text(LENGTHS[name]) for name in ("goal", "customers", "suppliers")},
    "service_manager": OPTIONAL_TEXT,
    "order": one_of(*Profile.Order.values),
    "estimates": one_of(*Profile.Estimates.values),
    "ready": SENTENCES,
    "done": SENTENCES,
    "columns": array(COLUMN_SHAPE),
    "stale_days": _between(1, 365),
    "large_over": _between(1, 100),
}
PROFILE_TOLD: dict[str, Schema] = {"process": TEXT, **PROFILE_TAKEN}


@dataclass(frozen=True, slots=True)
class Taken:
    """One list of the profile over REST.

    `rows` are the fields that name another row of the same list; `once` those that a
    row keeps; `empty` what is missing where it is not sent.
    """

    part: parts.Part
    shape: str
    says: str
    readers: Mapping[str, fields.Reader]
    fields: Mapping[str, Schema]
    told: Mapping[str, Schema]
    tell: Callable[[Any], Mapping[str, Any]]
    required: tuple[str, ...] = ()
    rows: frozenset[str] = frozenset()
    once: frozenset[str] = frozenset()
    empty: Mapping[str, Any] = field(default_factory=dict)

    @property
    def changeable(self) -> dict[str, Schema]:
        """The fields of a change."""
        return {n: s for n, s in self.fields.items() if n not in self.once}


def _email(user: Any) -> str | None:
    return user.email if user is not None else None


NUMBER: Schema = {"type": ["number", "string"]}
MEMBERS = Taken(
    part=parts.MEMBERS,
    shape="Member",
    says="The improvement team",
    readers={"user": fields.PERSON, "days_a_week": number},
    fields={"user": TEXT, "days_a_week": NUMBER},
    told={"user": TEXT, "name": TEXT, "days_a_week": {"type": "number"}},
    tell=lambda m: {
        "id": m.pk,
        "user": m.user.email,
        "name": m.user.name,
        "days_a_week": float(m.days_a_week),
    },
    required=("user",),
    once=frozenset({"user"}),
    empty={"user": None},
)
FIVE = _between(1, 5)
_WHO: dict[str, Schema] = {
    "name": _text(LENGTHS["name"], 1),
    "user": OPTIONAL_TEXT,
    "interest": FIVE,
    "power": FIVE,
    "needs": _text(LENGTHS["needs"]),
    "cadence": _text(LENGTHS["cadence"]),
    "opinion": _text(LENGTHS["opinion"]),
}


def _stakeholder(row: Stakeholder) -> Mapping[str, Any]:
    same = ("name", "interest", "power", "weight", "needs", "cadence", "opinion")
    told = {name: getattr(row, name) for name in same}
    return {"id": row.pk, **told, "user": _email(row.user)}


STAKEHOLDERS = Taken(
    part=parts.STAKEHOLDERS,
    shape="Stakeholder",
    says="Whom it concerns; `opinion` for its owner and team alone",
    readers={
        "name": fields.text(LENGTHS["name"]),
        "user": fields.optional(fields.PERSON),
        "interest": whole,
        "power": whole,
        "needs": fields.text(LENGTHS["needs"]),
        "cadence": fields.text(LENGTHS["cadence"]),
        "opinion": fields.text(LENGTHS["opinion"]),
    },
    fields=_WHO,
    told={**_WHO, "weight": one_of(*queries.WEIGHTS)},
    tell=_stakeholder,
    empty={"name": ""},
)
_SAID: dict[str, Schema] = {
    "kind": one_of(*Statement.Kind.values),
    "title": _text(LENGTHS["title"], 1),
    "text": _text(LENGTHS["text"]),
    "owner": OPTIONAL_TEXT,
    "policy": {"type": ["integer", "null"], "minimum": 1},
    "risk": _text(LENGTHS["risk"]),
}


def _statement(row: Statement) -> Mapping[str, Any]:
    told = {name: getattr(row, name) for name in ("kind", "title", "text", "risk")}
    return {
        "id": row.pk,
        **told,
        "owner": _email(row.owner),
        "policy": row.policy_id,
        "faults": queries.faults(row),
    }


STATEMENTS = Taken(
    part=parts.STATEMENTS,
    shape="Statement",
    says="Policies, controls and guidelines; `faults` of a control: what it lacks",
    readers={
        "kind": fields.choice(*Statement.Kind.values),
        "title": fields.text(LENGTHS["title"]),
        "text": fields.text(LENGTHS["text"]),
        "owner": fields.optional(fields.PERSON),
        "policy": fields.optional(_id),
        "risk": fields.text(LENGTHS["risk"]),
    },
    fields=_SAID,
    told={**_SAID, "faults": array(one_of("serves", "owner"))},
    tell=_statement,
    required=("kind", "title"),
    rows=frozenset({"policy"}),
    empty={"kind": "", "title": ""},
)
_AIMED: dict[str, Schema] = {
    "kind": one_of(*Aim.Kind.values),
    "title": _text(LENGTHS["title"], 1),
    "parent": {"type": ["integer", "null"], "minimum": 1},
    "target": _text(LENGTHS["target"]),
    "value": _text(LENGTHS["value"]),
}


def _aim(row: Aim) -> Mapping[str, Any]:
    same = ("kind", "title", "target", "value", "measured_at")
    told = {name: getattr(row, name) for name in same}
    return {"id": row.pk, **told, "parent": row.parent_id}


AIMS = Taken(
    part=parts.AIMS,
    shape="Aim",
    says="Objectives, their indicators, the metrics of these",
    readers={
        "kind": fields.choice(*Aim.Kind.values),
        "title": fields.text(LENGTHS["title"]),
        "parent": fields.optional(_id),
        "target": fields.text(LENGTHS["target"]),
        "value": fields.text(LENGTHS["value"]),
    },
    fields=_AIMED,
    told={**_AIMED, "measured_at": OPTIONAL_INSTANT},
    tell=_aim,
    required=("kind", "title"),
    rows=frozenset({"parent"}),
    empty={"kind": "", "title": ""},
)
PARTS = (MEMBERS, STAKEHOLDERS, STATEMENTS, AIMS)
