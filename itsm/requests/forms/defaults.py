"""What stands in a form before anybody typed."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as T

from itsm.requests.forms.definition import Fields

WORDS: Mapping[str, Any] = {
    "name": T("Their name"),
    "email": T("Their e-mail"),
    "phone": T("Their phone"),
    "place": T("Their place"),
    "cost_centre": T("Their cost centre"),
    "organisation": T("Their organisation"),
    "requester": T("Themselves"),
    "manager": T("Their manager"),
}


def of_person(person: Any) -> dict[str, str]:
    """What is known of whoever it is for, by the names a question may take."""
    return {
        "name": person.name,
        "email": person.email,
        "phone": person.phone,
        "place": person.place,
        "cost_centre": person.cost_centre,
        "organisation": person.organisation.name if person.organisation else "",
        "requester": person.email,
        "manager": person.manager.email if person.manager else "",
    }


def fill(fields: Fields, known: Mapping[str, str]) -> dict[str, str]:
    """The first answers, by question."""
    found = {one.slug: known.get(one.takes, "") or one.default for one in fields}
    return {slug: value for slug, value in found.items() if value}
