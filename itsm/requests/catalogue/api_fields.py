"""What programs send of the catalogue, read strictly."""

import base64
import binascii
from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.files.base import ContentFile
from django.utils.translation import gettext as _

from core.api.schema import TEXT, Schema, array, obj, one_of
from core.errors import Forbidden, Invalid
from itsm.requests.catalogue import rights
from itsm.requests.catalogue.recurring import EVERY
from itsm.requests.forms import definition, queries, settling
from itsm.requests.forms.definition import Type
from itsm.requests.models import Offering
from people import api_fields as fields
from people import find
from people import queries as visible
from people.models import User

AMOUNT = r"^[0-9]{1,8}(\.[0-9]{1,2})?$"
DAY: Schema = {"type": "string", "format": "date"}
OPTIONAL_DAY: Schema = {"type": ["string", "null"], "format": "date"}
FIELD: Schema = {
    "type": "object",
    "properties": {
        "slug": {"type": "string", "pattern": f"^{definition.SLUG.pattern}$"},
        "label": {"type": "string", "maxLength": definition.LONGEST_LABEL},
        "type": one_of(*Type),
        "help": {"type": "string", "maxLength": definition.LONGEST_HELP},
        "required": {"type": "boolean"},
        "choices": array(TEXT),
        "least": {"type": "number"},
        "most": {"type": "number"},
        "default": TEXT,
        "takes": TEXT,
        "when": obj({"field": TEXT, "is": array(TEXT)}),
        "columns": array({"type": "object"}),
    },
    "required": ["slug", "label", "type"],
}
FIELDS: Schema = array(FIELD)
OPENS: Mapping[str, Schema] = {
    "for": {
        "type": ["string", "null"],
        "description": "An e-mail: anybody's for staff, of a report for a manager",
    },
    "answers": {
        "type": "object",
        "description": "By question; a file is a list of {name, content: base64}",
    },
    "form": {
        "type": ["integer", "null"],
        "description": "The version of the form that was filled in; the newest without",
    },
    "agreed_price": {
        "type": ["string", "null"],
        "pattern": AMOUNT,
        "description": "What you were told it costs; another price by now is refused",
    },
    "every_months": {"type": ["integer", "null"], "enum": [*EVERY, None]},
}


def amount(value: Any) -> Decimal:
    """An amount as a text such as 12.50."""
    try:
        found = Decimal(value) if isinstance(value, str) else Decimal("NaN")
    except InvalidOperation:
        found = Decimal("NaN")
    exponent = found.as_tuple().exponent
    if not found.is_finite() or not isinstance(exponent, int) or exponent < -2:
        raise ValueError(_("Send an amount as a text such as “12.50”."))
    if not 0 <= found < 10**8:
        raise ValueError(_("Send an amount from 0 to 99999999.99."))
    return found


def day(value: Any) -> date:
    """A day such as 2026-05-31."""
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise ValueError(_("Send a day such as 2026-05-31.")) from error


def whole(value: Any) -> int:
    """A whole number that fits."""
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < 10**4:
        raise ValueError(_("Send a whole number."))
    return value


def _answers(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(_("Send an object: answers by question."))
    return value


OPENING: Mapping[str, fields.Reader] = {
    "for": fields.optional(fields.email),
    "answers": _answers,
    "form": fields.optional(whole),
    "agreed_price": fields.optional(amount),
    "every_months": fields.optional(whole),
}


def opening(raw: Mapping[str, Any], by: User) -> tuple[dict[str, Any], dict[str, Any]]:
    """What belongs to an order alone, as `order` takes it, and the rest.

    Raises Invalid; Forbidden for whom they may not order.
    """
    own = fields.read({n: v for n, v in raw.items() if n in OPENING}, OPENING)
    rest = {name: value for name, value in raw.items() if name not in OPENING}
    if email := own.pop("for", None):
        own["requester"] = _whom(by, email)
    if "agreed_price" in own:
        own["agreed"] = own.pop("agreed_price")
    return own, rest


def _whom(by: User, email: str) -> User:
    person = find.by_email(email)
    if person is not None and rights.may_order_for(by, person):
        return person
    if by.is_staff:
        raise Invalid({"for": [visible.nobody(by, email)]})
    raise Forbidden(_("You can order for yourself and for who reports to you."))


def unpacked(offering: Offering, answers: dict[str, Any]) -> dict[str, Any]:
    """Answers with their files unpacked. Raises Invalid."""
    asked = queries.fields(queries.newest(offering))
    files = {one.slug for one in asked if one.type == Type.FILE}
    found = dict(answers)
    for slug in files & answers.keys():
        try:
            found[slug] = [_file(one) for one in answers[slug]]
        except (TypeError, ValueError) as error:
            said = _("Send a list of files: name, and content in base64.")
            raise Invalid({f"{settling.BEFORE}{slug}": [said]}) from error
    return found


def _file(raw: Any) -> ContentFile:
    if not isinstance(raw, dict) or raw.keys() != {"name", "content"}:
        raise ValueError
    return ContentFile(content(raw["content"]), name=str(raw["name"])[:200] or "file")


def content(value: Any) -> bytes:
    """The bytes of a base64 text."""
    try:
        return base64.b64decode(value, validate=True)
    except (TypeError, binascii.Error, ValueError) as error:
        raise ValueError(_("Send base64.")) from error
