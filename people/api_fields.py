"""Reading what a program sends about people and what they use: strict, by name."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from core.api import filters
from core.api.schema import FLAG, OPTIONAL_TEXT, Schema, array, one_of
from core.errors import Invalid
from people.models import Category, Organisation, Service, Team, User
from people.roles import Role

Reader = Callable[[Any], Any]


def read(raw: Mapping[str, Any], readers: Mapping[str, Reader]) -> dict[str, Any]:
    """Every field that was sent. Raises Invalid with all that is wrong at once."""
    errors: dict[str, list[str]] = {}
    found: dict[str, Any] = {}
    for name, value in raw.items():
        if name not in readers:
            words = {"known": ", ".join(sorted(readers))}
            errors[name] = [_("There is no such field; known here: %(known)s.") % words]
            continue
        try:
            found[name] = readers[name](value)
        except ValueError as wrong:
            errors[name] = [str(wrong)]
    if errors:
        raise Invalid(errors)
    return found


def text(most: int) -> Reader:
    """A text of at most `most` characters."""

    def reader(value: Any) -> str:
        if not isinstance(value, str) or "\x00" in value:
            raise ValueError(_("Send a text."))
        if len(value) > most:
            words = {"most": most}
            raise ValueError(_("At most %(most)s characters are possible.") % words)
        return value

    return reader


def flag(value: Any) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise ValueError(_("Send true or false."))
    return value


def instant(value: Any) -> datetime:
    """A moment in ISO 8601; one without a zone is taken as UTC."""
    return filters.instant([value] if isinstance(value, str) else [])


def email(value: Any) -> str:
    """An e-mail address."""
    found = str(text(254)(value)).strip().lower()
    try:
        validate_email(found)
    except ValidationError as error:
        raise ValueError(_("This is not an e-mail address.")) from error
    return found


def choice(*possible: str) -> Reader:
    """One of these words."""

    def reader(value: Any) -> str:
        if not isinstance(value, str) or value not in possible:
            words = {"words": ", ".join(possible)}
            raise ValueError(_("Choose one of: %(words)s.") % words)
        return value

    return reader


def several(one: Reader) -> Reader:
    """A list of them, each once."""

    def reader(value: Any) -> list[Any]:
        if not isinstance(value, list) or len(value) > 1000:
            raise ValueError(_("Send a list."))
        return list(dict.fromkeys(one(each) for each in value))

    return reader


def row(rows: Callable[[], QuerySet[Any]], key: str = "slug") -> Reader:
    """A row that its slug or e-mail names."""

    def reader(value: Any) -> Any:
        name = str(text(254)(value))
        found = rows().filter(**{f"{key}__iexact": name}).first()
        if found is None:
            raise ValueError(_("There is no “%(name)s”.") % {"name": name})
        return found

    return reader


def optional(one: Reader) -> Reader:
    """It, or null for none."""
    return lambda value: None if value is None else one(value)


ORGANISATION = row(Organisation.objects.all)
TEAM = row(Team.objects.all)
SERVICE = row(Service.objects.all)
PERSON = row(lambda: User.objects.people(), "email")
PERSON_OR_PROGRAM = row(lambda: User.objects.filter(is_active=True), "email")
NAME = text(200)

USER: Mapping[str, Reader] = {
    "email": email,
    "name": NAME,
    "phone": text(40),
    "place": NAME,
    "cost_centre": text(40),
    "organisation": optional(ORGANISATION),
    "manager": optional(PERSON),
    "roles": several(choice(*Role.values)),
    "is_vip": flag,
    "is_active": flag,
}
TEAM_FIELDS: Mapping[str, Reader] = {
    "name": NAME,
    "purpose": text(300),
    "is_supplier": flag,
    "is_active": flag,
}
ORGANISATION_FIELDS: Mapping[str, Reader] = {
    "name": NAME,
    "shares_tickets": flag,
    "contact": optional(PERSON),
    "is_active": flag,
}
SERVICE_FIELDS: Mapping[str, Reader] = {
    "name": NAME,
    "description": text(500),
    "owner": optional(PERSON),
    "criticality": choice(*Service.Criticality.values),
    "support_model": choice(*Service.SupportModel.values),
    "always_on": flag,
    "is_restricted": flag,
    "is_active": flag,
    "depends_on": several(SERVICE),
    "support_teams": several(TEAM),
    "organisations": several(ORGANISATION),
    "categories": several(row(Category.objects.all)),
}
CATEGORY_FIELDS: Mapping[str, Reader] = {
    "name": NAME,
    "is_active": flag,
    "services": several(SERVICE),
}


def _text(most: int, least: int = 0) -> Schema:
    return {"type": "string", "minLength": least, "maxLength": most}


SLUGS = array({"type": "string"})
SCHEMAS: Mapping[str, Schema] = {
    "email": {"type": "string", "format": "email", "maxLength": 254},
    "name": _text(200, 1),
    "phone": _text(40),
    "place": _text(200),
    "cost_centre": _text(40),
    "purpose": _text(300),
    "description": _text(500),
    "organisation": OPTIONAL_TEXT,
    "manager": OPTIONAL_TEXT,
    "contact": OPTIONAL_TEXT,
    "owner": OPTIONAL_TEXT,
    "roles": array(one_of(*Role.values)),
    "criticality": one_of(*Service.Criticality.values),
    "support_model": one_of(*Service.SupportModel.values),
    "depends_on": SLUGS,
    "support_teams": SLUGS,
    "organisations": SLUGS,
    "categories": SLUGS,
    "services": SLUGS,
}


def schema_of(readers: Mapping[str, Reader]) -> dict[str, Schema]:
    """The fields as JSON Schema."""
    return {name: SCHEMAS.get(name, FLAG) for name in readers}
