"""A person as a line of a CSV file, safe in a spreadsheet."""

import csv
import io
from collections.abc import Iterator

from core.cells import safe
from people.models import User
from people.policy import require
from people.roles import Role

COLUMNS = (
    *("email", "name", "organisation", "teams", "roles"),
    *("manager", "phone", "language"),
)


def exported(by: User) -> Iterator[str]:
    """Everybody as CSV, line by line. Raises Forbidden."""
    require(by, "people.change")
    return _lines()


def _lines() -> Iterator[str]:
    box = io.StringIO()
    writer = csv.writer(box)
    writer.writerow(COLUMNS)
    people = User.objects.people().order_by("email")
    rows = people.select_related("organisation", "manager").prefetch_related("teams")
    for user in rows.iterator(chunk_size=500):
        now = now_of(user)
        writer.writerow(safe(now[column]) for column in COLUMNS)
        yield box.getvalue()
        box.seek(0)
        box.truncate()
    yield box.getvalue()


def now_of(user: User) -> dict[str, str]:
    """What a person's line says."""
    return {
        "email": user.email,
        "name": user.name,
        "organisation": user.organisation.slug if user.organisation else "",
        "teams": " | ".join(sorted(team.slug for team in user.teams.all())),
        "roles": " | ".join(role.value for role in Role if role in user.roles),
        "manager": user.manager.email if user.manager else "",
        "phone": user.phone,
        "language": user.language,
    }
