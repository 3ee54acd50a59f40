"""What the pages of agreements read."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet

from core.models import TextVersion
from itsm.sla import words
from itsm.sla.models import Agreement
from itsm.sla.policy import visible_to
from people.models import Organisation, User


@dataclass(frozen=True, slots=True)
class Line:
    """One agreement of the list."""

    row: Agreement
    about: str
    glance: list[tuple[str, str]]
    standing: words.Standing
    validity: str

    @property
    def asks(self) -> bool:
        """Whether a customer's yes is missing."""
        row = self.row
        with_one = row.kind == Agreement.Kind.CUSTOMER and row.organisation_id
        return bool(with_one) and row.accepted_at is None


def agreements(user: User) -> QuerySet[Agreement]:
    """Those they may see, by name, with everything a page says of them."""
    rows = visible_to(user).select_related(
        *("service", "organisation", "team", "calendar", "accepted_by")
    )
    return rows.order_by("-is_active", "kind", "name", "pk")


def lines(rows: Iterable[Agreement], today: date) -> list[Line]:
    """They as the list shows them; one query."""
    return [
        Line(
            row=row,
            about=words.about(row),
            glance=words.glance(row),
            standing=words.standing(row, today),
            validity=words.validity(row),
        )
        for row in rows
    ]


def note_of(agreement: Agreement) -> str:
    """Who said yes for the customer, as an administrator noted it. One query."""
    if agreement.accepted_at is None:
        return ""
    rows = TextVersion.objects.filter(
        subject_type=Agreement.subject_type,
        subject_id=agreement.pk,
        field="note",
        at=agreement.accepted_at,
    )
    return rows.values_list("body", flat=True).order_by("-pk").first() or ""


def is_contact(user: User) -> bool:
    """Whether somebody speaks for an organisation; one query for those of one."""
    if user.organisation_id is None:
        return False
    return Organisation.objects.filter(contact_id=user.pk).exists()
