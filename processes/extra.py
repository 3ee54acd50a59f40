"""Values of a process's own fields, checked against its definition."""

from collections.abc import Mapping
from datetime import date
from math import isfinite
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from processes.definition import Definition, Field

LONGEST_TEXT = 2000


def clean(
    definition: Definition, values: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, list[str]]]:
    """The usable values, and for each field that is wrong a sentence.

    Values are kept as JSON: text, number, ISO date, true or false, e-mail. An empty
    value means that the field is emptied and comes back as None.
    """
    good: dict[str, Any] = {}
    errors: dict[str, list[str]] = {}
    for slug, value in values.items():
        field = definition.fields.get(slug)
        if field is None:
            errors[slug] = [_("This process has no such field.")]
        elif value is None or value == "":
            good[slug] = None
        else:
            try:
                good[slug] = _read(field, value)
            except ValueError as error:
                errors[slug] = [str(error)]
    return good, errors


def _read(field: Field, value: Any) -> Any:
    if field.type == "boolean":
        return _boolean(value)
    if field.type == "number":
        return _number(value)
    if not isinstance(value, str):
        raise ValueError(_("This must be text."))
    text = value.strip()
    if len(text) > LONGEST_TEXT or "\x00" in text:
        raise ValueError(_("At most %(n)d characters.") % {"n": LONGEST_TEXT})
    if field.type == "choice" and text not in field.choices:
        raise ValueError(
            _("Choose one of: %(choices)s.") % {"choices": ", ".join(field.choices)}
        )
    if field.type == "date":
        return _date(text)
    if field.type == "person":
        return _person(text)
    return text


def _boolean(value: Any) -> bool:
    known = {"true": True, "on": True, "false": False}
    found = value if isinstance(value, bool) else known.get(str(value).lower())
    if found is None:
        raise ValueError(_("This is either true or false."))
    return found


def _number(value: Any) -> int | float:
    try:
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            raise ValueError
        number = float(value)
        if not isfinite(number) or abs(number) > 1e15:
            raise ValueError
    except (ValueError, OverflowError):
        raise ValueError(_("This must be a number.")) from None
    return int(number) if number.is_integer() else number


def _date(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise ValueError(_("Write the date as year-month-day.")) from None


def _person(text: str) -> str:
    try:
        validate_email(text)
    except ValidationError:
        raise ValueError(_("Write the person's e-mail address.")) from None
    return text.lower()
