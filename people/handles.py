"""Who is meant by `@bob` in a text."""

from django.db.models import Q

from core.wording import NAMED
from people.models import User
from people.roles import Role

MOST = 20  # names in one text
STAFF = Q(is_active=True, is_machine=False) & ~Q(roles__contained_by=[Role.REQUESTER])


def handles(text: str) -> list[str]:
    """What stands behind an `@`, in small letters."""
    if "@" not in text:
        return []
    found = (name.removeprefix("@").rstrip(".").lower() for name in NAMED.findall(text))
    return list(dict.fromkeys(found))[:MOST]


def named_people(names: list[str]) -> tuple[list[User], set[str]]:
    """People by the first part of their address where it is one person's, or all of it.

    And which of the names are people.
    """
    wanted = Q()
    for name in names:
        wanted |= (
            Q(email__iexact=name) if "@" in name else Q(email__istartswith=f"{name}@")
        )
    by_name: dict[str, list[User]] = {}
    for person in User.objects.filter(STAFF).filter(wanted).order_by("pk")[: 10 * MOST]:
        email = person.email.lower()
        for name in (email, email.partition("@")[0]):
            by_name.setdefault(name, []).append(person)
    found = {name: some[0] for name in names if len(some := by_name.get(name, [])) == 1}
    return list(dict.fromkeys(found.values())), set(found)
